"""What somebody without the engine would do: grant by score, or by score per won, from a spreadsheet."""

from collections import Counter
from typing import Any

Json = dict[str, Any]


def value(application: Json) -> int:
    """Objective per granted unit, as the format defines it."""
    return 10_000 * int(application["score"]) // int(application["requested_units"])


def greedy(document: Json, *, per_won: bool) -> int:
    """The objective reached by granting in one order, each as much as every ceiling leaves. Floors are not looked at.

    Products with a minimum number of institutions are served like the others, which flatters this baseline.
    """
    products = {row["id"]: row for row in document["products"]}
    room = _Room(document, products)
    rows = [row for row in document["applications"] if not row["predetermined"]]
    for row in document["applications"]:
        if row["predetermined"]:
            room.take(row, row["requested_units"])

    def rank(row: Json) -> tuple[float, str]:
        worth = value(row) / products[row["product"]]["unit_price_krw"] if per_won else row["score"]
        return -worth, row["id"]

    objective = 0
    for row in sorted(rows, key=rank):
        units = room.units_left(row)
        if units >= row["min_units"]:
            room.take(row, units)
            objective += value(row) * units
    return objective


class _Room:
    """What every ceiling leaves."""

    def __init__(self, document: Json, products: dict[str, Json]) -> None:
        self.products = products
        self.budget = document["budget_krw"]
        self.tracks = {row["id"]: row["ceiling_krw"] for row in document["tracks"]}
        self.institutions = {row["id"]: row for row in document["institutions"]}
        self.units: Counter[str] = Counter()
        self.served: Counter[str] = Counter()
        self.won: Counter[str] = Counter()
        self.count: Counter[str] = Counter()

    def units_left(self, row: Json) -> int:
        product, institution = self.products[row["product"]], self.institutions[row["institution"]]
        if self.served[product["id"]] >= product["max_institutions"]:
            return 0
        if self.count[institution["id"]] >= institution["max_products"]:
            return 0
        price = product["unit_price_krw"]
        most = min(product["max_units"], product["ceiling_krw"] // price) - self.units[product["id"]]
        money = min(
            self.budget, self.tracks[product["track"]], institution["ceiling_krw"] - self.won[institution["id"]]
        )
        return max(0, min(row["requested_units"], most, money // price))

    def take(self, row: Json, units: int) -> None:
        product = self.products[row["product"]]
        amount = units * product["unit_price_krw"]
        self.budget -= amount
        self.tracks[product["track"]] -= amount
        self.units[product["id"]] += units
        self.served[product["id"]] += 1
        self.won[row["institution"]] += amount
        self.count[row["institution"]] += 1
