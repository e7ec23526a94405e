"""What waits for whom: cards on the home page of signed-in people, queues on the PPS home page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """Something that waits for the visitor: a count and where to act on it."""

    title: Any
    count: int
    url: str
    tone: str = "neutral"
    hint: Any = ""
    group: Any = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A pile of cases in the admin, the oldest first, for the named PPS roles."""

    title: Any
    count: int
    url: str
    oldest_at: datetime | None = None
    roles: frozenset[str] = field(default=frozenset())
    hint: Any = ""


# Tones of a card, the most pressing first
URGENCY = ("danger", "warning", "info", "neutral", "success")

_CARDS: list[Callable[[Any], Iterable[Card]]] = []
_QUEUES: list[Callable[[Any], Iterable[Queue]]] = []


def register(source: Callable[[Any], Iterable[Card]]) -> None:
    """Add a source of cards; called from an app's ``ready``."""
    if source not in _CARDS:
        _CARDS.append(source)


def register_queue(source: Callable[[Any], Iterable[Queue]]) -> None:
    """Add a source of PPS queues; called from an app's ``ready``."""
    if source not in _QUEUES:
        _QUEUES.append(source)


def cards_for(actor: Any) -> list[Card]:
    """Every card the apps have for this person."""
    return [card for source in _CARDS for card in source(actor)]


def work_of(actor: Any) -> tuple[list[Card], list[Card]]:
    """What waits for this person, the pressing first, and where nothing waits at present."""
    cards = cards_for(actor)
    waiting = sorted((card for card in cards if card.count), key=lambda card: URGENCY.index(card.tone))
    return waiting, [card for card in cards if not card.count]


def queues_for(actor: Any) -> list[Queue]:
    """The queues of the roles this PPS person holds."""
    held = actor.role_codes()
    return [
        queue for source in _QUEUES for queue in source(actor) if not queue.roles or held & set(map(str, queue.roles))
    ]
