from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentDocument, Language, MembershipStatus, PpsRole
from core.triggers import append_only

if TYPE_CHECKING:
    from accounts.models.memberships import Membership

# Answers that one request asks for again and again. They live on the loaded row; see User.forget.
REMEMBERED = ("remembered_roles", "remembered_memberships")


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def members_of(self, organization_id: int) -> Self:
        return self.filter(
            memberships__organization_id=organization_id, memberships__status=MembershipStatus.ACTIVE
        ).active()


_FromQuerySet = BaseUserManager.from_queryset(UserQuerySet)


class UserManager(_FromQuerySet["User"]):  # type: ignore[valid-type]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email=(username or "").lower())
        return user


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the login; what the person may do comes from memberships and staff roles."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.KO)
    current_organization = models.ForeignKey(
        "accounts.Organization",
        verbose_name=_("current organization"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_active = models.BooleanField(_("is active"), default=True)
    is_staff = models.BooleanField(_("works at PPS"), default=False)
    is_demo = models.BooleanField(_("is invented"), default=False)
    date_joined = models.DateTimeField(_("signed up at"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="user_email_lowercase",
                condition=models.Q(email=Lower(F("email"))),
                violation_error_message=_("Write the e-mail address in small letters."),
            ),
            models.CheckConstraint(name="user_language_known", condition=models.Q(language__in=Language.values)),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def role_codes(self) -> frozenset[str]:
        """The PPS roles held, asked of the database once per loaded row."""
        roles: frozenset[str] | None = self.__dict__.get("remembered_roles")
        if roles is None:
            held = self.staff_roles.values_list("role", flat=True) if self.is_staff and self.is_active else ()
            roles = self.__dict__["remembered_roles"] = frozenset(held)
        return roles

    def active_memberships(self) -> "dict[int, Membership]":
        """Active memberships by organization, with the organization loaded; asked once per loaded row."""
        found: dict[int, Membership] | None = self.__dict__.get("remembered_memberships")
        if found is None:
            rows = self.memberships.filter(status=MembershipStatus.ACTIVE).select_related("organization")
            found = {row.organization_id: row for row in rows.order_by("joined_at", "pk")} if self.is_active else {}
            self.__dict__["remembered_memberships"] = found
        return found

    def forget(self) -> None:
        """Drop the remembered answers; services call this for everybody whose rights they changed."""
        for key in REMEMBERED:
            self.__dict__.pop(key, None)

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        self.forget()
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)


class StaffRole(models.Model):
    """One role of one person at PPS. Rows come and go; who gave and took them stands in the audit log."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="staff_roles"
    )
    role = models.CharField(_("role"), max_length=20, choices=PpsRole)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("granted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    granted_at = models.DateTimeField(_("granted at"), auto_now_add=True)

    class Meta:
        verbose_name = _("staff role")
        verbose_name_plural = _("staff roles")
        constraints = [
            models.UniqueConstraint(name="staffrole_once_per_person", fields=["user", "role"]),
            models.CheckConstraint(name="staffrole_role_known", condition=models.Q(role__in=PpsRole.values)),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class Consent(models.Model):
    """That a person agreed to a version of a document, and when. Never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="consents"
    )
    document = models.CharField(_("document"), max_length=20, choices=ConsentDocument)
    version = models.CharField(_("version"), max_length=20)
    given_at = models.DateTimeField(_("given at"), auto_now_add=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(name="consent_once_per_version", fields=["user", "document", "version"]),
        ]
        triggers = append_only("consent")

    def __str__(self) -> str:
        return f"{self.get_document_display()} {self.version}"
