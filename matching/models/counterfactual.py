from datetime import datetime
from typing import Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.workflow import lifecycle_triggers
from matching.enums import COUNTERFACTUAL_EDGES, ChangeKind, CounterfactualGoal
from matching.enums import CounterfactualStatus as S
from matching.models.allocation import Explanation


class CounterfactualQuerySet(models.QuerySet["Counterfactual"]):
    def waiting(self) -> Self:
        return self.filter(status=S.WAITING)

    def lapsed(self, *, at: datetime) -> Self:
        """Questions that nobody works on: never taken up, or left by a worker that has fallen silent."""
        return self.waiting().filter(lease_until__lt=at)


@pghistory.track(exclude=["done", "total", "lease_owner", "lease_until"])
class Counterfactual(models.Model):
    """The question what would have been enough for an application in a run; answered by solving the round again."""

    explanation = models.OneToOneField(
        Explanation, on_delete=models.CASCADE, related_name="counterfactual", verbose_name=_("explanation")
    )
    status = models.CharField(_("status"), max_length=16, choices=S, default=S.WAITING)
    goal = models.CharField(_("wanted outcome"), max_length=16, choices=CounterfactualGoal)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    requested_at = models.DateTimeField(pgettext_lazy("question", "asked at"))
    answered_at = models.DateTimeField(pgettext_lazy("question", "answered at"), null=True, blank=True)
    failure = models.TextField(_("reason of failure"), blank=True)

    done = models.PositiveIntegerField(_("instances solved"), default=0)
    total = models.PositiveIntegerField(_("instances in all"), default=0)
    lease_owner = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)

    method = models.CharField(_("method"), max_length=120, blank=True)
    base_units = models.PositiveIntegerField(_("units granted by the method, unchanged"), null=True, blank=True)
    instance_sha256 = models.CharField(_("instance hash"), max_length=64, blank=True)
    result_sha256 = models.CharField(_("result hash"), max_length=64, blank=True)

    objects = CounterfactualQuerySet.as_manager()

    class Meta:
        verbose_name = _("counterfactual")
        verbose_name_plural = _("counterfactuals")
        constraints = [
            models.CheckConstraint(name="counterfactual_status_known", condition=Q(status__in=S.values)),
            models.CheckConstraint(
                name="counterfactual_answer_complete",
                condition=(
                    Q(status=S.ANSWERED, answered_at__isnull=False, base_units__isnull=False)
                    & ~Q(method="")
                    & ~Q(instance_sha256="")
                    & ~Q(result_sha256="")
                )
                | (~Q(status=S.ANSWERED) & Q(answered_at=None, base_units=None)),
            ),
            models.CheckConstraint(
                name="counterfactual_failure_iff_failed",
                condition=(Q(status=S.FAILED) & ~Q(failure="")) | (~Q(status=S.FAILED) & Q(failure="")),
            ),
        ]
        indexes = [
            models.Index(fields=["lease_until"], name="counterfactual_lease_idx", condition=Q(status="waiting")),
            models.Index(fields=["requested_by"], name="counterfactual_asked_idx", condition=Q(status="waiting")),
        ]
        triggers = lifecycle_triggers("counterfactual", S.WAITING, COUNTERFACTUAL_EDGES)

    def __str__(self) -> str:
        return f"{self.explanation_id}: {self.status}"

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


class CounterfactualProof(models.Model):
    """One kind of change: the value that reaches the outcome and the one a step before, or the furthest one tried."""

    counterfactual = models.ForeignKey(
        Counterfactual, on_delete=models.CASCADE, related_name="proofs", verbose_name=_("counterfactual")
    )
    kind = models.CharField(_("kind of change"), max_length=16, choices=ChangeKind)
    is_enough = models.BooleanField(_("reaches the outcome"))
    before = models.PositiveBigIntegerField(_("value in the application"))
    value = models.PositiveBigIntegerField(_("changed value"))
    units = models.PositiveIntegerField(_("units granted with it"))
    instance_sha256 = models.CharField(_("hash of the derived instance"), max_length=64)
    result_sha256 = models.CharField(_("hash of its result"), max_length=64)
    less_value = models.PositiveBigIntegerField(_("value a step before"), null=True, blank=True)
    less_units = models.PositiveIntegerField(_("units granted a step before"), null=True, blank=True)
    less_instance_sha256 = models.CharField(_("hash of the derived instance a step before"), max_length=64, blank=True)
    less_result_sha256 = models.CharField(_("hash of its result a step before"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("proof of a counterfactual")
        verbose_name_plural = _("proofs of a counterfactual")
        constraints = [
            models.UniqueConstraint(name="counterfactualproof_one_per_kind", fields=["counterfactual", "kind"]),
            models.CheckConstraint(
                name="counterfactualproof_a_step_before_iff_enough",
                condition=(
                    Q(is_enough=True, less_value__isnull=False, less_units__isnull=False)
                    & ~Q(less_instance_sha256="")
                    & ~Q(less_result_sha256="")
                )
                | Q(
                    is_enough=False, less_value=None, less_units=None, less_instance_sha256="", less_result_sha256=""
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.counterfactual_id} {self.kind}"
