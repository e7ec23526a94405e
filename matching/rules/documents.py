"""Derived instances: the frozen document with changes, as canonical bytes with a hash of their own."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

ROUND_KEYS = ("budget_krw", "youth_floor_permille")
TRACK_KEYS = ("floor_krw", "ceiling_krw")
PRODUCT_KEYS = ("ceiling_krw", "max_units", "min_institutions", "max_institutions")
INSTITUTION_KEYS = ("ceiling_krw", "max_products")


@dataclass(frozen=True, slots=True)
class Award:
    """What a person decided about one application: that many units, 0 for none, whatever the engine would do."""

    application: str
    units: int


def canonical(document: Document) -> bytes:
    """The bytes that the hash covers, written as a frozen round is."""
    return (json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def fingerprint(content: bytes) -> str:
    """The hash that notices print."""
    return hashlib.sha256(content).hexdigest()


def with_awards(document: Document, awards: Iterable[Award]) -> Document:
    """Each award stands before matching; an application that is to get nothing leaves the instance.

    Products and institutions that nobody asks for any more stay: they hold no money and change no limit.
    """
    wanted = {award.application: award.units for award in awards}
    rows = []
    for row in document["applications"]:
        units = wanted.get(row["id"])
        if units is None:
            rows.append(row)
        elif units:
            rows.append({**row, "requested_units": units, "min_units": units, "predetermined": True})
    return {**document, "applications": rows}


def with_changes(document: Document, changes: Mapping[str, Any], scores: Mapping[str, int] | None = None) -> Document:
    """The document with the numbers of a what-if put in.

    Args:
        changes: ``budget_krw``, ``youth_floor_permille``; ``tracks`` by id; ``all_products`` and ``all_institutions``
            for every row; ``products`` and ``institutions`` by id, which count over those for every row.
        scores: new scores by application.
    """
    changed = deepcopy(document)
    changed.update({name: changes[name] for name in ROUND_KEYS if name in changes})
    _put(changed["tracks"], {}, changes.get("tracks", {}), TRACK_KEYS)
    _put(changed["products"], changes.get("all_products", {}), changes.get("products", {}), PRODUCT_KEYS)
    _put(
        changed["institutions"], changes.get("all_institutions", {}), changes.get("institutions", {}), INSTITUTION_KEYS
    )
    for row in changed["applications"]:
        row["score"] = (scores or {}).get(row["id"], row["score"])
    for row in changed["products"]:
        row["min_institutions"] = min(row["min_institutions"], row["max_institutions"])
    return changed


def _put(
    rows: list[Document], for_all: Mapping[str, int], for_one: Mapping[str, Mapping[str, int]], keys: tuple[str, ...]
) -> None:
    for row in rows:
        own = {**for_all, **for_one.get(row["id"], {})}
        row.update({name: own[name] for name in keys if name in own})


def rescored(
    parts: Iterable[Mapping[str, Any]],
    before: Mapping[str, int],
    after: Mapping[str, int],
    rank_points: int | None = None,
) -> int | None:
    """A score from its stored parts with other weights; None where the parts cannot say.

    Points grow with their weight. Points that a reviewer set by hand stay as they are. A preference that had no
    weight left no part behind, so a weight for it cannot be tried out on stored parts.
    """
    total = 0
    for part in parts:
        code, points = str(part["code"]), int(part["points"])
        if points == int(part["computed"]):
            if code in after:
                if not before.get(code):
                    return None
                points = points * after[code] // before[code]
            elif code == "RANK" and rank_points is not None:
                points = rank_points
        total += points
    return max(0, total)
