"""Prices for rounds too large for the linear program: a smoothed Lagrangean dual.

The dual of the relaxation (see `prices`) is   min over lambda >= 0 of   b . lambda + sum_a max(0, g_a(lambda))
with g_a the priced profit of granting a in full. Its kinks are rounded off by a temperature tau,
    max(0, g)  ->  tau x log(1 + exp(g / tau)),
which makes it smooth and strictly convex along g, so that a quasi-Newton method can follow it (Nesterov 2005, "Smooth
minimization of non-smooth functions"). The method is L-BFGS (Nocedal 1980) with projection on lambda >= 0 (Bertsekas
1982, "Projected Newton methods"), written out here because library versions add in an order that depends on the number
of threads. The temperature falls in steps, each a fixed number of iterations. At the end the prices are rounded to
whole numbers, which are all that later steps see.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

import numpy as np

from matching.engine.highs import Real
from matching.engine.instance import Whole
from matching.engine.presolve import Problem
from matching.engine.prices import Prices, rounded, sizes

# Temperature and iterations.
STEPS = ((0.2, 30), (0.05, 40), (0.015, 50), (0.005, 60))
MEMORY = 10
HALVINGS = 20
WORTH = 1e7  # values are shown to the method in units of this: ten thousand times a score of 1000


class SmoothDual:
    """The smoothed dual and its gradient in scaled prices, with all arrays made once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        tracks, products, institutions = sizes(problem)
        self.cuts = np.cumsum([1, tracks, tracks, 1, products, products, institutions])
        won = problem.price.astype(float) * problem.most
        self.mean = float(won.mean())
        self.value = problem.value * problem.most / WORTH
        self.won = won / self.mean
        self.units = problem.most.astype(float)
        self.young = self.won * problem.youth
        room = self.mean
        self.limits = np.concatenate(
            [
                [problem.budget / room],
                problem.track_ceiling / room,
                -problem.track_floor / room,
                [-problem.youth_floor / room],
                problem.product_units,
                problem.product_seats,
                problem.institution_krw / room,
                problem.institution_seats,
            ]
        ).astype(float)
        # A first guess of each price is what its limit's applications are worth per unit of it.
        per_won = self.value.sum() / self.won.sum()
        of_units = _ratio(problem.product, self.value, self.units, products)
        of_won = _ratio(problem.institution, self.value, self.won, institutions)
        self.scale = np.concatenate(
            [np.full(2 + 2 * tracks, per_won * 0.02), of_units, np.ones(products), of_won, np.ones(institutions)]
        )
        self.start = np.zeros(len(self.scale))
        self.start[0] = 40.0

    def parts(self, prices: Real) -> list[Real]:
        return np.split(prices, self.cuts)

    def profit(self, prices: Real) -> Real:
        """Priced profit of each application granted in full."""
        problem = self.problem
        budget, ceiling, floor, youth, units, seats, krw, places = self.parts(prices)
        by_track = budget[0] + ceiling - floor
        profit: Real = self.value - self.won * (by_track[problem.track] + krw[problem.institution])
        profit += self.young * youth[0]
        profit -= self.units * units[problem.product]
        profit -= seats[problem.product]
        profit -= places[problem.institution]
        return profit

    def at(self, scaled: Real, heat: float) -> tuple[float, Real]:
        """Value and gradient at scaled prices."""
        profit = self.profit(scaled * self.scale) / heat
        fall = np.exp(-np.abs(profit))
        value = _dot(self.limits, scaled * self.scale) + heat * float(
            np.maximum(profit, 0).sum() + np.log1p(fall).sum()
        )
        share = np.where(profit >= 0, 1.0, fall) / (1.0 + fall)
        return value, (self.limits - self.use(share)) * self.scale

    def use(self, share: Real) -> Real:
        """What shares of the applications take of every limit; floors and the youth floor count against."""
        problem = self.problem
        tracks, products, institutions = sizes(problem)
        won = self.won * share
        by_track = np.bincount(problem.track, won, tracks)
        return np.concatenate(
            [
                [won.sum()],
                by_track,
                -by_track,
                [-float((self.young * share).sum())],
                np.bincount(problem.product, self.units * share, products),
                np.bincount(problem.product, share, products),
                np.bincount(problem.institution, won, institutions),
                np.bincount(problem.institution, share, institutions),
            ]
        )

    def prices(self, scaled: Real) -> Prices:
        """Whole prices of the problem from scaled ones."""
        budget, ceiling, floor, youth, units, seats, krw, places = self.parts(scaled * self.scale * WORTH)
        won = self.mean
        return rounded(
            self.problem, (budget / won, ceiling / won, floor / won, youth / won, units, seats, krw / won, places)
        )


