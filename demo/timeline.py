"""What happened, in the order of its days.

A story is a generator: `yield 40` means that what follows happened forty days ago. Many stories run side by side, and
the one whose turn comes first goes on, so that numbers, ledger rows and the audit log follow each other as they would
have in a real year.
"""

import heapq
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from django.utils import timezone

from core.models import OutboxMessage
from demo.clock import Clock
from matching import services as matching
from pilots import services as pilots

T = TypeVar("T")
Story = Generator[int, None, T]
# What a worker would have done within a second; everything else in the outbox concerns the present.
ANNOUNCEMENTS: dict[str, Callable[..., None]] = {
    "pilots.announce_round": pilots.announce_round,
    "pilots.announce_demand": pilots.announce_demand,
    "matching.announce_run": matching.announce_run,
}


def together(*stories: Story[T]) -> Story[list[T]]:
    """Stories side by side inside another one, by the day of their next steps; returns what each returned."""
    waiting: list[tuple[int, int]] = []
    returned: dict[int, T] = {}

    def advance(number: int) -> None:
        try:
            heapq.heappush(waiting, (-next(stories[number]), number))
        except StopIteration as end:
            returned[number] = end.value

    for number in range(len(stories)):
        advance(number)
    while waiting:
        before, number = heapq.heappop(waiting)
        yield -before
        advance(number)
    return [returned[number] for number in range(len(stories))]


class Timeline:
    """All stories that have not ended, by the day of their next step."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._waiting: list[tuple[int, int, Story[Any]]] = []
        self._count = 0

    def start(self, *stories: Story[Any]) -> None:
        """Add stories; each runs up to its first day at once, which must therefore do nothing yet."""
        for story in stories:
            self._advance(story)

    def run(self) -> None:
        """Go through the days until every story has ended."""
        while self._waiting:
            before, _number, story = heapq.heappop(self._waiting)
            self.clock.go(-before)
            self._advance(story)
            _announce()

    def _advance(self, story: Story[Any]) -> None:
        ago = next(story, None)
        if ago is not None:
            self._count += 1
            heapq.heappush(self._waiting, (-ago, self._count, story))


def _announce() -> None:
    """Let people hear of a step on its own day."""
    for message in OutboxMessage.objects.filter(task__in=ANNOUNCEMENTS, done_at=None).order_by("created_at", "pk"):
        ANNOUNCEMENTS[message.task](**message.kwargs)
        message.done_at = timezone.now()
        message.save(update_fields=["done_at"])
