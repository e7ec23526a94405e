"""An award in figures, the same ones for an official result and for a what-if, so that they can stand side by side."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

VALUE_SCALE = 10_000


def figures(document: Mapping[str, Any], grants: Mapping[str, int], provinces: Mapping[str, str]) -> dict[str, Any]:
    """Totals of an award as plain JSON.

    Args:
        grants: units by application.
        provinces: the province of each institution, by the instance's id.
    """
    products = {row["id"]: row for row in document["products"]}
    won_by_track: Counter[str] = Counter({row["id"]: 0 for row in document["tracks"]})
    won_by_province: Counter[str] = Counter()
    count_by_province: Counter[str] = Counter()
    institutions, served = set(), set()
    granted = reduced = units_in_all = objective = youth_krw = 0
    for row in document["applications"]:
        units = grants.get(row["id"], 0)
        if not units:
            continue
        product = products[row["product"]]
        won = units * product["unit_price_krw"]
        granted += 1
        reduced += units < row["requested_units"]
        units_in_all += units
        won_by_track[product["track"]] += won
        province = provinces.get(row["institution"], "")
        won_by_province[province] += won
        count_by_province[province] += 1
        institutions.add(row["institution"])
        served.add(product["id"])
        youth_krw += won if product["youth_startup"] else 0
        if not row["predetermined"]:
            objective += VALUE_SCALE * row["score"] // row["requested_units"] * units
    return {
        "applications": len(document["applications"]),
        "granted": granted,
        "reduced": reduced,
        "units": units_in_all,
        "spent_krw": sum(won_by_track.values()),
        "budget_krw": document["budget_krw"],
        "youth_krw": youth_krw,
        "youth_floor_krw": -(-document["youth_floor_permille"] * document["budget_krw"] // 1000),
        "institutions": len(institutions),
        "products": len(served),
        "provinces": len([code for code in won_by_province if code]),
        "objective": objective,
        "won_by_track": dict(sorted(won_by_track.items())),
        "won_by_province": dict(sorted(won_by_province.items())),
        "count_by_province": dict(sorted(count_by_province.items())),
    }
