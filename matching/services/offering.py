"""Offers as rows: what each one says, until when it can be answered, and the money that it holds."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from core.clock import database_now
from matching.enums import AllocationOrigin
from matching.models import Allocation, Explanation, MatchingRun
from matching.selectors import letters
from pilots import services as pilots


def offer_deadline(*, run: MatchingRun) -> datetime:
    """When both sides must have answered: working days of the round's rule set, 18:00 in Seoul."""
    return letters.answer_deadline(round_id=run.round_id)


def offer_for(
    *, run: MatchingRun, row: Explanation, units: int, origin: AllocationOrigin, respond_until: datetime
) -> Allocation:
    """An offer of ``units`` to the application of ``row``, not saved yet."""
    application = row.application
    price = application.plan.unit_price_krw
    return Allocation(
        run=run,
        application=application,
        origin=origin,
        requested_units=application.requested_units,
        units=units,
        unit_price_krw=price,
        amount_krw=units * price,
        offered_at=database_now(),
        respond_until=respond_until,
    )


def reserve_by_track(*, actor: User, run: MatchingRun, allocations: Sequence[Allocation]) -> None:
    """Reserve in each track what the offers of a result take of it; repeating it reserves nothing more.

    Raises:
        BudgetExceeded: a track's ledger holds less.
    """
    by_track: dict[int, int] = {}
    for allocation in allocations:
        track_id = allocation.application.plan.track_id
        by_track[track_id] = by_track.get(track_id, 0) + allocation.amount_krw
    for track_id, amount_krw in sorted(by_track.items()):
        pilots.reserve(
            actor=actor,
            round_id=run.round_id,
            track_id=track_id,
            amount_krw=amount_krw,
            reference=run,
            key=f"matching.run:{run.pk}:track:{track_id}",
        )