def _ratio(owner: Whole, value: Real, amount: Real, count: int) -> Real:
    of = np.bincount(owner, value, count) / np.maximum(np.bincount(owner, amount, count), 1e-9)
    return np.maximum(of, 1e-9)


def smooth_prices(problem: Problem, tell: Callable[[int, int], None]) -> Prices:
    """Follow the dual down the temperatures; `tell` hears how many iterations of how many are done."""
    dual = SmoothDual(problem)
    scaled, done, total = dual.start, 0, sum(count for _, count in STEPS)
    for heat, count in STEPS:
        scaled = descend(partial(dual.at, heat=heat), scaled, count)
        done += count
        tell(done, total)
    return dual.prices(scaled)


def _dot(left: Real, right: Real) -> float:
    """Without the linear algebra library, whose sums depend on its number of threads."""
    return float((left * right).sum())


def descend(function: Callable[[Real], tuple[float, Real]], point: Real, iterations: int) -> Real:
    """Projected L-BFGS: minimise over points that are nowhere negative."""
    value, slope = function(point)
    pairs: deque[tuple[Real, Real, float]] = deque(maxlen=MEMORY)
    for _ in range(iterations):
        # Prices at zero that want to fall further stay where they are.
        movable = (point > 0) | (slope < 0)
        wanted = np.where(movable, slope, 0.0)
        direction = np.where(movable, _newton(wanted, pairs), 0.0)
        if _dot(direction, wanted) <= 0:
            pairs.clear()
            direction = wanted
        moved = _search(function, point, value, slope, direction, first=not pairs)
        if moved is None:
            break
        next_point, next_value, next_slope = moved
        step, change = next_point - point, next_slope - slope
        bend = _dot(step, change)
        if bend > 0:
            pairs.append((step, change, bend))
        point, value, slope = next_point, next_value, next_slope
    return point


def _newton(slope: Real, pairs: deque[tuple[Real, Real, float]]) -> Real:
    """The slope times the inverse curvature that the last steps suggest (two-loop recursion)."""
    direction, weights = slope.copy(), []
    for step, change, bend in reversed(pairs):
        weight = _dot(step, direction) / bend
        weights.append(weight)
        direction -= weight * change
    if pairs:
        step, change, bend = pairs[-1]
        direction *= bend / _dot(change, change)
    for (step, change, bend), weight in zip(pairs, reversed(weights), strict=True):
        direction += (weight - _dot(change, direction) / bend) * step
    return direction


def _search(
    function: Callable[[Real], tuple[float, Real]],
    point: Real,
    value: float,
    slope: Real,
    direction: Real,
    *,
    first: bool,
) -> tuple[Real, float, Real] | None:
    """Halve the step until the value falls as it should (Armijo)."""
    length = min(1.0, 1.0 / float(np.sqrt(_dot(direction, direction)) + 1e-12)) if first else 1.0
    for _ in range(HALVINGS):
        moved = np.maximum(point - length * direction, 0.0)
        found, rise = function(moved)
        if found <= value + 1e-4 * _dot(slope, moved - point):
            return moved, found, rise
        length /= 2
    return None
