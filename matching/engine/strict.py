"""Strict reading of JSON: whole numbers only, no key twice, and every fault with the place it stands at.

Python's own reader takes `1.0`, `NaN` and a key given twice without a word. Here such a value is kept as a marker
where it stands, so that the checks that know the place can name it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# Beyond this JSON programs disagree about whole numbers (RFC 7493, section 2.2).
LARGEST = 2**53 - 1
SHOWN_FAULTS = 1000

# What a cell may be: a whole number from this one up, or one of the words below.
Kind = int | str
TEXT, FLAG = "text", "flag"


class InvalidInstance(ValueError):
    """The instance breaks its format; `faults` holds one line for each fault and names the place."""

    def __init__(self, faults: Iterable[str]) -> None:
        found = list(faults)
        if len(found) > SHOWN_FAULTS:
            found = [*found[:SHOWN_FAULTS], f"and {len(found) - SHOWN_FAULTS} more faults"]
        self.faults = found
        super().__init__("\n".join(found))


class NotWhole(str):
    """The text of a number that is not whole, kept where it stood."""

    __slots__ = ()


class Doubled(dict[str, Any]):
    """An object in which a key was given more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.names = sorted({name for name in names if names.count(name) > 1})


Row = Callable[[dict[str, Any]], Any]


def read(content: bytes, *, compact: Row | None = None) -> Any:
    """The value in `content`; `compact` may replace an object as soon as it is read, which keeps a million rows
    small.
    """

    def pairs_hook(pairs: list[tuple[str, Any]]) -> Any:
        row = dict(pairs)
        if len(row) != len(pairs):
            return Doubled(pairs)
        return row if compact is None else compact(row)

    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInstance([f"byte {error.start}: is not UTF-8"]) from error
    try:
        return json.loads(text, object_pairs_hook=pairs_hook, parse_float=NotWhole, parse_constant=NotWhole)
    except json.JSONDecodeError as error:
        raise InvalidInstance([f"line {error.lineno} column {error.colno}: {error.msg}"]) from error
    except RecursionError as error:
        raise InvalidInstance(["document: is nested too deeply"]) from error
    except ValueError as error:
        raise InvalidInstance(["document: a number has too many digits"]) from error


def complaint(kind: Kind, value: object) -> str | None:
    """Why `value` cannot stand in a cell of this kind, or nothing."""
    if kind == FLAG:
        return None if type(value) is bool else f"{shown(value)} is not true or false"
    if kind == TEXT:
        return _text_complaint(value)
    if type(value) is not int:
        return f"{shown(value)} is not a whole number"
    if value < 0:
        return f"{value} is negative"
    if value < int(kind):
        return f"{value} is below {kind}"
    if value > LARGEST:
        return f"{value} is above {LARGEST}"
    return None


def _text_complaint(value: object) -> str | None:
    if type(value) is not str:
        return f"{shown(value)} is not text"
    if not value:
        return "is empty"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return None


def shown(value: object) -> str:
    """The value as it stood in the file, cut short."""
    if isinstance(value, NotWhole):
        return str(value)
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def row_faults(place: str, value: object, kinds: Mapping[str, Kind]) -> list[str]:
    """Everything wrong with one object that should have exactly these cells."""
    if not isinstance(value, dict):
        return [f"{place}: {shown(value)} is not an object"]
    dot = f"{place}." if place else ""
    faults = [f"{dot}{name}: is given twice" for name in value.names] if isinstance(value, Doubled) else []
    faults += [f"{dot}{name}: is not part of the format" for name in value if name not in kinds]
    for name, kind in kinds.items():
        if name not in value:
            faults.append(f"{dot}{name}: is missing")
        elif (reason := complaint(kind, value[name])) is not None:
            faults.append(f"{dot}{name}: {reason}")
    return faults
