"""Walks the steps of the journey, and proves from the audit log that each of them was taken.

Every service leaves one entry in the audit log. A step names what only it leaves there; a walk that misses one entry
of one step fails, whether the step was left out, did nothing, or did something else.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.models import AuditEntry
from tests.e2e.cast import Journey


@dataclass(frozen=True)
class Step:
    """A part of the journey: what people do, and what that leaves in the audit log (``app.model:verb``)."""

    name: str
    act: Callable[[Journey], None]
    leaves: tuple[str, ...]


def step(*leaves: str) -> Callable[[Callable[[Journey], None]], Step]:
    """Make a step of a function."""

    def make(act: Callable[[Journey], None]) -> Step:
        return Step(f"{act.__module__.rpartition('.')[2]}.{act.__name__}", act, leaves)

    return make


def left_so_far() -> Counter[str]:
    """What the audit log holds."""
    return Counter(f"{kind}:{verb}" for kind, verb in AuditEntry.objects.values_list("target_type", "verb"))


def not_taken(steps: Iterable[Step], left: Counter[str]) -> list[str]:
    """The steps whose traces are missing, an entry that several steps leave being counted once for each."""
    missing, rest = [], Counter(left)
    for each in steps:
        wanted = Counter(each.leaves)
        if wanted <= rest:
            rest -= wanted
        else:
            missing.append(each.name)
    return missing


def walk(journey: Journey, steps: Sequence[Step], *, whole: Sequence[Step]) -> None:
    """Take the steps one by one; at the end every step of the whole journey must have left its traces."""
    for each in steps:
        before = left_so_far()
        each.act(journey)
        added = left_so_far() - before
        assert Counter(each.leaves) <= added, f"{each.name} left only {sorted(added)}"
    assert not_taken(whole, left_so_far()) == []
