"""HiGHS, the linear and mixed-integer solver, behind one function. It only ever proposes.

Nothing here depends on time: runs stop at an optimum, at a gap or at a number of nodes, with one thread and a fixed
seed, so that the same input gives the same proposal. What it returns is floating point; the integer core decides what
it is worth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

Real = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """Minimise cost . x, row_lower <= matrix x <= row_upper, lower <= x <= upper, some x whole."""

    cost: Real
    matrix: sparse.csc_matrix
    row_lower: Real
    row_upper: Real
    lower: Real
    upper: Real
    whole: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the solver says: a point (or nothing), row prices, and the value below which it says no point lies."""

    point: Real | None
    row_price: Real | None
    bound: float


def propose(
    model: Model,
    *,
    gap: float = 0.0,
    nodes: int | None = None,
    start: Real | None = None,
    watch: Callable[[float], None] | None = None,
) -> Proposal:
    """Run HiGHS; `watch` is told the solver's gap now and then and may raise to stop the run."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    if model.whole is not None:
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("mip_abs_gap", 0.5)
        # Tighter tolerances make the linear programs fail now and then; exactness is the integer core's part.
        solver.setOptionValue("mip_feasibility_tolerance", 1e-7)
        solver.setOptionValue("mip_heuristic_effort", 0.2)
        if nodes is not None:
            solver.setOptionValue("mip_max_nodes", nodes)
    solver.passModel(as_highs(model))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    stopped = _run(solver, watch)
    if stopped is not None:
        raise stopped
    info, solution = solver.getInfo(), solver.getSolution()
    point = np.array(solution.col_value) if info.primal_solution_status == 2 else None
    priced = model.whole is None and info.dual_solution_status == 2
    return Proposal(
        point=point,
        row_price=np.array(solution.row_dual) if priced else None,
        bound=info.objective_function_value if model.whole is None else info.mip_dual_bound,
    )


def _run(solver: highspy.Highs, watch: Callable[[float], None] | None) -> Exception | None:
    if watch is None:
        solver.run()
        return None
    raised: list[Exception] = []

    def look(event: highspy.HighsCallbackEvent) -> None:
        if raised:
            event.interrupt()
            return
        try:
            watch(event.data_out.mip_gap)
        except Exception as error:  # noqa: BLE001  (an exception must not cross the solver's own frames)
            raised.append(error)
            event.interrupt()

    solver.cbMipInterrupt.subscribe(look)
    solver.run()
    return raised[0] if raised else None


def as_highs(model: Model) -> highspy.HighsLp:
    matrix = model.matrix
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = matrix.shape[1], matrix.shape[0]
    program.col_cost_, program.col_lower_, program.col_upper_ = model.cost, model.lower, model.upper
    program.row_lower_, program.row_upper_ = model.row_lower, model.row_upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = matrix.indptr
    program.a_matrix_.index_ = matrix.indices
    program.a_matrix_.value_ = matrix.data
    if model.whole is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        program.integrality_ = [kinds[flag] for flag in model.whole.tolist()]
    return program
