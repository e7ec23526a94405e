"""Exact integer presolve: from the instance to the decisions that are left.

Data of application a of institution i for product p: price c, value u per unit, at least l and at most m units.
    u = floor(10000 x score / requested)            the published rounding rule; the objective is the sum of u x units
Pre-determined awards are taken off every limit. The price is one number per product, so its ceiling in won folds
exactly into units: min(max_units, ceiling // price). What follows loses no feasible award:
    m := min(m, units left of p, won left of i // c, budget left // c, ceiling left of the track // c)
    a is dropped when m < l, when i or p can serve no one more, or when p cannot reach its `min_institutions` any more.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.engine.instance import Flags, Instance, Whole, taken_before

VALUE_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Free applications as columns in ascending id, and what each limit leaves them after pre-determined awards."""

    index: Whole
    product: Whole
    institution: Whole
    track: Whole
    youth: Flags
    price: Whole
    least: Whole
    most: Whole
    value: Whole
    budget: int
    track_ceiling: Whole
    track_floor: Whole
    youth_floor: int
    product_units: Whole
    product_seats: Whole
    product_needs: Whole
    institution_krw: Whole
    institution_seats: Whole

    @property
    def size(self) -> int:
        return len(self.index)

    @property
    def has_floors(self) -> bool:
        return self.youth_floor > 0 or bool((self.track_floor > 0).any())

    def only(self, keep: Flags | Whole) -> "Problem":
        """The same limits with fewer applications."""
        return replace(self, **{name: getattr(self, name)[keep] for name in COLUMNS})


COLUMNS = ("index", "product", "institution", "track", "youth", "price", "least", "most", "value")


def free_applications(instance: Instance) -> Problem:
    """Every application that is not pre-determined, with the units it asked for: what the certificate is about."""
    rows, taken = instance.applications, taken_before(instance)
    index = np.flatnonzero(~rows.predetermined)
    product, requested = rows.product[index], rows.requested_units[index]
    price = whole([row.unit_price_krw for row in instance.products])
    position = instance.track_position
    track = whole([position[row.track] for row in instance.products])
    youth = np.array([row.youth_startup for row in instance.products], np.bool_)
    products = list(zip(instance.products, taken.product_units, taken.product_served, strict=True))
    return Problem(
        index=index,
        product=product,
        institution=rows.institution[index],
        track=track[product],
        youth=youth[product],
        price=price[product],
        least=rows.min_units[index],
        most=requested,
        value=VALUE_SCALE * rows.score[index] // requested,
        budget=instance.budget_krw - taken.won,
        track_ceiling=whole(
            [row.ceiling_krw - won for row, won in zip(instance.tracks, taken.track_krw, strict=True)]
        ),
        track_floor=whole(
            [max(0, row.floor_krw - won) for row, won in zip(instance.tracks, taken.track_krw, strict=True)]
        ),
        youth_floor=max(0, instance.youth_floor_krw - taken.youth_krw),
        product_units=whole([min(p.max_units, p.ceiling_krw // p.unit_price_krw) - units for p, units, _ in products]),
        product_seats=whole([p.max_institutions - served for p, _, served in products]),
        product_needs=whole([max(1, p.min_institutions - served) for p, _, served in products]),
        institution_krw=whole(
            [row.ceiling_krw - won for row, won in zip(instance.institutions, taken.institution_krw, strict=True)]
        ),
        institution_seats=whole(
            [
                row.max_products - held
                for row, held in zip(instance.institutions, taken.institution_products, strict=True)
            ]
        ),
    )


def whole(values: list[int]) -> Whole:
    return np.array(values, np.int64)


def presolve(free: Problem) -> Problem:
    """Tighten and drop as in the formulas above, until nothing changes."""
    most = free.most.copy()
    for room in (
        free.product_units[free.product],
        free.institution_krw[free.institution] // free.price,
        free.track_ceiling[free.track] // free.price,
        free.budget // free.price,
    ):
        np.minimum(most, room, out=most)
    keep = most >= free.least
    keep &= free.institution_seats[free.institution] > 0
    keep &= (free.product_seats >= free.product_needs)[free.product]
    while True:
        served = np.bincount(free.product[keep], minlength=len(free.product_units))
        reachable = keep & (served >= free.product_needs)[free.product]
        if (reachable == keep).all():
            break
        keep = reachable
    return replace(free, most=most).only(keep)


def with_floors_lowered(problem: Problem, shortfalls: tuple[list[int], int]) -> Problem:
    """The same problem with each floor lowered by what is missing from it."""
    tracks, youth = shortfalls
    return replace(problem, track_floor=problem.track_floor - whole(tracks), youth_floor=problem.youth_floor - youth)


def objective_of(problem: Problem, award: Whole) -> int:
    return int((problem.value * award).sum())
