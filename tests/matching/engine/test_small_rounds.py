"""Ten thousand small rounds against every possible award, and forty near ties."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.audit.auditor import audit
from matching.engine import InvalidInstance, solve
from tests.matching.engine.rounds import Trial, as_bytes, broken_rules, near_tie, random_round, sound

ROUNDS, PARTS = 10_000, 8


def outcome(content):
    """Solve and audit; the result and what its floors miss."""
    result = solve(content)
    report = audit(content, result.content)
    assert report.broken == []
    assert (report.objective, report.bound, report.gap_ppm) == (result.objective, result.bound, result.gap_ppm)
    missing = json.loads(result.content)["floor_shortfalls"]
    return result, sum(missing["tracks"].values()) + missing["youth_krw"]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_small_rounds_equal_trying_everything(part):
    solved, seed = 0, part
    while solved < ROUNDS // PARTS:
        chance = random.Random(seed)
        document = random_round(chance, chance.randint(0, 8))
        seed += PARTS
        try:
            result, missing = outcome(as_bytes(document))
        except InvalidInstance:  # pre-determined awards that break a limit
            continue
        assert (-missing, result.objective) == Trial(document).run(), f"seed {seed - PARTS}"
        assert result.solver_bound == result.objective <= result.bound
        solved += 1


@given(chance=st.randoms(use_true_random=False), applications=st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_any_small_round_equals_trying_everything(chance, applications):
    document = random_round(chance, applications)
    try:
        result, missing = outcome(as_bytes(document))
    except InvalidInstance:
        return
    assert (-missing, result.objective) == Trial(document).run()


@given(chance=st.randoms(use_true_random=False), applications=st.integers(0, 14), fast=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_award_breaks_a_rule_or_leaves_room_for_more(chance, applications, fast):
    document = random_round(chance, applications)
    try:
        result = solve(as_bytes(document), fast=fast)
    except InvalidInstance:
        return
    grants = {row["application"]: row["units"] for row in json.loads(result.content)["grants"]}
    assert broken_rules(document, grants) == set()
    for row in document["applications"]:
        held = grants.get(row["id"], 0)
        if held < row["requested_units"]:
            more = held + 1 if held else row["min_units"]
            assert broken_rules(document, grants | {row["id"]: more}), row["id"]


@pytest.mark.parametrize("seed", range(40))
def test_near_ties_never_spend_a_won_too_much(seed):
    document = near_tie(random.Random(seed))

    result, _ = outcome(as_bytes(document))

    assert result.spent_krw <= document["budget_krw"]
    prices = {row["id"]: row["unit_price_krw"] for row in document["products"]}
    best = {0: 0}  # spent: the most that it can be worth
    for row in document["applications"]:
        price, value = prices[row["product"]], 10_000 * row["score"]
        for spent, worth in list(best.items()):
            if spent + price <= document["budget_krw"]:
                best[spent + price] = max(best.get(spent + price, 0), worth + value)
    assert result.objective == max(best.values())


def test_floors_that_cannot_be_met_are_reported():
    document = sound()
    document["tracks"][0]["floor_krw"] = 50_000
    document["youth_floor_permille"] = 900

    result, missing = outcome(as_bytes(document))

    assert json.loads(result.content)["floor_shortfalls"] == {
        "tracks": {"growth": 26_000, "safety": 0},
        "youth_krw": 66_000,
    }
    assert (-missing, result.objective) == Trial(document).run()


def test_a_round_without_applications_is_solved():
    document = sound()
    document["applications"] = []

    result, missing = outcome(as_bytes(document))

    assert (result.objective, result.bound, result.gap_ppm, missing) == (0, 0, 0, 20_000)
