"""The other half of `processes.Guard`: run as a script, reads groups from stdin, ends them when stdin closes."""

import os
import signal
import sys
import time
from collections.abc import Iterable


def main(lines: Iterable[str]) -> None:
    """Remember groups until the pipe closes, which means that their owner is gone, then end them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, tuple[int, float, int]] = {}
    for line in lines:
        match line.split():
            case ["+", group, first, grace, last]:
                groups[int(group)] = (int(first), float(grace), int(last))
            case ["-", group]:
                groups.pop(int(group), None)
    end(groups)


def end(groups: dict[int, tuple[int, float, int]]) -> None:
    """Send each group its first signal, and its last one when its time is over."""
    started = time.monotonic()
    left = {group for group, (first, _, _) in groups.items() if reached(group, first)}
    while left:
        time.sleep(0.1)
        for group in sorted(left):
            _, grace, last = groups[group]
            overdue = time.monotonic() - started > grace
            if not reached(group, last if overdue else 0) or overdue:
                left.discard(group)


def reached(group: int, number: int) -> bool:
    """Signal a group and tell whether anybody was there."""
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.stdin)
