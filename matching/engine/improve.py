"""Exact improvement, one institution (or one product) at a time, while the prices cool down.

With everybody else's grants fixed, a single institution's best choice at the prices is a small knapsack over the units
and places that are left to it (`knapsack`); likewise a single product's best choice of institutions, with units in
place of won. A change is taken when its priced profit is higher and budget, track ceilings and floors still hold.

Passes alternate between institutions and products. At full prices a pass leaves scarce limits to those who use them
best, and much of them unused; without prices it grabs whatever is left. So the prices fall from pass to pass, faster
where a limit still has room, down to none (in the spirit of simulated annealing, Kirkpatrick 1983, but with no chance
in it). The last passes are free of prices, and `fill` gives out what remains.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from matching.engine.award import fill
from matching.engine.instance import Flags, Whole
from matching.engine.knapsack import Item, best_choice
from matching.engine.presolve import Problem, objective_of
from matching.engine.prices import Prices, per_won, zero_prices
from matching.engine.room import Room

# Passes with falling prices, and what is left of a price after each: where the limit is used up, where it has room.
PASSES, TIGHT, LOOSE = 20, 0.95, 0.9
LARGE, LARGE_PASSES, LARGE_TIGHT, LARGE_LOOSE = 200_000, 6, 0.75, 0.75
# Combinations for one group; a group that needs more keeps what it has.
STATES = 4_000

Change = list[tuple[int, int]]  # applications and how many units more


class Groups:
    """The problem as plain lists, for walks from application to application."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        names: list[int] = list(range(max(len(problem.product_units), len(problem.institution_krw))))
        # One object per number, however many applications carry it.
        self.product: list[int] = [names[product] for product in problem.product.tolist()]
        self.institution: list[int] = [names[institution] for institution in problem.institution.tolist()]
        self.least: list[int] = problem.least.tolist()
        self.most: list[int] = problem.most.tolist()
        first = np.zeros(len(problem.product_units), np.int64)
        first[problem.product] = np.arange(problem.size)
        self.price: list[int] = _at(problem.price, first)
        self.track: list[int] = _at(problem.track, first)
        self.youth: list[int] = _at(problem.youth, first)

    def members(self, owner: Whole) -> Iterator[tuple[int, list[int]]]:
        """Each owner with its applications in ascending id."""
        order = np.argsort(owner, kind="stable")
        counts = np.bincount(owner)
        start = 0
        for index in np.flatnonzero(counts).tolist():
            end = start + int(counts[index])
            yield index, order[start:end].tolist()
            start = end


def _at(column: Whole | Flags, rows: Whole) -> list[int]:
    return column[rows].astype(np.int64).tolist() if len(column) else [0] * len(rows)


class Pass:
    """One walk over all institutions (or all products) at fixed prices."""

    def __init__(self, groups: Groups, prices: Prices, award: Whole, *, by_institution: bool) -> None:
        problem = groups.problem
        self.groups, self.by_institution = groups, by_institution
        self.units: list[int] = award.tolist()
        self.room = Room(problem, award)
        won, unit = per_won(problem, prices), prices.product_units[problem.product]
        if by_institution:
            place, own = prices.product_institutions, (prices.institution_krw, prices.institution_products)
        else:
            won, unit = won + prices.institution_krw[problem.institution], np.zeros_like(unit)
            place, own = prices.institution_products, (prices.product_units, prices.product_institutions)
        self.place: list[int] = place.tolist()
        self.hints = list(zip(*(price.tolist() for price in own), strict=True))
        self.slope = _slopes(problem, prices.scale, won, unit)

    def run(self) -> Whole:
        problem = self.groups.problem
        for index, members in self.groups.members(problem.institution if self.by_institution else problem.product):
            change = self._better(index, members)
            if change and self._fits(change):
                self._apply(change)
        return np.array(self.units, np.int64)

    def _better(self, index: int, members: list[int]) -> Change | None:
        """Another choice of this group that is worth more at the prices."""
        room, units, slopes = self.room, self.units, self.slope
        capacity, seats = (
            (room.institution_krw[index], room.institution_seats[index])
            if self.by_institution
            else (room.product_units[index], room.product_seats[index])
        )
        items, profit, movable = [], 0, []
        for a in members:
            held, slope = units[a], slopes[a]
            if held:
                if self._must_stay(a):
                    continue
                profit += slope * held - self._place(a)
                capacity += held * self._size(a)
                seats += 1
            movable.append(a)
            if slope > 0:
                most = self._most(a, held)
                if most >= self.groups.least[a]:
                    items.append(Item(a, slope, self._place(a), self._size(a), self.groups.least[a], most))
        choice = best_choice(items, capacity, seats, self.hints[index], STATES)
        if choice is None or choice.profit <= profit:
            return None
        chosen = dict(choice.units)
        return [(a, chosen.get(a, 0) - units[a]) for a in movable if chosen.get(a, 0) != units[a]]

    def _place(self, a: int) -> int:
        return self.place[self.groups.product[a] if self.by_institution else self.groups.institution[a]]

    def _size(self, a: int) -> int:
        return self.groups.price[self.groups.product[a]] if self.by_institution else 1

    def _must_stay(self, a: int) -> bool:
        """Whether the product would fall below its least number of institutions without this grant."""
        product = self.groups.product[a]
        return self.room.needs[product] > 1 and self.room.served[product] <= self.room.needs[product]

    def _most(self, a: int, held: int) -> int:
        """Units that the limits outside the group leave to this application."""
        groups, room = self.groups, self.room
        product, institution = groups.product[a], groups.institution[a]
        if self.by_institution:
            seats, left = room.product_seats[product], room.product_units[product]
        else:
            seats, left = (
                room.institution_seats[institution],
                room.institution_krw[institution] // groups.price[product],
            )
        if not held and (seats <= 0 or room.served[product] + 1 < room.needs[product]):
            return 0
        return min(groups.most[a], left + held)

    def _fits(self, change: Change) -> bool:
        """Budget, track ceilings and floors after the change; the other limits were kept in the choice."""
        groups, room = self.groups, self.room
        total = youth = 0
        tracks: dict[int, int] = {}
        for a, count in change:
            product = groups.product[a]
            won = count * groups.price[product]
            total += won
            youth += won * groups.youth[product]
            tracks[groups.track[product]] = tracks.get(groups.track[product], 0) + won
        if total > room.budget or (youth < 0 and room.youth_missing - youth > 0):
            return False
        return all(
            won <= room.track[track] and (won >= 0 or room.track_missing[track] - won <= 0)
            for track, won in tracks.items()
        )

    def _apply(self, change: Change) -> None:
        groups = self.groups
        for a, count in change:
            product, before = groups.product[a], self.units[a]
            self.units[a] = before + count
            seats = (self.units[a] > 0) - (before > 0)
            won = count * groups.price[product]
            self.room.take(
                product, groups.institution[a], groups.track[product], groups.youth[product], won, count, seats
            )


