"""Exact search for small rounds, in whole numbers from end to end.

Depth first over the applications, product by product. With prices lambda the bound of a branch is the bound at the
root less the *losses* of the decisions taken: loss(a, units) = best priced profit of a - priced profit of these units
>= 0, because weak duality holds for every way to complete the branch (Land and Doig 1960 with Lagrangean bounds,
Geoffrion 1974). First the least sum of floor shortfalls is found, then the highest objective among awards that have
it. A search that ends within its number of branches has proven its award optimal without trusting a floating-point
solver.
"""

from dataclasses import dataclass

import numpy as np

from matching.engine.instance import Whole
from matching.engine.presolve import Problem, objective_of
from matching.engine.prices import Prices, per_won
from matching.engine.room import Room

BRANCHES = 60_000


@dataclass(frozen=True, slots=True)
class Found:
    award: Whole
    proven: bool


class TooManyBranches(Exception):
    """The search reached its number of branches."""


def search(problem: Problem, prices: Prices, start: Whole, branches: int = BRANCHES) -> Found:
    """The best award, proven where the search ends within `branches` branches for each of its two questions."""
    award, proven = start, True
    shortfall = Room(problem, start).shortfall()
    if shortfall:
        least = _Search(problem, prices, award, branches)
        proven = least.minimise_shortfall(shortfall)
        award = least.best
    if not proven:
        return Found(award, proven=False)
    best = _Search(problem, prices, award, branches)
    proven = best.maximise()
    return Found(best.best, proven)


@dataclass(frozen=True, slots=True)
class _Application:
    position: int
    product: int
    institution: int
    track: int
    youth: bool
    price: int
    last: bool  # of its product in the order of the search
    options: list[tuple[int, int]]  # units and their loss, the smallest loss first


class _Search:
    def __init__(self, problem: Problem, prices: Prices, start: Whole, branches: int) -> None:
        self.best = start.copy()
        self.problem, self.prices, self.branches = problem, prices, branches
        self.units = [0] * problem.size
        self.room = Room(problem, np.zeros(problem.size, np.int64))
        self.order = _applications(problem, prices)
        self.potential = _potential(problem, self.order)
        self.floors = problem.has_floors
        self.shortfall: int | None = None
        self.allowance = 0

    def minimise_shortfall(self, known: int) -> bool:
        """Look for a smaller sum of shortfalls than `known`; true when none is left to find."""
        self.shortfall = known - 1
        self.allowance = -1
        for application in self.order:
            application.options.sort(reverse=True)
        return self._run()

    def maximise(self) -> bool:
        """Look for a higher objective with no larger sum of shortfalls than the start has; true when none is left."""
        self.shortfall = Room(self.problem, self.best).shortfall()
        self.allowance = self._distance()
        return self._run()

    def _run(self) -> bool:
        try:
            self._visit(0, 0)
        except TooManyBranches:
            return False
        return True

    @property
    def _by_objective(self) -> bool:
        return self.allowance >= 0

    def _distance(self) -> int:
        """How much may be lost against the bound at the root by an award that is worth at least one more."""
        problem, prices = self.problem, self.prices
        bound = prices.budget * problem.budget + _worth(prices.track_ceiling, problem.track_ceiling)
        bound += _worth(prices.product_units, problem.product_units)
        bound += _worth(prices.product_institutions, problem.product_seats)
        bound += _worth(prices.institution_krw, problem.institution_krw)
        bound += _worth(prices.institution_products, problem.institution_seats)
        bound -= _worth(prices.track_floor, problem.track_floor) + prices.youth * problem.youth_floor
        # Only the sum of shortfalls is fixed here, so the dearest floor price pays for it.
        bound += (self.shortfall or 0) * max(prices.youth, int(prices.track_floor.max(initial=0)))
        bound += sum(_gains(problem, prices))
        return max(0, bound - prices.scale * (objective_of(problem, self.best) + 1) + 1)

    def _visit(self, depth: int, lost: int) -> None:
        self.branches -= 1
        if self.branches < 0:
            raise TooManyBranches
        if depth == len(self.order):
            self._record()
            return
        application = self.order[depth]
        for units, loss in application.options:
            if self._by_objective and lost + loss >= self.allowance:
                return
            if self._grant(application, units):
                if not self.floors or self._floors_reachable(depth + 1):
                    self._visit(depth + 1, lost + loss)
                self._take_back(application)

    def _grant(self, application: _Application, units: int) -> bool:
        room, product = self.room, application.product
        if units:
            if not room.seats(product, application.institution):
                return False
            if units > room.most(product, application.institution, application.track, application.price):
                return False
        if application.last:
            served = room.served[product] + (1 if units else 0)
            if 0 < served < room.needs[product]:
                return False
        self._move(application, units, 1 if units else 0)
        self.units[application.position] = units
        return True

    def _take_back(self, application: _Application) -> None:
        units = self.units[application.position]
        self._move(application, -units, -1 if units else 0)
        self.units[application.position] = 0

    def _move(self, application: _Application, units: int, seats: int) -> None:
        won = units * application.price
        self.room.take(
            application.product, application.institution, application.track, application.youth, won, units, seats
        )

    def _floors_reachable(self, depth: int) -> bool:
        tracks, youth = self.potential[depth]
        missing = sum(max(0, gap - won) for gap, won in zip(self.room.track_missing, tracks, strict=True))
        return missing + max(0, self.room.youth_missing - youth) <= (self.shortfall or 0)

    def _record(self) -> None:
        award = np.array(self.units, np.int64)
        if not self._by_objective:
            self.best = award
            self.shortfall = self.room.shortfall() - 1
        elif objective_of(self.problem, award) > objective_of(self.problem, self.best):
            # Room left unused is no loss above, so a branch may end lower than its bound.
            self.best = award
            self.allowance = self._distance()


