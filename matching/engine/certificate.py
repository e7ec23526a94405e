"""The certificate: whole prices and the bound that they prove for every award that keeps the rules.

Weak duality, with a price lambda >= 0 on each shared limit (Geoffrion 1974):
    value(any award) <= sum over limits of lambda x what the limit leaves after pre-determined awards
                        - sum over floors of lambda x (floor - shortfall - pre-determined)
                        + sum over institutions of the best priced profit of its own applications
where the last part keeps the institution's won and product count exactly (`knapsack`) instead of pricing them, which
is never looser. An institution that would take too many combinations is priced after all, and the certificate names
it: so its bound does not depend on when somebody else would give up. `min_institutions` is relaxed. Whoever has the
instance and the certificate can repeat the bound; the auditor does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.engine.instance import Whole
from matching.engine.knapsack import Item, best_choice
from matching.engine.presolve import Problem
from matching.engine.prices import Prices, per_won

SAFE = 2.0**62


@dataclass(frozen=True, slots=True)
class Certificate:
    prices: Prices
    bound: int
    # Positions of the institutions that are priced, because solving them exactly took too many combinations.
    priced: tuple[int, ...]


def certify(free: Problem, prices: Prices, shortfalls: tuple[list[int], int]) -> Certificate:
    """The bound that these prices prove, rounded down."""
    response = respond(free, prices)
    total = limits_worth(free, prices, shortfalls) + response.profit
    return Certificate(prices, total // prices.scale, response.priced)


@dataclass(frozen=True, slots=True)
class Response:
    """What the institutions would take at these prices, each for itself: the inner maximum of the dual."""

    profit: int
    units: Whole
    priced: tuple[int, ...]


def respond(free: Problem, prices: Prices) -> Response:
    """The best priced choice of every institution; together they may break any limit that has a price."""
    profits = priced_profits(free, prices)
    total, units, priced = profits.settled, profits.taken, []
    for institution, items in profits.open_institutions():
        won, seats = int(free.institution_krw[institution]), int(free.institution_seats[institution])
        hint = (int(prices.institution_krw[institution]), int(prices.institution_products[institution]))
        choice = best_choice(items, won, seats, hint)
        if choice is None:
            priced.append(institution)
            total += priced_value(items, won, seats, hint)
            continue
        total += choice.profit
        for application, count in choice.units:
            units[application] = count
    return Response(total, units, tuple(priced))


def limits_worth(free: Problem, prices: Prices, shortfalls: tuple[list[int], int]) -> int:
    """What the shared limits are worth at these prices, times the scale."""
    track_shortfalls, youth_shortfall = shortfalls
    total: int = prices.budget * free.budget - prices.youth * max(0, free.youth_floor - youth_shortfall)
    total += _dot(prices.track_ceiling, free.track_ceiling)
    floors = [
        max(0, floor - missing) for floor, missing in zip(free.track_floor.tolist(), track_shortfalls, strict=True)
    ]
    total -= sum(price * floor for price, floor in zip(prices.track_floor.tolist(), floors, strict=True))
    total += _dot(prices.product_units, free.product_units)
    total += _dot(prices.product_institutions, free.product_seats)
    return total


def _dot(prices: Whole, amounts: Whole) -> int:
    used = np.flatnonzero(prices)
    return sum(price * amount for price, amount in zip(prices[used].tolist(), amounts[used].tolist(), strict=True))


def priced_value(items: list[Item], won: int, seats: int, hint: tuple[int, int]) -> int:
    """An institution with its own two limits priced: the looser way, as the format defines it."""
    total = hint[0] * won + hint[1] * seats
    for item in items:
        slope = item.slope - hint[0] * item.price
        total += max(0, slope * (item.most if slope > 0 else item.least) - item.fixed - hint[1])
    return total


@dataclass(frozen=True, slots=True)
class Profits:
    """Applications with a profit at the given prices, by institution, up to the units that its won allow.

    `settled` is the profit of the easy institutions, and `taken` what they take, one entry per application.
    """

    free: Problem
    settled: int
    taken: Whole
    rows: Whole
    slope: Whole
    fixed: Whole
    most: Whole
    ends: list[tuple[int, int, int]]

    def open_institutions(self) -> Iterator[tuple[int, list[Item]]]:
        """Institutions whose best choice is not obvious, each with its items."""
        free = self.free
        for institution, start, end in self.ends:
            rows = self.rows[start:end]
            cells = (
                rows,
                self.slope[start:end],
                self.fixed[start:end],
                free.price[rows],
                free.least[rows],
                self.most[start:end],
            )
            yield institution, [Item(*row) for row in zip(*(cell.tolist() for cell in cells), strict=True)]


def priced_profits(free: Problem, prices: Prices) -> Profits:
    """Profit per unit of every application, and the total of the institutions that can take their best ones in
    full.
    """
    krw = free.institution_krw[free.institution]
    most = np.minimum(free.most, krw // free.price)
    rows = np.flatnonzero((most >= free.least) & (free.institution_seats[free.institution] > 0))
    value, price, most = free.value[rows], free.price[rows], most[rows]
    of_won, of_unit = per_won(free, prices)[rows], prices.product_units[free.product[rows]]
    fixed = prices.product_institutions[free.product[rows]]
    scale: int | Whole = prices.scale
    if _may_overflow(value, price, most, of_won, of_unit, prices.scale):
        value, price, most, of_won, of_unit, fixed = (
            column.astype(object) for column in (value, price, most, of_won, of_unit, fixed)
        )
    slope = value * scale - price * of_won - of_unit
    profit = slope * most - fixed
    gainful = np.flatnonzero(profit > 0)
    institution = free.institution[rows[gainful]]
    order = np.argsort(institution, kind="stable")
    gainful = gainful[order]
    return _settle(free, rows[gainful], slope[gainful], fixed[gainful], most[gainful], profit[gainful])


def _may_overflow(value: Whole, price: Whole, most: Whole, of_won: Whole, of_unit: Whole, scale: int) -> bool:
    if not len(value):
        return False
    largest = value.astype(float) * scale + price * np.abs(of_won).astype(float) + of_unit.astype(float)
    return bool((largest * most).sum() > SAFE) or float(largest.max()) * float(most.max()) > SAFE


def _settle(free: Problem, rows: Whole, slope: Whole, fixed: Whole, most: Whole, profit: Whole) -> Profits:
    institution, taken = free.institution[rows], np.zeros(free.size, np.int64)
    if not len(rows):
        return Profits(free, 0, taken, rows, slope, fixed, most, [])
    starts = np.flatnonzero(np.r_[True, institution[1:] != institution[:-1]])
    ends = np.r_[starts[1:], len(rows)]
    owners = institution[starts]
    if profit.dtype == object:
        spans = list(zip(owners.tolist(), starts.tolist(), ends.tolist(), strict=True))
        return Profits(free, 0, taken, rows, slope, fixed, most, spans)
    # The best `seats` by profit, cheaper first among equals: where their won fit, nothing is better.
    won = most * free.price[rows]
    best = np.lexsort((won, -profit, institution))
    rank = np.arange(len(rows)) - np.repeat(starts, ends - starts)
    top = rank < free.institution_seats[institution]
    needed = np.add.reduceat(np.where(top, won[best], 0), starts)
    easy = needed <= free.institution_krw[owners]
    gains = np.add.reduceat(np.where(top, profit[best], 0), starts)
    hard = np.flatnonzero(~easy)
    chosen = best[top & np.repeat(easy, ends - starts)]
    taken[rows[chosen]] = most[chosen]
    spans = list(zip(owners[hard].tolist(), starts[hard].tolist(), ends[hard].tolist(), strict=True))
    return Profits(free, sum(gains[easy].tolist()), taken, rows, slope, fixed, most, spans)
