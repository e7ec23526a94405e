"""One run, from the bytes of an instance to the bytes of a result.

Every step is deterministic: sorted input, whole numbers, stop rules that count nodes and iterations. The same instance
gives the same bytes with any number of workers.
"""

import numpy as np

from matching.engine.award import award_by_density, by_density, fill
from matching.engine.certificate import certify
from matching.engine.explain import explain
from matching.engine.instance import Instance, Whole, parse
from matching.engine.presolve import Problem, free_applications, objective_of, presolve, with_floors_lowered
from matching.engine.prices import Prices, relax, zero_prices
from matching.engine.progress import Progress, silent
from matching.engine.result import Outcome, Result, write
from matching.engine.room import Room
from matching.engine.search import search

GAP_PPM = 1000


def solve(
    content: bytes, *, gap_ppm: int = GAP_PPM, fast: bool = False, workers: int = 1, progress: Progress = silent
) -> Result:
    """Solve one instance; raises `InvalidInstance` with every fault, and whatever `progress` raises to cancel."""
    progress("prepare", 0, 1, None)
    instance = parse(content)
    free = free_applications(instance)
    problem = presolve(free)
    progress("prepare", 1, 1, None)
    relaxation = relax(problem)
    prices = relaxation.prices
    progress("prices", 1, 1, None)
    order = by_density(problem, prices)
    award = fill(problem, order, award_by_density(problem, order))
    progress("award", 1, 1, None)
    solver_bound = None
    if not fast:
        found = search(problem, prices, award)
        award = fill(problem, order, found.award)
        if found.proven:
            solver_bound = objective_of(problem, award)
    return finish(instance, free, problem, award, [prices], solver_bound, stop_rule(gap_ppm, fast=fast), progress)


def stop_rule(gap_ppm: int, *, fast: bool) -> str:
    return "fast" if fast else f"gap_ppm={gap_ppm}"


def finish(
    instance: Instance,
    free: Problem,
    problem: Problem,
    award: Whole,
    candidates: list[Prices],
    solver_bound: int | None,
    rule: str,
    progress: Progress,
) -> Result:
    """Certify with the sharpest of the candidate prices, explain, write."""
    shortfalls = Room(problem, award).shortfalls()
    if any(shortfalls[0]) or shortfalls[1]:
        # Floors that cannot be met distort the prices: price what could be met instead.
        candidates = [*candidates, relax(with_floors_lowered(problem, shortfalls)).prices]
    certificates = [certify(free, prices, shortfalls) for prices in (*candidates, zero_prices(free))]
    best = min(certificates, key=lambda certificate: certificate.bound)
    progress("certify", 1, 1, None)
    granted = np.zeros(free.size, np.int64)
    granted[np.searchsorted(free.index, problem.index)] = award
    units = np.where(instance.applications.predetermined, instance.applications.requested_units, 0)
    units[free.index] = granted
    objective = objective_of(problem, award)
    outcome = Outcome(
        units=units,
        objective=objective,
        spent_krw=instance.budget_krw - Room(problem, award).budget,
        shortfalls=shortfalls,
        prices=best.prices,
        bound=best.bound,
        solver_bound=best.bound if solver_bound is None else max(objective, min(best.bound, solver_bound)),
        stop_rule=rule,
        explanations=explain(instance, free, best.prices, granted),
    )
    progress("explain", 1, 1, None)
    return write(instance, outcome)
