"""Small rounds for tests: one that is right in every detail, random ones, near ties, and every award tried."""

import copy
import json
import random
from typing import Any

Document = dict[str, Any]

SOUND: Document = {
    "format": "pilot-matching/1",
    "round": "2026-1",
    "budget_krw": 100_000,
    "youth_floor_permille": 100,
    "tracks": [
        {"id": "growth", "floor_krw": 10_000, "ceiling_krw": 60_000},
        {"id": "safety", "floor_krw": 0, "ceiling_krw": 50_000},
    ],
    "products": [
        {
            "id": "P1",
            "track": "growth",
            "unit_price_krw": 3_000,
            "max_units": 12,
            "ceiling_krw": 30_000,
            "min_institutions": 1,
            "max_institutions": 2,
            "youth_startup": True,
        },
        {
            "id": "P2",
            "track": "safety",
            "unit_price_krw": 2_500,
            "max_units": 20,
            "ceiling_krw": 40_000,
            "min_institutions": 2,
            "max_institutions": 3,
            "youth_startup": False,
        },
    ],
    "institutions": [
        {"id": "I1", "ceiling_krw": 40_000, "max_products": 2},
        {"id": "I2", "ceiling_krw": 30_000, "max_products": 1},
        {"id": "I3", "ceiling_krw": 20_000, "max_products": 2},
    ],
    "applications": [
        {"id": "A1", "product": "P1", "institution": "I1", "requested_units": 5, "min_units": 2, "score": 873},
        {"id": "A2", "product": "P1", "institution": "I2", "requested_units": 6, "min_units": 6, "score": 910},
        {"id": "A3", "product": "P2", "institution": "I1", "requested_units": 8, "min_units": 4, "score": 640},
        {"id": "A4", "product": "P2", "institution": "I3", "requested_units": 4, "min_units": 1, "score": 700},
        {"id": "A5", "product": "P1", "institution": "I3", "requested_units": 2, "min_units": 1, "score": 500},
    ],
}
for _row in SOUND["applications"]:
    _row["predetermined"] = _row["id"] == "A5"


def sound() -> Document:
    return copy.deepcopy(SOUND)


def as_bytes(document: Document) -> bytes:
    return json.dumps(document).encode()


def random_round(chance: random.Random, applications: int) -> Document:
    """A round of a few small numbers, tight enough that every rule matters now and then."""
    tracks = [
        {
            "id": f"T{n}",
            "floor_krw": chance.choice([0, 0, chance.randint(0, 60)]),
            "ceiling_krw": chance.randint(10, 200),
        }
        for n in range(chance.randint(1, 3))
    ]
    products = [
        {
            "id": f"P{n}",
            "track": chance.choice(tracks)["id"],
            "unit_price_krw": chance.randint(1, 12),
            "max_units": chance.randint(0, 12),
            "ceiling_krw": chance.randint(5, 90),
            "min_institutions": chance.choice([0, 1, 1, 2, 2, 3]),
            "max_institutions": chance.randint(0, 4),
            "youth_startup": chance.random() < 0.3,
        }
        for n in range(chance.randint(1, 4))
    ]
    institutions = [
        {"id": f"I{n}", "ceiling_krw": chance.randint(0, 90), "max_products": chance.randint(0, 4)}
        for n in range(chance.randint(1, 4))
    ]
    pairs = [(institution["id"], product["id"]) for institution in institutions for product in products]
    chance.shuffle(pairs)
    rows = []
    for n, (institution, product) in enumerate(pairs[:applications]):
        units = chance.randint(1, 5)
        rows.append(
            {
                "id": f"A{chance.randint(0, 999)}-{n}",
                "product": product,
                "institution": institution,
                "requested_units": units,
                "min_units": chance.randint(1, units),
                "score": chance.choice([0, 500, 500, chance.randint(1, 1000)]),
                "predetermined": chance.random() < 0.06,
            }
        )
    return {
        "format": "pilot-matching/1",
        "round": "random",
        "budget_krw": chance.randint(10, 250),
        "youth_floor_permille": chance.choice([0, 0, 100, 300]),
        "tracks": tracks,
        "products": products,
        "institutions": institutions,
        "applications": rows,
    }


