import copy

import pytest

from pilots.rules.instance import youth_floor
from pilots.rules.schema import RuleSetInvalid, canonical, fingerprint, parse
from tests.pilots.factories import rule_body


def test_a_complete_body_is_read():
    rules = parse(rule_body(youth_permille=100))

    assert (rules.youth_permille, rules.deadline("question"), rules.scoring.ranks) == (100, 5, (100, 60, 30))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": "pilot-rules/9"}, "format: must be pilot-rules/1"),
        ({"youth_permille": 1001}, "youth_permille: must be a whole number from 0 to 1000"),
        ({"youth_permille": True}, "youth_permille: must be a whole number from 0 to 1000"),
        ({"youth_permille": 10.5}, "youth_permille: must be a whole number from 0 to 1000"),
        ({"ceilings": {"product_krw": 0}}, "ceilings.product_krw: must be a whole number from 1 to 1000000000000000"),
        ({"ceilings": {"surprise": 1}}, "ceilings.surprise: is not part of the format"),
        ({"exclusions": {"earlier_pilot": 1}}, "exclusions.earlier_pilot: must be true or false"),
        ({"scoring": {"ranks": "100"}}, "scoring.ranks: must be a list of whole numbers from 0 to 1000"),
        ({"deadlines": {"review": 0}}, "deadlines.review: must be a whole number from 1 to 250"),
        ({"extra": 1}, "extra: is not part of the format"),
    ],
)
def test_each_fault_names_its_place(change, fault):
    body = rule_body()
    for key, value in change.items():
        body[key] = {**body[key], **value} if isinstance(value, dict) else value

    with pytest.raises(RuleSetInvalid) as caught:
        parse(body)

    assert caught.value.faults == [fault]


def test_tie_breaks_must_end_with_something_unique():
    with pytest.raises(RuleSetInvalid):
        parse(rule_body(tie_breaks=["score"]))


def test_every_fault_is_reported_at_once():
    body = rule_body()
    del body["max_rank"], body["youth_permille"]

    with pytest.raises(RuleSetInvalid) as caught:
        parse(body)

    assert caught.value.faults == [
        "youth_permille: is missing",
        "max_rank: is missing",
    ]


def test_the_hash_does_not_depend_on_the_order_of_keys():
    body = rule_body()
    shuffled = dict(reversed(list(copy.deepcopy(body).items())))

    assert fingerprint(body) == fingerprint(shuffled)
    assert canonical(body).endswith(b"}\n")


@pytest.mark.parametrize(
    ("before", "youth_before", "expected"),
    [(0, 0, 100), (1000, 100, 100), (1000, 0, 200), (1000, 200, 0), (1000, 1000, 0), (100_000, 0, 1000)],
)
def test_the_floor_of_a_round_makes_up_for_the_year_so_far(before, youth_before, expected):
    assert youth_floor(target=100, before_krw=before, before_youth_krw=youth_before, budget_krw=1000) == expected


def test_no_target_means_no_floor():
    assert youth_floor(target=0, before_krw=0, before_youth_krw=0, budget_krw=1000) == 0
