"""What listens to `MATCHING_PROBE` in tests: in this process a function of the test's own, in a worker a killer.

A worker process kills itself with SIGKILL at the point that the file `DEADLY_POINT_FILE` names; it takes the file away
first, so that the next worker lives.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

LISTENERS: list[Callable[[str], None]] = []


def listen(point: str) -> None:
    for listener in LISTENERS:
        listener(point)


def die(point: str) -> None:
    target = Path(os.environ["DEADLY_POINT_FILE"])
    with Path(os.environ["PASSED_POINTS_FILE"]).open("a") as log:
        log.write(f"{point}\n")
    try:
        wanted = target.read_text()
    except FileNotFoundError:
        return
    if wanted == point:
        try:
            target.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)
