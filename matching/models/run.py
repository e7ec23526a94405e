from datetime import datetime
from typing import Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from matching.enums import RUN_EDGES, RunStage
from matching.enums import RunStatus as S
from matching.models.derived import DerivedInstance
from pilots.models import FrozenInstance, PilotRound

UNFINISHED = frozenset({S.QUEUED, S.RUNNING, S.CANCELLING})
SOLVED_ONWARDS = frozenset({S.SOLVED, S.PROPOSED, S.APPROVED, S.SUPERSEDED})


def _percent(gap_ppm: int | None) -> str:
    return "" if gap_ppm is None else f"{gap_ppm / 10_000:.3f}"


class MatchingRunQuerySet(models.QuerySet["MatchingRun"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def lapsed(self, *, at: datetime) -> Self:
        """Runs that nobody has in hand: their worker has stopped renewing its lease, or none took them up in time."""
        return self.unfinished().filter(lease_until__lt=at)

    def approved(self) -> Self:
        return self.filter(status=S.APPROVED)


@pghistory.track(exclude=["result", "stage", "done", "total", "current_gap_ppm", "lease_owner", "lease_until"])
class MatchingRun(models.Model):
    """One solving of a round's frozen instance; its result counts only after the auditor and a second person."""

    number = models.CharField(_("run number"), max_length=32)
    round = models.ForeignKey(PilotRound, on_delete=models.PROTECT, related_name="runs", verbose_name=_("round"))
    frozen = models.ForeignKey(
        FrozenInstance, on_delete=models.PROTECT, related_name="runs", verbose_name=_("frozen instance")
    )
    # The instance that is solved, where people have decided awards beforehand; otherwise the frozen one itself.
    derived = models.ForeignKey(
        DerivedInstance,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs",
        verbose_name=_("derived instance"),
    )
    # The round's approved result that this run adds to after an upheld objection.
    corrects = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        verbose_name=_("corrected result"),
    )
    status = models.CharField(_("status"), max_length=16, choices=S, default=S.QUEUED)
    requested_gap_ppm = models.PositiveIntegerField(_("stop at a gap of (ppm)"), default=1000)
    is_fast = models.BooleanField(_("fast method"), default=False)

    stage = models.CharField(_("stage"), max_length=40, blank=True)
    done = models.PositiveBigIntegerField(_("steps done"), default=0)
    total = models.PositiveBigIntegerField(_("steps in all"), default=0)
    current_gap_ppm = models.BigIntegerField(_("gap of the solver so far (ppm)"), null=True, blank=True)
    lease_owner = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    failure = models.TextField(_("reason of failure"), blank=True)

    instance_sha256 = models.CharField(_("instance hash"), max_length=64)
    rule_set_sha256 = models.CharField(_("rule set hash"), max_length=64, blank=True)
    engine_version = models.CharField(_("engine version"), max_length=120, blank=True)
    result = models.BinaryField(_("result"), null=True, blank=True)
    result_sha256 = models.CharField(_("result hash"), max_length=64, blank=True)
    objective = models.BigIntegerField(_("objective"), null=True, blank=True)
    bound = models.BigIntegerField(_("proved bound"), null=True, blank=True)
    gap_ppm = models.BigIntegerField(_("proved gap (ppm)"), null=True, blank=True)
    spent_krw = KrwField(_("amount awarded (won)"), null=True, blank=True)

    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("started by"))
    requested_at = models.DateTimeField(_("started at"))
    began_at = models.DateTimeField(_("begun by a worker at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    proposed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True)
    proposal_note = models.TextField(_("note for the approver"), blank=True)
    approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    # Notice and letters go together, after somebody has read them.
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # Set in the transaction that writes their notifications; applicants have theirs on the explanation.
    suppliers_told_at = models.DateTimeField(_("suppliers told at"), null=True, blank=True)

    objects = MatchingRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("matching run")
        verbose_name_plural = _("matching runs")
        constraints = [
            models.CheckConstraint(name="matchingrun_status_known", condition=Q(status__in=S.values)),
            models.UniqueConstraint(name="matchingrun_number_unique", fields=["number"]),
            models.UniqueConstraint(
                name="matchingrun_one_approved_per_round",
                fields=["round"],
                condition=Q(status=S.APPROVED, corrects=None),
            ),
            models.UniqueConstraint(
                name="matchingrun_one_unfinished_per_round",
                fields=["round"],
                condition=Q(status__in=[S.QUEUED, S.RUNNING, S.CANCELLING]),
                violation_error_message=_("Another run of this round has not ended yet."),
            ),
            models.CheckConstraint(
                name="matchingrun_result_iff_solved",
                condition=(
                    Q(status__in=[S.SOLVED, S.PROPOSED, S.APPROVED, S.SUPERSEDED], result__isnull=False)
                    & ~Q(result_sha256="")
                    & Q(objective__isnull=False, bound__isnull=False, gap_ppm__isnull=False, spent_krw__isnull=False)
                )
                | Q(status__in=[S.QUEUED, S.RUNNING, S.CANCELLING, S.CANCELLED, S.FAILED], result=None),
            ),
            models.CheckConstraint(
                name="matchingrun_failure_iff_failed",
                condition=(Q(status=S.FAILED) & ~Q(failure="")) | (~Q(status=S.FAILED) & Q(failure="")),
            ),
            models.CheckConstraint(
                name="matchingrun_approved_by_second_person",
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("proposed_by")),
                violation_error_message=_("A second person must approve the result."),
            ),
            models.CheckConstraint(
                name="matchingrun_published_if_approved",
                condition=Q(published_at=None) | Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="matchingrun_correction_is_derived",
                condition=Q(corrects=None) | Q(derived__isnull=False),
            ),
            models.CheckConstraint(
                name="matchingrun_approval_complete",
                condition=Q(status=S.APPROVED, approved_by__isnull=False, approved_at__isnull=False)
                | (~Q(status=S.APPROVED) & Q(approved_by=None, approved_at=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["round", "-id"], name="matchingrun_round_idx"),
            models.Index(
                fields=["lease_until"],
                name="matchingrun_lease_idx",
                condition=Q(status__in=["queued", "running", "cancelling"]),
            ),
        ]
        triggers = lifecycle_triggers("matchingrun", S.QUEUED, RUN_EDGES)

    def __str__(self) -> str:
        return self.number

    @property
    def is_unfinished(self) -> bool:
        return self.status in UNFINISHED

    @property
    def has_result(self) -> bool:
        return self.status in SOLVED_ONWARDS

    @property
    def stage_label(self) -> str:
        """What the worker is doing, in words; a stage the engine adds later is shown as it is called."""
        return str(RunStage(self.stage).label) if self.stage in RunStage.values else self.stage

    @property
    def gap_percent(self) -> str:
        return _percent(self.current_gap_ppm)

    @property
    def proved_percent(self) -> str:
        return _percent(self.gap_ppm)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
