import json
import random
from contextlib import suppress

from matching.engine import InvalidInstance, solve
from matching.rules.limits import next_step
from tests.matching.engine.rounds import as_bytes, random_round, sound


def test_the_numbers_agree_with_what_the_engine_says_blocks():
    seen, results = set(), []
    for seed in range(300):
        document = random_round(random.Random(seed), 12)
        with suppress(InvalidInstance):  # some random rounds break a limit before anything is matched
            results.append((document, json.loads(solve(as_bytes(document)).content)))
    for document, result in results:
        grants = {row["application"]: row["units"] for row in result["grants"]}
        for row in result["explanations"]:
            step = next_step(document, grants, row["application"])
            blocking = [use.limit for use in step.limits if use.is_blocking]
            assert blocking == row["blocking"], row
            assert step.is_first == (row["granted"] == 0)
            seen.update(blocking)

    assert len(results) > 100
    assert len(seen) == 8


def test_a_next_step_is_the_minimum_or_one_more_unit():
    document = sound()

    first = next_step(document, {"A1": 4, "A5": 2}, "A3")
    more = next_step(document, {"A1": 4, "A5": 2}, "A1")

    assert (first.units, first.amount_krw, first.is_first) == (4, 10_000, True)
    assert (more.units, more.amount_krw, more.is_first) == (1, 3_000, False)
    uses = {use.limit: use for use in more.limits}
    assert (uses["budget"].used, uses["budget"].left) == (18_000, 82_000)
    assert (uses["product_units"].used, uses["product_units"].left) == (6, 6)
    assert uses["product_institutions"].needed == 0


def test_who_has_everything_or_stood_before_matching_has_no_next_step():
    document = sound()

    assert next_step(document, {"A4": 4}, "A4") is None
    assert next_step(document, {"A5": 2}, "A5") is None
    assert next_step(document, {}, "A9") is None
