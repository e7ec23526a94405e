import uuid
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import INVITATION_EDGES, InvitationStatus, Language, MemberRole
from accounts.models.organizations import Organization
from core.workflow import lifecycle_triggers


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def sent(self) -> Self:
        return self.filter(status=InvitationStatus.SENT)

    def overdue(self) -> Self:
        return self.sent().filter(expires_at__lte=timezone.now())


@pghistory.track(exclude=["nonce", "token_hash"])
class Invitation(models.Model):
    """A link by e-mail. The link's token is never stored: it is derived from the nonce and the server's secret key.

    ``kind`` says which app knows what accepting means; ``target_type`` and ``target_id`` name that app's case.
    """

    kind = models.CharField(_("kind"), max_length=60)
    status = models.CharField(_("state"), max_length=10, choices=InvitationStatus, default=InvitationStatus.SENT)
    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.KO)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invitations",
    )
    role = models.CharField(_("role"), max_length=10, choices=MemberRole, blank=True)
    message = models.TextField(_("message"), blank=True)
    target_type = models.CharField(_("kind of case"), max_length=100, blank=True)
    target_id = models.CharField(_("case"), max_length=64, blank=True)
    landing = models.CharField(_("page after accepting"), max_length=300, blank=True)
    nonce = models.UUIDField(default=uuid.uuid4, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("invited by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("accepted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(name="invitation_status_known", condition=Q(status__in=InvitationStatus.values)),
            models.CheckConstraint(
                name="invitation_accepted_at_iff_accepted",
                condition=Q(status=InvitationStatus.ACCEPTED, accepted_at__isnull=False)
                | (~Q(status=InvitationStatus.ACCEPTED) & Q(accepted_at=None)),
            ),
            models.UniqueConstraint(
                name="invitation_one_open_per_address",
                fields=["kind", "email", "organization", "target_type", "target_id"],
                condition=Q(status=InvitationStatus.SENT),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(name="invitation_open_idx", fields=["expires_at"], condition=Q(status=InvitationStatus.SENT))
        ]
        triggers = lifecycle_triggers("invitation", InvitationStatus.SENT, INVITATION_EDGES)

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"

    @property
    def is_overdue(self) -> bool:
        return self.expires_at <= timezone.now()
