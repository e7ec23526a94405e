"""The supplier's pilot-use plan: drafted, submitted, returned, approved, excluded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import organization_of
from core.audit import record
from core.calendar import add_working_days, today
from core.clock import database_now
from core.errors import IllegalTransition, NotPermitted
from core.money import format_krw
from core.numbering import next_number
from core.receipts import issue_receipt
from core.workflow import SYSTEM
from pilots.enums import AcquisitionMode, ApplicationAction, Fact, PlanAction, PlanSection, PlanStatus, RoundStatus
from pilots.errors import Incomplete, RoundClosed, RuleBroken
from pilots.models import PilotApplication, PilotRound, PilotUsePlan, PlanKpi, RoundTrack
from pilots.perms import may_decide_plan, may_file_plans, may_write_plan
from pilots.rules.schema import parse
from pilots.selectors.rules import obstacle
from pilots.services.completeness import plan_gaps
from pilots.services.editing import check_unchanged, take_files
from pilots.services.locking import lock_use_plan, share_round
from pilots.services.telling import tell_institution, tell_reviewers, tell_supplier
from pilots.signals import round_product_left
from pilots.workflow import APPLICATION_WORKFLOW, PLAN_WORKFLOW
from products.models import Product

EDITABLE = (
    "track_id",
    "item_id",
    "unit_price_krw",
    "monthly_fee_krw",
    "price_basis",
    "price_note",
    "min_units",
    "max_units",
    "min_institutions",
    "max_institutions",
    "pilot_months",
    "suitable_kinds",
    "suitable_provinces",
    "site_requirements",
    "expected_improvement",
    "installation",
    "training",
    "safety",
    "follow_up_offer",
    "yearly_operating_krw",
    "operating_payer",
    "neighborhood_province",
    "neighborhood_district",
    "is_local_rnd",
    "is_safety_equipment",
    "is_daily_life",
    "is_policy_demand",
)


def _taken_at(pilot_round: PilotRound, plan: PilotUsePlan | None = None) -> datetime:
    """The moment by the database's clock, read while the round's row is held; raises when the intake is shut.

    A returned plan may come again until its own day, even after the intake has closed for others.
    """
    now = database_now()
    if pilot_round.status != RoundStatus.PLAN_INTAKE or now < pilot_round.intake_opens_at:
        raise RoundClosed(_("This round does not take plans at present. Your draft is kept."))
    returned = plan is not None and plan.status == PlanStatus.RETURNED
    if now >= pilot_round.intake_closes_at and not (
        returned and plan and today() <= (plan.correction_due_on or today())
    ):
        raise RoundClosed(
            _("The intake of plans has closed. Your draft is kept, but it cannot be submitted in this round.")
        )
    return now


@transaction.atomic
def start_use_plan(*, actor: User, round_id: int, product_id: int) -> PilotUsePlan:
    """Begin a plan for one of one's products, prefilled from the product; an unfinished one is given back.

    Raises:
        NotPermitted: the product is not the actor's.
        RoundClosed: the round takes no plans now.
        RuleBroken: the product may not take part, with the reason.
    """
    organization = organization_of(actor)
    pilot_round = share_round(round_id=round_id)
    product = (
        Product.objects.select_for_update(of=("self",))
        .select_related("supplier")
        .prefetch_related("items")
        .get(pk=product_id)
    )
    if not may_file_plans(actor) or organization is None or product.supplier_id != organization.pk:
        raise NotPermitted
    existing = (
        PilotUsePlan.objects.filter(round=pilot_round, product=product)
        .exclude(status__in=[PlanStatus.WITHDRAWN, PlanStatus.EXCLUDED])
        .first()
    )
    if existing is not None:
        return existing
    _taken_at(pilot_round)
    if reason := obstacle(product=product, pilot_round=pilot_round, rules=parse(pilot_round.rule_set.body)):
        raise RuleBroken(reason)
    first_track = RoundTrack.objects.filter(round=pilot_round).order_by("track__order", "pk").first()
    if first_track is None:
        raise RoundClosed(_("This round has no tracks yet. Ask the Public Procurement Service."))
    item = next((row for row in product.items.all() if row.price_krw), None)
    plan = PilotUsePlan.objects.create(
        round=pilot_round,
        product=product,
        supplier=product.supplier,
        officer=actor,
        track_id=first_track.track_id,
        item=item,
        unit_price_krw=(item.price_krw or 0) if item and not pilot_round.is_lease else 0,
        safety=product.safety_note,
        price_note=product.price_evidence,
        expected_improvement=product.expected_effect,
    )
    record(actor=actor, verb="start", target=plan, after=plan.status)
    return plan


def _price(plan: PilotUsePlan) -> None:
    """For a lease one unit costs its monthly fee times the months of pilot use."""
    if plan.round.acquisition_mode == AcquisitionMode.LEASE:
        plan.unit_price_krw = (plan.monthly_fee_krw or 0) * plan.pilot_months
    else:
        plan.monthly_fee_krw = None


@transaction.atomic
def save_use_plan(
    *,
    actor: User,
    plan_id: int,
    values: Mapping[str, Any],
    kpis: Sequence[Mapping[str, Any]] | None = None,
    file_ids: Sequence[str] = (),
    drop_ids: Sequence[str] = (),
    seen: str = "",
) -> PilotUsePlan:
    """Keep a draft or a returned plan as it is now, complete or not; ``kpis`` replace the earlier ones.

    Raises:
        NotPermitted: it is somebody else's plan.
        IllegalTransition: it was handed in already.
        EditConflict: a colleague saved it after the form was opened (``seen`` is the stamp of that form).
    """
    plan = lock_use_plan(plan_id=plan_id)
    if not may_write_plan(actor, plan):
        raise NotPermitted
    if plan.status not in (PlanStatus.DRAFT, PlanStatus.RETURNED):
        raise IllegalTransition(_("The plan was handed in and cannot be changed now."))
    check_unchanged(actor=actor, row=plan, seen=seen)
    for name in EDITABLE:
        if name in values:
            setattr(plan, name, values[name])
    plan.officer = actor
    _price(plan)
    plan.save()
    if kpis is not None:
        plan.kpis.all().delete()
        PlanKpi.objects.bulk_create(PlanKpi(plan=plan, order=order, **kpi) for order, kpi in enumerate(kpis))
    take_files(actor=actor, row=plan, file_ids=file_ids, drop_ids=drop_ids)
    record(actor=actor, verb="save", target=plan, after=plan.status)
    return plan


@transaction.atomic
def submit_use_plan(*, actor: User, plan_id: int) -> PilotUsePlan:
    """Hand the plan in. The database's clock decides whether the intake is open.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        RoundClosed: too late or too early; the draft is kept.
        Incomplete: something is missing; the text says what.
    """
    share_round(round_id=_round_of(plan_id))
    plan = lock_use_plan(plan_id=plan_id)
    if not may_file_plans(actor):
        raise NotPermitted
    if refusal := PLAN_WORKFLOW.refusal(plan, PlanAction.SUBMIT, actor):
        raise refusal
    submitted_at = _taken_at(plan.round, plan)
    if gaps := plan_gaps(plan=plan):
        raise Incomplete(gaps=gaps)
    before = PLAN_WORKFLOW.advance(plan, PlanAction.SUBMIT, actor)
    plan.submitted_at = submitted_at
    plan.return_reason, plan.return_notes, plan.correction_due_on = "", {}, None
    if plan.number is None:
        plan.number = f"PL-{plan.round.number}-{next_number(f'pilots.plan:{plan.round.number}'):04}"
    plan.save(update_fields=["status", "submitted_at", "number", "return_reason", "return_notes", "correction_due_on"])
    record(actor=actor, verb=PlanAction.SUBMIT, target=plan, before=before, after=plan.status)
    issue_receipt(
        actor=actor,
        kind="pilots.plan",
        target=plan,
        title=_("Pilot-use plan %(number)s") % {"number": plan.number},
        lines=[
            (_("Round"), plan.round.number),
            (_("Product"), plan.product.name),
            (_("Track"), plan.track.name),
            (_("Price of one unit"), format_krw(plan.unit_price_krw)),
            (_("Units"), f"{plan.min_units}–{plan.max_units}"),
        ],
    )
    tell_reviewers(
        fact=Fact.PLAN_SUBMITTED,
        url=reverse("admin:pilots_pilotuseplan_change", args=[plan.pk]),
        number=plan.number,
        product=plan.product.name,
        supplier=plan.supplier.name,
    )
    return plan


def _round_of(plan_id: int) -> int:
    return PilotUsePlan.objects.values_list("round_id", flat=True).get(pk=plan_id)


@transaction.atomic
def return_plan(*, actor: User, plan_id: int, reason: str, notes: Mapping[str, str] | None = None) -> PilotUsePlan:
    """Give the plan back for correction, with a day by which it must come again.

    Args:
        notes: remarks that the supplier reads beside the sections of the form, by ``PlanSection``.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: no reason.
    """
    plan = lock_use_plan(plan_id=plan_id)
    remarks = {key: text.strip() for key, text in (notes or {}).items() if key in PlanSection and text.strip()}
    if not reason.strip():
        raise Incomplete(_("Say what the supplier has to correct."))
    before = PLAN_WORKFLOW.advance(plan, PlanAction.RETURN, actor)
    plan.return_reason, plan.return_notes = reason, remarks
    plan.correction_due_on = add_working_days(today(), parse(plan.round.rule_set.body).deadline("plan_correction"))
    plan.save(update_fields=["status", "return_reason", "return_notes", "correction_due_on"])
    told = "\n".join([reason, *(f"- {PlanSection(key).label}: {text}" for key, text in remarks.items())])
    record(actor=actor, verb=PlanAction.RETURN, target=plan, before=before, after=plan.status, reason=told)
    tell_supplier(plan=plan, fact=Fact.PLAN_RETURNED, reason=told, due=plan.correction_due_on.isoformat())
    return plan


@transaction.atomic
def approve_plan(*, actor: User, plan_id: int) -> PilotUsePlan:
    """Take the product into the round's list.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        RuleBroken: the product may no longer take part.
    """
    plan = lock_use_plan(plan_id=plan_id)
    before = PLAN_WORKFLOW.advance(plan, PlanAction.APPROVE, actor)
    if reason := obstacle(
        product=plan.product,
        pilot_round=plan.round,
        rules=parse(plan.round.rule_set.body),
        pilot_months=plan.pilot_months,
        is_overseas=plan.track.is_overseas,
    ):
        raise RuleBroken(reason)
    plan.approved_at, plan.approved_by = timezone.now(), actor
    plan.save(update_fields=["status", "approved_at", "approved_by"])
    record(actor=actor, verb=PlanAction.APPROVE, target=plan, before=before, after=plan.status)
    tell_supplier(plan=plan, fact=Fact.PLAN_APPROVED)
    return plan


@transaction.atomic
def exclude_plan(*, actor: User, plan_id: int, reason: str) -> PilotUsePlan:
    """Keep the product out of the round; applications for it become invalid.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: no reason.
    """
    share_round(round_id=_round_of(plan_id))
    plan = lock_use_plan(plan_id=plan_id)
    if not reason.strip():
        raise Incomplete(_("Say why the product is excluded."))
    if plan.round.status not in (RoundStatus.PLAN_INTAKE, RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.REVIEWING):
        raise IllegalTransition(_("Matching has begun, so a product can no longer be excluded."))
    before = PLAN_WORKFLOW.advance(plan, PlanAction.EXCLUDE, actor)
    plan.exclusion_reason = reason
    plan.save(update_fields=["status", "exclusion_reason"])
    record(actor=actor, verb=PlanAction.EXCLUDE, target=plan, before=before, after=plan.status, reason=reason)
    tell_supplier(plan=plan, fact=Fact.PLAN_EXCLUDED, reason=reason)
    if before == PlanStatus.APPROVED and plan.round.status == RoundStatus.OPEN:
        round_product_left.send(sender=PilotUsePlan, round_id=plan.round_id, product=plan.product.name, reason=reason)
    sources, _target = APPLICATION_WORKFLOW.edges[ApplicationAction.INVALIDATE]
    affected = (
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(plan=plan, status__in=sources)
        .select_related("round", "plan__product", "institution")
        .order_by("pk")
    )
    for application in affected:
        APPLICATION_WORKFLOW.advance(application, ApplicationAction.INVALIDATE, SYSTEM)
        application.invalid_reason = reason
        application.save(update_fields=["status", "invalid_reason"])
        tell_institution(application=application, fact=Fact.APPLICATION_INVALID, reason=reason)
    return plan


@transaction.atomic
def withdraw_plan(*, actor: User, plan_id: int) -> PilotUsePlan:
    """Take one's plan back before it is approved. Raises NotPermitted or IllegalTransition, see the lifecycle."""
    plan = lock_use_plan(plan_id=plan_id)
    before = PLAN_WORKFLOW.advance(plan, PlanAction.WITHDRAW, actor)
    plan.save(update_fields=["status"])
    record(actor=actor, verb=PlanAction.WITHDRAW, target=plan, before=before, after=plan.status)
    return plan


