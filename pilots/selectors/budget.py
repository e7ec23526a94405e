"""Balances of rounds and tracks, and the proof that they follow from the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from pilots.enums import AnnualPlanStatus, Bucket, LedgerKind, RoundStatus
from pilots.models import AnnualPlan, BudgetAccount, LedgerEntry, PilotRound, PlanTrack, Track, YearFigure


@dataclass(frozen=True, slots=True)
class Balance:
    """Whole won of an account."""

    planned: int
    reserved: int
    committed: int
    spent: int

    @property
    def available(self) -> int:
        return self.planned - self.reserved - self.committed - self.spent

    @property
    def bound_permille(self) -> int:
        return (self.planned - self.available) * 1000 // self.planned if self.planned else 0


def _balance(account: BudgetAccount | None) -> Balance:
    if account is None:
        return Balance(0, 0, 0, 0)
    return Balance(account.planned_krw, account.reserved_krw, account.committed_krw, account.spent_krw)


def balances(*, round_id: int, track_id: int | None = None) -> Balance:
    """The balance of a track in a round, or of the whole round."""
    accounts = BudgetAccount.objects.filter(round_id=round_id)
    rows = accounts.filter(track=None) if track_id is None else accounts.filter(track_id=track_id)
    return _balance(rows.first())


def accounts_of(*, round_id: int) -> QuerySet[BudgetAccount]:
    """The accounts of a round, its own first."""
    return BudgetAccount.objects.filter(round_id=round_id).select_related("round", "track").order_by("pk")


def entries_of(*, round_id: int) -> QuerySet[LedgerEntry]:
    """Every movement of a round, the newest first."""
    return (
        LedgerEntry.objects.filter(account__round_id=round_id)
        .select_related("account__track", "account__round", "actor")
        .order_by("-pk")
    )


def _sums(entries: Iterable[LedgerEntry]) -> Balance:
    totals = dict.fromkeys(Bucket, 0)
    for entry in entries:
        bucket, amount = Bucket(entry.bucket), entry.amount_krw
        totals[bucket] += -amount if entry.kind == LedgerKind.RELEASE else amount
        if entry.kind == LedgerKind.COMMIT:
            totals[Bucket.RESERVED] -= amount
        elif entry.kind == LedgerKind.SPEND:
            totals[Bucket.COMMITTED] -= amount
    return Balance(totals[Bucket.PLANNED], totals[Bucket.RESERVED], totals[Bucket.COMMITTED], totals[Bucket.SPENT])


def unbalanced(*, round_id: int) -> list[str]:
    """Accounts whose running balance does not follow from the ledger; empty when all do.

    Every movement but planning counts in the round's own account as well.
    """
    accounts = list(accounts_of(round_id=round_id))
    entries = list(LedgerEntry.objects.filter(account__round_id=round_id).select_related("account").order_by("pk"))
    faults = []
    for account in accounts:
        own = [
            entry
            for entry in entries
            if entry.account_id == account.pk or (account.track_id is None and entry.bucket != Bucket.PLANNED)
        ]
        if _sums(own) != _balance(account):
            faults.append(str(account))
    return faults


def year_totals(*, year: int) -> Balance:
    """The balance of all rounds of a year."""
    row = BudgetAccount.objects.filter(round__year=year, track=None).aggregate(
        planned=Sum("planned_krw"),
        reserved=Sum("reserved_krw"),
        committed=Sum("committed_krw"),
        spent=Sum("spent_krw"),
    )
    return Balance(*(row[name] or 0 for name in ("planned", "reserved", "committed", "spent")))


def year_figures() -> QuerySet[YearFigure]:
    """The published figures of past years."""
    return YearFigure.objects.order_by("year")


@dataclass(frozen=True, slots=True)
class PlanRoom:
    """A line of a year's plan (the total, or a track) against what its rounds have and what of that is bound."""

    name: str
    amount: int
    in_force: int | None
    given: int
    bound: int

    @property
    def left(self) -> int:
        """What further rounds could get; negative when the rounds have more than the plan."""
        return self.amount - self.given

    @property
    def is_short(self) -> bool:
        return self.given > self.amount

    @property
    def is_below_bound(self) -> bool:
        return self.bound > self.amount


def _rounds_of(year: int) -> QuerySet[BudgetAccount]:
    """The accounts of the year's rounds; a cancelled round's money is the year's again."""
    return BudgetAccount.objects.filter(round__year=year).exclude(round__status=RoundStatus.CANCELLED)


_BOUND = F("reserved_krw") + F("committed_krw") + F("spent_krw")


def plan_room(*, plan: AnnualPlan) -> list[PlanRoom]:
    """The total first, then every track of the plan and of the year's rounds."""
    rows = (
        _rounds_of(plan.year)
        .values("track_id")
        .annotate(given=Sum("planned_krw"), bound=Sum(_BOUND))
        .order_by("track_id")
    )
    used: dict[int | None, tuple[int, int]] = {row["track_id"]: (row["given"], row["bound"]) for row in rows}
    current = AnnualPlan.objects.filter(year=plan.year, status=AnnualPlanStatus.CONFIRMED).exclude(pk=plan.pk).first()
    before = dict(PlanTrack.objects.filter(plan=current).values_list("track_id", "amount_krw")) if current else {}
    amounts = dict(PlanTrack.objects.filter(plan=plan).values_list("track_id", "amount_krw"))
    keys = [key for key in (*amounts, *before, *used) if key]
    given, bound = used.get(None, (0, 0))
    total = PlanRoom(_("Whole year"), plan.total_krw, current.total_krw if current else None, given, bound)
    return [
        total,
        *(
            PlanRoom(
                track.name,
                amounts.get(track.pk, 0),
                before.get(track.pk, 0) if current else None,
                *used.get(track.pk, (0, 0)),
            )
            for track in Track.objects.filter(pk__in=keys).order_by("order", "pk")
        ),
    ]


@dataclass(frozen=True, slots=True)
class RoundRoom:
    """What a round has of the year's plan, and what of it is free to be given back."""

    round: PilotRound
    planned: int
    bound: int

    @property
    def free(self) -> int:
        return self.planned - self.bound


def rounds_with_room(*, year: int) -> list[RoundRoom]:
    """The year's rounds with their money."""
    accounts = _rounds_of(year).filter(track=None).select_related("round").order_by("round__sequence", "pk")
    return [
        RoundRoom(row.round, row.planned_krw, row.reserved_krw + row.committed_krw + row.spent_krw) for row in accounts
    ]
