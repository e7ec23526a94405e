"""Engine and auditor come to the same bound, however hard an institution's own choice is."""

import json
import random
from functools import partial
from types import SimpleNamespace

import pytest

from matching.audit import bound
from matching.audit.auditor import audit
from matching.engine import certificate, knapsack, payload, restate, solve, steps
from tests.matching.engine.rounds import as_bytes, stubborn

KNAPSACKS = 400


def stubborn_choice(chance):
    """Applications of one institution (slope, price of a place, won per unit, least and most units) and its limits."""
    spread, noise = 10 ** chance.choice([2, 4, 6, 8]), chance.choice([0, 3, 100, 10**4, 10**6])
    items = []
    for _ in range(chance.randint(5, 30)):
        price, most = 10**9 + chance.randint(0, spread), chance.randint(1, 3)
        slope = 3 * price + chance.randint(0, noise) + chance.choice([0, 0, 10**8])
        items.append((slope, chance.choice([0, 0, chance.randint(0, 10**8)]), price, chance.randint(1, most), most))
    won = sum(price * most for _, _, price, _, most in items) * chance.randint(20, 80) // 100
    return items, won, chance.randint(len(items) // 4, len(items)), (chance.choice([0, 3]), 0)


def offers_of(items, won):
    """What the auditor makes of them: with a score of 0, a unit is worth what its cost is below 0."""
    names = [f"{place:02}" for place in range(len(items))]
    rows = [(name, "I", most, least, 0, False) for name, (*_, least, most) in zip(names, items, strict=True)]
    priced = {name: (price, -slope, fixed) for name, (slope, fixed, price, *_) in zip(names, items, strict=True)}
    matching = SimpleNamespace(applications=dict(zip(names, rows, strict=True)))
    return sorted(bound.offers_by_institution(matching, 1, priced, {"I": won})["I"])


@pytest.mark.parametrize("states", [30, 400, 5_000])
def test_what_the_engine_solves_the_auditor_solves_with_at_most_few_times_the_work(states, monkeypatch):
    monkeypatch.setattr(bound, "MOST_STATES", bound.FEW * states)
    solved = given_up = 0
    for seed in range(KNAPSACKS):
        items, won, seats, prices = stubborn_choice(random.Random(seed))
        own = [knapsack.Item(place, *item) for place, item in enumerate(items)]
        choice = knapsack.best_choice(own, won, seats, prices, states)
        if choice is None:
            given_up += 1
            continue
        offers = offers_of(items, won)
        assert bound.best_profit(offers, won, seats, prices) == choice.profit, f"seed {seed}"
        solved += 1
    assert min(solved, given_up) > KNAPSACKS // 10


def test_the_auditors_limit_leaves_room_for_what_the_engine_may_take():
    assert bound.FEW * knapsack.MOST_STATES <= bound.MOST_STATES


@pytest.fixture
def hasty(monkeypatch):
    """An engine that gives up an institution's exact choice soon, and an auditor that does so as soon as it may."""
    monkeypatch.setattr(certificate, "best_choice", partial(knapsack.best_choice, most_states=300))
    monkeypatch.setattr(bound, "MOST_STATES", bound.FEW * 300)


@pytest.mark.parametrize("fast", [True, False])
def test_rounds_in_which_institutions_are_priced_are_audited_to_the_unit(hasty, fast):
    priced = []
    for seed in range(8):
        content = as_bytes(stubborn(random.Random(seed), 24))
        result = solve(content, fast=fast, gap_ppm=20_000)
        report = audit(content, result.content)
        assert (report.broken, report.bound) == ([], result.bound), f"seed {seed}"
        priced.append(json.loads(result.content)["certificate"].get("priced_institutions", []))
    assert sum(names != [] for names in priced) >= 3
    assert {name for names in priced for name in names} <= {"I1", "I3"}


@pytest.mark.slow
def test_a_round_beyond_the_engines_real_limit_is_audited_to_the_unit():
    content = as_bytes(stubborn(random.Random(4), 44))

    result = solve(content, fast=True)

    assert json.loads(result.content)["certificate"]["priced_institutions"]
    assert audit(content, result.content).broken == []


def priced_round():
    """A round with a priced institution under `hasty`, and its result."""
    content = as_bytes(stubborn(random.Random(2), 24))
    return content, json.loads(solve(content, fast=True).content)


def test_a_certificate_that_conceals_a_hard_institution_is_refused_by_name(hasty):
    content, result = priced_round()
    (first, *_) = result["certificate"].pop("priced_institutions")

    broken = audit(content, json.dumps(result).encode()).broken

    assert broken == [f"certificate.priced_institutions: {first} is missing, and takes more than 1200 combinations"]


def test_pricing_more_institutions_loosens_the_bound_and_stays_true(hasty):
    content, result = priced_round()
    result["certificate"]["priced_institutions"] = ["I1", "I2", "I3", "I4"]

    looser = audit(content, json.dumps(result).encode()).bound

    assert looser > result["bound"]
    gap = -(-(looser - result["objective"]) * 1_000_000 // looser)
    assert audit(content, json.dumps(result | {"bound": looser, "gap_ppm": gap}).encode()).broken == []


def test_a_given_award_is_certified_with_priced_institutions_too(hasty):
    content, result = priced_round()

    again = restate(content, {row["application"]: row["units"] for row in result["grants"]})

    assert json.loads(again.content)["certificate"]["priced_institutions"]
    assert audit(content, again.content).broken == []


def test_priced_institutions_survive_an_interruption(hasty):
    content, _ = priced_round()
    run = steps.open_run(content, is_fast=True)
    while run.known.step != steps.EXPLAIN:
        steps.take_step(run)

    again = payload.unpack_known(payload.pack_known(run.known))

    assert again.certificate.priced == run.known.certificate.priced != ()
