"""The whole decision as a mixed-integer program for HiGHS.

Columns: x_a = 1 when a is granted; q_a its units beyond what x_a settles (only where least < most); z_p = 1 when a
product that must serve several institutions is open; s_f what is missing from floor f.
    maximise   sum u units                      units_a = most x_a  (least = most)   or   q_a
    subject to least x_a <= q_a <= most x_a
               every limit of the problem; at most seats_p granted of each product and seats_i of each institution
               sum over p of x_a >= needs_p z_p,   x_a <= z_p
               spent on a floor + s_f >= floor,    sum of s <= shortfall
The solver's point is rounded to whole units and only counts after repair in whole numbers (`repair`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from matching.engine.highs import Model, Proposal, Real, propose
from matching.engine.instance import Whole
from matching.engine.presolve import Problem
from matching.engine.repair import repair
from matching.engine.room import Room

MILLION = 1e6


@dataclass(slots=True)
class _Rows:
    """Rows of a sparse matrix as they are added."""

    rows: list[Whole]
    columns: list[Whole]
    values: list[Real]
    lower: list[Real]
    upper: list[Real]
    count: int = 0

    def add(self, row: Whole, column: Whole, value: Real, lower: Real, upper: Real) -> None:
        """Entries of `len(lower)` new rows; `row` counts from the first of them."""
        self.rows.append(row + self.count)
        self.columns.append(column)
        self.values.append(np.broadcast_to(np.asarray(value, float), row.shape))
        self.lower.append(np.asarray(lower, float))
        self.upper.append(np.asarray(upper, float))
        self.count += len(lower)

    def matrix(self, columns: int) -> sparse.csc_matrix:
        entries = (np.concatenate(self.values), (np.concatenate(self.rows), np.concatenate(self.columns)))
        return sparse.csc_matrix(entries, shape=(self.count, columns))


@dataclass(frozen=True, slots=True)
class Program:
    """The model, and how to read units out of its columns and back."""

    problem: Problem
    model: Model
    unit_column: Whole
    unit_size: Whole
    opened: Whole

    def units_of(self, point: Real) -> Whole:
        """Whole units at a point of the solver."""
        problem = self.problem
        units = np.rint(point[self.unit_column]).astype(np.int64) * self.unit_size
        granted = (np.rint(point[: problem.size]) > 0) & (units >= problem.least)
        return np.where(granted, np.minimum(units, problem.most), 0)

    def point_of(self, award: Whole) -> Real:
        """The point that stands for an award, for the solver to start from."""
        point = np.zeros(len(self.model.cost))
        point[self.unit_column] = award / self.unit_size
        point[: self.problem.size] = award > 0
        served = np.bincount(self.problem.product[award > 0], minlength=len(self.problem.product_units))
        first = len(point) - self._slacks - len(self.opened)
        point[first : first + len(self.opened)] = served[self.opened] > 0
        if self._slacks:
            tracks, youth = Room(self.problem, award).shortfalls()
            point[-self._slacks :] = np.array([*tracks, youth]) / MILLION
        return point

    @property
    def _slacks(self) -> int:
        return len(self.problem.track_ceiling) + 1 if self.problem.has_floors else 0


def program(problem: Problem, shortfall: int) -> Program:
    """Build the model; floors may miss `shortfall` won together."""
    n = problem.size
    ranged = np.flatnonzero(problem.least < problem.most)
    unit_column, unit_size = np.arange(n), problem.most.copy()
    unit_column[ranged], unit_size[ranged] = n + np.arange(len(ranged)), 1
    present = np.bincount(problem.product, minlength=len(problem.product_units)) > 0
    opened = np.flatnonzero((problem.product_needs >= 2) & present)
    slacks = len(problem.track_ceiling) + 1 if problem.has_floors else 0
    first_open, first_slack = n + len(ranged), n + len(ranged) + len(opened)
    columns = first_slack + slacks
    rows = _Rows([], [], [], [], [])
    _add_limits(rows, problem, unit_column, unit_size)
    _add_ranges(rows, problem, ranged, n)
    _add_openings(rows, problem, opened, first_open)
    if slacks:
        _add_floors(rows, problem, unit_column, unit_size, first_slack, shortfall)
    cost = np.zeros(columns)
    cost[unit_column] = -(problem.value * unit_size)
    upper = np.ones(columns)
    upper[n:first_open] = problem.most[ranged]
    upper[first_slack:] = shortfall / MILLION
    whole = np.ones(columns, np.bool_)
    whole[first_slack:] = False
    model = Model(
        cost=cost,
        matrix=rows.matrix(columns),
        row_lower=np.concatenate(rows.lower),
        row_upper=np.concatenate(rows.upper),
        lower=np.zeros(columns),
        upper=upper,
        whole=whole,
    )
    return Program(problem, model, unit_column, unit_size, opened)


def _none(count: int) -> Real:
    return np.full(count, -np.inf)


def _add_limits(rows: _Rows, problem: Problem, unit_column: Whole, unit_size: Whole) -> None:
    n = problem.size
    tracks, products, institutions = (
        len(problem.track_ceiling),
        len(problem.product_units),
        len(problem.institution_krw),
    )
    won = problem.price * unit_size / MILLION
    granted, once = np.arange(n), np.ones(n)
    budget = np.array([problem.budget / MILLION])
    rows.add(np.zeros(n, np.int64), unit_column, won, _none(1), budget)
    rows.add(problem.track, unit_column, won, _none(tracks), problem.track_ceiling / MILLION)
    rows.add(
        problem.product, unit_column, unit_size.astype(float), _none(products), problem.product_units.astype(float)
    )
    rows.add(problem.product, granted, once, _none(products), problem.product_seats.astype(float))
    rows.add(problem.institution, unit_column, won, _none(institutions), problem.institution_krw / MILLION)
    rows.add(problem.institution, granted, once, _none(institutions), problem.institution_seats.astype(float))


def _add_ranges(rows: _Rows, problem: Problem, ranged: Whole, n: int) -> None:
    count = len(ranged)
    both = np.tile(np.arange(count), 2)
    columns = np.concatenate([n + np.arange(count), ranged])
    for bound, lower, upper in (
        (problem.most, _none(count), np.zeros(count)),
        (problem.least, np.zeros(count), np.full(count, np.inf)),
    ):
        rows.add(both, columns, np.concatenate([np.ones(count), -bound[ranged].astype(float)]), lower, upper)


def _add_openings(rows: _Rows, problem: Problem, opened: Whole, first: int) -> None:
    place = np.full(len(problem.product_units), -1)
    place[opened] = np.arange(len(opened))
    members = np.flatnonzero(place[problem.product] >= 0)
    of = place[problem.product[members]]
    each = np.arange(len(members))
    signs = np.concatenate([np.ones(len(members)), -np.ones(len(members))])
    rows.add(
        np.tile(each, 2), np.concatenate([members, first + of]), signs, _none(len(members)), np.zeros(len(members))
    )
    rows.add(
        np.concatenate([of, np.arange(len(opened))]),
        np.concatenate([members, first + np.arange(len(opened))]),
        np.concatenate([np.ones(len(members)), -problem.product_needs[opened].astype(float)]),
        np.zeros(len(opened)),
        np.full(len(opened), np.inf),
    )


def _add_floors(
    rows: _Rows, problem: Problem, unit_column: Whole, unit_size: Whole, first: int, shortfall: int
) -> None:
    tracks = len(problem.track_ceiling)
    won = problem.price * unit_size / MILLION
    young = np.flatnonzero(problem.youth)
    rows.add(
        np.concatenate([problem.track, np.arange(tracks)]),
        np.concatenate([unit_column, first + np.arange(tracks)]),
        np.concatenate([won, np.ones(tracks)]),
        problem.track_floor / MILLION,
        np.full(tracks, np.inf),
    )
    rows.add(
        np.zeros(len(young) + 1, np.int64),
        np.concatenate([unit_column[young], [first + tracks]]),
        np.concatenate([won[young], np.ones(1)]),
        np.array([problem.youth_floor / MILLION]),
        np.array([np.inf]),
    )
    rows.add(
        np.zeros(tracks + 1, np.int64),
        first + np.arange(tracks + 1),
        np.ones(tracks + 1),
        _none(1),
        np.array([shortfall / MILLION]),
    )


def best_award(
    program: Program, start: Whole, *, gap: float, nodes: int, watch: Callable[[float], None] | None = None
) -> Proposal:
    """Let HiGHS improve `start` down to `gap` or for `nodes` nodes."""
    return propose(program.model, gap=gap, nodes=nodes, start=program.point_of(start), watch=watch)


def least_shortfall(
    problem: Problem, start: Whole, order: Whole, nodes: int, watch: Callable[[float], None] | None = None
) -> Whole:
    """An award that misses as few won of the floors as HiGHS finds, or `start`."""
    known = Room(problem, start).shortfall()
    built = program(problem, known)
    cost = np.zeros_like(built.model.cost)
    cost[-(len(problem.track_ceiling) + 1) :] = MILLION
    proposal = propose(replace(built.model, cost=cost), nodes=nodes, start=built.point_of(start), watch=watch)
    if proposal.point is None:
        return start
    found = repair(problem, built.units_of(proposal.point), order)
    return found if Room(problem, found).shortfall() < known else start
