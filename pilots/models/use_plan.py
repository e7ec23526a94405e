from typing import Self

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from pilots.enums import PLAN_EDGES, Comparison, OperatingPayer, PlanStatus, PriceBasis
from pilots.models.plan import Track
from pilots.models.round import PilotRound
from products.models import Product, ProductItem


class UsePlanQuerySet(models.QuerySet["PilotUsePlan"]):
    def of_supplier(self, organization_id: int | None) -> Self:
        return self.filter(supplier_id=organization_id)

    def approved(self) -> Self:
        return self.filter(status=PlanStatus.APPROVED)

    def waiting(self) -> Self:
        return self.filter(status=PlanStatus.SUBMITTED)

    def left_draft(self) -> Self:
        return self.exclude(status=PlanStatus.DRAFT)


@pghistory.track()
class PilotUsePlan(models.Model):
    """How a supplier wants its product to be tried out in a round (pilot-use basic plan)."""

    number = models.CharField(_("number"), max_length=24, unique=True, null=True, blank=True)
    round = models.ForeignKey(PilotRound, on_delete=models.PROTECT, related_name="use_plans", verbose_name=_("round"))
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="use_plans", verbose_name=_("product"))
    supplier = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="use_plans", verbose_name=_("supplier")
    )
    officer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("contact person"))
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="use_plans", verbose_name=_("track"))
    item = models.ForeignKey(
        ProductItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    unit_price_krw = KrwField(_("price of one unit"), default=0)
    monthly_fee_krw = KrwField(_("monthly fee of one unit"), null=True, blank=True)
    price_basis = models.CharField(
        _("basis of the price"), max_length=16, choices=PriceBasis, default=PriceBasis.QUOTATION
    )
    price_note = models.TextField(_("explanation of the price"), blank=True)
    min_units = models.PositiveIntegerField(_("fewest units per institution"), default=1)
    max_units = models.PositiveIntegerField(_("most units in the round"), default=1)
    min_institutions = models.PositiveSmallIntegerField(_("fewest institutions"), default=1)
    max_institutions = models.PositiveSmallIntegerField(_("most institutions"), default=5)
    pilot_months = models.PositiveSmallIntegerField(
        _("months of pilot use"), default=3, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    suitable_kinds = ArrayField(
        models.CharField(max_length=32), verbose_name=_("suitable kinds of institution"), default=list, blank=True
    )
    suitable_provinces = ArrayField(
        models.CharField(max_length=2), verbose_name=_("suitable provinces"), default=list, blank=True
    )
    site_requirements = models.TextField(_("requirements on the site"), blank=True)
    expected_improvement = models.TextField(_("expected improvement of the public service"), blank=True)
    installation = models.TextField(_("installation"), blank=True)
    training = models.TextField(_("training"), blank=True)
    safety = models.TextField(_("safety and insurance"), blank=True)
    follow_up_offer = models.TextField(_("offer for follow-up purchases"), blank=True)
    yearly_operating_krw = KrwField(_("operating cost per unit and year"), default=0)
    operating_payer = models.CharField(
        _("who pays the operating cost"), max_length=16, choices=OperatingPayer, default=OperatingPayer.INSTITUTION
    )
    # The district whose proposal led to this product ("Our Neighborhood"); such a product goes there first.
    neighborhood_province = models.CharField(_("province of the proposer"), max_length=2, blank=True)
    neighborhood_district = models.CharField(_("district of the proposer"), max_length=40, blank=True)
    is_local_rnd = models.BooleanField(_("from research of a local government"), default=False)
    is_safety_equipment = models.BooleanField(_("safety equipment"), default=False)
    is_daily_life = models.BooleanField(_("health or daily life"), default=False)
    is_policy_demand = models.BooleanField(_("asked for by a ministry"), default=False)
    status = models.CharField(_("status"), max_length=16, choices=PlanStatus, default=PlanStatus.DRAFT)
    return_reason = models.TextField(_("what to correct"), blank=True)
    # Remarks beside the sections of the form, by the section's code; they stay until the plan comes again.
    return_notes = models.JSONField(_("what to correct, by section"), default=dict, blank=True)
    correction_due_on = models.DateField(_("correct by"), null=True, blank=True)
    exclusion_reason = models.TextField(_("reason of the exclusion"), blank=True)
    ceiling_krw = KrwField(_("approved ceiling above the rule"), null=True, blank=True)
    ceiling_reason = models.TextField(_("reason of the ceiling"), blank=True)
    reviewer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewer")
    )
    created_at = models.DateTimeField(_("started at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed at"), auto_now=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )

    objects = UsePlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("pilot-use plan")
        verbose_name_plural = _("pilot-use plans")
        triggers = lifecycle_triggers("pilot_use_plan", PlanStatus.DRAFT, PLAN_EDGES)
        constraints = [
            models.UniqueConstraint(
                name="pilotuseplan_one_per_round_and_product",
                fields=["round", "product"],
                condition=~Q(status__in=[PlanStatus.WITHDRAWN, PlanStatus.EXCLUDED]),
                violation_error_message=_("There is already a plan for this product in this round."),
            ),
            models.CheckConstraint(
                name="pilotuseplan_number_when_submitted",
                condition=Q(status__in=[PlanStatus.DRAFT, PlanStatus.WITHDRAWN])
                | Q(number__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="pilotuseplan_units_in_order",
                condition=Q(min_units__gte=1, max_units__gte=F("min_units")),
                violation_error_message=_("The most units must not be fewer than the fewest units."),
            ),
            models.CheckConstraint(
                name="pilotuseplan_institutions_in_order",
                condition=Q(min_institutions__gte=1, max_institutions__gte=F("min_institutions")),
                violation_error_message=_("The most institutions must not be fewer than the fewest institutions."),
            ),
            models.CheckConstraint(
                name="pilotuseplan_months_one_to_twelve",
                condition=Q(pilot_months__gte=1, pilot_months__lte=12),
                violation_error_message=_("A pilot use lasts 1 to 12 months."),
            ),
            models.CheckConstraint(
                name="pilotuseplan_approved_facts",
                condition=~Q(status=PlanStatus.APPROVED)
                | Q(approved_at__isnull=False, approved_by__isnull=False, unit_price_krw__gte=1),
            ),
            models.CheckConstraint(
                name="pilotuseplan_raised_ceiling_has_reason",
                condition=Q(ceiling_krw=None) | ~Q(ceiling_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="pilotuseplan_queue_idx", fields=["submitted_at"], condition=Q(status=PlanStatus.SUBMITTED)
            ),
            models.Index(name="pilotuseplan_round_idx", fields=["round", "status"]),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def smallest_purchase_krw(self) -> int:
        amount: int = self.unit_price_krw * self.min_units
        return amount


_KPI_IS_FIXED = """
    FOR plan_key IN SELECT unnest(CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.plan_id] WHEN 'DELETE' THEN ARRAY[OLD.plan_id]
        ELSE ARRAY[OLD.plan_id, NEW.plan_id]
    END) LOOP
        SELECT status INTO plan_status FROM pilots_pilotuseplan WHERE id = plan_key;
        IF plan_status NOT IN ('draft', 'returned') THEN
            RAISE EXCEPTION 'the measures of pilot-use plan % are fixed once it is handed in', plan_key;
        END IF;
    END LOOP;
    RETURN COALESCE(NEW, OLD);
"""


class PlanKpi(models.Model):
    """What the pilot use will measure and the threshold; the database fixes both when the plan is handed in."""

    plan = models.ForeignKey(PilotUsePlan, on_delete=models.CASCADE, related_name="kpis", verbose_name=_("plan"))
    name = models.CharField(_("measure"), max_length=120)
    unit = models.CharField(_("unit"), max_length=24)
    comparison = models.CharField(_("direction"), max_length=16, choices=Comparison, default=Comparison.AT_LEAST)
    target = models.DecimalField(_("target"), max_digits=14, decimal_places=3)
    measuring_method = models.CharField(_("how it is measured"), max_length=300)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("performance measure")
        verbose_name_plural = _("performance measures")
        constraints = [models.UniqueConstraint(name="plankpi_one_name_per_plan", fields=["plan", "name"])]
        triggers = [
            pgtrigger.Trigger(
                name="plan_kpi_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("plan_key", "bigint"), ("plan_status", "text")],
                func=_KPI_IS_FIXED,
            )
        ]

    def __str__(self) -> str:
        return self.name