def _slopes(problem: Problem, scale: int, won: Whole, unit: Whole) -> list[int]:
    """Priced profit per unit; in Python's own integers where 64 bits might not hold it."""
    largest = float(problem.value.max(initial=0)) * scale + float(
        (problem.price * np.abs(won).astype(float)).max(initial=0)
    )
    if largest < 2.0**62:
        slopes = problem.value * scale - problem.price * won - unit
    else:
        slopes = problem.value.astype(object) * scale - problem.price.astype(object) * won - unit
    return list(slopes.tolist())


def improve(problem: Problem, prices: Prices, award: Whole, order: Whole, tell: Callable[[int, int], None]) -> Whole:
    """The better of the award and what the passes make of it."""
    large = problem.size > LARGE
    passes, tight, loose = (LARGE_PASSES, LARGE_TIGHT, LARGE_LOOSE) if large else (PASSES, TIGHT, LOOSE)
    groups, found = Groups(problem), award
    smallest = _smallest(problem)
    for attempt in range(passes + 2):
        found = Pass(groups, prices, found, by_institution=attempt % 2 == 0).run()
        cooled = cool(problem, prices, Room(problem, found), smallest, tight, loose)
        prices = cooled if attempt < passes - 1 else zero_prices(problem)
        tell(attempt + 1, passes + 2)
    found = fill(problem, order, found)
    worse = Room(problem, found).shortfall() > Room(problem, award).shortfall()
    return award if worse or objective_of(problem, found) < objective_of(problem, award) else found


def _smallest(problem: Problem) -> tuple[Whole, Whole]:
    """The fewest units anyone could take of each product, and the fewest won of each institution."""
    units = np.full(len(problem.product_units), np.iinfo(np.int64).max)
    np.minimum.at(units, problem.product, problem.least)
    krw = np.full(len(problem.institution_krw), np.iinfo(np.int64).max)
    np.minimum.at(krw, problem.institution, problem.least * problem.price)
    return units, krw


def cool(
    problem: Problem, prices: Prices, room: Room, smallest: tuple[Whole, Whole], tight: float, loose: float
) -> Prices:
    """Lower every price: by `loose` where the limit has room for one more, by `tight` where it has none."""
    units, krw = smallest

    def lower(price: Whole, has_room: Flags) -> Whole:
        return (price * np.where(has_room, loose, tight)).astype(np.int64)

    budget = np.array([prices.budget])
    return replace(
        prices,
        budget=int(lower(budget, np.array([room.budget > problem.budget // 2000]))[0]),
        youth=int(prices.youth * tight),
        track_ceiling=lower(prices.track_ceiling, np.array(room.track) > problem.track_ceiling // 2000),
        track_floor=lower(prices.track_floor, np.zeros(len(prices.track_floor), np.bool_)),
        product_units=lower(prices.product_units, np.array(room.product_units) >= units),
        product_institutions=lower(prices.product_institutions, np.array(room.product_seats) > 0),
        institution_krw=lower(prices.institution_krw, np.array(room.institution_krw) >= krw),
        institution_products=lower(prices.institution_products, np.array(room.institution_seats) > 0),
    )
