"""How PPS judges: verdicts on a line and on a product, appeals against them, corrective actions after them."""

from datetime import date
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.perms import is_pps, is_supplier, organization_of
from core.calendar import today
from core.workflow import lifecycle_triggers
from feedback.enums import (
    APPEAL_EDGES,
    CLOSED_CORRECTIONS,
    CORRECTION_EDGES,
    CURRENT_VERDICTS,
    VERDICT_EDGES,
    AppealStatus,
    CorrectionStatus,
    Outcome,
    VerdictLevel,
    VerdictStatus,
)
from feedback.models.rules import FeedbackRules
from feedback.models.use import PilotUse
from matching.models import Contract
from products.models import Product

_APPROVED_ONCE = (VerdictStatus.APPROVED, VerdictStatus.WITHDRAWN, VerdictStatus.SUPERSEDED)


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def visible_to(self, actor: User) -> Self:
        """PPS sees proposals too; a supplier sees what was decided on its products, an institution its own lines."""
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        decided = self.filter(status__in=_APPROVED_ONCE)
        if is_supplier(actor):
            return decided.filter(supplier=organization)
        return decided.filter(use__institution=organization)

    def approved(self) -> Self:
        return self.filter(status=VerdictStatus.APPROVED)

    def final(self, *, on: date) -> Self:
        """A success stands at once; anything less is published only when nobody appeals any more."""
        open_appeal = Q(appeal__status=AppealStatus.FILED)
        return self.approved().filter(Q(outcome=Outcome.SUCCESS) | Q(appeal_until__lt=on)).exclude(open_appeal)


