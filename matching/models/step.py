from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from matching.enums import RunStage
from matching.models.run import MatchingRun


class RunStep(models.Model):
    """One step of a run: who took it, how long it lasted, and while the run goes on what it left for the next."""

    run = models.ForeignKey(MatchingRun, on_delete=models.CASCADE, related_name="steps", verbose_name=_("run"))
    sequence = models.PositiveIntegerField(_("sequence"))
    name = models.CharField(_("step"), max_length=16, choices=RunStage)
    worker = models.CharField(_("worker"), max_length=120)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    began_at = models.DateTimeField(pgettext_lazy("step", "begun at"))
    ended_at = models.DateTimeField(pgettext_lazy("step", "ended at"), null=True, blank=True)
    # What the engine knows after the step. Only the latest is kept, and none once the run has ended.
    payload = models.BinaryField(_("state"), null=True, blank=True)

    class Meta:
        verbose_name = _("step of a run")
        verbose_name_plural = _("steps of a run")
        constraints = [
            models.UniqueConstraint(name="runstep_one_per_sequence", fields=["run", "sequence"]),
            models.CheckConstraint(
                name="runstep_payload_only_when_ended", condition=Q(payload=None) | Q(ended_at__isnull=False)
            ),
            models.UniqueConstraint(
                name="runstep_one_open_per_run", fields=["run"], condition=Q(ended_at=None)
            ),
            models.UniqueConstraint(
                name="runstep_one_payload_per_run", fields=["run"], condition=Q(payload__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.run_id}/{self.sequence} {self.name}"

    @property
    def seconds(self) -> float | None:
        """How long the step took, or None while it is under way."""
        return None if self.ended_at is None else (self.ended_at - self.began_at).total_seconds()


class RunBlockQuerySet(models.QuerySet["RunBlock"]):
    def open(self) -> Self:
        return self.filter(done_at=None)

    def takeable(self, *, at: datetime) -> Self:
        """Blocks that nobody works on: never taken, or taken by a worker that has fallen silent."""
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lt=at))


class RunBlock(models.Model):
    """A part of a large round that any worker may solve apart from the others; gone after the merge of its turn."""

    run = models.ForeignKey(MatchingRun, on_delete=models.CASCADE, related_name="blocks", verbose_name=_("run"))
    turn = models.PositiveIntegerField(_("turn"))
    number = models.PositiveIntegerField(_("number"))
    task = models.BinaryField(_("problem of the block"), null=True, blank=True)
    answer = models.BinaryField(_("award of the block"), null=True, blank=True)
    lease_owner = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    done_at = models.DateTimeField(pgettext_lazy("block", "solved at"), null=True, blank=True)

    objects = RunBlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block of a run")
        verbose_name_plural = _("blocks of a run")
        constraints = [
            models.UniqueConstraint(name="runblock_one_per_number", fields=["run", "turn", "number"]),
            models.CheckConstraint(
                name="runblock_answer_iff_done",
                condition=Q(done_at=None, answer=None, task__isnull=False)
                | Q(done_at__isnull=False, answer__isnull=False, task=None),
            ),
        ]
        indexes = [
            models.Index(fields=["run", "turn", "number"], name="runblock_open_idx", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.turn}/{self.number}"
