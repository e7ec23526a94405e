"""What the run page in the admin shows: totals, awards by track and province, waitlists."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from accounts.models import Province
from matching.models import Explanation, MatchingRun, RunStep
from pilots.enums import RoundStatus
from pilots.models import PilotRound, RoundTrack

AMOUNT = F("granted") * F("application__plan__unit_price_krw")


@dataclass(frozen=True, slots=True)
class RunTotals:
    """The result of a run in figures."""

    application_count: int
    granted_count: int
    reduced_count: int
    waitlisted_count: int
    refused_count: int
    product_count: int
    institution_count: int
    province_count: int
    units: int
    amount_krw: int
    youth_krw: int

    @property
    def youth_permille(self) -> int:
        return self.youth_krw * 1000 // self.amount_krw if self.amount_krw else 0


@dataclass(frozen=True, slots=True)
class AwardRow:
    """Awards of one track or province."""

    label: str
    code: str
    requested_count: int
    granted_count: int
    units: int
    amount_krw: int
    limit_krw: int | None = None
    # What the list of applications is filtered by.
    key: Any = None

    @property
    def percent(self) -> int | None:
        return self.amount_krw * 100 // self.limit_krw if self.limit_krw else None


def run_totals(*, run: MatchingRun) -> RunTotals:
    """The totals of a solved run, in one query."""
    granted = Q(granted__gt=0)
    row: dict[str, Any] = Explanation.objects.filter(run=run).aggregate(
        application_count=Count("pk"),
        granted_count=Count("pk", filter=granted),
        reduced_count=Count("pk", filter=granted & Q(granted__lt=F("requested_units"))),
        waitlisted_count=Count("pk", filter=Q(waitlist_position__isnull=False)),
        product_count=Count("application__plan", filter=granted, distinct=True),
        institution_count=Count("application__institution", filter=granted, distinct=True),
        province_count=Count("application__institution__province", filter=granted, distinct=True),
        units=Coalesce(Sum("granted"), 0),
        amount_krw=Coalesce(Sum(AMOUNT), 0),
        youth_krw=Coalesce(Sum(AMOUNT, filter=Q(application__plan__supplier__is_youth_startup=True)), 0),
    )
    refused = row["application_count"] - row["granted_count"] - row["waitlisted_count"]
    return RunTotals(refused_count=refused, **row)


def _awards(run: MatchingRun, by: str) -> dict[Any, dict[str, Any]]:
    rows: Iterable[Any] = (
        Explanation.objects.filter(run=run)
        .values(key=F(by))
        .annotate(
            requested_count=Count("pk"),
            granted_count=Count("pk", filter=Q(granted__gt=0)),
            units=Coalesce(Sum("granted"), 0),
            amount_krw=Coalesce(Sum(AMOUNT), 0),
        )
        .order_by("key")
    )
    return {row.pop("key"): row for row in rows}


NOTHING = {"requested_count": 0, "granted_count": 0, "units": 0, "amount_krw": 0}


def awards_by_track(*, run: MatchingRun) -> list[AwardRow]:
    """Every track of the round with its ceiling."""
    awards = _awards(run, "application__plan__track_id")
    tracks = RoundTrack.objects.filter(round_id=run.round_id).select_related("track").order_by("track__order", "pk")
    return [
        AwardRow(
            label=row.track.name,
            code=row.track.code,
            limit_krw=row.budget_krw,
            key=row.track_id,
            **awards.get(row.track_id, NOTHING),
        )
        for row in tracks
    ]


def awards_by_province(*, run: MatchingRun) -> list[AwardRow]:
    """All 17 provinces, by the seat of the institution."""
    awards = _awards(run, "application__institution__province_id")
    name = "name_en" if get_language() == "en" else "name_ko"
    return [
        AwardRow(label=getattr(province, name), code=province.pk, key=province.pk, **awards.get(province.pk, NOTHING))
        for province in Province.objects.order_by("order")
    ]


def waitlist_of(*, run: MatchingRun) -> QuerySet[Explanation]:
    """The waitlist of a run, product by product, in order."""
    return (
        Explanation.objects.waitlisted()
        .filter(run=run)
        .select_related("application__plan__product", "application__institution")
        .order_by("application__plan__product__name", "application__plan_id", "waitlist_position", "-pk")
    )


def rounds_to_match() -> QuerySet[PilotRound]:
    """Rounds for which a run may be started: frozen, and without an approved result."""
    decided = MatchingRun.objects.approved().values("round")
    return (
        PilotRound.objects.filter(status=RoundStatus.MATCHING, frozen_instances__isnull=False)
        .exclude(pk__in=decided)
        .order_by("-year", "-sequence", "-pk")
    )


def run_steps(*, run: MatchingRun) -> QuerySet[RunStep]:
    """The steps that a run has taken, in order; without what they left behind."""
    return RunStep.objects.filter(run=run).defer("payload").order_by("sequence", "pk")
