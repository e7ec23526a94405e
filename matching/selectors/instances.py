"""The frozen instance and the results on it, as bytes and as what they mean for applications."""

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from matching.enums import Limit
from matching.models import AwardOverride, DerivedInstance, MatchingRun
from pilots.enums import ApplicationStatus
from pilots.models import FrozenInstance, PilotApplication
from pilots.selectors import rules_of

NEIGHBORHOOD = "neighborhood"
# Neither granted nor refused by matching: whoever has left the round since, or was set to nothing by hand.
OUTSIDE = "outside"


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


def run_bytes(*, run: MatchingRun) -> bytes:
    """The instance that a run solves, unzipped: the frozen one, or the one derived from it."""
    if run.derived_id is None:
        return instance_bytes(frozen_id=run.frozen_id)
    return gzip.decompress(bytes(DerivedInstance.objects.values_list("body", flat=True).get(pk=run.derived_id)))


def run_document(*, run: MatchingRun) -> dict[str, Any]:
    """The instance that a run solves, parsed."""
    document: dict[str, Any] = json.loads(run_bytes(run=run))
    return document


def labels_of(*, run: MatchingRun) -> dict[str, int]:
    """Which row each identifier of the instance stands for: applications, plans and institutions."""
    ids: dict[str, int] = FrozenInstance.objects.values_list("ids", flat=True).get(pk=run.frozen_id)
    return ids


def result_bytes(*, run: MatchingRun) -> bytes:
    """The result of a solved run in its canonical bytes."""
    return gzip.decompress(bytes(run.result or b""))


def result_document(*, run: MatchingRun) -> dict[str, Any]:
    """The result of a solved run, parsed."""
    document: dict[str, Any] = json.loads(result_bytes(run=run))
    return document


def outcomes(
    *, body: bytes, answer: bytes, frozen_id: int, run_id: int | None = None
) -> tuple[list[dict[str, Any]], Figures]:
    """What a result means for every application of the round, as fields of Explanation, and its figures.

    ``run_id`` names the run whose overrides and corrections stand in the instance.
    """
    instance, result = json.loads(body), json.loads(answer)
    frozen = FrozenInstance.objects.only("ids", "left_out", "round_id").get(pk=frozen_id)
    overrides = dict(AwardOverride.objects.filter(run=run_id).values_list("application_id", "reason"))
    granted = {row["application"]: row["units"] for row in result["grants"]}
    reasons = {row["application"]: row for row in result["explanations"]}
    places = _waitlist(instance, granted, reasons, frozen, run_id)
    asked = _asked(frozen_id) if run_id is not None else {}
    rows = []
    for row in instance["applications"]:
        label = row["id"]
        reason = reasons.get(label, {})
        application_id = frozen.ids[label]
        rows.append(
            {
                "application_id": application_id,
                "requested_units": max(asked.get(label, 0), row["requested_units"]),
                "granted": granted.get(label, 0),
                "score": row["score"],
                "is_predetermined": row["predetermined"],
                "blocking": reason.get("blocking", []),
                "scarcity": reason.get("scarcity") or "",
                "waitlist_position": places.get(label),
                "override_reason": overrides.get(application_id, ""),
            }
        )
    rows += _left_out(frozen, {row["application_id"] for row in rows}, overrides)
    engine = result["engine"]
    return rows, Figures(result["spent_krw"], f"{engine['name']} {engine['version']} ({engine['stop_rule']})")


def _asked(frozen_id: int) -> dict[str, int]:
    """What each application asked for before anybody set awards by hand."""
    return {row["id"]: row["requested_units"] for row in instance_document(frozen_id=frozen_id)["applications"]}


def _waitlist(
    instance: dict[str, Any],
    granted: dict[str, int],
    reasons: dict[str, Any],
    frozen: FrozenInstance,
    run_id: int | None,
) -> dict[str, int]:
    """Positions per product by score; nobody waits for a product that too few institutions wanted.

    A corrected result takes nobody off the waitlist.
    """
    length = rules_of(round_id=frozen.round_id).waitlist_per_product
    stay = _waiting(frozen) if run_id is not None else set()
    waiting: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in instance["applications"]:
        label = row["id"]
        too_few = Limit.PRODUCT_MIN_INSTITUTIONS in reasons.get(label, {}).get("blocking", [])
        if label not in granted and (not too_few or frozen.ids[label] in stay):
            waiting[row["product"]].append((-row["score"], label))
    return {
        label: position
        for queue in waiting.values()
        for position, label in enumerate(
            [
                label
                for place, (_score, label) in enumerate(sorted(queue))
                if place < length or frozen.ids[label] in stay
            ],
            start=1,
        )
    }


def _waiting(frozen: FrozenInstance) -> set[int]:
    rows = PilotApplication.objects.filter(round_id=frozen.round_id, status=ApplicationStatus.WAITLISTED)
    return set(rows.values_list("pk", flat=True))


def _left_out(frozen: FrozenInstance, inside: set[int], overrides: dict[int, str]) -> list[dict[str, Any]]:
    """Applications outside the instance: kept out by the neighborhood rule, gone since, or set to nothing by hand."""
    kept_out = {row["application"] for row in frozen.left_out}
    ids = kept_out | {key for label, key in frozen.ids.items() if label.startswith("A")}
    outside = PilotApplication.objects.filter(pk__in=ids - inside)
    return [
        {
            "application_id": application.pk,
            "requested_units": application.reviewed_units or application.requested_units,
            "granted": 0,
            "score": application.review.score,
            "is_predetermined": False,
            "blocking": [],
            "scarcity": NEIGHBORHOOD if application.pk in kept_out else OUTSIDE,
            "waitlist_position": None,
            "override_reason": overrides.get(application.pk, ""),
        }
        for application in outside.select_related("review").order_by("pk")
    ]
