"""The page on which staff see why one application got what it got."""

import pytest
from django.urls import reverse

from matching import selectors
from matching.enums import Limit
from matching.models import Explanation
from matching.selectors.proofs import priced_floors
from tests.matching.factories import make_world, solve

pytestmark = pytest.mark.django_db


def page_of(row):
    return reverse("admin:matching_explanation_change", args=[row.pk])


def row_of(world, place):
    return Explanation.objects.get(run=world.run, application=world.applications[place])


def test_every_limit_stands_on_the_page_in_numbers(client):
    world = solve(make_world())  # 15 units for wishes of 10, 10 and 10: ten, five and none
    client.force_login(world.matcher)

    context = client.get(page_of(row_of(world, 2))).context

    assert (context["step"].units, context["step"].is_first) == (4, True)
    lines = {line.label: line for line in context["limit_lines"]}
    units = lines[Limit.PRODUCT_UNITS.label]
    assert (units.allowed, units.used, units.left, units.needed) == ("15", "15", "0", "4")
    assert [line.label for line in lines.values() if line.is_blocking] == [Limit.PRODUCT_UNITS.label]
    assert lines[Limit.BUDGET.label].allowed == "₩10,000,000,000"


def test_a_reduced_application_sees_what_one_more_unit_would_take(client):
    world = solve(make_world())
    client.force_login(world.matcher)

    context = client.get(page_of(row_of(world, 1))).context

    assert (context["step"].units, context["step"].is_first) == (1, False)
    assert context["step"].amount_krw == world.plans[0].unit_price_krw


def test_the_others_who_wanted_the_product_stand_beside_it_by_score(client):
    world = solve(make_world(plan_count=2))
    client.force_login(world.matcher)

    page = client.get(page_of(row_of(world, 0)))

    assert [rival.application_id for rival in page.context["rivals"]] == [
        application.pk for application in world.applications[:3]
    ]
    assert page.context["step"] is None, "granted in full"
    assert page.context["limit_lines"] == []


def test_a_floor_with_a_price_is_named_where_the_product_counts_for_it():
    world = solve(make_world())
    row = row_of(world, 0)
    product = {"youth_startup": True, "track": "growth"}
    dear = {"youth": 3, "tracks": {"growth": {"ceiling": 0, "floor": 2}}}

    assert len(priced_floors(certificate=dear, product=product)) == 2
    assert priced_floors(certificate=dear, product={"youth_startup": False, "track": "other"}) == []
    assert selectors.award_proof(row=row)["floors"] == []


@pytest.mark.parametrize("plan_count", [1, 3])
def test_the_page_costs_the_same_for_a_small_and_a_larger_round(client, plan_count, django_assert_num_queries):
    world = solve(make_world(plan_count=plan_count))
    client.force_login(world.matcher)
    url = page_of(row_of(world, 2))
    client.get(url)  # content types are looked up once in the life of a process

    with django_assert_num_queries(15):
        client.get(url)
