"""The frozen instance and the results on it, as bytes and as what they mean for applications."""

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from matching.enums import Limit
from matching.models import MatchingRun
from pilots.models import FrozenInstance, PilotApplication
from pilots.selectors import rules_of

NEIGHBORHOOD = "neighborhood"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a result says of itself."""

    spent_krw: int
    engine: str


def instance_bytes(*, frozen_id: int) -> bytes:
    """The frozen instance, unzipped; its hash is over these bytes."""
    packed = FrozenInstance.objects.values_list("body", flat=True).get(pk=frozen_id)
    return gzip.decompress(bytes(packed))


def instance_document(*, frozen_id: int) -> dict[str, Any]:
    """The frozen instance, parsed."""
    document: dict[str, Any] = json.loads(instance_bytes(frozen_id=frozen_id))
    return document


def result_bytes(*, run: MatchingRun) -> bytes:
    """The result of a solved run in its canonical bytes."""
    return gzip.decompress(bytes(run.result or b""))


def result_document(*, run: MatchingRun) -> dict[str, Any]:
    """The result of a solved run, parsed."""
    document: dict[str, Any] = json.loads(result_bytes(run=run))
    return document


def outcomes(*, body: bytes, answer: bytes, frozen_id: int) -> tuple[list[dict[str, Any]], Figures]:
    """What a result means for every application of the round, as fields of Explanation, and its figures."""
    instance, result = json.loads(body), json.loads(answer)
    frozen = FrozenInstance.objects.only("ids", "round_id").get(pk=frozen_id)
    granted = {row["application"]: row["units"] for row in result["grants"]}
    reasons = {row["application"]: row for row in result["explanations"]}
    places = _waitlist(instance, granted, reasons, rules_of(round_id=frozen.round_id).waitlist_per_product)
    rows = []
    for row in instance["applications"]:
        label = row["id"]
        reason = reasons.get(label, {})
        rows.append(
            {
                "application_id": frozen.ids[label],
                "requested_units": row["requested_units"],
                "granted": granted.get(label, 0),
                "score": row["score"],
                "is_predetermined": row["predetermined"],
                "blocking": reason.get("blocking", []),
                "scarcity": reason.get("scarcity") or "",
                "waitlist_position": places.get(label),
            }
        )
    rows += _left_out(frozen, {row["application_id"] for row in rows})
    engine = result["engine"]
    return rows, Figures(result["spent_krw"], f"{engine['name']} {engine['version']} ({engine['stop_rule']})")


def _waitlist(
    instance: dict[str, Any], granted: dict[str, int], reasons: dict[str, Any], length: int
) -> dict[str, int]:
    """Positions per product by score; nobody waits for a product that too few institutions wanted."""
    waiting: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in instance["applications"]:
        label = row["id"]
        if label in granted or Limit.PRODUCT_MIN_INSTITUTIONS in reasons.get(label, {}).get("blocking", []):
            continue
        waiting[row["product"]].append((-row["score"], label))
    return {
        label: position
        for queue in waiting.values()
        for position, (_score, label) in enumerate(sorted(queue)[:length], start=1)
    }


def _left_out(frozen: FrozenInstance, inside: set[int]) -> list[dict[str, Any]]:
    """Applications that the neighborhood rule kept outside the instance."""
    outside = PilotApplication.objects.filter(round_id=frozen.round_id).passed().exclude(pk__in=inside)
    return [
        {
            "application_id": application.pk,
            "requested_units": application.reviewed_units or application.requested_units,
            "granted": 0,
            "score": application.review.score,
            "is_predetermined": False,
            "blocking": [],
            "scarcity": NEIGHBORHOOD,
            "waitlist_position": None,
        }
        for application in outside.select_related("review").order_by("pk")
    ]
