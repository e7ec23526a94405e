"""Derived instances by hand: what changes, what stays, and that the engine and the auditor read them."""

import json

import pytest

from matching import engine
from matching.audit.auditor import audit
from matching.rules.breaches import Breach, breaches
from matching.rules.documents import Award, canonical, rescored, with_awards, with_changes
from matching.rules.figures import figures

DOCUMENT = {
    "format": "pilot-matching/1",
    "round": "2026-1",
    "budget_krw": 100,
    "youth_floor_permille": 100,
    "tracks": [{"id": "growth", "floor_krw": 0, "ceiling_krw": 90}],
    "products": [
        {
            "id": name,
            "track": "growth",
            "unit_price_krw": 10,
            "max_units": 6,
            "ceiling_krw": 60,
            "min_institutions": 1,
            "max_institutions": 2,
            "youth_startup": name == "P1",
        }
        for name in ("P1", "P2")
    ],
    "institutions": [{"id": name, "ceiling_krw": 60, "max_products": 2} for name in ("I1", "I2", "I3")],
    "applications": [
        {
            "id": label,
            "product": product,
            "institution": institution,
            "requested_units": 4,
            "min_units": 2,
            "score": score,
            "predetermined": False,
        }
        for label, product, institution, score in (
            ("A1", "P1", "I1", 900),
            ("A2", "P1", "I2", 800),
            ("A3", "P2", "I1", 700),
            ("A4", "P2", "I3", 600),
        )
    ],
}


def grants_of(result):
    return {row["application"]: row["units"] for row in json.loads(result.content)["grants"]}


def test_an_award_set_by_hand_stands_before_matching_and_nothing_leaves_the_instance():
    derived = with_awards(DOCUMENT, [Award("A4", 3), Award("A1", 0)])

    assert [row["id"] for row in derived["applications"]] == ["A2", "A3", "A4"]
    assert derived["applications"][2] == {
        **DOCUMENT["applications"][3],
        "requested_units": 3,
        "min_units": 3,
        "predetermined": True,
    }
    assert DOCUMENT["applications"][3]["predetermined"] is False
    result = engine.solve(canonical(derived), fast=True)
    assert audit(canonical(derived), result.content).broken == []
    assert grants_of(result)["A4"] == 3


def test_a_what_if_changes_the_named_numbers_and_no_others():
    changed = with_changes(
        DOCUMENT,
        {
            "budget_krw": 50,
            "tracks": {"growth": {"ceiling_krw": 40}},
            "all_products": {"max_institutions": 1, "min_institutions": 2},
            "products": {"P2": {"max_institutions": 3}},
            "all_institutions": {"max_products": 1},
        },
        {"A4": 999},
    )

    assert (changed["budget_krw"], changed["tracks"][0]["ceiling_krw"]) == (50, 40)
    assert [row["max_institutions"] for row in changed["products"]] == [1, 3]
    assert [row["min_institutions"] for row in changed["products"]] == [1, 2], "never more than may be served"
    assert {row["max_products"] for row in changed["institutions"]} == {1}
    assert [row["score"] for row in changed["applications"]] == [900, 800, 700, 999]
    assert DOCUMENT["budget_krw"] == 100


@pytest.mark.parametrize(
    ("grants", "wanted"),
    [
        ({"A1": 4, "A2": 2}, []),
        ({"A1": 4, "A2": 4}, [Breach("product_units", "P1", 8, 6), Breach("product_ceiling", "P1", 80, 60)]),
        ({"A1": 4, "A3": 4}, [Breach("institution_ceiling", "I1", 80, 60)]),
        (
            {"A1": 4, "A2": 2, "A4": 4},
            [Breach("track_ceiling", "growth", 100, 90)],
        ),
    ],
)
def test_every_broken_limit_is_named_with_what_is_used_and_what_is_allowed(grants, wanted):
    assert breaches(DOCUMENT, grants) == wanted


def test_a_product_that_serves_too_few_is_a_breach_unless_all_was_decided_beforehand():
    narrow = with_changes(DOCUMENT, {"all_products": {"min_institutions": 2}})

    assert breaches(narrow, {"A1": 4}) == [Breach("product_min_institutions", "P1", 1, 2)]
    assert breaches(with_awards(narrow, [Award("A1", 4)]), {"A1": 4}) == []


def test_a_given_award_is_restated_with_a_bound_and_reasons_that_the_auditor_accepts():
    derived = canonical(with_awards(DOCUMENT, [Award("A1", 2)]))

    result = engine.restate(derived, {"A2": 4, "A3": 2})

    assert grants_of(result) == {"A1": 2, "A2": 4, "A3": 2}
    report = audit(derived, result.content)
    assert (report.broken, report.objective) == ([], result.objective)
    assert json.loads(result.content)["engine"]["stop_rule"] == "award given"


def test_a_broken_award_is_restated_all_the_same_and_the_auditor_refuses_it():
    content = canonical(DOCUMENT)

    assert audit(content, engine.restate(content, {"A1": 4, "A3": 4}).content).broken != []


def test_figures_add_up():
    found = figures(DOCUMENT, {"A1": 4, "A4": 2}, {"I1": "11", "I3": "26"})

    assert (found["granted"], found["reduced"], found["units"], found["spent_krw"]) == (2, 1, 6, 60)
    assert (found["youth_krw"], found["youth_floor_krw"]) == (40, 10)
    assert (found["institutions"], found["products"], found["provinces"]) == (2, 2, 2)
    assert found["won_by_track"] == {"growth": 60}
    assert found["won_by_province"] == {"11": 40, "26": 20}
    assert found["objective"] == 10_000 * 900 // 4 * 4 + 10_000 * 600 // 4 * 2


PARTS = [
    {"code": "BASE", "points": 500, "computed": 500},
    {"code": "S2", "points": 50, "computed": 50},
    {"code": "S6", "points": 40, "computed": 40},
    {"code": "S9", "points": 7, "computed": 40},
]
WEIGHTS = {"S2": 50, "S6": 100, "S9": 40, "S12": 0}


@pytest.mark.parametrize(
    ("after", "score"),
    [
        ({}, 597),
        ({"S2": 100}, 647),
        ({"S6": 50}, 577),
        ({"S2": 0, "S6": 0}, 507),
        ({"S9": 0}, 597),
        ({"S12": 10}, 597),
    ],
)
def test_stored_parts_are_scored_anew_and_points_set_by_hand_stay(after, score):
    assert rescored(PARTS, WEIGHTS, after) == score


def test_a_part_without_a_weight_cannot_be_scored_anew():
    assert rescored(PARTS, {**WEIGHTS, "S2": 0}, {"S2": 10}) is None