@pghistory.track()
class Verdict(models.Model):
    """Proposed with the calculation beside it, valid when a second person approves."""

    level = models.CharField(_("level"), max_length=16, choices=VerdictLevel)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="verdicts", verbose_name=_("product"))
    supplier = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("supplier"))
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="verdicts", verbose_name=_("contract")
    )
    use = models.ForeignKey(
        PilotUse, on_delete=models.PROTECT, null=True, blank=True, related_name="verdicts", verbose_name=_("pilot use")
    )
    status = models.CharField(_("status"), max_length=16, choices=VerdictStatus, default=VerdictStatus.PROPOSED)
    outcome = models.CharField(_("verdict"), max_length=16, choices=Outcome)
    suggested = models.CharField(_("computed suggestion"), max_length=16, choices=Outcome)
    calculation = models.JSONField(_("calculation"))
    rules = models.ForeignKey(FeedbackRules, on_delete=models.PROTECT, related_name="+", verbose_name=_("rules"))
    reason = models.TextField(_("reason"))
    public_summary = models.TextField(_("public summary"), blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    approved_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    rejection_reason = models.TextField(_("reason for the rejection"), blank=True)
    is_taken_back = models.BooleanField(_("taken back by the proposer"), default=False)
    appeal_until = models.DateField(_("appeal until"), null=True, blank=True)

    objects = VerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        triggers = lifecycle_triggers("verdict", VerdictStatus.PROPOSED, VERDICT_EDGES)
        constraints = [
            models.CheckConstraint(
                name="verdict_use_iff_line_level",
                condition=Q(level=VerdictLevel.LINE, use__isnull=False) | Q(level=VerdictLevel.PRODUCT, use=None),
            ),
            models.CheckConstraint(
                name="verdict_second_person_approves",
                condition=Q(approved_by=None)
                | Q(status=VerdictStatus.REJECTED, is_taken_back=True)
                | ~Q(approved_by=F("proposed_by")),
                violation_error_message=_("A second person has to approve a verdict."),
            ),
            models.CheckConstraint(
                name="verdict_decided_iff_left_proposed",
                condition=Q(status=VerdictStatus.PROPOSED, approved_at=None, approved_by=None)
                | (~Q(status=VerdictStatus.PROPOSED) & Q(approved_at__isnull=False, approved_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="verdict_appeal_window_iff_approved",
                condition=Q(status__in=_APPROVED_ONCE, appeal_until__isnull=False)
                | (~Q(status__in=_APPROVED_ONCE) & Q(appeal_until=None)),
            ),
            # one proposal and one valid verdict may stand side by side while a replacement is being decided
            models.UniqueConstraint(
                name="verdict_one_current_per_use", fields=["use", "status"], condition=Q(status__in=CURRENT_VERDICTS)
            ),
            models.UniqueConstraint(
                name="verdict_one_current_per_product",
                fields=["contract", "status"],
                condition=Q(status__in=CURRENT_VERDICTS, level=VerdictLevel.PRODUCT),
            ),
        ]
        indexes = [
            models.Index(name="verdict_queue_idx", fields=["proposed_at"], condition=Q(status="proposed")),
            models.Index(name="verdict_results_idx", fields=["-approved_at"], condition=Q(status="approved")),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.get_outcome_display()}"

    @property
    def is_certifiable(self) -> bool:
        return self.status == VerdictStatus.APPROVED and self.outcome == Outcome.SUCCESS

    @property
    def is_appealable(self) -> bool:
        """Whether an appeal is still possible. Needs ``appeal`` loaded."""
        return (
            self.status == VerdictStatus.APPROVED
            and self.outcome != Outcome.SUCCESS
            and self.appeal_until is not None
            and today() <= self.appeal_until
            and getattr(self, "appeal", None) is None
        )


class Appeal(models.Model):
    """The supplier's objection to a verdict within the appeal window."""

    verdict = models.OneToOneField(Verdict, on_delete=models.PROTECT, related_name="appeal", verbose_name=_("verdict"))
    status = models.CharField(_("status"), max_length=16, choices=AppealStatus, default=AppealStatus.FILED)
    reason = models.TextField(_("reason"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("filed by")
    )
    filed_at = models.DateTimeField(_("filed at"), auto_now_add=True)
    decision = models.TextField(_("decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        triggers = lifecycle_triggers("appeal", AppealStatus.FILED, APPEAL_EDGES)
        constraints = [
            models.CheckConstraint(
                name="appeal_decided_iff_left_filed",
                condition=Q(status=AppealStatus.FILED, decided_at=None)
                | (~Q(status=AppealStatus.FILED) & Q(decided_at__isnull=False) & ~Q(decision="")),
                violation_error_message=_("A decided appeal says why."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


class CorrectiveActionQuerySet(models.QuerySet["CorrectiveAction"]):
    def visible_to(self, actor: User) -> Self:
        return self.filter(verdict__in=Verdict.objects.visible_to(actor))

    def open(self) -> Self:
        return self.exclude(status__in=CLOSED_CORRECTIONS)


@pghistory.track()
class CorrectiveAction(models.Model):
    """The second chance after an insufficient verdict: plan, due date, evidence, decision."""

    verdict = models.OneToOneField(
        Verdict, on_delete=models.PROTECT, related_name="correction", verbose_name=_("verdict")
    )
    status = models.CharField(_("status"), max_length=16, choices=CorrectionStatus, default=CorrectionStatus.REQUESTED)
    plan_due_on = models.DateField(_("plan due on"))
    plan = models.TextField(_("corrective plan"), blank=True)
    due_on = models.DateField(_("to be corrected by"), null=True, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    return_reason = models.TextField(_("what the evidence lacks"), blank=True)
    decision = models.TextField(_("decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)

    objects = CorrectiveActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        triggers = lifecycle_triggers("corrective_action", CorrectionStatus.REQUESTED, CORRECTION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="correctiveaction_plan_iff_filed",
                condition=~Q(
                    status__in=(CorrectionStatus.PLANNED, CorrectionStatus.EVIDENCED, CorrectionStatus.CORRECTED)
                )
                | (~Q(plan="") & Q(due_on__isnull=False)),
                violation_error_message=_("A filed plan says what is done and until when."),
            ),
            models.CheckConstraint(
                name="correctiveaction_decided_iff_closed",
                condition=Q(status__in=CLOSED_CORRECTIONS, decided_at__isnull=False)
                | (~Q(status__in=CLOSED_CORRECTIONS) & Q(decided_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()
