"""Invented matching rounds of four sizes. Same size and seed, same bytes.

Shapes follow the programme (docs/programme.md): four tracks, a share for youth startups, won and product ceilings of
institutions, ceilings of products. All numbers are assumptions: prices around four million won, requests around
twenty million, a budget of 35 % of what is asked for, half of the products with a minimum of two institutions, three
tenths of the limits tight. One application in a hundred is pre-determined.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

# products, institutions, applications, budget in won
SIZES = {
    "S": (28, 35, 200, 2_400_000_000),
    "M": (236, 456, 5_000, 53_000_000_000),
    "L": (2_280, 5_000, 50_000, 530_000_000_000),
    "XL": (20_000, 60_000, 1_000_000, 10_600_000_000_000),
}
FIRST_SEED = 20240601
SHARE = 0.35
PROVINCES = 17
TRACKS = ("general", "growth", "overseas", "neighborhood")


@dataclass(slots=True)
class Columns:
    """One generated round as arrays: products p_*, institutions i_*, applications a_*."""

    budget: int
    p_price: Any
    p_track: Any
    p_youth: Any
    p_units: Any
    p_ceiling: Any
    p_min: Any
    p_max: Any
    i_ceiling: Any
    i_products: Any
    a_product: Any
    a_institution: Any
    a_requested: Any
    a_least: Any
    a_score: Any
    a_fixed: Any
    t_floor: Any
    t_ceiling: Any


def generate(size: str, seed: int = FIRST_SEED) -> bytes:
    """A round in the format pilot-matching/1."""
    return written(columns(size, seed), f"{size}-{seed}")


def pairs(chance, products, institutions, applications):
    """Who applies for what: busy institutions and popular products more often, nobody twice for the same."""
    busy = np.exp(chance.normal(0, 0.8, institutions))
    popular = np.exp(chance.normal(0, 1.0, products))
    found = np.empty(0, np.int64)
    while len(found) < applications:
        count = int((applications - len(found)) * 1.3) + 50
        who = chance.choice(institutions, count, p=busy / busy.sum()).astype(np.int64)
        what = chance.choice(products, count, p=popular / popular.sum())
        found = np.unique(np.concatenate([found, who * products + what]))
        if len(found) > applications:
            found = np.sort(chance.permutation(found)[:applications])
    return found // products, found % products


def scores(chance, institution, product, youth, track, products, institutions):
    """Review score in tenths of a point plus the preferences of the rule set."""
    count = len(product)
    order = np.lexsort((chance.random(count), institution))
    rank = np.empty(count, np.int64)
    first = np.searchsorted(institution[order], np.arange(institutions))
    rank[order] = np.arange(count) - first[institution[order]] + 1
    quality = chance.normal(780, 80, products) - 150 * youth
    review = np.clip(np.rint(quality[product] + chance.normal(0, 90, count)), 300, 1000).astype(np.int64)
    home = chance.integers(0, PROVINCES, institutions)
    near = np.where(track == 3, chance.integers(0, PROVINCES, products), -1)
    safety = chance.random(products) < 0.2
    guard = chance.random(institutions) < 0.25
    bonus = np.maximum(0, 120 - 20 * rank) + 50 * (near[product] == home[institution])
    return review + bonus + 30 * (safety[product] & guard[institution])


def columns(size: str, seed: int) -> Columns:
    products, institutions, applications, budget = SIZES[size]
    chance = np.random.Generator(np.random.PCG64(seed))
    price = np.exp(chance.normal(np.log(4e6), 1.0, products)).clip(2e5, 8e7)
    track = chance.choice(4, products, p=[0.55, 0.25, 0.12, 0.08])
    youth = chance.random(products) < 0.12
    institution, product = pairs(chance, products, institutions, applications)
    target = np.exp(chance.normal(np.log(2e7), 0.8, applications))
    requested = np.clip(np.rint(target / price[product]), 1, 300).astype(np.int64)
    part = np.maximum(1, np.ceil(requested * chance.uniform(0.3, 1, applications))).astype(np.int64)
    least = np.where(chance.random(applications) < 0.4, requested, part)
    asked = float((requested * price[product]).sum())
    price = (np.maximum(1, np.rint(price * (budget / SHARE / asked) / 10)) * 10).astype(np.int64)
    score = scores(chance, institution, product, youth, track, products, institutions)
    fixed = np.zeros(applications, np.bool_)
    fixed[chance.choice(applications, max(1, applications // 100), replace=False)] = True
    won = requested * price[product]

    def by_product(amount):
        return np.bincount(product, amount, products).astype(np.int64)

    def by_institution(amount):
        return np.bincount(institution, amount, institutions).astype(np.int64)

    ones = np.ones(applications, np.int64)
    tight = np.where(chance.random(products) < 0.3, 0.3, 0.9)
    seats = np.where(chance.random(products) < 0.3, 0.3, 0.9)
    generous = np.where(chance.random(institutions) < 0.35, 0.35, 0.9)
    of_track = np.array([won[track[product] == n].sum() for n in range(4)])
    floor = np.array([0, budget * 10 // 100, budget * 5 // 53, budget * 5 // 100], np.int64)
    return Columns(
        budget=budget,
        p_price=price,
        p_track=track,
        p_youth=youth,
        # Limits leave room for pre-determined awards, which must be feasible by themselves.
        p_units=np.maximum(1, (by_product(requested) * tight).astype(np.int64)) + by_product(requested * fixed),
        p_ceiling=np.maximum(price * 2, 3 * budget // products // 1000 * 1000) + by_product(won * fixed),
        p_min=np.where(chance.random(products) < 0.5, 2, 1),
        p_max=np.maximum(2, np.ceil(by_product(ones) * seats).astype(np.int64)) + by_product(ones * fixed),
        i_ceiling=np.maximum((generous * by_institution(won)).astype(np.int64) // 1000 * 1000, 1000)
        + by_institution(won * fixed),
        i_products=np.maximum(1, (by_institution(ones) + 1) // 2) + by_institution(ones * fixed),
        a_product=product,
        a_institution=institution,
        a_requested=requested,
        a_least=least,
        a_score=score,
        a_fixed=fixed,
        t_floor=np.minimum(floor, of_track * 3 // 10),
        t_ceiling=np.array([budget * 65 // 100, budget * 30 // 100, budget * 7 // 53, budget * 12 // 100], np.int64),
    )


def written(data: Columns, name: str) -> bytes:
    width = len(str(len(data.a_product)))
    tracks = [
        {"id": TRACKS[n], "floor_krw": int(data.t_floor[n]), "ceiling_krw": int(data.t_ceiling[n])} for n in range(4)
    ]
    product_rows = zip(
        *(
            column.tolist()
            for column in (
                data.p_track,
                data.p_price,
                data.p_units,
                data.p_ceiling,
                data.p_min,
                data.p_max,
                data.p_youth,
            )
        ),
        strict=True,
    )
    products = [
        {
            "id": f"P{n:06}",
            "track": TRACKS[track],
            "unit_price_krw": price,
            "max_units": units,
            "ceiling_krw": ceiling,
            "min_institutions": least,
            "max_institutions": most,
            "youth_startup": youth,
        }
        for n, (track, price, units, ceiling, least, most, youth) in enumerate(product_rows)
    ]
    institutions = [
        {"id": f"I{n:06}", "ceiling_krw": ceiling, "max_products": most}
        for n, (ceiling, most) in enumerate(zip(data.i_ceiling.tolist(), data.i_products.tolist(), strict=True))
    ]
    rows = (
        f'{{"id":"A{n:0{width}}","institution":"I{institution:06}","min_units":{least},'
        f'"predetermined":{"true" if fixed else "false"},"product":"P{product:06}",'
        f'"requested_units":{requested},"score":{score}}}'
        for n, (institution, least, fixed, product, requested, score) in enumerate(
            zip(
                data.a_institution.tolist(),
                data.a_least.tolist(),
                data.a_fixed.tolist(),
                data.a_product.tolist(),
                data.a_requested.tolist(),
                data.a_score.tolist(),
                strict=True,
            )
        )
    )
    head = {
        "format": "pilot-matching/1",
        "round": name,
        "budget_krw": data.budget,
        "youth_floor_permille": 100,
        "tracks": tracks,
        "products": products,
        "institutions": institutions,
    }
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},"applications":[{",".join(rows)}]}}\n'.encode()
