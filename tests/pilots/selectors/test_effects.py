"""The effect of a rule set on the last round, worked out by hand."""

import pytest

from pilots import selectors
from pilots.enums import HistoryKind
from pilots.models import ProductHistory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, rule_body

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    return PlanFactory(round=RoundFactory(reviewing=True), approved=True)


def effects(**changes):
    return selectors.rule_effects(body=rule_body(**changes))


def test_without_a_round_there_is_nothing_to_show():
    assert effects().round is None


def test_the_same_rules_change_nothing(plan):
    ApplicationFactory(plan=plan, under_review=True)

    found = effects()

    assert found.is_neutral
    assert (list(found.changes), list(found.limits), list(found.exclusions)) == ([], [], [])


def test_a_heavier_follow_up_budget_turns_the_order_round(plan):
    """500 + 100 for priority 1 stays 600; 500 + 30 for priority 3 and 40 for the budget become 530 + 80 = 610."""
    first = ApplicationFactory(plan=plan, under_review=True, priority=1)
    second = ApplicationFactory(plan=plan, under_review=True, priority=3, follow_up_budget_krw=6_000_000)

    found = effects(scoring=rule_body()["scoring"] | {"weights": rule_body()["scoring"]["weights"] | {"S6": 200}})

    # 6 of 15 million won wanted: 40 of 100 points before, 80 of 200 after.
    assert [(row.application, row.score_before, row.score_after) for row in found.changes] == [
        (first, 600, 600),
        (second, 570, 610),
    ]
    assert [(row.place_before, row.place_after) for row in found.changes] == [(1, 2), (2, 1)]
    assert found.changes[1].parts == [("S6", 40, 80)]


def test_products_and_institutions_over_a_new_limit_are_named(plan):
    """Ten units at 3 million won are 30 million: above a ceiling of 20 million, below the 300 million of before."""
    application = ApplicationFactory(plan=plan, under_review=True)

    found = effects(ceilings={"product_krw": 20_000_000, "institution_krw": 29_999_999})

    assert {(row.name, row.asked, row.after) for row in found.limits} == {
        (plan.product.name, "₩30,000,000", "₩20,000,000"),
        (application.institution.name, "₩30,000,000", "₩29,999,999"),
    }
    assert {(row.was_above, row.is_above) for row in found.limits} == {(False, True)}


def test_an_approved_exception_to_the_ceiling_stays_one(plan):
    type(plan).objects.filter(pk=plan.pk).update(ceiling_krw=500_000_000, ceiling_reason="시험")
    ApplicationFactory(plan=plan, under_review=True)

    assert list(effects(ceilings={"product_krw": 20_000_000}).limits) == []


def test_products_that_would_be_admitted_are_named(plan):
    ApplicationFactory(plan=plan, under_review=True)
    ProductHistory.objects.create(
        product=plan.product, kind=HistoryKind.PILOT, year=2023, reference="2023-1", outcome="insufficient"
    )

    found = effects(exclusions={"second_chance": True})

    assert [row.label for row in found.exclusions] == [plan.product.name]
    assert not found.is_neutral


@pytest.mark.parametrize("count", [1, 3])
def test_the_effect_costs_the_same_for_one_or_many(plan, count, django_assert_num_queries):
    for _n in range(count):
        ApplicationFactory(plan=plan, under_review=True)

    with django_assert_num_queries(7):
        effects(ceilings={"product_krw": 1})
