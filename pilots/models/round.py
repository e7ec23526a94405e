from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import KrwField
from core.triggers import append_only
from core.workflow import lifecycle_triggers
from pilots.enums import ROUND_EDGES, AcquisitionMode, RoundStatus
from pilots.models.plan import AnnualPlan, Track
from pilots.models.rule_set import RuleSet


class RoundQuerySet(models.QuerySet["PilotRound"]):
    def public(self) -> Self:
        """Announced ahead (the year's schedule is published) and never taken down."""
        return self.all()

    def of_year(self, year: int) -> Self:
        return self.filter(year=year)

    def in_progress(self) -> Self:
        return self.exclude(status__in=[RoundStatus.COMPLETED, RoundStatus.CANCELLED])


@pghistory.track()
class PilotRound(models.Model):
    """One demand survey: plans in, applications in, reviewed, matched, bought."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveSmallIntegerField(_("round of the year"))
    plan = models.ForeignKey(
        AnnualPlan, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("annual plan")
    )
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("rule set"))
    acquisition_mode = models.CharField(
        _("mode"), max_length=16, choices=AcquisitionMode, default=AcquisitionMode.PURCHASE
    )
    title_ko = models.CharField(_("title in Korean"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200)
    budget_krw = KrwField(_("budget"))
    intake_opens_at = models.DateTimeField(_("intake of plans opens at"))
    intake_closes_at = models.DateTimeField(_("intake of plans closes at"))
    opens_at = models.DateTimeField(_("applications open at"))
    closes_at = models.DateTimeField(_("applications close at"))
    review_due_on = models.DateField(_("review finished by"), null=True, blank=True)
    result_due_on = models.DateField(_("result published by"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=RoundStatus, default=RoundStatus.PLANNED)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    result_published_at = models.DateTimeField(_("result published at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.TextField(_("reason of the cancellation"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("pilot round")
        verbose_name_plural = _("pilot rounds")
        triggers = [
            *lifecycle_triggers("pilot_round", RoundStatus.PLANNED, ROUND_EDGES),
            # A round keeps the rules that its notice printed.
            pgtrigger.Trigger(
                name="pilot_round_keeps_rules",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF NEW.rule_set_id <> OLD.rule_set_id AND OLD.status <> 'planned' THEN "
                    "RAISE EXCEPTION 'round: its rules are fixed since the intake opened'; END IF; RETURN NEW;"
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="pilotround_one_sequence_per_year", fields=["year", "sequence"]),
            models.CheckConstraint(
                name="pilotround_times_in_order",
                condition=Q(intake_opens_at__lt=F("intake_closes_at"))
                & Q(intake_closes_at__lte=F("opens_at"))
                & Q(opens_at__lt=F("closes_at")),
                violation_error_message=_(
                    "The times must follow each other: intake opens and closes, then applications open and close."
                ),
            ),
            models.CheckConstraint(
                name="pilotround_cancelled_with_reason",
                condition=Q(status=RoundStatus.CANCELLED, cancelled_at__isnull=False) & ~Q(cancel_reason="")
                | ~Q(status=RoundStatus.CANCELLED) & Q(cancelled_at=None),
            ),
            models.CheckConstraint(
                name="pilotround_published_at_iff_published",
                condition=Q(
                    status__in=[RoundStatus.RESULT_PUBLISHED, RoundStatus.EXECUTING, RoundStatus.COMPLETED],
                    result_published_at__isnull=False,
                )
                | ~Q(status__in=[RoundStatus.RESULT_PUBLISHED, RoundStatus.EXECUTING, RoundStatus.COMPLETED])
                & Q(result_published_at=None),
            ),
        ]
        indexes = [models.Index(name="pilotround_schedule_idx", fields=["-year", "-sequence"])]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def title(self) -> str:
        return self.title_en if get_language() == "en" else self.title_ko

    @property
    def is_lease(self) -> bool:
        return self.acquisition_mode == AcquisitionMode.LEASE


class RoundTrack(models.Model):
    """A track's part of a round: at most the budget, at least the floor."""

    round = models.ForeignKey(PilotRound, on_delete=models.CASCADE, related_name="tracks", verbose_name=_("round"))
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+", verbose_name=_("track"))
    budget_krw = KrwField(_("budget"))
    floor_krw = KrwField(_("floor"), default=0)

    class Meta:
        verbose_name = _("track of the round")
        verbose_name_plural = _("tracks of the round")
        constraints = [
            models.UniqueConstraint(name="roundtrack_once_per_round", fields=["round", "track"]),
            models.CheckConstraint(
                name="roundtrack_floor_within_budget",
                condition=Q(floor_krw__lte=F("budget_krw")),
                violation_error_message=_("The floor cannot be above the budget."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.track_id}"


class FrozenInstance(models.Model):
    """What matching works on, byte for byte, in the format pilot-matching/1 (gzip, canonical JSON)."""

    round = models.ForeignKey(
        PilotRound, on_delete=models.PROTECT, related_name="frozen_instances", verbose_name=_("round")
    )
    body = models.BinaryField(_("instance"))
    sha256 = models.CharField(_("hash"), max_length=64)
    rule_set_sha256 = models.CharField(_("hash of the rule set"), max_length=64)
    ids = models.JSONField(_("identifiers"))  # {"A1": application pk, "P1": plan pk, "I1": organization pk}
    left_out = models.JSONField(_("left out"), default=list, blank=True)  # [{"application": pk, "why": code}]
    frozen_at = models.DateTimeField(_("frozen at"), auto_now_add=True)
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("frozen by"))

    class Meta:
        verbose_name = _("frozen instance")
        verbose_name_plural = _("frozen instances")
        triggers = append_only("frozen_instance")
        constraints = [
            models.UniqueConstraint(name="frozeninstance_once_per_round", fields=["round"]),
            models.CheckConstraint(name="frozeninstance_sha256_is_hex", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.sha256[:12]}"
