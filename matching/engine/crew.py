"""Processes that solve blocks. The result is the same with one of them or many: tasks are fixed, and so is their
order.
"""

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from types import TracebackType

from matching.engine.instance import Whole
from matching.engine.shards import Task, solve_block

# Tasks handed out ahead of the answers, for each process: enough to keep it busy, few enough to stay small.
AHEAD = 4


class Crew:
    """Solves blocks here, or in `workers` processes of its own that end with it."""

    def __init__(self, workers: int) -> None:
        # A worker of a task queue may not have children; it solves the blocks itself.
        alone = workers <= 1 or multiprocessing.current_process().daemon
        self.size = 1 if alone else workers
        context = multiprocessing.get_context("spawn")
        self.pool = None if alone else ProcessPoolExecutor(workers, mp_context=context)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def solve(self, tasks: Iterable[Task], note: Callable[[int], None]) -> list[Whole]:
        """The answers in the order of the tasks; `note` hears how many there are and may raise."""
        waiting, answers = iter(tasks), []
        if self.pool is None:
            for task in waiting:
                answers.append(solve_block(task))
                note(len(answers))
            return answers
        running = [self.pool.submit(solve_block, task) for task in islice(waiting, self.size * AHEAD)]
        while running:
            answers.append(running.pop(0).result())
            running += [self.pool.submit(solve_block, task) for task in islice(waiting, 1)]
            note(len(answers))
        return answers
