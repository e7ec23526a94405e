"""The main menu: each app adds its entries, the header draws those the visitor may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse


def everybody(user: Any) -> bool:  # noqa: ARG001 the signature of an audience
    """The audience of public pages."""
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu line. ``audience(user)`` decides who sees it."""

    order: int
    label: Any
    url_name: str
    children: tuple["Entry", ...] = field(default=())
    audience: Callable[[Any], bool] = everybody


# Lines of this order and above are the second row of the menu.
OWN = 100

_ENTRIES: dict[str, Entry] = {}


def register(
    order: int,
    label: Any,
    url_name: str,
    *,
    children: Sequence[Entry] = (),
    audience: Callable[[Any], bool] = everybody,
) -> None:
    """Add a line to the main menu; called from an app's ``ready``. The URL name is the identity.

    Public pages have an order below ``OWN``; from there on it is the visitor's own work, in a row of its own.
    """
    _ENTRIES[url_name] = Entry(order, label, url_name, tuple(children), audience)


def items(user: Any, path: str) -> list[dict[str, Any]]:
    """The menu for this visitor, the current page marked."""
    return [
        _item(entry, user, path) for entry in sorted(_ENTRIES.values(), key=lambda e: e.order) if entry.audience(user)
    ]


def _item(entry: Entry, user: Any, path: str) -> dict[str, Any]:
    url = reverse(entry.url_name)
    return {
        "label": entry.label,
        "is_own": entry.order >= OWN,
        "url": url,
        "is_current": path == url or (url != "/" and path.startswith(url)),
        "children": [_item(child, user, path) for child in entry.children if child.audience(user)],
    }
