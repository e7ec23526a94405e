"""One run, from the bytes of an instance to the bytes of a result.

    prepare   read, take pre-determined awards off, presolve
    prices    linear program, or the smoothed dual for large rounds
    award     by dual density, floors first, then improved group by group
    solve     to proof (small), by HiGHS to a gap (up to WHOLE applications), in blocks (larger); not with `fast`
    certify   whole prices and the bound that they prove
    explain   what blocks each application that was not granted in full

Every step is deterministic: sorted input, whole numbers, stop rules that count nodes, turns and iterations. The same
instance gives the same bytes with any number of workers.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from matching.engine.award import award_by_density, by_density, fill
from matching.engine.certificate import Certificate, certify
from matching.engine.crew import Crew
from matching.engine.explain import explain
from matching.engine.floors import meet_floors
from matching.engine.improve import improve
from matching.engine.instance import Instance, Whole, parse
from matching.engine.milp import best_award, least_shortfall, program
from matching.engine.presolve import Problem, free_applications, objective_of, presolve, with_floors_lowered
from matching.engine.prices import Prices, relax, zero_prices
from matching.engine.progress import Progress, silent
from matching.engine.repair import repair
from matching.engine.result import Outcome, Result, gap_ppm, write
from matching.engine.room import Room
from matching.engine.search import search
from matching.engine.shards import work_in_blocks
from matching.engine.smoothing import smooth_prices
from matching.engine.ties import prefer_smaller_ids

GAP_PPM = 1000
# Applications up to which the search to proof is tried, rounds go to HiGHS whole to gap 0, whole to the gap asked for.
SEARCHED, PROVEN, WHOLE = 60, 600, 8_000
PROVEN_NODES, WHOLE_NODES = 2_000, 60
# Applications from which prices come from the smoothed dual as well, and from it alone.
SMOOTHED, SMOOTHED_ONLY = 500, 10_000


@dataclass(slots=True)
class Run:
    """What one run has found so far."""

    instance: Instance
    free: Problem
    problem: Problem
    progress: Progress
    prices: list[Prices] = field(default_factory=list)
    order: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    award: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    certificate: Certificate | None = None
    solver_bound: int | None = None

    @property
    def bound(self) -> int:
        """The sharpest bound known: the certificate's, or the solver's word."""
        bounds = [self.certificate.bound] if self.certificate else []
        bounds += [] if self.solver_bound is None else [self.solver_bound]
        return min(bounds, default=0)

    def gap(self, award: Whole) -> int:
        return gap_ppm(self.bound, objective_of(self.problem, award))


def solve(
    content: bytes, *, gap_ppm: int = GAP_PPM, fast: bool = False, workers: int = 1, progress: Progress = silent
) -> Result:
    """Solve one instance; raises `InvalidInstance` with every fault, and whatever `progress` raises to cancel."""
    progress("prepare", 0, 1, None)
    instance = parse(content)
    free = free_applications(instance)
    run = Run(instance, free, presolve(free), progress)
    progress("prepare", 1, 1, None)
    find_prices(run)
    find_award(run)
    if not fast:
        solve_further(run, gap_ppm, workers)
    run.award = fill(run.problem, run.order, prefer_smaller_ids(run.problem, run.award))
    finish_certificate(run)
    result = write(instance, outcome_of(run, "fast" if fast else f"gap_ppm={gap_ppm}"))
    progress("explain", 1, 1, result.gap_ppm)
    return result


def prices_of(problem: Problem, tell: Progress = silent) -> list[Prices]:
    """Candidate prices, those that the award goes by first."""
    found = []
    if problem.size > SMOOTHED:
        found.append(smooth_prices(problem, lambda done, total: tell("prices", done, total, None)))
    if problem.size <= SMOOTHED_ONLY:
        found.append(relax(problem).prices)
    return found


def find_prices(run: Run) -> None:
    run.prices = prices_of(run.problem, run.progress)
    run.progress("prices", 1, 1, None)


def find_award(run: Run) -> None:
    """The price method: by density, floors met, improved group by group."""
    problem, progress = run.problem, run.progress
    prices = run.prices[0]
    run.order = by_density(problem, prices)
    award = fill(problem, run.order, award_by_density(problem, run.order))
    award = meet_floors(problem, award, run.order, lambda part: prices_of(part)[0])
    progress("award", 0, 1, None)
    tell = partial(_tell_stage, progress, "award")
    run.award = improve(problem, prices, award, run.order, tell)


def _tell_stage(progress: Progress, stage: str, done: int, total: int) -> None:
    progress(stage, done, total, None)


def solve_further(run: Run, gap: int, workers: int) -> None:
    """To proof, to the gap, or in blocks, by the size of the round."""
    size = run.problem.size
    if size <= SEARCHED:
        found = search(run.problem, run.prices[0], run.award)
        run.award = found.award
        if found.proven:
            run.solver_bound = objective_of(run.problem, run.award)
            return
    if size <= WHOLE:
        _solve_whole(run, 0 if size <= PROVEN else gap)
    else:
        _solve_in_blocks(run, gap, workers)


def _solve_whole(run: Run, gap: int) -> None:
    problem = run.problem
    nodes = PROVEN_NODES if problem.size <= PROVEN else WHOLE_NODES

    def watch(solver_gap: float) -> None:
        known = np.isfinite(solver_gap)
        run.progress("solve", 0, 1, min(10**6, round(solver_gap * 1e6)) if known else None)

    shortfall = Room(problem, run.award).shortfall()
    if shortfall:
        run.award = least_shortfall(problem, run.award, run.order, nodes, watch)
        shortfall = Room(problem, run.award).shortfall()
    model = program(problem, shortfall)
    proposal = best_award(model, run.award, gap=gap / 1e6, nodes=nodes, watch=watch)
    if np.isfinite(proposal.bound):
        run.solver_bound = int(np.floor(-proposal.bound + 1e-6))
    if proposal.point is not None:
        found = repair(problem, model.units_of(proposal.point), run.order)
        better = objective_of(problem, found) > objective_of(problem, run.award)
        if better and Room(problem, found).shortfall() <= shortfall:
            run.award = found
    run.progress("solve", 1, 1, run.gap(run.award))


def _solve_in_blocks(run: Run, gap: int, workers: int) -> None:
    run.certificate = certify(run.free, run.prices[0], Room(run.problem, run.award).shortfalls())

    def tell(done: int, total: int, award: Whole) -> bool:
        now = run.gap(award)
        run.progress("blocks", done, total, now)
        return now <= gap

    if run.gap(run.award) > gap:
        with Crew(workers) as crew:
            run.award = work_in_blocks(run.problem, run.prices[0], run.award, run.order, crew.solve, tell)


def finish_certificate(run: Run) -> None:
    """Certify with the sharpest of the candidate prices, for the shortfalls that the award has."""
    shortfalls = Room(run.problem, run.award).shortfalls()
    candidates = [*run.prices]
    if run.problem.size <= PROVEN:
        # In a tiny round the institutions' own limits may bound it better than any price.
        candidates.append(zero_prices(run.free))
    if any(shortfalls[0]) or shortfalls[1]:
        # Floors that cannot be met distort the prices: price what could be met instead.
        candidates = [*prices_of(with_floors_lowered(run.problem, shortfalls)), *candidates]
    elif run.certificate is not None:
        candidates = []
    certificates = [] if run.certificate is None or candidates else [run.certificate]
    for place, prices in enumerate(candidates):
        run.progress("certify", place, len(candidates), None)
        certificates.append(certify(run.free, prices, shortfalls))
    run.certificate = min(certificates, key=lambda certificate: certificate.bound)
    run.progress("certify", 1, 1, run.gap(run.award))


def outcome_of(run: Run, stop_rule: str) -> Outcome:
    """Everything that the result says."""
    if run.certificate is None:
        raise ValueError("a run is certified before it is written")
    instance, free, problem, award = run.instance, run.free, run.problem, run.award
    granted = np.zeros(free.size, np.int64)
    granted[np.searchsorted(free.index, problem.index)] = award
    units = np.where(instance.applications.predetermined, instance.applications.requested_units, 0)
    units[free.index] = granted
    room, objective, bound = Room(problem, award), objective_of(problem, award), run.certificate.bound
    return Outcome(
        units=units,
        objective=objective,
        spent_krw=instance.budget_krw - room.budget,
        shortfalls=room.shortfalls(),
        prices=run.certificate.prices,
        bound=bound,
        solver_bound=max(objective, min(bound, bound if run.solver_bound is None else run.solver_bound)),
        stop_rule=stop_rule,
        explanations=explain(instance, free, run.certificate.prices, granted),
    )
