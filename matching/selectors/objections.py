"""Objections to results: what can be objected to, by when, and what a corrected run would start from."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.perms import organization_of
from core.calendar import add_working_days, today
from matching.enums import Limit
from matching.models import Allocation, Explanation, MatchingRun, ResultObjection
from pilots.enums import ObjectionStatus, PlanStatus
from pilots.models import PilotUsePlan
from pilots.selectors import rules_of


def current_run(*, round_id: int) -> MatchingRun | None:
    """The latest public result of a round: the first one, or its newest correction."""
    return (
        MatchingRun.objects.approved()
        .filter(round_id=round_id, published_at__isnull=False)
        .select_related("round__rule_set", "frozen")
        .order_by("-pk")
        .first()
    )


def latest_approved(*, round_id: int) -> MatchingRun | None:
    """The latest approved result of a round, public or not: what the waitlist goes by."""
    return (
        MatchingRun.objects.approved()
        .filter(round_id=round_id)
        .select_related("round__rule_set", "frozen")
        .order_by("-pk")
        .first()
    )


def objection_due_on(*, run: MatchingRun) -> date:
    """The last day for an objection to a public result."""
    days = rules_of(round_id=run.round_id).deadline("objection")
    published = timezone.localdate(run.published_at) if run.published_at else today()
    return add_working_days(published, days)


def unmatched_plans(*, actor: User) -> QuerySet[PilotUsePlan]:
    """The actor's products that took part in a public result and found nobody."""
    organization = organization_of(actor)
    offers = Allocation.objects.published().filter(application__plan=OuterRef("pk"))
    return (
        PilotUsePlan.objects.filter(
            supplier=organization, status=PlanStatus.APPROVED, round__result_published_at__isnull=False
        )
        .exclude(Exists(offers))
        .select_related("product", "round", "supplier")
        .order_by("-round__result_published_at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why nobody was served, for the supplier: how many applications met which limit."""

    label: Any
    count: int


def shortages_of(*, plan: PilotUsePlan) -> tuple[int, int, list[Shortage]]:
    """Applications for a product in the public result, the units they asked for, and the limits they met."""
    run = current_run(round_id=plan.round_id)
    rows = list(Explanation.objects.filter(run=run, application__plan=plan).only("blocking", "requested_units"))
    limits = Counter(code for row in rows for code in row.blocking)
    found = [Shortage(Limit(code).label, count) for code, count in limits.most_common()]
    return len(rows), sum(row.requested_units for row in rows), found


def objections_of(*, actor: User) -> QuerySet[ResultObjection]:
    """Objections that the actor's organization has filed; every one for PPS."""
    return (
        ResultObjection.objects.visible_to(actor)
        .select_related("run__round", "application__plan__product", "plan__product", "corrected_by", "organization")
        .order_by("-raised_at", "-pk")
    )


def objections_to_correct(*, run: MatchingRun) -> QuerySet[ResultObjection]:
    """Upheld objections of a round that no corrected result has taken up."""
    return ResultObjection.objects.to_correct().filter(run__round_id=run.round_id)


def upheld_objections(*, round_id: int) -> QuerySet[ResultObjection]:
    """Every upheld objection of a round, in the order of the decisions."""
    return ResultObjection.objects.filter(run__round_id=round_id, status=ObjectionStatus.UPHELD).order_by(
        "decided_at", "pk"
    )


def explanations_of(*, actor: User) -> QuerySet[Explanation]:
    """The newest public word on each application of the actor's institution."""
    return (
        Explanation.objects.visible_to(actor)
        .filter(application__institution=organization_of(actor))
        .latest_of_each()
        .select_related("run__round", "application__plan__product", "application__institution")
        .order_by("-pk")
    )


def may_object_still(*, run: MatchingRun | None) -> bool:
    """Whether the time for objections to a public result has not passed."""
    return run is not None and run.published_at is not None and today() <= objection_due_on(run=run)