def near_tie(chance: random.Random) -> Document:
    """Prices of billions of won; the award that looks best costs one to three won more than the budget has."""
    prices = [chance.randint(10**9, 9 * 10**10) for _ in range(14)]
    wanted = [True, *(chance.random() < 0.5 for _ in range(13))]
    budget = sum(price for price, chosen in zip(prices, wanted, strict=True) if chosen) - chance.randint(1, 3)
    return {
        "format": "pilot-matching/1",
        "round": "near tie",
        "budget_krw": budget,
        "youth_floor_permille": 0,
        "tracks": [{"id": "T", "floor_krw": 0, "ceiling_krw": 10**13}],
        "products": [
            {
                "id": f"P{n:02}",
                "track": "T",
                "unit_price_krw": price,
                "max_units": 1,
                "ceiling_krw": price,
                "min_institutions": 1,
                "max_institutions": 1,
                "youth_startup": False,
            }
            for n, price in enumerate(prices)
        ],
        "institutions": [{"id": "I", "ceiling_krw": 10**13, "max_products": 14}],
        "applications": [
            {
                "id": f"A{n:02}",
                "product": f"P{n:02}",
                "institution": "I",
                "requested_units": 1,
                "min_units": 1,
                "score": 1000 if chosen else 1,
                "predetermined": False,
            }
            for n, chosen in enumerate(wanted)
        ],
    }


