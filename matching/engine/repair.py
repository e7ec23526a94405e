"""Making a solver's proposal exact: it keeps every rule to the won, or is changed until it does."""

from dataclasses import replace

import numpy as np

from matching.engine.award import award_by_density, fill
from matching.engine.instance import Whole
from matching.engine.presolve import Problem
from matching.engine.room import Room


def repair(problem: Problem, proposal: Whole, order: Whole) -> Whole:
    """The proposal itself where it is exact; otherwise its grants replayed in order as far as they fit, then filled.

    Solvers stop within a tolerance, so on near ties a proposal may overspend by a won or two whatever its status says.
    """
    units = np.clip(proposal, 0, problem.most)
    units[units < problem.least] = 0
    if Room(problem, units).broken():
        granted = order[units[order] > 0]
        units = award_by_density(replace(problem, most=np.maximum(units, problem.least)), granted)
    return fill(problem, order, units)
