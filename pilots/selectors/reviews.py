"""The work pages of the amount-and-scale review, and what a change of rules would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core.money import format_krw
from pilots.enums import ApplicationStatus, PlanStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan, ProductHistory, RoundTrack
from pilots.rules.exclusion import Earlier, is_excluded
from pilots.rules.schema import Rules, parse
from pilots.rules.scoring import Part, total
from pilots.selectors.rules import computed_parts

DECIDED = (
    ApplicationStatus.REVIEW_PASSED,
    ApplicationStatus.REVIEW_ADJUSTED,
    ApplicationStatus.REVIEW_REJECTED,
)


@dataclass(frozen=True, slots=True)
class Line:
    """An application on the review page."""

    application: PilotApplication
    amount_krw: int
    parts: Sequence[Part]
    remarks: Sequence[str] = field(default=())

    @property
    def score(self) -> int:
        return total(self.parts)

    @property
    def may_pass_in_bulk(self) -> bool:
        return self.application.status == ApplicationStatus.UNDER_REVIEW and not self.application.is_exempt


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is asked for, against a limit; None where the rules know no limit."""

    label: str
    asked: int
    limit: int | None
    is_money: bool = False

    @property
    def is_exceeded(self) -> bool:
        return self.limit is not None and self.asked > self.limit

    def text(self, amount: int | None) -> str:
        if amount is None:
            return _("No limit")
        return format_krw(amount) if self.is_money else f"{amount:,}"

    @property
    def asked_text(self) -> str:
        return self.text(self.asked)

    @property
    def limit_text(self) -> str:
        return self.text(self.limit)

    @property
    def left_text(self) -> str:
        return self.text(max(0, self.limit - self.asked) if self.limit is not None else None)


def review_table(*, plan_id: int) -> QuerySet[PilotApplication]:
    """Every standing application for one product, side by side."""
    return (
        PilotApplication.objects.filter(plan_id=plan_id)
        .counted()
        .select_related(
            "institution__province",
            "review__reviewer",
            "plan__track",
            "plan__supplier",
            "plan__product",
            "round",
            "site_province",
        )
        .prefetch_related("questions", "objections")
        .order_by("number")
    )


def review_overview(*, round_id: int) -> QuerySet[PilotUsePlan]:
    """Products of a round with the progress of their review."""
    counted = ~Q(
        applications__status__in=[ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN, ApplicationStatus.INVALID]
    )
    return (
        PilotUsePlan.objects.filter(round_id=round_id, status=PlanStatus.APPROVED)
        .select_related("product", "supplier", "track", "reviewer")
        .annotate(
            asked=Count("applications", filter=counted),
            waiting=Count("applications", filter=Q(applications__status=ApplicationStatus.UNDER_REVIEW)),
            decided=Count("applications", filter=Q(applications__status__in=DECIDED)),
            units=Sum("applications__requested_units", filter=counted),
        )
        .order_by("number")
    )


def price_remark(*, plan: PilotUsePlan) -> str:
    """How the plan's price compares with the price in the catalogue; empty when they agree."""
    listed = plan.item.price_krw if plan.item else None
    if plan.round.is_lease or not listed:
        return "" if plan.round.is_lease else _("The catalogue has no price for this item; check the evidence.")
    if plan.unit_price_krw > listed:
        permille = (plan.unit_price_krw - listed) * 1000 // listed
        return _("The price is %(percent)s %% above the catalogue's %(listed)s.") % {
            "percent": f"{permille / 10:g}",
            "listed": format_krw(listed),
        }
    return ""


def _remarks(application: PilotApplication, plan: PilotUsePlan, received: frozenset[int]) -> list[str]:
    found = []
    if application.is_exempt:
        found.append(_("Says that no matching is needed: %(why)s") % {"why": application.get_exempt_reason_display()})
    if application.institution_id in received:
        found.append(_("Received this product before."))
    if plan.suitable_kinds and application.institution.institution_kind not in plan.suitable_kinds:
        found.append(_("Not a kind of institution that the supplier named."))
    if plan.suitable_provinces and application.site_province_id not in plan.suitable_provinces:
        found.append(_("The site is outside the supplier's provinces."))
    if any(question.answered_at is None for question in application.questions.all()):
        found.append(_("A question waits for an answer."))
    return found


def review_lines(*, plan: PilotUsePlan, rules: Rules) -> list[Line]:
    """Every standing application for one product side by side, in as many queries for one as for a thousand."""
    applications = list(review_table(plan_id=plan.pk))
    parts = computed_parts(applications=applications, rules=rules, year=plan.round.year)
    received = frozenset(
        PilotApplication.objects.filter(
            plan__product_id=plan.product_id,
            status__in=[ApplicationStatus.CONFIRMED, ApplicationStatus.MATCHED],
        )
        .exclude(round_id=plan.round_id)
        .values_list("institution_id", flat=True)
    )
    return [
        Line(
            application=row,
            amount_krw=row.requested_units * plan.unit_price_krw,
            parts=parts[row.pk],
            remarks=_remarks(row, plan, received),
        )
        for row in applications
    ]


