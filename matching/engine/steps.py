"""The steps of a run, each from what is known to a little more.

    prepare   read, take pre-determined awards off, presolve
    prices    linear program, or the smoothed dual for large rounds
    award     by dual density, floors first, then improved group by group
    solve     to proof (small), by HiGHS to a gap (up to WHOLE applications); not with `is_fast`
    bound     for larger rounds: the bound that the prices prove, so that the gap is known from here on
    split     cut the award's doubtful part into blocks (they are solved apart from each other, by anybody)
    merge     put the blocks' awards together; then split again, or go on
    certify   whole prices and the bound that they prove
    explain   what blocks each application that was not granted in full, and the bytes of the result

Every step is deterministic: sorted input, whole numbers, stop rules that count nodes, turns and iterations. What a
step leaves is `Known`, which packs into bytes (`payload`): a run that is picked up from them by another process ends
in the same bytes as one that was never interrupted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from matching.engine.award import by_density, fill
from matching.engine.certificate import Certificate, certify
from matching.engine.explain import explain
from matching.engine.floors import first_award
from matching.engine.improve import improve, reheats_for
from matching.engine.instance import Instance, Whole, parse
from matching.engine.milp import best_award, least_shortfall, program
from matching.engine.presolve import Problem, free_applications, objective_of, presolve, with_floors_lowered
from matching.engine.prices import Prices, relax, zero_prices
from matching.engine.progress import Progress, silent
from matching.engine.repair import repair
from matching.engine.result import Outcome, Result, gap_ppm, write
from matching.engine.room import Room
from matching.engine.search import search
from matching.engine.shards import GAIN_PPM, Split, Task, better_of, gain_of, next_split, turns_for
from matching.engine.sharpen import sharpen, steps_for
from matching.engine.smoothing import smooth_prices
from matching.engine.ties import prefer_smaller_ids

GAP_PPM = 1000
# Applications up to which the search to proof is tried, rounds go to HiGHS whole to gap 0, whole to the gap asked for.
SEARCHED, PROVEN, WHOLE = 60, 600, 8_000
PROVEN_NODES, WHOLE_NODES = 2_000, 60
# Applications from which prices come from the smoothed dual as well, and from it alone.
SMOOTHED, SMOOTHED_ONLY = 500, 10_000

PREPARE, PRICES, AWARD, SOLVE, BOUND = "prepare", "prices", "award", "solve", "bound"
SPLIT, MERGE, CERTIFY, EXPLAIN, DONE = "split", "merge", "certify", "explain", "done"


def _nothing() -> Whole:
    return np.zeros(0, np.int64)


@dataclass(slots=True)
class Known:
    """What a run has found so far, and the step that comes next; whole numbers only."""

    step: str = PREPARE
    prices: list[Prices] = field(default_factory=list)
    order: Whole = field(default_factory=_nothing)
    award: Whole = field(default_factory=_nothing)
    certificate: Certificate | None = None
    solver_bound: int | None = None
    # Turns of blocks: those done, as many as there may be, how many blocks the present one has, what each one gained.
    turn: int = 0
    turns: int = 0
    block_count: int = 0
    gains: list[int] = field(default_factory=lambda: [GAIN_PPM])
    content: bytes = b""


@dataclass(slots=True)
class Run:
    """One run in the hands of a process."""

    instance: Instance
    free: Problem
    problem: Problem
    known: Known
    gap_ppm: int
    is_fast: bool
    progress: Progress
    split: Split | None = None
    result: Result | None = None

    @property
    def bound(self) -> int:
        """The sharpest bound known: the certificate's, or the solver's word."""
        known = self.known
        bounds = [known.certificate.bound] if known.certificate else []
        bounds += [] if known.solver_bound is None else [known.solver_bound]
        return min(bounds, default=0)

    @property
    def has_bound(self) -> bool:
        return self.known.certificate is not None or self.known.solver_bound is not None

    def gap(self, award: Whole) -> int:
        return gap_ppm(self.bound, objective_of(self.problem, award))


def open_run(
    content: bytes,
    *,
    gap_ppm: int = GAP_PPM,
    is_fast: bool = False,
    progress: Progress = silent,
    known: Known | None = None,
) -> Run:
    """Take a run in hand, at its beginning or where `known` left it.

    Raises `InvalidInstance` with every fault, and whatever `progress` raises to cancel.
    """
    progress(PREPARE, 0, 1, None)
    instance = parse(content)
    free = free_applications(instance)
    run = Run(instance, free, presolve(free), known or Known(), gap_ppm, is_fast, progress)
    progress(PREPARE, 1, 1, None)
    return run


def take_step(run: Run) -> str:
    """Do the next step, other than blocks; returns the one after it."""
    run.known.step = STEPS[run.known.step](run)
    return run.known.step


def prices_of(problem: Problem, tell: Progress = silent, *, is_fast: bool = False) -> list[Prices]:
    """Candidate prices, those that the award goes by first; one set of them is enough for `is_fast`."""
    found = []
    if problem.size > SMOOTHED:
        found.append(smooth_prices(problem, lambda done, total: tell(PRICES, done, total, None)))
    if problem.size <= (SMOOTHED if is_fast else SMOOTHED_ONLY):
        found.append(relax(problem).prices)
    return found


def find_prices(run: Run) -> str:
    run.known.prices = prices_of(run.problem, run.progress, is_fast=run.is_fast)
    run.progress(PRICES, 1, 1, None)
    return AWARD


def find_award(run: Run) -> str:
    """The price method: by density, floors met, improved group by group."""
    problem, progress, known = run.problem, run.progress, run.known
    prices = known.prices[0]
    known.order = by_density(problem, prices)
    award = first_award(problem, prices, known.order, lambda part: prices_of(part)[0])
    progress(AWARD, 0, 1, None)
    tell = partial(_tell_stage, progress, AWARD)
    reheats = reheats_for(problem, is_fast=run.is_fast)
    known.award = improve(problem, prices, award, known.order, tell, reheats)
    if run.is_fast:
        return CERTIFY
    return SOLVE if problem.size <= WHOLE else BOUND


def _tell_stage(progress: Progress, stage: str, done: int, total: int) -> None:
    progress(stage, done, total, None)


def solve_whole(run: Run) -> str:
    """To proof where the round is small enough, else by HiGHS to a gap."""
    known, size = run.known, run.problem.size
    if size <= SEARCHED:
        found = search(run.problem, known.prices[0], known.award)
        known.award = found.award
        if found.proven:
            known.solver_bound = objective_of(run.problem, known.award)
            return CERTIFY
    _ask_solver(run, 0 if size <= PROVEN else run.gap_ppm)
    return CERTIFY


def _ask_solver(run: Run, gap: int) -> None:
    problem, known = run.problem, run.known
    nodes = PROVEN_NODES if problem.size <= PROVEN else WHOLE_NODES

    def watch(solver_gap: float) -> None:
        is_known = np.isfinite(solver_gap)
        run.progress(SOLVE, 0, 1, min(10**6, round(solver_gap * 1e6)) if is_known else None)

    shortfall = Room(problem, known.award).shortfall()
    if shortfall:
        known.award = least_shortfall(problem, known.award, known.order, nodes, watch)
        shortfall = Room(problem, known.award).shortfall()
    model = program(problem, shortfall)
    proposal = best_award(model, known.award, gap=gap / 1e6, nodes=nodes, watch=watch)
    if np.isfinite(proposal.bound):
        known.solver_bound = int(np.floor(-proposal.bound + 1e-6))
    if proposal.point is not None:
        found = repair(problem, model.units_of(proposal.point), known.order)
        better = objective_of(problem, found) > objective_of(problem, known.award)
        if better and Room(problem, found).shortfall() <= shortfall:
            known.award = found
    run.progress(SOLVE, 1, 1, run.gap(known.award))


def find_bound(run: Run) -> str:
    """What the prices prove, before the blocks: their turns end when the gap asked for is reached."""
    known = run.known
    run.progress(BOUND, 0, 1, None)
    shortfalls = Room(run.problem, known.award).shortfalls()
    known.certificate = _sharpened(run, certify(run.free, known.prices[0], shortfalls), shortfalls, BOUND)
    return SPLIT if run.gap(known.award) > run.gap_ppm else CERTIFY


def split(run: Run) -> Iterator[Task]:
    """The blocks of the next turn, in order; `merge` comes next and wants their awards in the same order."""
    known = run.known
    run.split = cut = next_split(run.problem, known.prices[0], known.award, known.turn)
    known.block_count = len(cut.blocks)
    known.turns = turns_for(known.block_count)
    known.step = MERGE
    rank = np.empty(run.problem.size, np.int64)
    rank[known.order] = np.arange(run.problem.size)
    return cut.tasks(rank)


def merge(run: Run, awards: Iterable[Whole]) -> str:
    """End a turn with the blocks' awards; the next step is another turn, or to certify."""
    problem, known = run.problem, run.known
    cut = run.split or next_split(problem, known.prices[0], known.award, known.turn)
    before, run.split = known.award, None
    known.award = better_of(problem, known.order, before, cut.merged(awards))
    known.gains.append(gain_of(problem, before, known.award))
    known.turn += 1
    gap = run.gap(known.award)
    run.progress("blocks", known.turn * known.block_count, known.turns * known.block_count, gap)
    is_worth_it = sum(known.gains[-2:]) >= GAIN_PPM
    known.step = SPLIT if known.turn < known.turns and is_worth_it and gap > run.gap_ppm else CERTIFY
    return known.step


