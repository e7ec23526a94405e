"""One run in one process, from the bytes of an instance to the bytes of a result; `steps` says what each step does.

The portal takes the same steps, one after the other, with what they know stored in between.
"""

from matching.engine.crew import Crew
from matching.engine.progress import Progress, silent
from matching.engine.result import Result
from matching.engine.steps import DONE, GAP_PPM, SPLIT, Run, merge, open_run, split, take_step


def solve(
    content: bytes, *, gap_ppm: int = GAP_PPM, fast: bool = False, workers: int = 1, progress: Progress = silent
) -> Result:
    """Solve one instance; raises `InvalidInstance` with every fault, and whatever `progress` raises to cancel."""
    run = open_run(content, gap_ppm=gap_ppm, is_fast=fast, progress=progress)
    while run.known.step not in {SPLIT, DONE}:
        take_step(run)
    if run.known.step == SPLIT:
        with Crew(workers) as crew:
            while run.known.step == SPLIT:
                _turn(run, crew)
        while run.known.step != DONE:
            take_step(run)
    if run.result is None:
        raise ValueError("the last step writes the result")
    return run.result


def _turn(run: Run, crew: Crew) -> None:
    """Split, solve the blocks, merge."""
    known = run.known
    tasks, gap = split(run), run.gap(known.award)

    def note(done: int) -> None:
        run.progress("blocks", known.turn * known.block_count + done, known.turns * known.block_count, gap)

    merge(run, crew.solve(tasks, note))