def capacities(*, plan: PilotUsePlan, rules: Rules, lines: Sequence[Line]) -> list[Capacity]:
    """The limits of the product and of its track against what is asked for."""
    open_lines = [line for line in lines if line.application.status != ApplicationStatus.REVIEW_REJECTED]
    units = sum(line.application.reviewed_units or line.application.requested_units for line in open_lines)
    caps = [limit for limit in (plan.max_institutions, rules.ceilings.institutions_per_product) if limit]
    track = RoundTrack.objects.filter(round_id=plan.round_id, track_id=plan.track_id).first()
    ceiling = plan.ceiling_krw if plan.ceiling_krw is not None else rules.ceilings.product_krw
    return [
        Capacity(_("Units of the product"), units, plan.max_units),
        Capacity(_("Institutions of the product"), len(open_lines), min(caps)),
        Capacity(_("Amount of the product"), units * plan.unit_price_krw, ceiling, is_money=True),
        Capacity(
            _("Budget of the track"), units * plan.unit_price_krw, track.budget_krw if track else 0, is_money=True
        ),
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reviewer (or nobody in particular) has come in a round."""

    reviewer: str
    waiting: int
    decided: int


def review_progress(*, round_id: int) -> list[Progress]:
    """Progress of the review by assigned reviewer."""
    rows = (
        PilotApplication.objects.filter(round_id=round_id)
        .counted()
        .values("plan__reviewer__name", "status")
        .annotate(count=Count("pk"))
        .order_by("plan__reviewer__name")
    )
    table: dict[str, list[int]] = {}
    for row in rows:
        pair = table.setdefault(row["plan__reviewer__name"] or _("Not assigned"), [0, 0])
        waits = row["status"] in (ApplicationStatus.SUBMITTED, ApplicationStatus.UNDER_REVIEW)
        pair[0 if waits else 1] += row["count"]
    return [Progress(name, waiting, decided) for name, (waiting, decided) in table.items()]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule set would have done to a round that is over or under way."""

    label: str
    before: str
    after: str


def _figures(pilot_round: PilotRound, rules: Rules) -> dict[str, int]:
    applications = list(
        PilotApplication.objects.filter(round=pilot_round)
        .counted()
        .select_related("plan__track", "plan__supplier", "institution")
        .order_by("pk")
    )
    parts = computed_parts(applications=applications, rules=rules, year=pilot_round.year)
    by_plan: dict[int, list[PilotApplication]] = {}
    for row in applications:
        by_plan.setdefault(row.plan_id, []).append(row)
    ceilings = rules.ceilings
    amounts = [sum(row.requested_units * row.plan.unit_price_krw for row in rows) for rows in by_plan.values()]
    products = {row.plan.product_id for row in applications}
    history: dict[int, list[Earlier]] = {}
    for past in ProductHistory.objects.filter(product_id__in=products).exclude(reference=pilot_round.number):
        history.setdefault(past.product_id, []).append(Earlier(past.kind, past.outcome))
    scores = [total(parts[row.pk]) for row in applications]
    return {
        "applications": len(applications),
        "above_ceiling": sum(1 for amount in amounts if ceilings.product_krw and amount > ceilings.product_krw),
        "crowded": sum(
            1
            for rows in by_plan.values()
            if ceilings.institutions_per_product and len(rows) > ceilings.institutions_per_product
        ),
        "excluded": sum(
            1 for pk in products if is_excluded(earlier=history.get(pk, []), is_overseas=False, rules=rules)
        ),
        "average": sum(scores) // len(scores) if scores else 0,
    }


def rule_effects(*, body: Mapping[str, Any]) -> tuple[PilotRound | None, list[Effect]]:
    """What these rules would change about the last round that had applications."""
    last = (
        PilotRound.objects.filter(applications__submitted_at__isnull=False)
        .select_related("rule_set")
        .order_by("-year", "-sequence")
        .first()
    )
    if last is None:
        return None, []
    before, after = _figures(last, parse(last.rule_set.body)), _figures(last, parse(body))
    labels = {
        "applications": _("Applications"),
        "above_ceiling": _("Products asked for above their ceiling"),
        "crowded": _("Products with more applicants than may be served"),
        "excluded": _("Products excluded for an earlier pilot purchase"),
        "average": _("Average score in tenths of a point"),
    }
    return last, [Effect(label, f"{before[key]:,}", f"{after[key]:,}") for key, label in labels.items()]


def part_text(*, code: str) -> str:
    """What a part of the score rewards, in words."""
    texts = {
        "BASE": _("Points everybody has"),
        "RANK": _("Priority of the institution"),
        "S2": _("Product from research of a local government"),
        "S3": _("Safety equipment for a safety institution"),
        "S4": _("Track of new technology"),
        "S5": _("Track of services that citizens feel"),
        "S6": _("Budget for follow-up purchases"),
        "S7": _("Record of the institution"),
        "S8": _("Health or daily life in a rural community"),
        "S9": _("Asked for by a ministry"),
        "S10": _("Youth startup, until the share is met"),
        "S12": _("Overseas: plan to buy more"),
    }
    return texts.get(code, code)
