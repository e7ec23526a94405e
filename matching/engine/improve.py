"""Exact improvement, one institution (or one product) at a time, while the prices cool down.

With everybody else's grants fixed, a single institution's best choice at the prices is a small knapsack over the units
and places that are left to it (`knapsack`); likewise a single product's best choice of institutions, with units in
place of won. A change is taken when its priced profit is higher and budget, track ceilings and floors still hold.

Passes alternate between institutions and products. At full prices a pass leaves scarce limits to those who use them
best, and much of them unused; without prices it grabs whatever is left. So the prices fall from pass to pass, faster
where a limit still has room, down to none (in the spirit of simulated annealing, Kirkpatrick 1983, but with no chance
in it). The last passes are free of prices, and `fill` gives out what remains.

What comes out is a local optimum. Reheats lead out of it: the passes run again, fewer of them, from prices that each
differ from the true ones by up to NOISE, another way every time by a fixed formula; the better award is kept (iterated
local search, Lourenco, Martin and Stutzle 2003).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matching.engine.award import fill
from matching.engine.certificate import SAFE
from matching.engine.highs import Real
from matching.engine.instance import Flags, Whole
from matching.engine.knapsack import Item, best_choice
from matching.engine.presolve import Problem, objective_of
from matching.engine.prices import Prices, per_won, zero_prices
from matching.engine.room import Room


class Cooling(NamedTuple):
    """Passes with falling prices, and what is left of a price after each: where the limit is used up, where it has
    room.
    """

    passes: int
    tight: float
    loose: float


SLOW, QUICK, REHEAT = Cooling(20, 0.95, 0.9), Cooling(6, 0.75, 0.75), Cooling(6, 0.8, 0.8)
# Applications up to which a search to proof follows, and from which every pass is dear: quick cooling does for both.
TINY, LARGE = 60, 200_000
# Prices at a reheat, as a part of the true ones, and how far each may stray from that.
HEAT, NOISE = 0.9, 0.3
# Reheats by the number of applications: up to the first number this many, and so on.
REHEATS = ((60, 0), (8_000, 3), (200_000, 8))
FAST_REHEATS = ((60, 0), (200_000, 2))
MULTIPLIER, MODULUS = 2_654_435_761, 4_294_967_291
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
        self.price_of: list[int] = [self.price[product] for product in self.product]
        self.one_of: list[int] = [1] * problem.size
        self.by_owner = [np.argsort(owner, kind="stable") for owner in (problem.product, problem.institution)]

    def members(self, alive: Flags, *, by_institution: bool) -> Iterator[tuple[int, list[int]]]:
        """Each owner with those of its applications that are alive, in ascending id."""
        owner = self.problem.institution if by_institution else self.problem.product
        order = self.by_owner[by_institution]
        order = order[alive[order]]
        counts = np.bincount(owner[order])
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
        owner = problem.product if by_institution else problem.institution
        self.place: list[int] = place[owner].tolist()
        self.size: list[int] = groups.price_of if by_institution else groups.one_of
        self.hints = list(zip(*(price.tolist() for price in own), strict=True))
        slope = _slopes(problem, prices.scale, won, unit)
        # Who holds nothing and would gain nothing takes no part in this walk.
        self.alive: Flags = (slope > 0) | (award > 0)
        self.slope: list[int] = slope.tolist()

    def run(self) -> Whole:
        for index, members in self.groups.members(self.alive, by_institution=self.by_institution):
            change = self._better(index, members)
            if change and self._fits(change):
                self._apply(change)
        return np.array(self.units, np.int64)

    def _better(self, index: int, members: list[int]) -> Change | None:
        """Another choice of this group that is worth more at the prices."""
        room, units = self.room, self.units
        capacity, seats = (
            (room.institution_krw[index], room.institution_seats[index])
            if self.by_institution
            else (room.product_units[index], room.product_seats[index])
        )
        slope_of, place_of, size_of, least_of = self.slope, self.place, self.size, self.groups.least
        items, movable, profit, reach = [], [], 0, 0
        for a in members:
            held, slope = units[a], slope_of[a]
            if held:
                if self._must_stay(a):
                    continue
                profit += slope * held - place_of[a]
                capacity += held * size_of[a]
                seats += 1
                movable.append(a)
            if slope <= 0:
                continue
            most, least = self._most(a, held), least_of[a]
            gain = slope * most - place_of[a]
            if most >= least and gain > 0:
                reach += gain
                items.append(Item(a, slope, place_of[a], size_of[a], least, most))
                if not held:
                    movable.append(a)
        # Not even all of them together would be worth more.
        if reach <= profit:
            return None
        choice = best_choice(items, capacity, seats, self.hints[index], STATES)
        if choice is None or choice.profit <= profit:
            return None
        chosen = dict(choice.units)
        return [(a, chosen.get(a, 0) - units[a]) for a in movable if chosen.get(a, 0) != units[a]]

    def _must_stay(self, a: int) -> bool:
        """Whether the product would fall below its least number of institutions without this grant."""
        product, room = self.groups.product[a], self.room
        return room.needs[product] > 1 and room.served[product] <= room.needs[product]

    def _most(self, a: int, held: int) -> int:
        """Units that the limits outside the group leave to this application."""
        groups, room = self.groups, self.room
        product = groups.product[a]
        if not held and room.served[product] + 1 < room.needs[product]:
            return 0
        if self.by_institution:
            seats, left = room.product_seats[product], room.product_units[product]
        else:
            institution = groups.institution[a]
            seats, left = room.institution_seats[institution], room.institution_krw[institution] // groups.price_of[a]
        if not held and seats <= 0:
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


def _slopes(problem: Problem, scale: int, won: Whole, unit: Whole) -> Whole:
    """Priced profit per unit; in Python's own integers where 64 bits might not hold it."""
    largest = float(problem.value.max(initial=0)) * scale + float(unit.max(initial=0))
    largest += float((problem.price * np.abs(won).astype(float)).max(initial=0))
    if largest < SAFE:
        return problem.value * scale - problem.price * won - unit
    exact: Whole = problem.value.astype(object) * scale - problem.price.astype(object) * won - unit
    return exact


