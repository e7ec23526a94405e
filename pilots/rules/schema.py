"""A rule set: ceilings, shares, exclusions, weights, tie-breaks and deadlines, checked before anybody relies on it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = "pilot-rules/1"
TIE_BREAKS = ("tier", "score", "follow_up_budget", "fewer_awards", "submitted_at", "number")
DEADLINES = (
    "plan_correction",
    "review",
    "question",
    "objection",
    "matching",
    "acceptance",
    "contract",
    "inspection",
    "report",
    "verdict",
    "transfer",
)
WEIGHTS = ("S2", "S3", "S6", "S7", "S8", "S9", "S10", "S12")


class RuleSetInvalid(ValueError):
    """The body breaks the schema; ``faults`` names every place as ``path: what is wrong``."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Upper limits; None means that this rule set knows no limit."""

    product_krw: int | None
    institution_krw: int | None
    institution_products: int | None
    institutions_per_product: int | None


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Which products may not take part, and the exceptions."""

    earlier_pilot: bool
    exempt_overseas: bool
    second_chance: bool


@dataclass(frozen=True, slots=True)
class Scoring:
    """Points in tenths. ``weights`` by preference code, ``tracks`` by track code, ``ranks`` by priority."""

    base: int
    ranks: tuple[int, ...]
    tracks: Mapping[str, int]
    weights: Mapping[str, int]
    follow_up_permille: int
    standing_limit: int


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked rule set."""

    ceilings: Ceilings
    min_institutions: int
    youth_permille: int
    neighborhood_first: bool
    exclusions: Exclusions
    scoring: Scoring
    tie_breaks: tuple[str, ...]
    deadlines: Mapping[str, int]
    max_rank: int
    waitlist_per_product: int
    sources: Mapping[str, str]

    def deadline(self, name: str) -> int:
        """Working days for a step."""
        return self.deadlines[name]


def canonical(body: Mapping[str, Any]) -> bytes:
    """The bytes that the hash covers: sorted keys, no spaces, UTF-8, a final newline."""
    return (json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def fingerprint(body: Mapping[str, Any]) -> str:
    """The hash that notices print."""
    return hashlib.sha256(canonical(body)).hexdigest()


class _Reader:
    """Walks an object, remembers every fault with its path, and finds what nobody asked for."""

    def __init__(self, value: Any, path: str, faults: list[str]) -> None:
        self.faults = faults
        self.path = path
        self.value: Mapping[str, Any] = value if isinstance(value, dict) else {}
        self.seen: set[str] = set()
        if not isinstance(value, dict):
            self.fault("", "must be an object")

    def fault(self, key: str, text: str) -> None:
        place = f"{self.path}.{key}".strip(".") or "body"
        self.faults.append(f"{place}: {text}")

    def raw(self, key: str) -> Any:
        self.seen.add(key)
        if key not in self.value:
            self.fault(key, "is missing")
        return self.value.get(key)

    def whole(self, key: str, *, low: int = 0, high: int = 10**15) -> int:
        value = self.raw(key)
        if key not in self.value:
            return low
        if type(value) is not int or not low <= value <= high:
            self.fault(key, f"must be a whole number from {low} to {high}")
            return low
        return value

    def limit(self, key: str) -> int | None:
        return None if self.raw(key) is None else self.whole(key, low=1)

    def flag(self, key: str) -> bool:
        value = self.raw(key)
        if key in self.value and type(value) is not bool:
            self.fault(key, "must be true or false")
        return value is True

    def part(self, key: str) -> "_Reader":
        return _Reader(self.raw(key), f"{self.path}.{key}".strip("."), self.faults)

    def numbers(self, key: str, *, allowed: tuple[str, ...] = (), low: int = 0, high: int = 1000) -> dict[str, int]:
        part = self.part(key)
        names = allowed or tuple(part.value)
        found = {name: part.whole(name, low=low, high=high) for name in names}
        part.close()
        return found

    def close(self) -> None:
        for key in self.value:
            if key not in self.seen:
                self.fault(key, "is not part of the format")


def _ceilings(reader: _Reader) -> Ceilings:
    ceilings = Ceilings(
        product_krw=reader.limit("product_krw"),
        institution_krw=reader.limit("institution_krw"),
        institution_products=reader.limit("institution_products"),
        institutions_per_product=reader.limit("institutions_per_product"),
    )
    reader.close()
    return ceilings


def _exclusions(reader: _Reader) -> Exclusions:
    exclusions = Exclusions(
        earlier_pilot=reader.flag("earlier_pilot"),
        exempt_overseas=reader.flag("exempt_overseas"),
        second_chance=reader.flag("second_chance"),
    )
    reader.close()
    return exclusions


def _scoring(reader: _Reader) -> Scoring:
    ranks = reader.raw("ranks")
    if not isinstance(ranks, list) or not all(type(r) is int and 0 <= r <= 1000 for r in ranks):
        reader.fault("ranks", "must be a list of whole numbers from 0 to 1000")
        ranks = []
    scoring = Scoring(
        base=reader.whole("base", high=10_000),
        ranks=tuple(ranks),
        tracks=reader.numbers("tracks"),
        weights=reader.numbers("weights", allowed=WEIGHTS),
        follow_up_permille=reader.whole("follow_up_permille", low=1, high=10_000),
        standing_limit=reader.whole("standing_limit", high=100),
    )
    reader.close()
    return scoring


def _tie_breaks(reader: _Reader) -> tuple[str, ...]:
    value = reader.raw("tie_breaks")
    known = isinstance(value, list) and all(name in TIE_BREAKS for name in value) and len(set(value)) == len(value)
    if not known or value[-1:] != ["number"]:
        reader.fault("tie_breaks", f"must be some of {', '.join(TIE_BREAKS)}, each once, ending with number")
        return ("number",)
    return tuple(value)


def _sources(reader: _Reader) -> dict[str, str]:
    value = reader.raw("sources")
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        reader.fault("sources", "must map places in this format to texts")
        return {}
    return dict(value)


def parse(body: Any) -> Rules:
    """Read a rule set.

    Raises:
        RuleSetInvalid: with one line per fault.
    """
    faults: list[str] = []
    reader = _Reader(body, "", faults)
    if reader.raw("format") != FORMAT:
        reader.fault("format", f"must be {FORMAT}")
    rules = Rules(
        ceilings=_ceilings(reader.part("ceilings")),
        min_institutions=reader.whole("min_institutions", low=1, high=1000),
        youth_permille=reader.whole("youth_permille", high=1000),
        neighborhood_first=reader.flag("neighborhood_first"),
        exclusions=_exclusions(reader.part("exclusions")),
        scoring=_scoring(reader.part("scoring")),
        tie_breaks=_tie_breaks(reader),
        deadlines=reader.numbers("deadlines", allowed=DEADLINES, low=1, high=250),
        max_rank=reader.whole("max_rank", low=1, high=100),
        waitlist_per_product=reader.whole("waitlist_per_product", high=100),
        sources=_sources(reader),
    )
    reader.close()
    if faults:
        raise RuleSetInvalid(faults)
    return rules
