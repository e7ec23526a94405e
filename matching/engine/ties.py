"""Between equals the smaller application id: grants move to it where nothing else changes.

Two applications are equals when one unit of either has the same value, the same price, the same track and the same
part in the youth floor. Moving units between them changes neither objective nor floors, so only the limits of their
products and institutions must be looked at.
"""

from itertools import pairwise

import numpy as np

from matching.engine.award import in_chunks
from matching.engine.instance import Whole
from matching.engine.presolve import Problem
from matching.engine.room import Room

Row = tuple[int, ...]  # application, product, institution, track, youth, price, least, most


def prefer_smaller_ids(problem: Problem, award: Whole) -> Whole:
    """The award with units moved from larger to smaller ids among equals, wherever the rules allow."""
    keys = (problem.youth, problem.track, problem.price, problem.value)
    order = np.lexsort((np.arange(problem.size), *keys))
    same = np.ones(max(0, problem.size - 1), np.bool_)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    units, room = award.tolist(), Room(problem, award)
    bounds = [0, *(np.flatnonzero(~same) + 1).tolist(), problem.size] if problem.size else [0]
    # Worth a look: somebody wants more, and somebody with a larger id holds something.
    wanting, holding = (award < problem.most)[order], (award > 0)[order]
    for start, end in pairwise(bounds):
        if end - start > 1 and wanting[start:end].any() and holding[start:end].any():
            _settle(list(in_chunks(problem, order[start:end])), units, room)
    return np.array(units, np.int64)


def _settle(equals: list[Row], units: list[int], room: Room) -> None:
    for place, smaller in enumerate(equals):
        for larger in reversed(equals[place + 1 :]):
            if units[smaller[0]] == smaller[7]:
                break
            if units[larger[0]]:
                _move(smaller, larger, units, room)


def _move(smaller: Row, larger: Row, units: list[int], room: Room) -> None:
    """Move as many units as the rules allow, the whole grant if possible."""
    held = units[larger[0]]
    most = min(held, smaller[7] - units[smaller[0]])
    counts = [most] if most == held or held - most >= larger[6] else []
    if held - larger[6] > 0:
        counts.append(min(most, held - larger[6]))
    for count in counts:
        _change(larger, -count, units, room)
        if _allowed(smaller, count, units, room) and not _emptied(larger, smaller, units, room):
            _change(smaller, count, units, room)
            return
        _change(larger, count, units, room)


def _allowed(row: Row, count: int, units: list[int], room: Room) -> bool:
    a, product, institution, track, _, price, least, _ = row
    held = units[a]
    if held + count < least or count > room.most(product, institution, track, price):
        return False
    return bool(held) or (room.seats(product, institution) and room.served[product] + 1 >= room.needs[product])


def _emptied(larger: Row, smaller: Row, units: list[int], room: Room) -> bool:
    """Whether the larger id's product is left with some institutions, but too few."""
    served = room.served[larger[1]]
    if larger[1] == smaller[1] and not units[smaller[0]]:
        served += 1
    return 0 < served < room.needs[larger[1]]


def _change(row: Row, count: int, units: list[int], room: Room) -> None:
    a, product, institution, track, youth, price, _, _ = row
    before = units[a]
    units[a] = before + count
    room.take(product, institution, track, youth, count * price, count, (units[a] > 0) - (before > 0))
