"""One contender on one round, alone in its process: `python -m benchmarks.contenders NAME INSTANCE --limit SECONDS`.

Prints one line of JSON: the objective of an award that keeps every ceiling to the won (or nothing), a bound where the
contender gives one, and a note. The parent measures time, cpu and memory.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import greedy
from benchmarks.telling import tell
from matching.audit.auditor import audit
from matching.engine import solve
from matching.engine.certificate import certify
from matching.engine.instance import parse
from matching.engine.milp import program
from matching.engine.presolve import free_applications, objective_of
from matching.engine.prices import relax
from matching.engine.room import Room

Outcome = dict[str, Any]


def engine(content: bytes, workers: int, *, fast: bool) -> Outcome:
    result = solve(content, fast=fast, workers=workers)
    solved = time.process_time()
    report = audit(content, result.content)
    return {
        "objective": result.objective,
        "bound": result.bound,
        "solver_bound": result.solver_bound,
        "audit_seconds": round(time.process_time() - solved, 2),
        "note": "audited" if not report.broken else f"BROKEN {report.broken[0]}",
    }


def spreadsheet(content: bytes, *, per_won: bool) -> Outcome:
    return {
        "objective": greedy(json.loads(content), per_won=per_won),
        "note": "floors and least numbers of institutions not looked at",
    }


def linear_program(content: bytes) -> Outcome:
    """Not an award: how sharp prices from the plain linear program are, with institutions priced exactly."""
    free = free_applications(parse(content))
    relaxation = relax(free)
    met = ([0] * len(free.track_ceiling), 0)
    return {"bound": certify(free, relaxation.prices, met).bound, "note": f"LP {relaxation.bound:.0f}"}


def highs_cold(content: bytes, limit: float) -> Outcome:
    """HiGHS as a user would call it: the whole model, its defaults, no start; stopped after `limit` seconds of cpu."""
    # Only here: HiGHS and CP-SAT must not meet in one process.
    import highspy

    from matching.engine.highs import as_highs

    free = free_applications(parse(content))
    model = program(free, 0)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    began = time.process_time()

    def stop(event: highspy.HighsCallbackEvent) -> None:
        # Cpu seconds and not the clock's, so that a busy machine does not count against the contender.
        if time.process_time() - began > limit:
            event.interrupt()

    solver.cbMipInterrupt.subscribe(stop)
    solver.cbSimplexInterrupt.subscribe(stop)
    solver.passModel(as_highs(model.model))
    solver.run()
    info = solver.getInfo()
    bound = -info.mip_dual_bound
    found: Outcome = {"bound": int(bound) if np.isfinite(bound) else None}
    if info.primal_solution_status != 2:
        return found | {"note": "no award"}
    award = model.units_of(np.array(solver.getSolution().col_value))
    if Room(free, award).broken():
        return found | {"note": "its award breaks a ceiling"}
    return found | {"objective": objective_of(free, award), "note": "whole units, no repair needed"}


CONTENDERS: dict[str, Callable[[bytes, argparse.Namespace], Outcome]] = {
    "engine": lambda content, options: engine(content, options.workers, fast=False),
    "engine --fast": lambda content, options: engine(content, options.workers, fast=True),
    "greedy by score": lambda content, _options: spreadsheet(content, per_won=False),
    "greedy by score per won": lambda content, _options: spreadsheet(content, per_won=True),
    "linear program": lambda content, _options: linear_program(content),
    "HiGHS cold": lambda content, options: highs_cold(content, options.limit),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("instance", type=Path)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    outcome = CONTENDERS[options.name](options.instance.read_bytes(), options)
    tell(outcome)


if __name__ == "__main__":
    main()
