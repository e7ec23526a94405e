"""Strict reading: JSON without repeated keys, rows with exactly the cells of their format. Standard library only."""

import gzip
import json
from operator import itemgetter
from pathlib import Path
from typing import Any

NUMBER, COUNT, TEXT, FLAG, LIST, OBJECT = "number", "count", "text", "flag", "list", "object"
Shape = dict[str, str]
Row = dict[str, Any]
TYPES: dict[str, type] = {NUMBER: int, COUNT: int, TEXT: str, FLAG: bool, LIST: list, OBJECT: dict}


def shape(**cells: str) -> Shape:
    """The keys of an object and what each may hold, from the keys of each kind."""
    return {name: kind for kind, names in cells.items() for name in names.split()}


SHAPES = {
    "instance": shape(
        text="format round",
        number="budget_krw youth_floor_permille",
        list="tracks products institutions applications",
    ),
    "tracks": shape(text="id", number="floor_krw ceiling_krw"),
    "products": shape(
        text="id track",
        count="unit_price_krw",
        number="max_units ceiling_krw min_institutions max_institutions",
        flag="youth_startup",
    ),
    "institutions": shape(text="id", number="ceiling_krw max_products"),
    "applications": shape(
        text="id product institution", count="requested_units min_units", number="score", flag="predetermined"
    ),
    "result": shape(
        text="format instance_sha256",
        number="objective spent_krw bound gap_ppm",
        list="grants explanations",
        object="engine floor_shortfalls certificate",
    ),
    "engine": shape(text="name version stop_rule", number="solver_bound solver_gap_ppm"),
    "grants": shape(text="application", count="units"),
    "floor_shortfalls": shape(object="tracks", number="youth_krw"),
    "explanations": shape(text="application scarcity", number="granted", list="blocking"),
}


class Refused(Exception):
    """The file cannot be read as what it should be; `lines` says why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Twice(dict[str, Any]):
    """An object with a key given more than once."""


def read_bytes(path: str) -> bytes:
    content = Path(path).read_bytes()
    return gzip.decompress(content) if str(path).endswith(".gz") else content


def read_json(content: bytes, what: str) -> Any:
    def keep(pairs: list[tuple[str, Any]]) -> Row:
        row = dict(pairs)
        return row if len(row) == len(pairs) else Twice(row)

    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=keep)
    except UnicodeDecodeError as error:
        raise Refused([f"{what}: byte {error.start} is not UTF-8"]) from error
    except json.JSONDecodeError as error:
        raise Refused([f"{what}: line {error.lineno} column {error.colno}: {error.msg}"]) from error
    except (RecursionError, ValueError) as error:
        raise Refused([f"{what}: cannot be read as JSON"]) from error


def fits(kind: str, value: object) -> bool:
    if kind == FLAG:
        return type(value) is bool
    if kind == TEXT:
        return type(value) is str and value != ""
    if kind == LIST:
        return type(value) is list
    if kind == OBJECT:
        return isinstance(value, dict) and type(value) is not Twice
    return type(value) is int and value >= (1 if kind == COUNT else 0)


WANTED = {
    FLAG: "true or false",
    TEXT: "text",
    LIST: "a list",
    OBJECT: "an object without repeated keys",
    COUNT: "a whole number from 1",
    NUMBER: "a whole number from 0",
}


def shape_faults(place: str, row: object, shape: Shape) -> list[str]:
    """What keeps `row` from having exactly these cells of these kinds."""
    if not isinstance(row, dict):
        return [f"{place}: is not an object"]
    faults = [f"{place}: a key is given twice"] if type(row) is Twice else []
    faults += [f"{place}.{name}: is not part of the format" for name in row if name not in shape]
    for name, kind in shape.items():
        if name not in row:
            faults.append(f"{place}.{name}: is missing")
        elif not fits(kind, row[name]):
            faults.append(f"{place}.{name}: {json.dumps(row[name])[:60]} is not {WANTED[kind]}")
    return faults


def list_faults(name: str, rows: list[Any]) -> list[str]:
    """Faults of all rows of a list; a million sound rows are passed column by column."""
    return [] if columns_of(name, rows) else row_faults(name, rows)


def row_faults(name: str, rows: list[Any]) -> list[str]:
    return [fault for place, row in enumerate(rows) for fault in shape_faults(f"{name}[{place}]", row, SHAPES[name])]


def columns_of(name: str, rows: list[Any]) -> dict[str, list[Any]]:
    """The cells of a list by key; nothing where a row has not the shape that it should."""
    shape = SHAPES[name]
    if set(map(type, rows)) <= {dict} and set(map(len, rows)) <= {len(shape)}:
        try:
            columns = {key: list(map(itemgetter(key), rows)) for key in shape}
        except KeyError:
            return {}
        if all(column_fits(kind, columns[key]) for key, kind in shape.items()):
            return columns
    return {}


def column_fits(kind: str, column: list[Any]) -> bool:
    if set(map(type, column)) - {TYPES[kind]}:
        return False
    if kind == TEXT:
        return "" not in column
    return kind not in {NUMBER, COUNT} or min(column, default=1) >= (1 if kind == COUNT else 0)
