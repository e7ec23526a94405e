"""Writes the file that matching works on (pilot-matching/1, docs/matching.md) from a reviewed round.

Identifiers are numbered in the order of the rule set's tie-breaks and padded, so that the order of their code points
is that order too: wherever the engine has a choice between equals it takes the smaller one.
"""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pilots.rules.schema import Rules

FORMAT = "pilot-matching/1"


class InstanceFault(ValueError):
    """The round cannot be frozen; ``faults`` are (code, application or plan keys) to be put into words."""

    def __init__(self, faults: list[tuple[str, int]]) -> None:
        super().__init__(str(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class TrackRow:
    code: str
    floor_krw: int
    ceiling_krw: int


@dataclass(frozen=True, slots=True)
class RoundRow:
    number: str
    budget_krw: int
    tracks: Sequence[TrackRow]
    youth_floor_permille: int


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An approved pilot-use plan: a product of the instance."""

    key: int
    number: str
    track: str
    unit_price_krw: int
    max_units: int
    min_institutions: int
    max_institutions: int
    is_youth_startup: bool
    ceiling_krw: int | None = None
    neighborhood_province: str = ""
    neighborhood_district: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """A reviewed application with the facts that ties are broken by."""

    key: int
    number: str
    plan: int
    institution: int
    requested_units: int
    min_units: int
    score: int
    is_predetermined: bool
    submitted_at: datetime
    follow_up_budget_krw: int = 0
    awards_this_year: int = 0
    province: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The canonical bytes, their hash, what identifiers stand for, and which applications stayed outside and why."""

    body: bytes
    sha256: str
    ids: dict[str, int]
    left_out: list[dict[str, Any]]

    @property
    def packed(self) -> bytes:
        return gzip.compress(self.body, mtime=0)


def youth_floor(*, target: int, before_krw: int, before_youth_krw: int, budget_krw: int) -> int:
    """The permille this round needs so that the year's share, this round included, reaches ``target`` permille."""
    if not target or not budget_krw:
        return 0
    needed = target * (before_krw + budget_krw) - 1000 * before_youth_krw
    return max(0, min(1000, -(-needed // budget_krw)))


def tier(plan: PlanRow, application: ApplicationRow) -> int:
    """0 for the proposer's district, 1 for its province, 2 for the rest (and for products nobody proposed)."""
    if not plan.neighborhood_province or application.province != plan.neighborhood_province:
        return 2
    return 0 if plan.neighborhood_district and application.district == plan.neighborhood_district else 1


def tie_key(plan: PlanRow, application: ApplicationRow, rules: Rules) -> tuple[Any, ...]:
    """The rule set's tie-breaks as a sort key; smaller comes first."""
    values = {
        "tier": tier(plan, application),
        "score": -application.score,
        "follow_up_budget": -application.follow_up_budget_krw,
        "fewer_awards": application.awards_this_year,
        "submitted_at": application.submitted_at,
        "number": (application.number, application.key),
    }
    return tuple(values[name] for name in rules.tie_breaks)


def freeze(
    *, round_row: RoundRow, plans: Iterable[PlanRow], applications: Iterable[ApplicationRow], rules: Rules
) -> Frozen:
    """The instance of a round.

    Raises:
        InstanceFault: applications whose institution was determined beforehand break a limit by themselves.
    """
    by_key = {plan.key: plan for plan in plans}
    ordered = sorted(applications, key=lambda row: tie_key(by_key[row.plan], row, rules))
    kept, left_out = _neighborhood_first(by_key, ordered, round_row, rules)
    used_plans = sorted({row.plan for row in kept}, key=lambda key: by_key[key].number)
    used_institutions = list(dict.fromkeys(row.institution for row in kept))
    width = max(len(str(len(kept))), 4)
    application_ids = {row.key: f"A{n:0{width}}" for n, row in enumerate(kept, 1)}
    plan_ids = {key: f"P{n:0{width}}" for n, key in enumerate(used_plans, 1)}
    institution_ids = {key: f"I{n:0{width}}" for n, key in enumerate(used_institutions, 1)}
    document = {
        "format": FORMAT,
        "round": round_row.number,
        "budget_krw": round_row.budget_krw,
        "youth_floor_permille": round_row.youth_floor_permille,
        "tracks": [
            {"id": track.code, "floor_krw": track.floor_krw, "ceiling_krw": track.ceiling_krw}
            for track in sorted(round_row.tracks, key=lambda track: track.code)
        ],
        "products": [_product(plan_ids[key], by_key[key], round_row, rules) for key in used_plans],
        "institutions": [
            {
                "id": institution_ids[key],
                "ceiling_krw": rules.ceilings.institution_krw or round_row.budget_krw,
                "max_products": rules.ceilings.institution_products or max(1, len(used_plans)),
            }
            for key in used_institutions
        ],
        "applications": [
            {
                "id": application_ids[row.key],
                "product": plan_ids[row.plan],
                "institution": institution_ids[row.institution],
                "requested_units": row.requested_units,
                "min_units": row.min_units,
                "score": row.score,
                "predetermined": row.is_predetermined,
            }
            for row in kept
        ],
    }
    _check_predetermined(document, {"A": application_ids, "P": plan_ids})
    body = (json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    ids = {label: key for table in (application_ids, plan_ids, institution_ids) for key, label in table.items()}
    return Frozen(body, hashlib.sha256(body).hexdigest(), ids, left_out)


def _product(label: str, plan: PlanRow, round_row: RoundRow, rules: Rules) -> dict[str, Any]:
    cap = rules.ceilings.institutions_per_product
    most = min(plan.max_institutions, cap) if cap else plan.max_institutions
    return {
        "id": label,
        "track": plan.track,
        "unit_price_krw": plan.unit_price_krw,
        "max_units": plan.max_units,
        "ceiling_krw": ceiling_of(plan, rules) or round_row.budget_krw,
        "min_institutions": min(max(plan.min_institutions, rules.min_institutions), most),
        "max_institutions": most,
        "youth_startup": plan.is_youth_startup,
    }


def ceiling_of(plan: PlanRow, rules: Rules) -> int | None:
    """The product's ceiling: an approved exception, else the rule set's, else none."""
    return plan.ceiling_krw if plan.ceiling_krw is not None else rules.ceilings.product_krw


def _neighborhood_first(
    plans: dict[int, PlanRow], ordered: Sequence[ApplicationRow], round_row: RoundRow, rules: Rules
) -> tuple[list[ApplicationRow], list[dict[str, Any]]]:
    """For a product proposed by a neighborhood, later tiers enter only with what earlier tiers could never use."""
    if not rules.neighborhood_first:
        return list(ordered), []
    groups: dict[int, list[ApplicationRow]] = defaultdict(list)
    for row in ordered:
        groups[row.plan].append(row)
    changed: dict[int, ApplicationRow | None] = {}
    for key, rows in groups.items():
        if plans[key].neighborhood_province:
            changed.update(_by_tier(plans[key], rows, round_row, rules))
    kept = [row for row in (changed.get(row.key, row) for row in ordered) if row is not None]
    left_out = [
        {"application": row.key, "why": "neighborhood"} for row in ordered if changed.get(row.key, row) is None
    ]
    return kept, left_out


def _by_tier(
    plan: PlanRow, rows: Sequence[ApplicationRow], round_row: RoundRow, rules: Rules
) -> dict[int, ApplicationRow | None]:
    product = _product("", plan, round_row, rules)
    units = min(product["max_units"], product["ceiling_krw"] // plan.unit_price_krw)
    slots: int = product["max_institutions"]
    result: dict[int, ApplicationRow | None] = {}
    for level in (0, 1, 2):
        members = [row for row in rows if tier(plan, row) == level]
        entering = []
        for row in members:
            if row.is_predetermined:
                entering.append(row)
            elif (level and len(entering) >= slots) or row.min_units > units:
                result[row.key] = None
            else:
                entering.append(replace(row, requested_units=min(row.requested_units, units)))
        result.update({row.key: row for row in entering})
        units = max(0, units - sum(row.requested_units for row in entering))
        slots = max(0, slots - len(entering))
    return result


def _check_predetermined(document: dict[str, Any], tables: dict[str, dict[int, str]]) -> None:
    """Awards that stand before matching must fit by themselves, or no award would be possible."""
    products = {row["id"]: row for row in document["products"]}
    institutions = {row["id"]: row for row in document["institutions"]}
    tracks = {row["id"]: row["ceiling_krw"] for row in document["tracks"]}
    fixed = [row for row in document["applications"] if row["predetermined"]]
    units: dict[str, int] = defaultdict(int)
    served: dict[str, int] = defaultdict(int)
    won: dict[str, int] = defaultdict(int)
    taken: dict[str, int] = defaultdict(int)
    by_track: dict[str, int] = defaultdict(int)
    for row in fixed:
        product = products[row["product"]]
        amount = row["requested_units"] * product["unit_price_krw"]
        units[row["product"]] += row["requested_units"]
        served[row["product"]] += 1
        won[row["institution"]] += amount
        taken[row["institution"]] += 1
        by_track[product["track"]] += amount
    plan_keys = {label: key for key, label in tables["P"].items()}
    application_keys = {label: key for key, label in tables["A"].items()}
    faults: list[tuple[str, int]] = []
    for label, count in units.items():
        product = products[label]
        too_many = count > product["max_units"] or served[label] > product["max_institutions"]
        if too_many or count * product["unit_price_krw"] > product["ceiling_krw"]:
            faults.append(("product", plan_keys[label]))
    for label, amount in won.items():
        limits = institutions[label]
        if amount > limits["ceiling_krw"] or taken[label] > limits["max_products"]:
            faults += [("institution", application_keys[row["id"]]) for row in fixed if row["institution"] == label]
    faults += [("track", 0) for code, amount in by_track.items() if amount > tracks[code]]
    if sum(by_track.values()) > document["budget_krw"]:
        faults.append(("budget", 0))
    if faults:
        raise InstanceFault(faults)
