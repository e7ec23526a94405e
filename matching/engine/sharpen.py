"""Sharper prices for the certificate: the dual with institutions kept exactly, followed downhill.

The bound that prices lambda prove (see `certificate`) is the value of a convex function,
    D(lambda) = sum over limits of lambda x room  +  sum over institutions of their best priced profit,
and the prices of the linear relaxation minimise another one, in which an institution's limits are priced instead of
kept. At lambda, the institutions' own best choices use the limits by some amounts, and
    g = room - use
is a subgradient of D. So a price rises where the choices want more than there is and falls where they leave some:
    d := g + MEMORY x d before,     lambda := max(0, lambda - t x M d),     t = pace x (D - known award) / (d . M d)
with M a fixed weight for each price (Held, Wolfe and Crowder 1974, "Validation of subgradient optimization"; the
deflection is that of Camerini, Fratta and Maffioli 1975). After PATIENCE steps without a lower bound the walk goes
back to the best prices with a shorter pace. The number of steps is fixed. Every bound on the way is exact, and the
best one is kept, so nothing here can make the certificate wrong or looser.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.certificate import Certificate, limits_worth, respond
from matching.engine.highs import Real
from matching.engine.instance import Whole
from matching.engine.presolve import Problem
from matching.engine.prices import DEAREST, Prices, sizes

PACE, SLOWER, SLOWEST, PATIENCE, MEMORY = 0.1, 0.6, 0.001, 3, 0.7
# How far a price of nothing may move beside one that is dear: a part of what the limit would be worth on average.
FLOOR_OF_WEIGHT = 0.1
# Steps by the number of applications: up to the first number this many, and so on. A step costs as much as a
# certificate.
STEPS = ((10, 0), (8_000, 60), (200_000, 40))
FAST_STEPS = ((10, 0), (8_000, 12), (200_000, 8))
Shortfalls = tuple[list[int], int]
Reals = Whole | Real


@dataclass(slots=True)
class Walk:
    """The shared prices as one vector of real numbers, the room behind each, and where the walk stands."""

    free: Problem
    prices: Prices
    shortfalls: Shortfalls
    room: Real
    weight: Real

    @classmethod
    def begin(cls, free: Problem, prices: Prices, shortfalls: Shortfalls) -> "Walk":
        tracks, youth = shortfalls
        floors = np.maximum(0, free.track_floor - np.array(tracks, np.int64))
        room = _joined(
            free.budget,
            free.track_ceiling,
            -floors,
            -max(0, free.youth_floor - youth),
            free.product_units,
            free.product_seats,
        )
        return cls(free, prices, shortfalls, room, _weights(free, prices, room))

    def at(self, point: Real) -> Prices:
        """Whole prices for a point."""
        tracks, products, _ = sizes(self.free)
        cuts = np.cumsum([1, tracks, tracks, 1, products])
        parts = np.split(np.rint(np.clip(point, 0.0, DEAREST)).astype(np.int64), cuts)
        budget, ceiling, floor, youth, units, seats = parts
        return replace(
            self.prices,
            budget=int(budget[0]),
            track_ceiling=ceiling,
            track_floor=floor,
            youth=int(youth[0]),
            product_units=units,
            product_institutions=seats,
        )

    def look(self, point: Real) -> tuple[Certificate, int, Real]:
        """The bound that the prices at a point prove, the same times the scale, and a subgradient there."""
        free, prices = self.free, self.at(point)
        response = respond(free, prices)
        total = limits_worth(free, prices, self.shortfalls) + response.profit
        certificate = Certificate(prices, total // prices.scale, response.priced)
        return certificate, total, self.room - used(free, response.units)


def steps_for(free: Problem, *, is_fast: bool) -> int:
    return next((steps for size, steps in (FAST_STEPS if is_fast else STEPS) if free.size <= size), 0)


def sharpen(
    free: Problem,
    start: Certificate,
    shortfalls: Shortfalls,
    known: int,
    steps: int,
    tell: Callable[[int, int], None],
) -> Certificate:
    """The sharpest certificate met in `steps` looks from `start`; `known` is the objective of an award."""
    if steps < 2:
        return start
    walk = Walk.begin(free, start.prices, shortfalls)
    point = _vector(start.prices)
    certificate, total, slope = walk.look(point)
    best, lowest = start, (total, point, slope)
    direction, pace, failures = np.zeros(len(point)), PACE, 0
    for step in range(1, steps):
        distance = float(total - known * start.prices.scale)
        direction = slope + MEMORY * direction
        # A price of nothing cannot fall.
        way = np.where((point <= 0) & (direction > 0), 0.0, direction)
        length = float((walk.weight * way * way).sum())
        if length <= 0 or distance <= 0 or pace < SLOWEST:
            break
        point = np.maximum(0.0, point - pace * distance / length * walk.weight * way)
        certificate, total, slope = walk.look(point)
        failures = 0 if total < lowest[0] else failures + 1
        lowest = min(lowest, (total, point, slope), key=lambda one: one[0])
        best = min(best, certificate, key=lambda one: one.bound)
        if failures >= PATIENCE:
            (total, point, slope), pace, failures = lowest, pace * SLOWER, 0
            direction = np.zeros(len(point))
        tell(step, steps)
    return best


def used(free: Problem, units: Whole) -> Real:
    """What these units use of every shared limit, floors with the opposite sign; a direction may round."""
    tracks, products, _ = sizes(free)
    won = free.price * units.astype(float)
    of_track = np.bincount(free.track, won, tracks)
    return _joined(
        float(won.sum()),
        of_track,
        -of_track,
        -float(won[free.youth].sum()),
        np.bincount(free.product, units, products),
        np.bincount(free.product[units > 0], minlength=products),
    )


def _vector(prices: Prices) -> Real:
    return _joined(
        prices.budget,
        prices.track_ceiling,
        prices.track_floor,
        prices.youth,
        prices.product_units,
        prices.product_institutions,
    )


def _joined(budget: float, ceiling: Reals, floor: Reals, youth: float, units: Reals, seats: Reals) -> Real:
    return np.concatenate([np.asarray(part, np.float64) for part in ([budget], ceiling, floor, [youth], units, seats)])


def _weights(free: Problem, prices: Prices, room: Real) -> Real:
    """Price per unit of room: a step that moves a limit's use by its whole room may move its price by about itself."""
    tracks, products, _ = sizes(free)
    worth = free.value.astype(float) * free.most * prices.scale
    won = float((free.price.astype(float) * free.most).sum())
    of_product = np.bincount(free.product, worth, products)
    per_unit = of_product / np.maximum(1.0, np.bincount(free.product, free.most.astype(float), products))
    per_place = of_product / np.maximum(1.0, np.bincount(free.product, minlength=products))
    per_won = np.full(2 * tracks + 2, float(worth.sum()) / max(1.0, won))
    average = np.concatenate([per_won, per_unit, per_place])
    weight: Real = (FLOOR_OF_WEIGHT * average + _vector(prices)) / np.maximum(1.0, np.abs(room))
    return weight
