"""Figures of the programme, counted from the cases themselves so that every number leads back to rows."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, QuerySet, Sum

from accounts.models import Province
from core.calendar import today
from feedback.selectors import published_verdicts
from matching.enums import LineStatus
from matching.models import Contract, ContractLine, LineSite
from pilots.models import BudgetAccount, PilotRound, Track, YearFigure
from pilots.selectors import Balance
from products.selectors import designated_on

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the programme today."""

    products: int
    suppliers: int
    pilot_products: int
    pilot_institutions: int
    contracted_krw: int
    verdicts: int
    successes: int


def figures_now() -> Figures:
    """Key figures, public facts only."""
    designated = designated_on(day=today())
    contracts = Contract.objects.in_force().exclude(signed_on=None)
    totals = contracts.aggregate(products=Count("product", distinct=True), krw=Sum("total_krw"))
    lines = ContractLine.objects.filter(contract__in=contracts)
    verdicts = published_verdicts(level="product")
    return Figures(
        products=designated.count(),
        suppliers=designated.order_by().values("supplier").distinct().count(),
        pilot_products=totals["products"],
        pilot_institutions=lines.values("institution").distinct().count(),
        contracted_krw=totals["krw"] or 0,
        verdicts=verdicts.count(),
        successes=verdicts.filter(outcome="success").count(),
    )


def yearly_figures() -> QuerySet[YearFigure]:
    """Published figures of the programme since 2019, with their sources."""
    return YearFigure.objects.order_by("year")


@dataclass(frozen=True, slots=True)
class TrackBudget:
    """A track's part of a round with its balance, from the ledger."""

    round: PilotRound
    track: Track
    balance: Balance


def budget_by_track(*, year: int) -> list[TrackBudget]:
    """Planned, reserved, committed and spent won per round and track of a year."""
    accounts = (
        BudgetAccount.objects.filter(round__year=year, track__isnull=False)
        .select_related("round", "track")
        .order_by("round__sequence", "track__order", "pk")
    )
    return [
        TrackBudget(
            account.round,
            account.track,
            Balance(account.planned_krw, account.reserved_krw, account.committed_krw, account.spent_krw),
        )
        for account in accounts
        if account.track is not None
    ]


def summed(*, parts: Iterable[TrackBudget], by: Callable[[TrackBudget], Key]) -> dict[Key, Balance]:
    """Add up the balances of what ``by`` says belongs together, in the order of first appearance."""
    sums: dict[Key, list[int]] = {}
    for part in parts:
        balance = part.balance
        held = sums.setdefault(by(part), [0, 0, 0, 0])
        for index, amount in enumerate((balance.planned, balance.reserved, balance.committed, balance.spent)):
            held[index] += amount
    return {key: Balance(*amounts) for key, amounts in sums.items()}


@dataclass(frozen=True, slots=True)
class ProvinceCount:
    """How many deliveries a province has, awaited ones included."""

    province: Province
    lines: int
    units: int


def provinces_served() -> list[ProvinceCount]:
    """Contract lines and units per province of their places; security sites count there and are named nowhere."""
    lines: Counter[str] = Counter()
    units: Counter[str] = Counter()
    own = ContractLine.objects.filter(contract__signed_on__isnull=False).exclude(status=LineStatus.CANCELLED)
    for row in own.order_by().values("site_province").annotate(lines=Count("pk"), total=Sum("units")):
        lines[row["site_province"]] += row["lines"]
        units[row["site_province"]] += row["total"]
    further = LineSite.objects.filter(line__in=own.order_by().values("pk"), units__gt=0)
    moved = further.order_by().values("line__site_province", "province")
    for place in moved.annotate(lines=Count("line", distinct=True), total=Sum("units")):
        units[place["line__site_province"]] -= place["total"]
        units[place["province"]] += place["total"]
        if place["province"] != place["line__site_province"]:
            lines[place["province"]] += place["lines"]
    return [
        ProvinceCount(province, lines[province.pk], units[province.pk])
        for province in Province.objects.order_by("order")
    ]


def years_with_rounds() -> list[int]:
    """Years that have rounds, the newest first."""
    return list(PilotRound.objects.order_by("-year").values_list("year", flat=True).distinct())


def chosen_year(*, asked: str, default: int) -> int:
    """The year of the page: what was asked for when it has rounds, else the newest with rounds, else ``default``."""
    years = years_with_rounds()
    if asked.isdigit() and int(asked) in years:
        return int(asked)
    return years[0] if years else default
