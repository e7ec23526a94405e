"""Everything that can be wrong with an instance, each with the place that a refusal must name."""

import json
from collections.abc import Callable
from typing import Any

from tests.matching.engine.rounds import Document, as_bytes, sound

Change = Callable[[Document], Any]


def changed(change: Change) -> bytes:
    document = sound()
    change(document)
    return as_bytes(document)


def put(path: str, value: object) -> Change:
    """Set the cell at a path such as `products.0.max_units`."""

    def change(document: Any) -> None:
        *parents, last = path.split(".")
        for key in parents:
            document = document[int(key) if key.isdigit() else key]
        document[last] = value

    return change


def drop(path: str) -> Change:
    def change(document: Any) -> None:
        *parents, last = path.split(".")
        for key in parents:
            document = document[int(key) if key.isdigit() else key]
        del document[last]

    return change


def again(name: str, **cells: object) -> Change:
    """Repeat the first row of a list, with some cells changed."""
    return lambda document: document[name].append(document[name][0] | cells)


def both(*changes: Change) -> Change:
    return lambda document: [change(document) for change in changes]


def text_of(old: str, new: str) -> bytes:
    text = json.dumps(sound())
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1).encode()


# What is wrong, the file, and a word that the refusal must hold.
FAULTS: dict[str, tuple[bytes, str]] = {
    "not UTF-8": (b'{"format": "\xff"}', "byte 12"),
    "not JSON": (b'{"format": ', "line 1"),
    "something after the end": (as_bytes(sound()) + b"{}", "Extra data"),
    "a list on top": (b"[]", "not an object"),
    "too deep": (b"[" * 100_000, ""),
    "a number of five thousand digits": (text_of('"budget_krw": 100000', '"budget_krw": ' + "9" * 5000), ""),
    "another format": (changed(put("format", "pilot-matching/2")), "format"),
    "no budget": (changed(drop("budget_krw")), "budget_krw"),
    "no list of tracks": (changed(drop("tracks")), "tracks"),
    "no unit price": (changed(drop("products.1.unit_price_krw")), "products[1].unit_price_krw"),
    "no score": (changed(drop("applications.2.score")), "applications[2].score"),
    "an unknown key on top": (changed(put("note", "x")), "note"),
    "an unknown key of a track": (changed(put("tracks.0.name", "x")), "tracks[0].name"),
    "an unknown key of a product": (changed(put("products.0.colour", "x")), "products[0].colour"),
    "an unknown key of an institution": (changed(put("institutions.0.region", "x")), "institutions[0].region"),
    "an unknown key of an application": (changed(put("applications.0.rank", 1)), "applications[0].rank"),
    "a key twice on top": (text_of('"round"', '"budget_krw": 5, "round"'), "twice"),
    "a key twice in a product": (text_of('"max_units": 12', '"max_units": 12, "max_units": 12'), "twice"),
    "a key twice in an application": (text_of('"score": 873', '"score": 873, "score": 900'), "twice"),
    "a fraction": (changed(put("budget_krw", 1.5)), "budget_krw"),
    "a whole number written as a fraction": (text_of('"score": 873', '"score": 873.0'), "applications[0].score"),
    "an exponent": (text_of('"max_units": 12', '"max_units": 1e1'), "products[0].max_units"),
    "not a number": (text_of('"score": 873', '"score": NaN'), "applications[0].score"),
    "infinity": (text_of('"budget_krw": 100000', '"budget_krw": Infinity'), "budget_krw"),
    "true for a number": (changed(put("products.0.max_units", True)), "products[0].max_units"),
    "true for units": (changed(put("applications.0.min_units", True)), "applications[0].min_units"),
    "text for a number": (changed(put("institutions.1.ceiling_krw", "5")), "institutions[1].ceiling_krw"),
    "null for a number": (changed(put("tracks.1.floor_krw", None)), "tracks[1].floor_krw"),
    "a number for true or false": (changed(put("products.0.youth_startup", 1)), "products[0].youth_startup"),
    "null for true or false": (changed(put("applications.1.predetermined", None)), "applications[1].predetermined"),
    "a number for an id": (changed(put("applications.1.id", 7)), "applications[1].id"),
    "a list for a reference": (changed(put("applications.1.product", ["P1"])), "applications[1].product"),
    "an empty id": (changed(put("institutions.0.id", "")), "institutions[0].id"),
    "an object for a list": (changed(put("products", {})), "products"),
    "null for a list": (changed(put("applications", None)), "applications"),
    "a row that is no object": (changed(put("tracks", [5])), "tracks[0]"),
    "an application that is no object": (changed(put("applications", ["A1"])), "applications[0]"),
    "an application among the products": (
        changed(lambda document: document["products"].append(document["applications"][0])),
        "products[2]",
    ),
    "a negative budget": (changed(put("budget_krw", -1)), "budget_krw"),
    "a negative floor": (changed(put("tracks.0.floor_krw", -1)), "tracks[0].floor_krw"),
    "a negative share": (changed(put("youth_floor_permille", -1)), "youth_floor_permille"),
    "a negative score": (changed(put("applications.0.score", -1)), "applications[0].score"),
    "negative places": (changed(put("products.0.max_institutions", -2)), "products[0].max_institutions"),
    "a price of nothing": (changed(put("products.0.unit_price_krw", 0)), "products[0].unit_price_krw"),
    "a request for nothing": (changed(put("applications.3.requested_units", 0)), "applications[3].requested_units"),
    "a minimum of nothing": (changed(put("applications.3.min_units", 0)), "applications[3].min_units"),
    "a minimum above the request": (changed(put("applications.3.min_units", 5)), "applications[3].min_units"),
    "a track twice": (changed(again("tracks")), "tracks[2].id"),
    "a product twice": (changed(again("products")), "products[2].id"),
    "an institution twice": (changed(again("institutions")), "institutions[3].id"),
    "an application twice": (changed(again("applications", product="P2", institution="I2")), "applications[5].id"),
    "one institution twice for one product": (changed(again("applications", id="A9")), "applications[5]"),
    "a product of an unknown track": (changed(put("products.0.track", "none")), "products[0].track"),
    "an application for an unknown product": (changed(put("applications.0.product", "P9")), "applications[0].product"),
    "an application of nobody": (changed(put("applications.0.institution", "I9")), "applications[0].institution"),
    "pre-determined above the budget": (changed(put("budget_krw", 5_999)), "budget"),
    "pre-determined above a track": (changed(put("tracks.0.ceiling_krw", 5_999)), "growth"),
    "pre-determined above the units": (changed(put("products.0.max_units", 1)), "max_units"),
    "pre-determined above the won of a product": (changed(put("products.0.ceiling_krw", 5_999)), "P1"),
    "pre-determined for too many institutions": (changed(put("products.0.max_institutions", 0)), "max_institutions"),
    "pre-determined above the won of an institution": (changed(put("institutions.2.ceiling_krw", 5_999)), "I3"),
    "pre-determined for too many products": (changed(put("institutions.2.max_products", 0)), "max_products"),
}
