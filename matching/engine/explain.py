"""Explanations: for every application not granted in full, the limits that forbid more in the final award.

`blocking` is a fact about the award alone: each limit that its minimum (or, where something was granted, one more
unit) would break. `scarcity` names the limit that carries the largest share of what its request costs at the
certificate's prices; where no limit has a price it is the first blocking one. Equal shares go by the order of
`LIMITS`.
"""

from dataclasses import dataclass

import numpy as np

from matching.engine.instance import Flags, Instance, Whole
from matching.engine.presolve import Problem
from matching.engine.prices import Prices
from matching.engine.room import summed

LIMITS = (
    "budget",
    "track_ceiling",
    "product_units",
    "product_ceiling",
    "product_institutions",
    "product_min_institutions",
    "institution_ceiling",
    "institution_products",
)
PRICED = (0, 1, 2, 4, 6, 7)


@dataclass(frozen=True, slots=True)
class Explanations:
    """Columns in ascending application id: row of the instance, units granted, blocking limits as bits, scarce
    limit.
    """

    index: Whole
    granted: Whole
    blocking: Whole
    scarcity: Whole


def explain(instance: Instance, free: Problem, prices: Prices, award: Whole) -> Explanations:
    """`award` holds units per free application, in the order of `free`."""
    open_rows = np.flatnonzero(award < free.most)
    rows = free.only(open_rows)
    granted = award[open_rows]
    blocked = _blocking(instance, free, award, rows, granted)
    bits = np.zeros(len(open_rows), np.int64)
    for place, flags in enumerate(blocked):
        bits |= flags.astype(np.int64) << place
    return Explanations(rows.index, granted, bits, _scarcity(instance, rows, prices, bits))


def _blocking(instance: Instance, free: Problem, award: Whole, rows: Problem, granted: Whole) -> list[Flags]:
    won = free.price * award
    held = award > 0
    products, institutions = len(free.product_units), len(free.institution_krw)
    track_left = free.track_ceiling - summed(free.track, won, len(free.track_ceiling))
    units_left = free.product_units - summed(free.product, award, products)
    served = np.bincount(free.product[held], minlength=products)
    krw_left = free.institution_krw - summed(free.institution, won, institutions)
    seats_left = free.institution_seats - np.bincount(free.institution[held], minlength=institutions)
    fresh = granted == 0
    more = np.where(fresh, rows.least, 1)
    # Units that fit, so that no product of two large numbers is ever formed.
    by_units, by_won = _product_room(instance, units_left)
    return [
        more > (free.budget - int(won.sum())) // rows.price,
        more > track_left[rows.track] // rows.price,
        more > by_units[rows.product],
        more > by_won[rows.product],
        fresh & (served >= free.product_seats)[rows.product],
        fresh & (served + 1 < free.product_needs)[rows.product],
        more > krw_left[rows.institution] // rows.price,
        fresh & (seats_left <= 0)[rows.institution],
    ]


def _product_room(instance: Instance, units_left: Whole) -> tuple[Whole, Whole]:
    """Units left by `max_units` and by `ceiling_krw` apart; the smaller of the two is `units_left`."""
    folded = np.array([row.ceiling_krw // row.unit_price_krw for row in instance.products], np.int64)
    units = np.array([row.max_units for row in instance.products], np.int64)
    smaller = np.minimum(folded, units)
    return units_left + (units - smaller), units_left + (folded - smaller)


def _scarcity(instance: Instance, rows: Problem, prices: Prices, bits: Whole) -> Whole:
    # Shares only rank the limits, so floating point is enough; equal ones keep the order of LIMITS.
    won = rows.price.astype(float) * rows.most
    shares = np.stack(
        [
            won * prices.budget,
            won * prices.track_ceiling[rows.track],
            rows.most.astype(float) * prices.product_units[rows.product],
            prices.product_institutions[rows.product].astype(float),
            won * prices.institution_krw[rows.institution],
            prices.institution_products[rows.institution].astype(float),
        ]
    )
    largest = shares.argmax(axis=0)
    scarce = np.array(PRICED, np.int64)[largest]
    by_ceiling = np.array(
        [row.ceiling_krw // row.unit_price_krw < row.max_units for row in instance.products], np.bool_
    )[rows.product]
    scarce[(scarce == LIMITS.index("product_units")) & by_ceiling] = LIMITS.index("product_ceiling")
    unpriced = shares.max(axis=0, initial=0.0) <= 0
    lowest_bit = np.zeros(len(bits), np.int64)
    for place in reversed(range(len(LIMITS))):
        lowest_bit[(bits >> place) & 1 == 1] = place
    return np.where(unpriced, lowest_bit, scarce)
