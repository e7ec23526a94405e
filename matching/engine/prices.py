"""Shadow prices of every limit, as non-negative whole numbers.

The linear relaxation has one share 0 <= x_a <= 1 for every application (x_a = units / most), which forgets minima,
whole units and `min_institutions`:
    maximise   sum u m x  -  penalty x (shortfalls)
    subject to budget, track ceilings, track floors, youth floor, product units, product institutions, institution won,
               institution products
Its dual prices measure what one more won (or unit, or place) of each limit is worth. Any non-negative prices give a
valid bound (weak duality; Geoffrion 1974, "Lagrangean relaxation for integer programming"), so rounding them to whole
numbers costs sharpness at most, never truth.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.engine.highs import Model, Real, propose
from matching.engine.instance import Whole
from matching.engine.presolve import Problem

SCALE = 1_000_000
# Prices stay exact as floating-point numbers, and small enough to be added in 64 bits.
DEAREST = 2.0**53
# Rows in won are kept in millions, so that the solver sees coefficients near one.
MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Prices:
    """Price times `scale` of one won, unit or place of each limit; positions as in the problem."""

    scale: int
    budget: int
    youth: int
    track_ceiling: Whole
    track_floor: Whole
    product_units: Whole
    product_institutions: Whole
    institution_krw: Whole
    institution_products: Whole


def zero_prices(problem: Problem) -> Prices:
    tracks, products, institutions = sizes(problem)
    zeros = [np.zeros(count, np.int64) for count in (tracks, tracks, products, products, institutions, institutions)]
    return Prices(SCALE, 0, 0, *zeros)


def sizes(problem: Problem) -> tuple[int, int, int]:
    return len(problem.track_ceiling), len(problem.product_units), len(problem.institution_krw)


@dataclass(frozen=True, slots=True)
class Relaxation:
    prices: Prices
    bound: float


def relax(problem: Problem) -> Relaxation:
    """Solve the linear relaxation; falls back to zero prices where the solver gives none."""
    proposal = propose(linear_model(problem))
    if proposal.row_price is None:
        return Relaxation(zero_prices(problem), float((problem.value.astype(float) * problem.most).sum()))
    tracks, products, institutions = sizes(problem)
    cuts = np.cumsum([1, tracks, tracks, 1, products, products, institutions])
    budget, ceiling, floor, youth, units, seats, krw, places = np.split(proposal.row_price, cuts)
    per_won = [-budget / MILLION, -ceiling / MILLION, floor / MILLION, youth / MILLION]
    return Relaxation(
        rounded(problem, (*per_won, -units, -seats, -krw / MILLION, -places)),
        -proposal.bound,
    )


def rounded(problem: Problem, price: tuple[Real, ...]) -> Prices:
    """Real prices (budget, ceilings, floors, youth, units, institutions, won, products) as whole numbers times a
    scale.

    The scale grows by tens where a price per won is so small that rounding it would move the bound by 1/100,000.
    """
    worth = float((problem.value.astype(float) * problem.most).sum()) + 1.0
    limits = ([problem.budget], problem.track_ceiling, problem.track_floor, [problem.youth_floor])
    priced = sum(
        float((np.asarray(limit, float) * (real > 0)).sum()) for limit, real in zip(limits, price, strict=False)
    )
    priced += float((problem.institution_krw * (price[6] > 0)).sum())
    scale = SCALE
    while priced * 0.5 / scale > worth * 1e-5 and scale < 10**12:
        scale *= 10
    budget, ceiling, floor, youth, *others = (
        np.rint(np.clip(part * scale, 0.0, DEAREST)).astype(np.int64) for part in price
    )
    return Prices(scale, int(budget[0]), int(youth[0]), ceiling, floor, *others)


def linear_model(problem: Problem) -> Model:
    n = problem.size
    tracks, products, institutions = sizes(problem)
    column = np.arange(n)
    won = problem.price * problem.most / MILLION
    young = np.flatnonzero(problem.youth)
    # Rows, in this order: budget, ceilings, floors, youth, product units, product institutions, institution won,
    # products.
    first = np.cumsum([0, 1, tracks, tracks, 1, products, products, institutions])
    budget, ceiling, floor, youth, units, seats, krw, places = first.tolist()
    entries = [
        (np.full(n, budget), column, won),
        (ceiling + problem.track, column, won),
        (floor + problem.track, column, won),
        (np.full(len(young), youth), young, won[young]),
        (units + problem.product, column, problem.most.astype(float)),
        (seats + problem.product, column, np.ones(n)),
        (krw + problem.institution, column, won),
        (places + problem.institution, column, np.ones(n)),
        # What is missing from a floor may be made up by a shortfall, at a price no award can pay.
        (floor + np.arange(tracks), n + np.arange(tracks), np.ones(tracks)),
        (np.array([youth]), np.array([n + tracks]), np.ones(1)),
    ]
    matrix = sparse.csc_matrix(
        (
            np.concatenate([value for _, _, value in entries]),
            (np.concatenate([row for row, _, _ in entries]), np.concatenate([col for _, col, _ in entries])),
        ),
        shape=(places + institutions, n + tracks + 1),
    )
    free = [np.full(count, -np.inf) for count in (1, tracks, products, products, institutions, institutions)]
    lower: list[npt.ArrayLike] = [
        free[0],
        free[1],
        problem.track_floor / MILLION,
        [problem.youth_floor / MILLION],
        *free[2:],
    ]
    upper: list[npt.ArrayLike] = [
        [problem.budget / MILLION],
        problem.track_ceiling / MILLION,
        np.full(tracks + 1, np.inf),
        problem.product_units,
        problem.product_seats,
        problem.institution_krw / MILLION,
        problem.institution_seats,
    ]
    worth = problem.value * problem.most
    penalty = 4.0 * float((worth / won).max(initial=0.0)) + 1.0
    return Model(
        cost=np.concatenate([-worth.astype(float), np.full(tracks + 1, penalty)]),
        matrix=matrix,
        row_lower=np.concatenate(lower).astype(float),
        row_upper=np.concatenate(upper).astype(float),
        lower=np.zeros(n + tracks + 1),
        upper=np.concatenate([np.ones(n), np.full(tracks + 1, np.inf)]),
    )


def per_won(problem: Problem, prices: Prices) -> Whole:
    """Price of a won spent on each application through budget, track and youth floor, times the scale."""
    of_track: Whole = prices.budget + prices.track_ceiling - prices.track_floor
    price: Whole = of_track[problem.track] - prices.youth * problem.youth.astype(np.int64)
    return price


def total_price(problem: Problem, prices: Prices) -> Real:
    """What granting each application in full costs at these prices, times the scale; only ranks, so it may round."""
    won = problem.price.astype(float) * problem.most
    total: Real = (
        won * (per_won(problem, prices) + prices.institution_krw[problem.institution])
        + problem.most * prices.product_units[problem.product].astype(float)
        + prices.product_institutions[problem.product]
        + prices.institution_products[problem.institution]
    )
    return total


def density(problem: Problem, prices: Prices) -> Real:
    """Value of each application over what it costs at these prices: above one it earns its place."""
    over = np.asarray(problem.value.astype(float) * problem.most * prices.scale, np.float64)
    return np.asarray(over / np.maximum(total_price(problem, prices), 1.0), np.float64)
