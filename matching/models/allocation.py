from datetime import datetime
from typing import Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.perms import is_pps, organization_of
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from matching.enums import ALLOCATION_EDGES, AllocationOrigin, Limit, Response
from matching.enums import AllocationStatus as S
from matching.models.run import MatchingRun
from pilots.models import PilotApplication

OPEN_OR_CONFIRMED = frozenset({S.OFFERED, S.CONFIRMED})


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def visible_to(self, actor: User) -> Self:
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        sides = Q(application__institution=organization) | Q(application__plan__supplier=organization)
        return self.published().filter(sides)

    def published(self) -> Self:
        """Offers that the two sides know of: their result is public."""
        return self.filter(run__published_at__isnull=False)

    def in_force(self) -> Self:
        """Offers that hold money and units: unanswered or confirmed."""
        return self.filter(status__in=OPEN_OR_CONFIRMED)

    def overdue(self, *, at: datetime) -> Self:
        return self.published().filter(status=S.OFFERED, respond_until__lt=at)


@pghistory.track()
class Allocation(models.Model):
    """Units of one product offered to one institution; confirmed when both sides have accepted."""

    run = models.ForeignKey(MatchingRun, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("run"))
    application = models.ForeignKey(
        PilotApplication, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("application")
    )
    origin = models.CharField(_("origin"), max_length=16, choices=AllocationOrigin, default=AllocationOrigin.RUN)
    status = models.CharField(_("status"), max_length=16, choices=S, default=S.OFFERED)
    requested_units = models.PositiveIntegerField(_("units requested"))
    units = models.PositiveIntegerField(_("units offered"))
    unit_price_krw = KrwField(_("unit price (won)"))
    amount_krw = KrwField(_("amount (won)"))
    offered_at = models.DateTimeField(_("offered at"))
    respond_until = models.DateTimeField(_("answer by"))

    institution_response = models.CharField(
        _("answer of the institution"), max_length=16, choices=Response, default=Response.PENDING
    )
    institution_responded_at = models.DateTimeField(_("institution answered at"), null=True, blank=True)
    institution_responded_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("match", "answered by"),
    )
    supplier_response = models.CharField(
        _("answer of the supplier"), max_length=16, choices=Response, default=Response.PENDING
    )
    supplier_responded_at = models.DateTimeField(_("supplier answered at"), null=True, blank=True)
    supplier_responded_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("match", "answered by"),
    )
    decline_reason = models.TextField(_("reason for declining"), blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.CheckConstraint(name="allocation_status_known", condition=Q(status__in=S.values)),
            models.UniqueConstraint(
                name="allocation_one_in_force_per_application",
                fields=["application"],
                condition=Q(status__in=[S.OFFERED, S.CONFIRMED]),
            ),
            models.CheckConstraint(
                name="allocation_units_within_request",
                condition=Q(units__gte=1) & Q(units__lte=F("requested_units")),
            ),
            models.CheckConstraint(
                name="allocation_amount_is_units_times_price",
                condition=Q(amount_krw=F("units") * F("unit_price_krw")),
            ),
            models.CheckConstraint(
                name="allocation_confirmed_by_both",
                condition=~Q(status__in=[S.CONFIRMED, S.CANCELLED])
                | Q(institution_response=Response.ACCEPTED, supplier_response=Response.ACCEPTED),
            ),
            models.CheckConstraint(
                name="allocation_settled_at_iff_settled",
                condition=Q(status=S.OFFERED, settled_at=None) | (~Q(status=S.OFFERED) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="allocation_institution_answer_has_time",
                condition=Q(institution_response__in=[Response.PENDING, Response.LAPSED])
                | Q(institution_responded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="allocation_supplier_answer_has_time",
                condition=Q(supplier_response__in=[Response.PENDING, Response.LAPSED])
                | Q(supplier_responded_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["run", "status"], name="allocation_run_idx"),
            models.Index(fields=["respond_until"], name="allocation_overdue_idx", condition=Q(status="offered")),
        ]
        triggers = lifecycle_triggers("allocation", S.OFFERED, ALLOCATION_EDGES)

    def __str__(self) -> str:
        return f"{self.application}: {self.units}"

    @property
    def is_reduced(self) -> bool:
        return self.units < self.requested_units


class ExplanationQuerySet(models.QuerySet["Explanation"]):
    def visible_to(self, actor: User) -> Self:
        """PPS sees every explanation, an applicant its own once the result is published."""
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        return self.filter(application__institution=organization, run__published_at__isnull=False)

    def latest_of_each(self) -> Self:
        """Of several public results of a round only the newest word on each application."""
        newer = Explanation.objects.filter(
            application=OuterRef("application"), run__published_at__isnull=False, pk__gt=OuterRef("pk")
        )
        return self.exclude(Exists(newer))

    def waitlisted(self) -> Self:
        return self.filter(waitlist_position__isnull=False)


class Explanation(models.Model):
    """Why an application got what it got, in the codes of the engine; sentences are made for the reader's language."""

    run = models.ForeignKey(MatchingRun, on_delete=models.CASCADE, related_name="explanations", verbose_name=_("run"))
    application = models.ForeignKey(
        PilotApplication, on_delete=models.PROTECT, related_name="explanations", verbose_name=_("application")
    )
    requested_units = models.PositiveIntegerField(_("units requested"))
    granted = models.PositiveIntegerField(_("units granted"))
    score = models.IntegerField(_("score (tenths of a point)"))
    is_predetermined = models.BooleanField(_("determined before matching"), default=False)
    blocking = ArrayField(models.CharField(max_length=32, choices=Limit), default=list, verbose_name=_("limits met"))
    scarcity = models.CharField(_("what was scarcest"), max_length=32, blank=True)
    waitlist_position = models.PositiveIntegerField(_("position on the waitlist"), null=True, blank=True)
    # Why a person set this award, where one did.
    override_reason = models.TextField(_("reason of the override"), blank=True)
    # Set in the transaction that writes the notification, so that nobody is told twice.
    told_at = models.DateTimeField(_("applicant told at"), null=True, blank=True)

    objects = ExplanationQuerySet.as_manager()

    class Meta:
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        constraints = [
            models.UniqueConstraint(name="explanation_one_per_application", fields=["run", "application"]),
            models.CheckConstraint(
                name="explanation_granted_within_request", condition=Q(granted__lte=F("requested_units"))
            ),
            models.CheckConstraint(
                name="explanation_waitlisted_got_nothing", condition=Q(waitlist_position=None) | Q(granted=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "waitlist_position"],
                name="explanation_waitlist_idx",
                condition=Q(waitlist_position__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.granted}/{self.requested_units}"

    @property
    def score_points(self) -> str:
        """The score as people know it: points with one decimal."""
        return f"{self.score / 10:.1f}"

    @property
    def limits_met(self) -> str:
        """The limits that stood in the way, in the reader's language."""
        return ", ".join(str(Limit(code).label) for code in self.blocking) or "–"
