from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import (
    MEMBERSHIP_EDGES,
    MEMBERSHIP_FIRST,
    RECOVERY_EDGES,
    MemberRole,
    MembershipStatus,
    RecoveryStatus,
)
from accounts.models.organizations import Organization
from core.workflow import lifecycle_triggers


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> Self:
        return self.filter(status=MembershipStatus.ACTIVE)

    def requested(self) -> Self:
        return self.filter(status=MembershipStatus.REQUESTED)

    def of_organization(self, organization_id: int) -> Self:
        return self.filter(organization_id=organization_id)

    def administrators(self) -> Self:
        """Active administrators whose account still works."""
        return self.active().filter(role=MemberRole.ADMIN, user__is_active=True)


@pghistory.track()
class Membership(models.Model):
    """That a person acts, acted or asks to act for an organization. Somebody who comes back gets a new row."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=MemberRole, default=MemberRole.OFFICER)
    status = models.CharField(_("state"), max_length=10, choices=MembershipStatus, default=MembershipStatus.REQUESTED)
    message = models.TextField(_("message"), blank=True)
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    joined_at = models.DateTimeField(_("joined at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(name="membership_status_known", condition=Q(status__in=MembershipStatus.values)),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=MemberRole.values)),
            models.UniqueConstraint(
                name="membership_one_open_per_person",
                fields=["user", "organization"],
                condition=Q(status__in=(MembershipStatus.REQUESTED, MembershipStatus.ACTIVE)),
            ),
            models.CheckConstraint(
                name="membership_active_has_joined",
                condition=~Q(status=MembershipStatus.ACTIVE) | Q(joined_at__isnull=False, left_at=None),
            ),
            models.CheckConstraint(
                name="membership_left_has_time",
                condition=~Q(status=MembershipStatus.LEFT) | Q(left_at__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_rejected_has_reason",
                condition=~Q(status=MembershipStatus.REJECTED) | ~Q(reason=""),
            ),
        ]
        indexes = [models.Index(name="membership_people_idx", fields=["organization", "status"])]
        triggers = lifecycle_triggers("membership", MEMBERSHIP_FIRST, MEMBERSHIP_EDGES)

    def __str__(self) -> str:
        return f"{self.user_id}@{self.organization_id} ({self.get_role_display()})"


class RecoveryRequest(models.Model):
    """A member or newcomer asks PPS for an administrator, because nobody is left who could appoint one."""

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="recovery_requests"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(_("state"), max_length=10, choices=RecoveryStatus, default=RecoveryStatus.REQUESTED)
    explanation = models.TextField(_("explanation"))
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.TextField(_("reason for the decision"), blank=True)

    class Meta:
        verbose_name = _("recovery request")
        verbose_name_plural = _("recovery requests")
        constraints = [
            models.CheckConstraint(name="recoveryrequest_status_known", condition=Q(status__in=RecoveryStatus.values)),
            models.UniqueConstraint(
                name="recoveryrequest_one_open_per_person",
                fields=["organization", "requested_by"],
                condition=Q(status=RecoveryStatus.REQUESTED),
            ),
            models.CheckConstraint(
                name="recoveryrequest_decided_has_reason",
                condition=Q(status=RecoveryStatus.REQUESTED, decided_at=None)
                | (~Q(status=RecoveryStatus.REQUESTED) & Q(decided_at__isnull=False) & ~Q(decision_reason="")),
            ),
        ]
        indexes = [
            models.Index(
                name="recoveryrequest_queue_idx",
                fields=["requested_at"],
                condition=Q(status=RecoveryStatus.REQUESTED),
            )
        ]
        triggers = lifecycle_triggers("recovery_request", RecoveryStatus.REQUESTED, RECOVERY_EDGES)

    def __str__(self) -> str:
        return f"#{self.pk} {self.organization_id}"