def _worth(prices: Whole, amounts: Whole) -> int:
    return sum(price * amount for price, amount in zip(prices.tolist(), amounts.tolist(), strict=True))


def _slopes(problem: Problem, prices: Prices) -> list[tuple[int, int]]:
    """Priced profit per unit and the price of a place, with every limit priced."""
    won = (per_won(problem, prices) + prices.institution_krw[problem.institution]).tolist()
    unit = prices.product_units[problem.product].tolist()
    place = prices.product_institutions[problem.product] + prices.institution_products[problem.institution]
    columns = (problem.value.tolist(), problem.price.tolist(), won, unit, place.tolist())
    return [
        (value * prices.scale - price * of_won - of_unit, fixed)
        for value, price, of_won, of_unit, fixed in zip(*columns, strict=True)
    ]


def _gains(problem: Problem, prices: Prices) -> list[int]:
    rows = zip(_slopes(problem, prices), problem.least.tolist(), problem.most.tolist(), strict=True)
    return [max(0, slope * (most if slope > 0 else least) - fixed) for (slope, fixed), least, most in rows]


def _applications(problem: Problem, prices: Prices) -> list[_Application]:
    """Applications product by product, those with the most at stake first."""
    slopes, gains = _slopes(problem, prices), _gains(problem, prices)
    stake = [0] * len(problem.product_units)
    products = problem.product.tolist()
    for product, gain in zip(products, gains, strict=True):
        stake[product] += gain
    order = sorted(range(problem.size), key=lambda a: (-stake[products[a]], products[a], -gains[a], a))
    found = []
    for depth, a in enumerate(order):
        slope, fixed = slopes[a]
        options = [(0, gains[a])]
        options += [
            (units, gains[a] - (slope * units - fixed))
            for units in range(int(problem.least[a]), int(problem.most[a]) + 1)
        ]
        options.sort(key=lambda option: (option[1], -option[0]))
        found.append(
            _Application(
                position=a,
                product=products[a],
                institution=int(problem.institution[a]),
                track=int(problem.track[a]),
                youth=bool(problem.youth[a]),
                price=int(problem.price[a]),
                last=depth + 1 == problem.size or products[order[depth + 1]] != products[a],
                options=options,
            )
        )
    return found


def _potential(problem: Problem, order: list[_Application]) -> list[tuple[list[int], int]]:
    """For each depth the won that the applications still undecided could add to each track, and to youth startups."""
    tracks, youth = [0] * len(problem.track_ceiling), 0
    found = [(tracks, youth)]
    for application in reversed(order):
        won = int(problem.most[application.position]) * application.price
        tracks = tracks.copy()
        tracks[application.track] += won
        youth += won if application.youth else 0
        found.append((tracks, youth))
    return found[::-1]
