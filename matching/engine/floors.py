"""Floors first: an award that misses as few won of the floors as the engine can manage.

Where the award by density misses a floor by little, prices are at fault that count what helps the floor for too
little: they are raised step by step until the award meets it.

A floor that is still missed is a matching problem of its own: among the applications that help it, spend as much as
possible. So their value is set to their price (once for each floor that they help), the same method awards them, what
exceeds the floors is given back beginning with the least worthy, and the rest of the round is awarded around them.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matching.engine.award import award_by_density, by_density, fill
from matching.engine.improve import improve
from matching.engine.instance import Whole
from matching.engine.presolve import Problem, presolve
from matching.engine.prices import Prices
from matching.engine.room import Room

# Times that the prices of missed floors are raised, and by what part of the dearest price of a won.
RAISES, RAISE = 4, 0.05

Pricing = Callable[[Problem], Prices]


def first_award(problem: Problem, prices: Prices, order: Whole, price: Pricing) -> Whole:
    """The award by density, steered towards the floors where it misses one."""
    award = fill(problem, order, award_by_density(problem, order))
    for _ in range(RAISES):
        room = Room(problem, award)
        if not room.shortfall():
            return award
        prices = _raised(prices, room)
        dearer = by_density(problem, prices)
        steered = fill(problem, order, award_by_density(problem, dearer))
        if Room(problem, steered).shortfall() < room.shortfall():
            award = steered
    return meet_floors(problem, award, order, price)


def _raised(prices: Prices, room: Room) -> Prices:
    """Dearer floors where one is missed."""
    more = int((prices.budget + prices.track_ceiling.max(initial=0)) * RAISE)
    missed = np.array([missing > 0 for missing in room.track_missing])
    return replace(
        prices,
        track_floor=prices.track_floor + more * missed,
        youth=prices.youth + (more if room.youth_missing > 0 else 0),
    )


def meet_floors(problem: Problem, award: Whole, order: Whole, price: Pricing) -> Whole:
    """The award, or one that misses fewer won of the floors."""
    room = Room(problem, award)
    missed = room.shortfall()
    if not missed:
        return award
    tracks = np.array(room.track_missing) > 0
    helps = tracks[problem.track].astype(np.int64) + (problem.youth & (room.youth_missing > 0))
    helpful = np.flatnonzero(helps)
    if not len(helpful):
        return award
    without_floors = replace(problem, track_floor=np.zeros_like(problem.track_floor), youth_floor=0)
    part = without_floors.only(helpful)
    part = replace(part, value=part.price * helps[helpful], index=np.arange(len(helpful)))
    found = _most_spent(part, price)
    core = np.zeros(problem.size, np.int64)
    core[helpful] = found
    core = _trimmed(problem, core, order)
    around = fill(problem, order, award_by_density(problem, order, core))
    return around if Room(problem, around).shortfall() < missed else award


def _most_spent(part: Problem, price: Pricing) -> Whole:
    reduced = presolve(part)
    found = np.zeros(part.size, np.int64)
    if reduced.size:
        prices = price(reduced)
        order = by_density(reduced, prices)
        award = fill(reduced, order, award_by_density(reduced, order))
        found[reduced.index] = improve(reduced, prices, award, order, lambda _done, _total: None)
    return found


def _trimmed(problem: Problem, award: Whole, order: Whole) -> Whole:
    """Give back grants, the least worthy first, that no floor needs; products keep the institutions that they need."""
    room, kept = Room(problem, award), award.copy()
    for a in order[::-1].tolist():
        units = int(kept[a])
        product, track = int(problem.product[a]), int(problem.track[a])
        if not units or 1 < room.needs[product] >= room.served[product]:
            continue
        won, youth = units * int(problem.price[a]), bool(problem.youth[a])
        spare_track = room.track_missing[track] + won <= 0 or problem.track_floor[track] == 0
        if spare_track and (not youth or room.youth_missing + won <= 0):
            room.take(product, int(problem.institution[a]), track, youth, -won, -units, -1)
            kept[a] = 0
    return kept
