"""The room that every limit still leaves: plain Python integers, so that nothing rounds and nothing overflows.

Every step that changes an award one application at a time goes through this class, so that a rule is written once.
"""

from itertools import compress

import numpy as np

from matching.engine.instance import Whole
from matching.engine.presolve import Problem


class Room:
    """What is left of each limit under an award, and how many institutions each product serves."""

    __slots__ = (
        "budget",
        "institution_krw",
        "institution_seats",
        "needs",
        "product_seats",
        "product_units",
        "served",
        "track",
        "track_missing",
        "youth_missing",
    )

    def __init__(self, problem: Problem, award: Whole) -> None:
        won = problem.price * award
        held = award > 0
        products, institutions, tracks = (
            len(problem.product_units),
            len(problem.institution_krw),
            len(problem.track_ceiling),
        )
        served = np.bincount(problem.product[held], minlength=products)
        by_track = summed(problem.track, won, tracks)
        self.budget = problem.budget - int(won.sum())
        self.track: list[int] = (problem.track_ceiling - by_track).tolist()
        self.track_missing: list[int] = (problem.track_floor - by_track).tolist()
        self.youth_missing = problem.youth_floor - int(won[problem.youth].sum())
        self.product_units: list[int] = (problem.product_units - summed(problem.product, award, products)).tolist()
        self.product_seats: list[int] = (problem.product_seats - served).tolist()
        self.served: list[int] = served.tolist()
        self.needs: list[int] = problem.product_needs.tolist()
        self.institution_krw: list[int] = (
            problem.institution_krw - summed(problem.institution, won, institutions)
        ).tolist()
        self.institution_seats: list[int] = (
            problem.institution_seats - np.bincount(problem.institution[held], minlength=institutions)
        ).tolist()

    def shortfalls(self) -> tuple[list[int], int]:
        """Won missing from each track floor, and from the youth floor."""
        return [max(0, missing) for missing in self.track_missing], max(0, self.youth_missing)

    def shortfall(self) -> int:
        tracks, youth = self.shortfalls()
        return sum(tracks) + youth

    def most(self, product: int, institution: int, track: int, price: int) -> int:
        """How many more units fit here, leaving aside how many institutions and products may be served."""
        won = min(self.budget, self.track[track], self.institution_krw[institution])
        return min(self.product_units[product], won // price)

    def seats(self, product: int, institution: int) -> bool:
        """Whether one more institution and one more product fit."""
        return self.product_seats[product] > 0 and self.institution_seats[institution] > 0

    def take(self, product: int, institution: int, track: int, youth: int, won: int, units: int, seats: int) -> None:
        """Grant `units` more for `won` (negative: give back); `seats` is 1 for a new grant, -1 for one that ends."""
        self.budget -= won
        self.track[track] -= won
        self.track_missing[track] -= won
        if youth:
            self.youth_missing -= won
        self.product_units[product] -= units
        self.institution_krw[institution] -= won
        if seats:
            self.product_seats[product] -= seats
            self.served[product] += seats
            self.institution_seats[institution] -= seats

    def broken(self) -> bool:
        """Whether any ceiling is overdrawn or a product serves fewer institutions than it must."""
        if self.budget < 0 or min(self.track, default=0) < 0:
            return True
        for left in (self.product_units, self.product_seats, self.institution_krw, self.institution_seats):
            if min(left, default=0) < 0:
                return True
        return bool(self.short_products())

    def short_products(self) -> list[int]:
        """Products that serve somebody but fewer than `min_institutions`."""
        short = (0 < served < needed for served, needed in zip(self.served, self.needs, strict=True))
        return list(compress(range(len(self.served)), short))


def summed(group: Whole, amount: Whole, groups: int) -> Whole:
    """Exact sums of whole numbers by group: bincount adds in floating point, which is exact only below 2**53."""
    if not len(amount):
        return np.zeros(groups, np.int64)
    if float(np.abs(amount).max()) * len(amount) < 2**53:
        return np.bincount(group, amount, groups).astype(np.int64)
    total = np.zeros(groups, np.int64)
    np.add.at(total, group, amount)
    return total
