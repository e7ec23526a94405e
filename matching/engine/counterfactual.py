"""Would it have been granted if ...? Only what re-runs of the same method prove.

For one application of one instance, and one kind of change at a time, this looks for a value such that
    with the value the outcome is reached, and with one step less it is not,
by solving derived instances with the price method alone (`solve(fast=True)`, the method that every answer names). All
other applications stay as they are. Kinds of change, in steps of a tenth of a point or of one unit:
    score      a higher score, up to the highest of the round
    request    fewer units asked for, with the minimum no higher than that
    minimum    a lower minimum, with the request unchanged
The outcome is not monotone in any of them (awards are whole, and other limits interact), so bisection finds a step at
which the outcome changes, not a claim about every larger change. Prices are no substitute: a price is what a limit
costs at the margin, and an application above it can lose while one below it wins.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from matching.engine.result import NAME, VERSION
from matching.engine.solve import solve

METHOD = f"{NAME} {VERSION} (fast)"
SCORE, REQUEST, MINIMUM = "score", "request", "minimum"
KINDS = (SCORE, REQUEST, MINIMUM)
GRANTED, IN_FULL = "granted", "in_full"

Document = dict[str, Any]
# How many instances are solved so far, and how many there may be.
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One derived instance and what its result gives the application."""

    value: int
    units: int
    instance_sha256: str
    result_sha256: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of change: the value that reaches the goal and the one a step before it, or the furthest one tried."""

    kind: str
    before: int
    trial: Trial
    less: Trial | None

    @property
    def helps(self) -> bool:
        return self.less is not None


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that was tried. Where `base` reaches the goal already the method cannot say what would."""

    goal: str
    base: Trial
    findings: tuple[Finding, ...]


class Question:
    """One application of an instance, and re-runs of it with something changed."""

    def __init__(self, content: bytes, application: str, goal: str, tell: Tell) -> None:
        self.content, self.goal, self.tell = content, goal, tell
        self.document: Document = json.loads(content)
        rows = self.document["applications"]
        self.place = next(place for place, row in enumerate(rows) if row["id"] == application)
        self.row: Document = rows[self.place]
        self.top = max(row["score"] for row in rows)
        self.done = 0
        self.tried: dict[tuple[str, int], Trial] = {}

    def furthest(self, kind: str) -> int:
        """How many steps a change of this kind may have."""
        if kind == SCORE:
            return int(self.top - self.row["score"])
        if self.goal == IN_FULL:
            return 0  # fewer units in full are no more units
        field = "requested_units" if kind == REQUEST else "min_units"
        return int(self.row[field]) - 1

    def reaches(self, trial: Trial) -> bool:
        return trial.units > 0 if self.goal == GRANTED else trial.units == self.row["requested_units"]

    def attempt(self, kind: str, steps: int) -> Trial:
        """The outcome after that many steps of this kind."""
        if steps == 0:
            kind = ""
        if (kind, steps) not in self.tried:
            self.tell(self.done, self.most)
            value = changed_value(self.row, kind, steps)
            self.tried[kind, steps] = self._solved(self.changed(kind, steps), value)
            self.done += 1
        return self.tried[kind, steps]

    def changed(self, kind: str, steps: int) -> bytes:
        """The derived instance; without a step the very bytes of the original."""
        if not steps:
            return self.content
        rows = list(self.document["applications"])
        rows[self.place] = changed_row(self.row, kind, steps)
        return canonical({**self.document, "applications": rows})

    @property
    def most(self) -> int:
        """How many instances may have to be solved."""
        return 1 + sum(1 + self.furthest(kind).bit_length() for kind in KINDS if self.furthest(kind))

    def one_less(self, kind: str, steps: int, base: Trial) -> Trial:
        """The attempt a step before; the unchanged instance with the number of this kind, where that is it."""
        return self.attempt(kind, steps) if steps else replace(base, value=changed_value(self.row, kind, 0))

    def take_base(self, result: bytes) -> None:
        self.tried["", 0] = self._trial(self.content, result, changed_value(self.row, "", 0))

    def _solved(self, content: bytes, value: int) -> Trial:
        return self._trial(content, solve(content, fast=True).content, value)

    def _trial(self, content: bytes, result: bytes, value: int) -> Trial:
        grants = json.loads(result)["grants"]
        units = next((row["units"] for row in grants if row["application"] == self.row["id"]), 0)
        return Trial(value, units, hashlib.sha256(content).hexdigest(), hashlib.sha256(result).hexdigest())


def canonical(document: Document) -> bytes:
    """The bytes of a derived instance, as a frozen round is written."""
    return (json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def changed_value(row: Document, kind: str, steps: int) -> int:
    """The number that a change of this kind leads to."""
    fields = {SCORE: ("score", 1), REQUEST: ("requested_units", -1), MINIMUM: ("min_units", -1)}
    field, sign = fields.get(kind, ("score", 0))
    return int(row[field]) + sign * steps


def changed_row(row: Document, kind: str, steps: int) -> Document:
    value = changed_value(row, kind, steps)
    if kind == SCORE:
        return {**row, "score": value}
    if kind == REQUEST:
        return {**row, "requested_units": value, "min_units": min(value, row["min_units"])}
    return {**row, "min_units": value}


def ask(
    content: bytes,
    application: str,
    *,
    goal: str = GRANTED,
    kinds: tuple[str, ...] = KINDS,
    is_one_enough: bool = False,
    base: bytes | None = None,
    tell: Tell = lambda _done, _most: None,
) -> Answer:
    """Try kinds of change for an application of an instance; raises whatever `tell` raises to stop.

    Args:
        content: the instance.
        application: its identifier there.
        goal: `GRANTED` where it got nothing, `IN_FULL` where it got less than it asked for.
        kinds: what to try, in this order.
        is_one_enough: stop at the first kind that helps.
        base: the fast method's result on the unchanged instance, where it is at hand.
        tell: hears how far the work is.
    """
    question = Question(content, application, goal, tell)
    if base is not None:
        question.take_base(base)
    unchanged = question.attempt("", 0)
    if question.reaches(unchanged):
        return Answer(goal, unchanged, ())
    found: list[Finding] = []
    for kind in kinds:
        if question.furthest(kind) and not (is_one_enough and any(finding.helps for finding in found)):
            found.append(_finding(question, kind, unchanged))
    return Answer(goal, unchanged, tuple(found))


def _finding(question: Question, kind: str, base: Trial) -> Finding:
    before = changed_value(question.row, kind, 0)
    low, high = 0, question.furthest(kind)
    if not question.reaches(question.attempt(kind, high)):
        return Finding(kind, before, question.attempt(kind, high), None)
    while high - low > 1:
        middle = (low + high) // 2
        if question.reaches(question.attempt(kind, middle)):
            high = middle
        else:
            low = middle
    return Finding(kind, before, question.attempt(kind, high), question.one_less(kind, low, base))