def stubborn(chance: random.Random, size: int) -> Document:
    """Two institutions, each with `size` applications of nearly one price per unit and worth per won: few can be told
    apart before their combinations are. Two more are easy. Everybody's first application asks for more than its won.
    """
    document: Document = sound() | {"round": "stubborn", "youth_floor_permille": 0}
    document["tracks"] = [{"id": "T", "floor_krw": 0, "ceiling_krw": 10**14}]
    document["products"], document["applications"], document["institutions"] = [], [], []
    for owner, count in (("I1", size), ("I2", 2), ("I3", size), ("I4", 3)):
        won = (
            chance.randint(3 * count, 5 * count) * 10**8
            + chance.randint(0, 10**8)
            + (2 * 10**9 if count < size else 0)
        )
        document["institutions"].append(
            {"id": owner, "ceiling_krw": won, "max_products": chance.randint(count // 3, count)}
        )
        for n in range(count):
            price, units = 10**9 + chance.randint(0, 10 ** chance.choice([6, 7, 8])), chance.randint(1, 3)
            units += 0 if n else 40
            product = copy.deepcopy(SOUND["products"][0]) | {"id": f"P{owner}-{n:02}", "track": "T"}
            product |= {"unit_price_krw": price, "ceiling_krw": 10**12, "max_institutions": 5}
            document["products"].append(product)
            row = {"id": f"A{owner}-{n:02}", "product": product["id"], "institution": owner, "predetermined": False}
            row |= {"requested_units": units, "min_units": chance.randint(1, min(3, units))}
            worth = price * units // (1000 if n else 800) + chance.randint(0, 10**4)
            document["applications"].append(row | {"score": worth})
    spent = sum(row["ceiling_krw"] for row in document["institutions"])
    return document | {"budget_krw": spent * chance.choice([6, 9, 20]) // 10}


class Trial:
    """Every award of a small round, one after the other: slow, short, and with nothing to be wrong about."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.tracks = {row["id"]: row for row in document["tracks"]}
        self.products = {row["id"]: row for row in document["products"]}
        self.institutions = {row["id"]: row for row in document["institutions"]}
        self.youth_floor = -(-document["youth_floor_permille"] * document["budget_krw"] // 1000)
        self.units: dict[str, int] = {}
        self.best: tuple[int, int] | None = None

    def run(self) -> tuple[int, int]:
        """Least sum of shortfalls, then highest objective, as (-shortfalls, objective)."""
        self._try(0)
        assert self.best is not None
        return self.best

    def _try(self, place: int) -> None:
        rows = self.document["applications"]
        if place == len(rows):
            self._weigh()
            return
        row = rows[place]
        units = range(row["min_units"], row["requested_units"] + 1)
        for count in [row["requested_units"]] if row["predetermined"] else [0, *units]:
            self.units[row["id"]] = count
            if not count or not self._over():
                self._try(place + 1)
            del self.units[row["id"]]

    def _granted(self) -> list[tuple[Document, int, int]]:
        rows = [(row, self.units.get(row["id"], 0)) for row in self.document["applications"]]
        return [(row, count, count * self.products[row["product"]]["unit_price_krw"]) for row, count in rows if count]

    def _over(self) -> bool:
        granted = self._granted()
        if sum(won for _, _, won in granted) > self.document["budget_krw"]:
            return True
        for name, track in self.tracks.items():
            if (
                sum(w for row, _, w in granted if self.products[row["product"]]["track"] == name)
                > track["ceiling_krw"]
            ):
                return True
        for name, product in self.products.items():
            own = [(count, won) for row, count, won in granted if row["product"] == name]
            if sum(count for count, _ in own) > product["max_units"] or len(own) > product["max_institutions"]:
                return True
            if sum(won for _, won in own) > product["ceiling_krw"]:
                return True
        for name, institution in self.institutions.items():
            spent = [won for row, _, won in granted if row["institution"] == name]
            if sum(spent) > institution["ceiling_krw"] or len(spent) > institution["max_products"]:
                return True
        return False

    def _weigh(self) -> None:
        granted = self._granted()
        for name, product in self.products.items():
            own = [row for row, _, _ in granted if row["product"] == name]
            if any(not row["predetermined"] for row in own) and len(own) < product["min_institutions"]:
                return
        missing = max(
            0, self.youth_floor - sum(w for r, _, w in granted if self.products[r["product"]]["youth_startup"])
        )
        for name, track in self.tracks.items():
            spent = sum(won for row, _, won in granted if self.products[row["product"]]["track"] == name)
            missing += max(0, track["floor_krw"] - spent)
        value = sum(
            10_000 * row["score"] // row["requested_units"] * count
            for row, count, _ in granted
            if not row["predetermined"]
        )
        if self.best is None or (-missing, value) > self.best:
            self.best = (-missing, value)


def broken_rules(document: Document, grants: dict[str, int]) -> set[str]:
    """Names of the rules that these grants break, looked up row by row as the rules are written."""
    products = {row["id"]: row for row in document["products"]}
    rows = [(row, grants.get(row["id"], 0)) for row in document["applications"]]
    held = [(row, count, count * products[row["product"]]["unit_price_krw"]) for row, count in rows if count]
    broken = set()
    for row, count in rows:
        checks = {
            "predetermined": row["predetermined"] and count != row["requested_units"],
            "requested_units": count > row["requested_units"],
            "min_units": 0 < count < row["min_units"],
        }
        broken |= {name for name, is_broken in checks.items() if is_broken}
    if sum(won for _, _, won in held) > document["budget_krw"]:
        broken.add("budget")
    for track in document["tracks"]:
        if sum(won for row, _, won in held if products[row["product"]]["track"] == track["id"]) > track["ceiling_krw"]:
            broken.add("track")
    for product in document["products"]:
        broken |= _broken_by_product(product, [entry for entry in held if entry[0]["product"] == product["id"]])
    for institution in document["institutions"]:
        amounts = [won for row, _, won in held if row["institution"] == institution["id"]]
        if sum(amounts) > institution["ceiling_krw"]:
            broken.add("institution_ceiling")
        if len(amounts) > institution["max_products"]:
            broken.add("max_products")
    return broken


def _broken_by_product(product: Document, own: list[tuple[Document, int, int]]) -> set[str]:
    chosen = [row for row, _, _ in own if not row["predetermined"]]
    checks = {
        "max_units": sum(count for _, count, _ in own) > product["max_units"],
        "product_ceiling": sum(won for _, _, won in own) > product["ceiling_krw"],
        "max_institutions": len(own) > product["max_institutions"],
        "min_institutions": bool(chosen) and len(own) < product["min_institutions"],
    }
    return {name for name, is_broken in checks.items() if is_broken}


def figures(document: Document, grants: dict[str, int]) -> Document:
    """What a result says about these grants, whether they keep the rules or not."""
    products = {row["id"]: row for row in document["products"]}
    rows = [row for row in document["applications"] if grants.get(row["id"])]
    won = [(products[row["product"]], grants[row["id"]] * products[row["product"]]["unit_price_krw"]) for row in rows]
    youth_floor = -(-document["youth_floor_permille"] * document["budget_krw"] // 1000)
    youth = sum(amount for product, amount in won if product["youth_startup"])
    tracks = {
        track["id"]: max(
            0, track["floor_krw"] - sum(amount for product, amount in won if product["track"] == track["id"])
        )
        for track in document["tracks"]
    }
    return {
        "grants": [{"application": name, "units": units} for name, units in sorted(grants.items()) if units],
        "objective": sum(
            10_000 * row["score"] // row["requested_units"] * grants[row["id"]]
            for row in rows
            if not row["predetermined"]
        ),
        "spent_krw": sum(amount for _, amount in won),
        "floor_shortfalls": {"tracks": tracks, "youth_krw": max(0, youth_floor - youth)},
    }