def finish_certificate(run: Run) -> str:
    """Settle the award, and certify it with the sharpest of the candidate prices, for the shortfalls that it has."""
    known = run.known
    known.award = fill(run.problem, known.order, prefer_smaller_ids(run.problem, known.award))
    shortfalls = Room(run.problem, known.award).shortfalls()
    candidates = [*known.prices]
    if run.problem.size <= PROVEN:
        # In a tiny round the institutions' own limits may bound it better than any price.
        candidates.append(zero_prices(run.free))
    if any(shortfalls[0]) or shortfalls[1]:
        # Floors that cannot be met distort the prices: price what could be met instead.
        candidates = [*prices_of(with_floors_lowered(run.problem, shortfalls)), *candidates]
    elif known.certificate is not None:
        candidates = []
    certificates = [] if known.certificate is None or candidates else [known.certificate]
    for place, prices in enumerate(candidates):
        run.progress(CERTIFY, place, len(candidates), None)
        certificates.append(certify(run.free, prices, shortfalls))
    known.certificate = min(certificates, key=lambda certificate: certificate.bound)
    if candidates:
        known.certificate = _sharpened(run, known.certificate, shortfalls, CERTIFY)
    run.progress(CERTIFY, 1, 1, run.gap(known.award))
    return EXPLAIN