def reheats_for(problem: Problem, *, is_fast: bool) -> int:
    return next((reheats for size, reheats in (FAST_REHEATS if is_fast else REHEATS) if problem.size <= size), 0)


def improve(
    problem: Problem,
    prices: Prices,
    award: Whole,
    order: Whole,
    tell: Callable[[int, int], None],
    reheats: int = 0,
) -> Whole:
    """The best of the award and what the passes make of it, cooled once and then `reheats` times."""
    cooling = SLOW if TINY < problem.size <= LARGE else QUICK
    groups, smallest, best = Groups(problem), _smallest(problem), award
    total = cooling.passes + reheats * REHEAT.passes
    for turn in range(reheats + 1):
        done = total - (reheats - turn) * REHEAT.passes
        hot, way = (disturbed(prices, turn), REHEAT) if turn else (prices, cooling)
        found = fill(problem, order, _cooled(groups, hot, best, smallest, way))
        if _is_better(problem, found, best):
            best = found
        tell(done, total)
    return best


def _is_better(problem: Problem, found: Whole, award: Whole) -> bool:
    """Worth more, without missing more of the floors."""
    if objective_of(problem, found) <= objective_of(problem, award):
        return False
    return Room(problem, found).shortfall() <= Room(problem, award).shortfall()


def _cooled(groups: Groups, prices: Prices, award: Whole, smallest: tuple[Whole, Whole], way: Cooling) -> Whole:
    """Passes at falling prices, and two at none."""
    problem, found = groups.problem, award
    for attempt in range(way.passes + 2):
        found = Pass(groups, prices, found, by_institution=attempt % 2 == 0).run()
        if attempt < way.passes - 1:
            prices = cool(problem, prices, Room(problem, found), smallest, way.tight, way.loose)
        elif attempt == way.passes - 1:
            prices = zero_prices(problem)
    return found


def disturbed(prices: Prices, turn: int) -> Prices:
    """Prices around HEAT times the true ones; which way each strays depends on its place and on the turn alone."""

    def strayed(price: Whole, kind: int) -> Whole:
        place = np.arange(1, len(price) + 1) * MULTIPLIER % MODULUS
        chance: Real = (place * (2 * (kind + 8 * turn) + 1) % MODULUS) / MODULUS
        return (price * (HEAT * (1 + NOISE * (2 * chance - 1)))).astype(np.int64)

    return replace(
        prices,
        budget=int(prices.budget * HEAT),
        youth=int(prices.youth * HEAT),
        track_ceiling=strayed(prices.track_ceiling, 0),
        track_floor=strayed(prices.track_floor, 1),
        product_units=strayed(prices.product_units, 2),
        product_institutions=strayed(prices.product_institutions, 3),
        institution_krw=strayed(prices.institution_krw, 4),
        institution_products=strayed(prices.institution_products, 5),
    )


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
