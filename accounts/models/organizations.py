from datetime import date
from typing import TYPE_CHECKING, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.codes import business_number, institution_code
from accounts.enums import (
    ORGANIZATION_EDGES,
    ORGANIZATION_FIRST,
    InstitutionKind,
    MembershipStatus,
    OrganizationKind,
    OrganizationStatus,
)
from core.workflow import lifecycle_triggers

if TYPE_CHECKING:
    from accounts.models.people import User

_CONFIRMED = (OrganizationStatus.CONFIRMED, OrganizationStatus.SUSPENDED)


class Province(models.Model):
    """One of the 17 provinces, by the first two digits of the legal-district code."""

    code = models.CharField(_("code"), max_length=2, primary_key=True)
    name_ko = models.CharField(_("Korean name"), max_length=20)
    name_en = models.CharField(_("English name"), max_length=20)
    order = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("province")
        verbose_name_plural = _("provinces")

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_ko


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, actor: "User") -> Self:
        """PPS sees every organization, everybody else those they are an active member of."""
        if actor.is_staff:
            return self
        return self.filter(memberships__user=actor, memberships__status=MembershipStatus.ACTIVE).distinct()

    def confirmed(self) -> Self:
        return self.filter(status=OrganizationStatus.CONFIRMED)

    def suppliers(self) -> Self:
        return self.filter(kind=OrganizationKind.SUPPLIER)

    def institutions(self) -> Self:
        return self.filter(kind=OrganizationKind.INSTITUTION)

    def named(self, text: str) -> Self:
        """Organizations that are, or once were, called like this, in Korean or English."""
        return self.filter(
            Q(name__icontains=text)
            | Q(name_en__icontains=text)
            | Q(names__name__icontains=text)
            | Q(names__name_en__icontains=text)
        ).distinct()


@pghistory.track()
class Organization(models.Model):
    """A company, institution or office that people act for. Moved only by accounts.services."""

    kind = models.CharField(_("kind"), max_length=24, choices=OrganizationKind)
    status = models.CharField(
        _("state"), max_length=12, choices=OrganizationStatus, default=OrganizationStatus.PENDING
    )
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    business_no = models.CharField(_("business registration number"), max_length=10, blank=True)
    institution_code = models.CharField(_("institution code"), max_length=7, blank=True)
    institution_kind = models.CharField(_("kind of institution"), max_length=24, choices=InstitutionKind, blank=True)
    province = models.ForeignKey(
        Province, verbose_name=_("province"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    district = models.CharField(_("district"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    website = models.URLField(_("website"), blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    representative_name = models.CharField(_("representative"), max_length=80, blank=True)
    representative_birth_year = models.PositiveSmallIntegerField(
        _("birth year of the representative"), null=True, blank=True
    )
    is_youth_startup = models.BooleanField(_("is a youth startup"), default=False)
    is_safety_institution = models.BooleanField(_("is a safety institution"), default=False)
    is_rural = models.BooleanField(_("is rural"), default=False)
    is_demo = models.BooleanField(_("is invented"), default=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("registered by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    submitted_at = models.DateTimeField(_("submitted at"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    rejection_reason = models.TextField(_("reason for turning down"), blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.CheckConstraint(
                name="organization_status_known", condition=Q(status__in=OrganizationStatus.values)
            ),
            models.CheckConstraint(name="organization_kind_known", condition=Q(kind__in=OrganizationKind.values)),
            models.UniqueConstraint(
                name="organization_business_no_once",
                fields=["business_no"],
                condition=~Q(business_no=""),
                violation_error_message=_("An organization with this business registration number exists already."),
            ),
            models.UniqueConstraint(
                name="organization_institution_code_once",
                fields=["institution_code"],
                condition=~Q(institution_code=""),
                violation_error_message=_("An institution with this code exists already."),
            ),
            models.CheckConstraint(
                name="organization_business_no_shape",
                condition=Q(business_no="") | Q(business_no__regex=r"^[0-9]{10}$"),
                violation_error_message=_("A business registration number has ten digits."),
            ),
            models.CheckConstraint(
                name="organization_institution_code_shape",
                condition=Q(institution_code="") | Q(institution_code__regex=r"^[0-9A-Z]{7}$"),
                violation_error_message=_("An institution code has seven letters or digits."),
            ),
            models.CheckConstraint(
                name="organization_supplier_has_business_no",
                condition=~Q(kind=OrganizationKind.SUPPLIER) | ~Q(business_no=""),
                violation_error_message=_("A supplier needs a business registration number."),
            ),
            models.CheckConstraint(
                name="organization_institution_has_code",
                condition=~Q(kind=OrganizationKind.INSTITUTION) | (~Q(institution_code="") & ~Q(institution_kind="")),
                violation_error_message=_("A demand institution needs its code and kind."),
            ),
            models.CheckConstraint(
                name="organization_confirmed_has_time",
                condition=~Q(status__in=_CONFIRMED) | Q(confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="organization_rejected_has_reason",
                condition=~Q(status=OrganizationStatus.REJECTED) | ~Q(rejection_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="organization_queue_idx", fields=["submitted_at"], condition=Q(status=OrganizationStatus.PENDING)
            ),
            models.Index(name="organization_kind_idx", fields=["kind", "name"]),
        ]
        triggers = lifecycle_triggers("organization", ORGANIZATION_FIRST, ORGANIZATION_EDGES)

    def __str__(self) -> str:
        return self.name

    @property
    def is_confirmed(self) -> bool:
        return self.status == OrganizationStatus.CONFIRMED

    @property
    def local_name(self) -> str:
        """The name for the language of the page; the Korean one where there is no English name."""
        return (self.name_en if get_language() == "en" else "") or self.name

    @property
    def number_display(self) -> str:
        """The number by which the organization is found: business number with dashes, or institution code."""
        if self.institution_code:
            return institution_code.compact(self.institution_code)
        return business_number.display(self.business_no) if self.business_no else ""


class OrganizationName(models.Model):
    """What an organization was called, and from when to when. The open row is the present name."""

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, related_name="names"
    )
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("name of an organization")
        verbose_name_plural = _("names of organizations")
        constraints = [
            models.UniqueConstraint(
                name="organizationname_one_present", fields=["organization"], condition=Q(valid_until=None)
            ),
            models.CheckConstraint(
                name="organizationname_period_forward",
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def was_valid(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)
