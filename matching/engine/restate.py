"""A result for an award that somebody else decided: certified, explained and written like one of the engine's own.

The award itself is not judged here. Whether it keeps the rules is the auditor's business.
"""

from collections.abc import Mapping

import numpy as np

from matching.engine.certificate import certify
from matching.engine.explain import explain
from matching.engine.instance import parse
from matching.engine.presolve import Problem, free_applications, objective_of, presolve, with_floors_lowered
from matching.engine.prices import Prices, relax, zero_prices
from matching.engine.result import Outcome, Result, write
from matching.engine.room import Room
from matching.engine.smoothing import smooth_prices

STOP_RULE = "award given"
# Applications up to which prices come from the linear program, and up to which no prices at all may bound sharper.
RELAXED, TINY = 10_000, 600


def restate(content: bytes, units: Mapping[str, int]) -> Result:
    """Prices, bound and reasons for ``units`` by application; what is pre-determined is granted in any case."""
    instance = parse(content)
    free = free_applications(instance)
    problem = presolve(free)
    given = np.array([units.get(name, 0) for name in instance.applications.ids], np.int64)
    award = given[problem.index]
    room = Room(problem, award)
    shortfalls = room.shortfalls()
    candidates = [_prices(with_floors_lowered(problem, shortfalls))]
    if problem.size <= TINY:
        candidates.append(zero_prices(free))
    certificates = [certify(free, prices, shortfalls) for prices in candidates]
    best = min(certificates, key=lambda certificate: certificate.bound)
    granted = np.zeros(free.size, np.int64)
    granted[np.searchsorted(free.index, problem.index)] = award
    in_all = np.where(instance.applications.predetermined, instance.applications.requested_units, 0)
    in_all[free.index] = granted
    return write(
        instance,
        Outcome(
            units=in_all,
            objective=objective_of(problem, award),
            spent_krw=instance.budget_krw - room.budget,
            shortfalls=shortfalls,
            certificate=best,
            solver_bound=best.bound,
            stop_rule=STOP_RULE,
            explanations=explain(instance, free, best.prices, granted),
        ),
    )


def _prices(problem: Problem) -> Prices:
    if problem.size > RELAXED:
        return smooth_prices(problem, lambda _done, _total: None)
    return relax(problem).prices
