"""Rounds for the public pages, for suppliers and for institutions."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.perms import organization_of
from core.money import format_krw
from core.panels import Panel
from pilots.enums import ApplicationStatus, PlanStatus, RoundStatus
from pilots.models import FrozenInstance, Interest, PilotApplication, PilotRound, PilotUsePlan, RoundTrack
from pilots.models.application import PASSED
from pilots.perms import may_apply
from pilots.rules.schema import Rules, parse

# The list of products is public from the opening on.
LISTED = frozenset(
    {
        RoundStatus.OPEN,
        RoundStatus.CLOSED,
        RoundStatus.REVIEWING,
        RoundStatus.MATCHING,
        RoundStatus.RESULT_PUBLISHED,
        RoundStatus.EXECUTING,
        RoundStatus.COMPLETED,
    }
)


def public_rounds(*, year: str = "", status: str = "", text: str = "") -> QuerySet[PilotRound]:
    """The published schedule and what became of it, the newest first."""
    rows = (
        PilotRound.objects.public()
        .select_related("rule_set")
        .annotate(product_count=Count("use_plans", filter=Q(use_plans__status=PlanStatus.APPROVED)))
    )
    if year.isdigit():
        rows = rows.of_year(int(year[:4]))
    if status in RoundStatus.values:
        rows = rows.filter(status=status)
    if text:
        rows = rows.filter(Q(title_ko__icontains=text) | Q(title_en__icontains=text) | Q(number__icontains=text))
    return rows.order_by("-year", "-sequence", "-pk")


def round_years() -> list[int]:
    """Years that have rounds, the newest first."""
    return list(PilotRound.objects.order_by("-year").values_list("year", flat=True).distinct())


def round_tracks(*, round_id: int) -> QuerySet[RoundTrack]:
    """The money of a round by track."""
    return RoundTrack.objects.filter(round_id=round_id).select_related("track").order_by("track__order", "pk")


def round_products(
    *, pilot_round: PilotRound, actor: User | None = None, text: str = "", track: str = "", suitable: bool = False
) -> QuerySet[PilotUsePlan]:
    """The approved products of an opened round; nothing before the opening.

    Args:
        suitable: only those offered to the kind and province of the person's institution.
    """
    if pilot_round.status not in LISTED:
        return PilotUsePlan.objects.none()
    organization = organization_of(actor) if actor is not None else None
    rows = (
        PilotUsePlan.objects.filter(round=pilot_round)
        .approved()
        .select_related("product__category", "supplier", "track", "item", "round")
        .annotate(
            is_applied=Exists(
                PilotApplication.objects.filter(plan=OuterRef("pk"), institution=organization).exclude(
                    status__in=["withdrawn", "invalid"]
                )
            ),
            is_noted=Exists(Interest.objects.filter(plan=OuterRef("pk"), institution=organization)),
        )
    )
    if text:
        rows = rows.filter(Q(product__name__icontains=text) | Q(supplier__name__icontains=text))
    if track:
        rows = rows.filter(track__code=track)
    if suitable and organization is not None:
        rows = rows.filter(_offered_to(organization))
    return rows.order_by("number")


def _offered_to(organization: Organization) -> Q:
    """Plans without a restriction, or with one that the institution meets."""
    kind = Q(suitable_kinds=[]) | Q(suitable_kinds__contains=[organization.institution_kind])
    place = Q(suitable_provinces=[]) | Q(suitable_provinces__contains=[organization.province_id])
    return kind & (place if organization.province_id else Q())


def intake_rounds() -> QuerySet[PilotRound]:
    """Rounds that take pilot-use plans."""
    return (
        PilotRound.objects.filter(status=RoundStatus.PLAN_INTAKE)
        .select_related("rule_set")
        .order_by("intake_closes_at")
    )


def open_plans_of_product(*, product_id: int) -> QuerySet[PilotUsePlan]:
    """Where the product can be applied for now."""
    return (
        PilotUsePlan.objects.filter(product_id=product_id, round__status=RoundStatus.OPEN)
        .approved()
        .select_related("round", "track", "product", "supplier")
        .order_by("round__closes_at", "pk")
    )


def open_plans() -> QuerySet[PilotUsePlan]:
    """Approved plans of opened rounds: what can be seen, noted and applied for."""
    return PilotUsePlan.objects.approved().filter(round__status__in=LISTED).select_related("round", "product")


def product_panels(*, product_id: int, actor: Any) -> list[Panel]:
    """The panel on a product's page that says where it can be applied for now."""
    plans = list(open_plans_of_product(product_id=product_id))
    if not plans:
        return []
    return [
        Panel(
            title=_("Pilot purchase"),
            template="pilots/_product_panel.html",
            context={"plans": plans, "may_apply": may_apply(actor) if actor is not None else False},
            order=20,
        )
    ]


def rule_rows(*, rules: Rules) -> list[tuple[str, str]]:
    """The rules that people ask about, as (what, how much)."""
    ceilings = rules.ceilings
    none = _("No limit")
    return [
        (_("Amount per product"), format_krw(ceilings.product_krw) or none),
        (_("Amount per institution"), format_krw(ceilings.institution_krw) or none),
        (_("Products per institution"), str(ceilings.institution_products or none)),
        (_("Institutions per product"), str(ceilings.institutions_per_product or none)),
        (
            _("Share for youth startups"),
            f"{rules.youth_permille / 10:g} %" if rules.youth_permille else _("No target"),
        ),
        (
            _("Products with an earlier pilot purchase"),
            _("Excluded") if rules.exclusions.earlier_pilot else _("Admitted"),
        ),
        (
            _("Products proposed by a neighborhood"),
            _("First to the proposer's area") if rules.neighborhood_first else _("No precedence"),
        ),
        (_("Working days for the review"), str(rules.deadline("review"))),
        (_("Working days for an objection"), str(rules.deadline("objection"))),
        (_("Working days to accept a match"), str(rules.deadline("acceptance"))),
    ]


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """Plans and applications of a round by what they wait for."""

    approved: int
    waiting: int
    submitted: int
    under_review: int
    passed: int


def round_counts(*, round_id: int) -> RoundCounts:
    """The figures of a round on its case page and before its buttons are pressed."""
    plans = PilotUsePlan.objects.filter(round_id=round_id).aggregate(
        approved=Count("pk", filter=Q(status=PlanStatus.APPROVED)),
        waiting=Count("pk", filter=Q(status=PlanStatus.SUBMITTED)),
    )
    applications = PilotApplication.objects.filter(round_id=round_id).aggregate(
        submitted=Count("pk", filter=Q(status=ApplicationStatus.SUBMITTED)),
        under_review=Count("pk", filter=Q(status=ApplicationStatus.UNDER_REVIEW)),
        passed=Count("pk", filter=Q(status__in=PASSED)),
    )
    return RoundCounts(**plans, **applications)


def rules_of_round(*, pilot_round: PilotRound) -> Rules:
    """The checked rules of a round whose rule set is at hand."""
    return parse(pilot_round.rule_set.body)


def frozen_of_round(*, round_id: int) -> FrozenInstance | None:
    """The frozen instance of a round, if it has one."""
    return FrozenInstance.objects.filter(round_id=round_id).select_related("round", "frozen_by").first()
