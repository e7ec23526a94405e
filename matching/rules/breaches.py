"""Which limits an award breaks, by how much and where: what a person is told before anything is changed.

The auditor has the last word on every result; this says in the terms of the round why it would refuse.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit (a code of the format), the row it belongs to (empty for the round), what is used, what is allowed."""

    limit: str
    subject: str
    used: int
    allowed: int


@dataclass(slots=True)
class Usage:
    """What an award uses of everything that is limited."""

    units: Counter[str]
    served: Counter[str]
    product_krw: Counter[str]
    institution_krw: Counter[str]
    institution_products: Counter[str]
    track_krw: Counter[str]
    free: set[str]

    @property
    def total_krw(self) -> int:
        return sum(self.track_krw.values())


def usage(document: Mapping[str, Any], grants: Mapping[str, int]) -> Usage:
    """Add an award up. ``free`` are products that serve somebody beyond pre-determined awards."""
    products = {row["id"]: row for row in document["products"]}
    used = Usage(Counter(), Counter(), Counter(), Counter(), Counter(), Counter(), set())
    for row in document["applications"]:
        units = grants.get(row["id"], 0)
        if not units:
            continue
        product = products[row["product"]]
        won = units * product["unit_price_krw"]
        used.units[product["id"]] += units
        used.served[product["id"]] += 1
        used.product_krw[product["id"]] += won
        used.institution_krw[row["institution"]] += won
        used.institution_products[row["institution"]] += 1
        used.track_krw[product["track"]] += won
        if not row["predetermined"]:
            used.free.add(product["id"])
    return used


def breaches(document: Mapping[str, Any], grants: Mapping[str, int]) -> list[Breach]:
    """Every limit that an award of ``grants`` (units by application) breaks."""
    return list(_breaches(document, usage(document, grants)))


def _breaches(document: Mapping[str, Any], used: Usage) -> Iterator[Breach]:
    yield from _over("budget", "", used.total_krw, document["budget_krw"])
    for row in document["tracks"]:
        yield from _over("track_ceiling", row["id"], used.track_krw[row["id"]], row["ceiling_krw"])
    for row in document["products"]:
        name = row["id"]
        yield from _over("product_units", name, used.units[name], row["max_units"])
        yield from _over("product_ceiling", name, used.product_krw[name], row["ceiling_krw"])
        yield from _over("product_institutions", name, used.served[name], row["max_institutions"])
        if name in used.free and used.served[name] < row["min_institutions"]:
            yield Breach("product_min_institutions", name, used.served[name], row["min_institutions"])
    for row in document["institutions"]:
        name = row["id"]
        yield from _over("institution_ceiling", name, used.institution_krw[name], row["ceiling_krw"])
        yield from _over("institution_products", name, used.institution_products[name], row["max_products"])


def _over(limit: str, subject: str, used: int, allowed: int) -> Iterator[Breach]:
    if used > allowed:
        yield Breach(limit, subject, used, allowed)
