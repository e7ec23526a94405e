"""Extension points on pages: higher apps add a panel to a lower app's page without being imported by it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page: a template of ours with its context."""

    title: Any
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    order: int = 100


_SOURCES: dict[str, list[Callable[..., Iterable[Panel]]]] = {}


def register(place: str, source: Callable[..., Iterable[Panel]]) -> None:
    """Add a source of panels to ``place`` (for example ``products.detail``)."""
    sources = _SOURCES.setdefault(place, [])
    if source not in sources:
        sources.append(source)


def panels_for(place: str, *args: Any) -> list[Panel]:
    """The panels of a place in order; ``args`` are what it promises (``products.detail``: product_id, actor)."""
    found = [panel for source in _SOURCES.get(place, []) for panel in source(*args)]
    return sorted(found, key=lambda panel: panel.order)
