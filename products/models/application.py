from __future__ import annotations

from decimal import Decimal
from typing import Self

import pghistory
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import MembershipStatus
from accounts.models import Organization, User
from core.triggers import append_only
from core.workflow import lifecycle_triggers
from products.enums import (
    APPLICATION_EDGES,
    IN_REVIEW,
    ApplicationAction,
    ApplicationField,
    ApplicationStatus,
    ProductionMode,
    ProductType,
    ProposalRoute,
)
from products.models.product import Product
from products.models.rubric import Rubric, RubricCriterion

S = ApplicationStatus


class DesignationApplicationQuerySet(models.QuerySet["DesignationApplication"]):
    def visible_to(self, actor: User) -> Self:
        """The supplier's own; PPS sees everything that was submitted at some time."""
        if actor.is_staff:
            return self.exclude(number="")
        return self.filter(
            product__supplier__memberships__user=actor,
            product__supplier__memberships__status=MembershipStatus.ACTIVE,
        )

    def in_review(self) -> Self:
        return self.filter(status__in=IN_REVIEW)


@pghistory.track()
class DesignationApplication(models.Model):
    """A supplier's request that its product be designated (domain: Type 1 by a ministry, Type 2 by PPS)."""

    number = models.CharField(_("application no."), max_length=20, blank=True, default="", editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="applications", verbose_name=_("product")
    )
    product_type = models.CharField(_("designation type"), max_length=10, choices=ProductType.choices)
    route = models.CharField(
        _("route"), max_length=20, choices=ProposalRoute.choices, default=ProposalRoute.SUPPLIER_PROPOSED
    )
    field = models.CharField(_("field"), max_length=20, choices=ApplicationField.choices, blank=True)
    status = models.CharField(
        _("status"), max_length=24, choices=ApplicationStatus.choices, default=S.DRAFT, editable=False
    )
    technology_summary = models.TextField(_("core technology and its novelty"), blank=True)
    public_problem = models.TextField(_("public problem addressed"), blank=True)
    target_institutions = models.TextField(_("institutions that would use it"), blank=True)
    service_improvement = models.TextField(_("expected improvement of public service"), blank=True)
    market_outlook = models.TextField(_("market and growth"), blank=True)
    safety_statement = models.TextField(_("safety and hygiene statement"), blank=True)
    regulation_status = models.TextField(_("regulation and way out"), blank=True)
    production_mode = models.CharField(
        _("production"), max_length=12, choices=ProductionMode.choices, default=ProductionMode.DIRECT
    )
    consortium_member = models.CharField(_("producer in the consortium"), max_length=100, blank=True)
    demand_institution = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("institution that asked for it"),
    )
    demand_task = models.CharField(_("demand task"), max_length=200, blank=True)
    scout_reference = models.CharField(_("scout recommendation no."), max_length=60, blank=True)
    rnd_ministry = models.CharField(_("ministry of the R&D project"), max_length=100, blank=True)
    rnd_project_no = models.CharField(_("R&D project no."), max_length=60, blank=True)
    rnd_completed_on = models.DateField(_("R&D project completed on"), null=True, blank=True)
    is_ai_product = models.BooleanField(_("uses artificial intelligence"), default=False)
    ai_statement = models.TextField(_("AI model, training data and reliability test"), blank=True)
    has_sworn = models.BooleanField(_("sworn statement given"), default=False)
    rubric = models.ForeignKey(
        Rubric, on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("rubric")
    )
    panel_size = models.PositiveSmallIntegerField(_("panellists"), null=True, blank=True, editable=False)
    total_points = models.DecimalField(
        _("average of the panel"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    inspected_on = models.DateField(_("inspected on"), null=True, blank=True, editable=False)
    inspection_note = models.TextField(_("finding of the inspection"), blank=True, editable=False)
    ministry_name = models.CharField(_("ministry"), max_length=100, blank=True, editable=False)
    ministry_decision_no = models.CharField(_("decision no."), max_length=60, blank=True, editable=False)
    ministry_decided_on = models.DateField(_("decided by the ministry on"), null=True, blank=True, editable=False)
    council_session = models.CharField(_("council session"), max_length=60, blank=True, editable=False)
    council_held_on = models.DateField(_("council held on"), null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    approved_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    decision_reason = models.TextField(_("reason for the decision"), blank=True, editable=False)
    has_appealed = models.BooleanField(_("has appealed"), default=False, editable=False)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects = DesignationApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("designation application")
        verbose_name_plural = _("designation applications")
        triggers = lifecycle_triggers("designation_application", S.DRAFT, APPLICATION_EDGES)
        constraints = [
            models.UniqueConstraint(
                name="designationapplication_number_once",
                fields=["number"],
                condition=~Q(number=""),
                violation_error_message=_("This number is taken."),
            ),
            models.UniqueConstraint(
                name="designationapplication_one_open_per_product",
                fields=["product"],
                condition=Q(status__in=sorted([*IN_REVIEW, S.DRAFT, S.APPEALED])),
                violation_error_message=_("This product has an open application already."),
            ),
            models.CheckConstraint(
                name="designationapplication_submission_is_receipted",
                condition=Q(status__in=[S.DRAFT, S.WITHDRAWN])
                | (Q(submitted_at__isnull=False) & ~Q(number="") & Q(rubric__isnull=False)),
                violation_error_message=_("A submitted application needs its number, time and rubric."),
            ),
            models.CheckConstraint(
                name="designationapplication_decision_is_recorded",
                condition=~Q(status__in=[S.DESIGNATED, S.REJECTED, S.INELIGIBLE])
                | (Q(decided_at__isnull=False) & Q(decided_by__isnull=False)),
                violation_error_message=_("A decision needs its time and the person who took it."),
            ),
            models.CheckConstraint(
                name="designationapplication_needs_two_people",
                condition=~Q(status=S.DESIGNATED)
                | (
                    Q(proposed_by__isnull=False)
                    & Q(approved_by__isnull=False)
                    & ~Q(proposed_by=models.F("approved_by"))
                ),
                violation_error_message=_("A designation needs a second person."),
            ),
        ]
        indexes = [
            models.Index(
                name="designation_desk_idx", fields=["submitted_at"], condition=Q(status__in=sorted(IN_REVIEW))
            )
        ]

    def __str__(self) -> str:
        return self.number or str(_("Draft"))

    @property
    def is_in_review(self) -> bool:
        return self.status in IN_REVIEW

    @property
    def is_draft(self) -> bool:
        return self.status == ApplicationStatus.DRAFT

    @property
    def is_proposed(self) -> bool:
        return self.proposed_by_id is not None


class GateResult(models.Model):
    application = models.ForeignKey(
        DesignationApplication, on_delete=models.CASCADE, related_name="gate_results", verbose_name=_("application")
    )
    criterion = models.ForeignKey(RubricCriterion, on_delete=models.PROTECT, verbose_name=_("criterion"))
    is_passed = models.BooleanField(_("passed"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("gate result")
        verbose_name_plural = _("gate results")
        constraints = [
            models.UniqueConstraint(
                name="gateresult_once_per_criterion",
                fields=["application", "criterion"],
                violation_error_message=_("This gate was recorded already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}"


class PanelScore(models.Model):
    """The average of the panel for one criterion."""

    application = models.ForeignKey(
        DesignationApplication, on_delete=models.CASCADE, related_name="panel_scores", verbose_name=_("application")
    )
    criterion = models.ForeignKey(RubricCriterion, on_delete=models.PROTECT, verbose_name=_("criterion"))
    average = models.DecimalField(
        _("average"), max_digits=5, decimal_places=2, validators=[MaxValueValidator(Decimal(100))]
    )
    comment = models.CharField(_("reason shown to the applicant"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("panel score")
        verbose_name_plural = _("panel scores")
        constraints = [
            models.UniqueConstraint(
                name="panelscore_once_per_criterion",
                fields=["application", "criterion"],
                violation_error_message=_("This criterion was scored already."),
            ),
            models.CheckConstraint(
                name="panelscore_not_negative",
                condition=Q(average__gte=0),
                violation_error_message=_("Points cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.average}"


class SupplementRequest(models.Model):
    application = models.ForeignKey(
        DesignationApplication, on_delete=models.CASCADE, related_name="supplements", verbose_name=_("application")
    )
    message = models.TextField(_("what is missing"))
    due_at = models.DateTimeField(_("answer until"))
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested at"))
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed without an answer at"), null=True, blank=True)

    class Meta:
        verbose_name = _("request for supplement")
        verbose_name_plural = _("requests for supplement")
        constraints = [
            models.UniqueConstraint(
                name="supplementrequest_one_open_per_application",
                fields=["application"],
                condition=Q(answered_at__isnull=True, closed_at__isnull=True),
                violation_error_message=_("A request is open already."),
            )
        ]

    def __str__(self) -> str:
        return self.message[:60]

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.closed_at is None


class CaseEvent(models.Model):
    """One step of a case as its applicant may read it; the audit log keeps who acted."""

    application = models.ForeignKey(
        DesignationApplication, on_delete=models.PROTECT, related_name="steps", verbose_name=_("application")
    )
    action = models.CharField(_("step"), max_length=30, choices=ApplicationAction.choices)
    status_after = models.CharField(_("status afterwards"), max_length=24, choices=ApplicationStatus.choices)
    note = models.TextField(_("note"), blank=True)
    is_by_supplier = models.BooleanField(_("by the supplier"), default=False)
    happened_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of a case")
        triggers = append_only("caseevent")
        indexes = [models.Index(name="caseevent_timeline_idx", fields=["application", "happened_at"])]

    def __str__(self) -> str:
        return f"{self.get_action_display()}"