@transaction.atomic
def raise_ceiling(*, actor: User, plan_id: int, ceiling_krw: int, reason: str) -> PilotUsePlan:
    """Approve an exception to the ceiling per product, with the reason that the instance will carry.

    Raises:
        NotPermitted, IllegalTransition, Incomplete: no right, matching has begun, or no reason.
    """
    share_round(round_id=_round_of(plan_id))
    plan = lock_use_plan(plan_id=plan_id)
    if not may_decide_plan(actor, plan) or plan.approved_by_id == actor.pk:
        raise NotPermitted(_("A ceiling is raised by another person than the one who approved the plan."))
    if not reason.strip():
        raise Incomplete(_("Say why this product may exceed the ceiling."))
    if plan.status != PlanStatus.APPROVED or plan.round.status not in (
        RoundStatus.PLAN_INTAKE,
        RoundStatus.OPEN,
        RoundStatus.CLOSED,
        RoundStatus.REVIEWING,
    ):
        raise IllegalTransition(_("A ceiling can be raised for an approved plan until matching begins."))
    plan.ceiling_krw, plan.ceiling_reason = ceiling_krw, reason
    plan.save(update_fields=["ceiling_krw", "ceiling_reason"])
    record(actor=actor, verb="raise_ceiling", target=plan, reason=reason, details={"ceiling_krw": ceiling_krw})
    return plan


@transaction.atomic
def assign_reviewer(*, actor: User, plan_id: int, reviewer: User | None) -> PilotUsePlan:
    """Hand the review of a product's applications to a colleague (or back to everybody).

    Raises:
        NotPermitted: the actor, or the colleague, does not review.
    """
    plan = lock_use_plan(plan_id=plan_id)
    if not may_decide_plan(actor, plan) or (reviewer is not None and not may_decide_plan(reviewer, plan)):
        raise NotPermitted
    before = str(plan.reviewer_id or "")
    plan.reviewer = reviewer
    plan.save(update_fields=["reviewer"])
    record(
        actor=actor,
        verb="assign",
        target=plan,
        details={"from": before, "to": str(reviewer.pk) if reviewer else ""},
    )
    return plan
