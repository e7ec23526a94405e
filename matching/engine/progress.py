"""Telling the caller how far a run is, and letting the caller stop it."""

from collections.abc import Callable

# Stage, how much of it is done, out of how much, and the certified gap in millionths where one is known.
Progress = Callable[[str, int, int, int | None], None]


class Cancelled(Exception):
    """Raised by the caller's `progress` to stop a run; it passes through the engine unchanged."""


def silent(_stage: str, _done: int, _total: int, _gap_ppm: int | None) -> None:
    """For callers who do not watch."""
