"""The award by dual density: take applications in the order of value over priced cost, whole and exact.

First the applications that help a floor not yet met, then all. A product that ends below `min_institutions` is emptied
and closed, and what it frees is offered again. Equal densities go by the smaller application id.
"""

from collections.abc import Iterator

import numpy as np

from matching.engine.instance import Flags, Whole
from matching.engine.presolve import Problem
from matching.engine.prices import Prices, density
from matching.engine.room import Room

CHUNK = 65_536
ROUNDS = 6


def by_density(problem: Problem, prices: Prices) -> Whole:
    return np.lexsort((np.arange(problem.size), -density(problem, prices)))


def award_by_density(problem: Problem, order: Whole, start: Whole | None = None) -> Whole:
    """Grant in this order, floors first, on top of `start`; the result keeps every rule."""
    award = np.zeros(problem.size, np.int64) if start is None else start.copy()
    closed = np.zeros(len(problem.product_units), np.bool_)
    for attempt in range(ROUNDS):
        room = Room(problem, award)
        barred = np.flatnonzero(closed).tolist() if attempt < ROUNDS - 1 else list(range(len(closed)))
        if problem.has_floors and room.shortfall():
            _grant_to_floors(problem, order, award, room, set(barred))
        _grant(problem, order, award, room, set(barred))
        short = room.short_products()
        if not short:
            return award
        closed[short] = True
        award[closed[problem.product] & ~_kept(problem, award, closed)] = 0
    return award


def _kept(problem: Problem, award: Whole, closed: Flags) -> Flags:
    """Grants of closed products that stand: those whose product still serves enough institutions."""
    served = np.bincount(problem.product[award > 0], minlength=len(closed))
    return (served >= problem.product_needs)[problem.product]


def in_chunks(problem: Problem, order: Whole) -> Iterator[tuple[int, ...]]:
    """Applications in this order as plain integers, a chunk at a time so that a million of them stay small."""
    for first in range(0, len(order), CHUNK):
        chosen = order[first : first + CHUNK]
        columns = (problem.product, problem.institution, problem.track, problem.youth, problem.price)
        yield from zip(
            chosen.tolist(),
            *(column[chosen].tolist() for column in columns),
            problem.least[chosen].tolist(),
            problem.most[chosen].tolist(),
            strict=True,
        )


def _grant(problem: Problem, order: Whole, award: Whole, room: Room, barred: set[int]) -> None:
    units_of = award.tolist()
    for a, product, institution, track, youth, price, least, most in in_chunks(problem, order):
        held = units_of[a]
        if held == most:
            continue
        if not held and (
            not room.seats(product, institution)
            or (product in barred and room.served[product] + 1 < room.needs[product])
        ):
            continue
        units = min(most - held, room.most(product, institution, track, price))
        if units <= 0 or held + units < least:
            continue
        room.take(product, institution, track, youth, units * price, units, 0 if held else 1)
        units_of[a] = held + units
    award[:] = units_of


def _grant_to_floors(problem: Problem, order: Whole, award: Whole, room: Room, barred: set[int]) -> None:
    """One pass over those that help a floor that is still missed when their turn comes."""
    tracks = problem.track_floor > 0
    helpful = tracks[problem.track] | (problem.youth & (problem.youth_floor > 0))
    chosen = order[helpful[order]]
    units_of = award.tolist()
    for a, product, institution, track, youth, price, least, most in in_chunks(problem, chosen):
        held = units_of[a]
        if room.track_missing[track] <= 0 and not (youth and room.youth_missing > 0):
            continue
        if held or product in barred or not room.seats(product, institution):
            continue
        units = min(most, room.most(product, institution, track, price))
        if units < least:
            continue
        room.take(product, institution, track, youth, units * price, units, 1)
        units_of[a] = units
    award[:] = units_of


def fill(problem: Problem, order: Whole, award: Whole) -> Whole:
    """Use up what is left: afterwards no limit allows one more unit or one more grant anywhere."""
    filled = award.copy()
    _grant(problem, order, filled, Room(problem, filled), set(range(len(problem.product_units))))
    return filled
