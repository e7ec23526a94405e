"""Exact improvement, one institution (or one product) at a time.

With everybody else's grants fixed, a single institution's best choice at the prices is a small knapsack over the units and
places that are left to it (`knapsack`); likewise a single product's best choice of institutions, with units in place of won.
A change is taken when its priced profit is higher and budget, track ceilings and floors still hold. What becomes free is
given out again by `fill`. Passes go on while the true objective grows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.engine.award import fill
from matching.engine.instance import Whole
from matching.engine.knapsack import Item, best_choice
from matching.engine.presolve import Problem, objective_of
from matching.engine.prices import Prices, per_won
from matching.engine.room import Room

PASSES = 8
# Per group; a group that needs more keeps its choice.
STATES = 4_000


@dataclass(frozen=True, slots=True)
class Group:
    """Applications of one institution or one product, with the two prices that its own limits have."""

    index: int
    members: list[int]
    hint: tuple[int, int]


@dataclass(slots=True)
class Columns:
    """Plain lists: this is a walk from application to application."""

    product: list[int]
    institution: list[int]
    track: list[int]
    youth: list[bool]
    price: list[int]
    least: list[int]
    most: list[int]


class Improvement:
    """Passes over groups at fixed prices; `by_institution` says which limits are kept exactly instead of priced."""

    def __init__(self, problem: Problem, prices: Prices, *, by_institution: bool) -> None:
        self.problem, self.by_institution = problem, by_institution
        self.columns = Columns(
            *(
                column.tolist()
                for column in (
                    problem.product,
                    problem.institution,
                    problem.track,
                    problem.youth,
                    problem.price,
                    problem.least,
                    problem.most,
                )
            )
        )
        won = per_won(problem, prices)
        unit, place = prices.product_units[problem.product], prices.product_institutions[problem.product]
        if not by_institution:
            won = won + prices.institution_krw[problem.institution]
            unit, place = np.zeros_like(unit), prices.institution_products[problem.institution]
        value, price = problem.value.astype(object), problem.price.astype(object)
        self.slope: list[int] = (value * prices.scale - price * won - unit).tolist()
        self.fixed: list[int] = place.tolist()
        if by_institution:
            self.hints = list(
                zip(prices.institution_krw.tolist(), prices.institution_products.tolist(), strict=True)
            )
        else:
            self.hints = list(zip(prices.product_units.tolist(), prices.product_institutions.tolist(), strict=True))

    def groups(self) -> Iterator[Group]:
        owner = self.problem.institution if self.by_institution else self.problem.product
        order = np.argsort(owner, kind="stable")
        owners = owner[order]
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else owners
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(owners)], strict=False):
            index = int(owners[start])
            yield Group(index, order[start:end].tolist(), self.hints[index])

    def once(self, award: Whole) -> Whole:
        """One pass over all groups; keeps every rule."""
        units, room = award.tolist(), Room(self.problem, award)
        for group in self.groups():
            change = self._better(group, units, room)
            if change is not None and self._fits(change, room):
                self._apply(change, units, room)
        return np.array(units, np.int64)

    def _better(self, group: Group, units: list[int], room: Room) -> list[tuple[int, int]] | None:
        """Members and the units they should have instead, where that is worth more at the prices."""
        items, profit = [], 0
        capacity, seats = self._own_room(group.index, room)
        for a in group.members:
            held = units[a]
            price = self.columns.price[a] if self.by_institution else 1
            if held:
                if self._must_stay(a, room):
                    continue
                profit += self.slope[a] * held - self.fixed[a]
                capacity += held * price
                seats += 1
            most = self._most(a, held, room)
            if most >= self.columns.least[a] and self.slope[a] > 0:
                items.append(Item(a, self.slope[a], self.fixed[a], price, self.columns.least[a], most))
        choice = best_choice(items, capacity, seats, group.hint, STATES)
        if choice is None or choice.profit <= profit:
            return None
        chosen = dict(choice.units)
        movable = [a for a in group.members if not units[a] or not self._must_stay(a, room)]
        change = [(a, chosen.get(a, 0)) for a in movable if chosen.get(a, 0) != units[a]]
        return [(a, count - units[a]) for a, count in change]

    def _own_room(self, index: int, room: Room) -> tuple[int, int]:
        if self.by_institution:
            return room.institution_krw[index], room.institution_seats[index]
        return room.product_units[index], room.product_seats[index]

    def _must_stay(self, a: int, room: Room) -> bool:
        """Whether the product would fall below its least number of institutions without this grant."""
        needed = room.needs[self.columns.product[a]]
        return needed > 1 and room.served[self.columns.product[a]] <= needed

    def _most(self, a: int, held: int, room: Room) -> int:
        columns = self.columns
        product, institution = columns.product[a], columns.institution[a]
        if self.by_institution:
            others, left = room.product_seats[product], room.product_units[product]
        else:
            others, left = room.institution_seats[institution], room.institution_krw[institution] // columns.price[a]
        if not held and (others <= 0 or room.served[product] + 1 < room.needs[product]):
            return 0
        return min(columns.most[a], left + held)

    def _fits(self, change: list[tuple[int, int]], room: Room) -> bool:
        """Budget, track ceilings and floors after the change; the other limits were kept in the choice."""
        columns = self.columns
        total = youth = 0
        tracks: dict[int, int] = {}
        for a, units in change:
            won = units * columns.price[a]
            total += won
            youth += won if columns.youth[a] else 0
            tracks[columns.track[a]] = tracks.get(columns.track[a], 0) + won
        if total > room.budget or (youth < 0 and room.youth_missing - youth > max(0, room.youth_missing)):
            return False
        return all(
            won <= room.track[track]
            and (won >= 0 or room.track_missing[track] - won <= max(0, room.track_missing[track]))
            for track, won in tracks.items()
        )

    def _apply(self, change: list[tuple[int, int]], units: list[int], room: Room) -> None:
        columns = self.columns
        for a, count in change:
            before = units[a]
            units[a] = before + count
            seats = (units[a] > 0) - (before > 0)
            won = count * columns.price[a]
            room.take(
                columns.product[a], columns.institution[a], columns.track[a], columns.youth[a], won, count, seats
            )


def improve(problem: Problem, prices: Prices, award: Whole, order: Whole, passes: int = PASSES) -> Whole:
    """Alternate passes by institution and by product, filling in between, while the objective grows."""
    ways = [Improvement(problem, prices, by_institution=flag) for flag in (True, False)]
    best, value, idle = award, objective_of(problem, award), 0
    for attempt in range(passes):
        found = fill(problem, order, ways[attempt % 2].once(best))
        worth = objective_of(problem, found)
        idle = 0 if worth > value else idle + 1
        if worth > value:
            best, value = found, worth
        if idle == 2:
            break
    return best