def _sharpened(run: Run, certificate: Certificate, shortfalls: tuple[list[int], int], stage: str) -> Certificate:
    objective, steps = objective_of(run.problem, run.known.award), steps_for(run.free, is_fast=run.is_fast)
    return sharpen(run.free, certificate, shortfalls, objective, steps, partial(_tell_stage, run.progress, stage))


def write_result(run: Run) -> str:
    """Explain the award and write everything down."""
    run.result = write(run.instance, outcome_of(run))
    run.known.content = run.result.content
    run.progress(EXPLAIN, 1, 1, run.result.gap_ppm)
    return DONE


def outcome_of(run: Run) -> Outcome:
    """Everything that the result says."""
    instance, free, problem, known = run.instance, run.free, run.problem, run.known
    if known.certificate is None:
        raise ValueError("a run is certified before it is written")
    award = known.award
    granted = np.zeros(free.size, np.int64)
    granted[np.searchsorted(free.index, problem.index)] = award
    units = np.where(instance.applications.predetermined, instance.applications.requested_units, 0)
    units[free.index] = granted
    room, objective, bound = Room(problem, award), objective_of(problem, award), known.certificate.bound
    return Outcome(
        units=units,
        objective=objective,
        spent_krw=instance.budget_krw - room.budget,
        shortfalls=room.shortfalls(),
        certificate=known.certificate,
        solver_bound=max(objective, min(bound, bound if known.solver_bound is None else known.solver_bound)),
        stop_rule="fast" if run.is_fast else f"gap_ppm={run.gap_ppm}",
        explanations=explain(instance, free, known.certificate.prices, granted),
    )


STEPS: dict[str, Callable[[Run], str]] = {
    PREPARE: lambda _run: PRICES,
    PRICES: find_prices,
    AWARD: find_award,
    SOLVE: solve_whole,
    BOUND: find_bound,
    CERTIFY: finish_certificate,
    EXPLAIN: write_result,
}
