"""The review pages at the size of the real round: as many queries for 1,600 applications as for 16."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots import selectors, services
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import PlanFactory, RoundFactory
from tests.pilots.large import under_review

pytestmark = pytest.mark.django_db
HEAVIEST_PAGE = 400_000


@pytest.fixture
def officer(client):
    user = PpsUserFactory()
    client.force_login(user)
    return user


def counted(client, url):
    """How many queries a page takes that was opened before, and the page."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url)
    assert len(page.content) < HEAVIEST_PAGE
    return len(queries), page


@pytest.mark.parametrize("count", [16, 1600])
def test_the_pages_of_the_review_cost_the_same(client, officer, count):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    under_review([plan], count)

    product, page = counted(client, reverse("admin:pilots_review_product", args=[plan.round_id, plan.pk]))
    overview, whole = counted(client, reverse("admin:pilots_review_overview", args=[plan.round_id]))
    cases, _page = counted(client, reverse("admin:pilots_pilotapplication_changelist") + "?whose=unassigned")

    assert {"product": product, "overview": overview, "list": cases} == {"product": 18, "overview": 11, "list": 10}
    assert len(page.context["lines"]) == min(count, 100)
    assert page.context["capacities"][0].asked == sum(3 + number % 5 for number in range(count))
    assert [row.waiting for row, _absence in whole.context["rows"]] == [count]


def test_the_last_pages_come_after_a_hundred_lines_each(client, officer):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    rows = under_review([plan], 130)

    last = selectors.review_page(plan=plan, number="9")

    assert [row.pk for row in last.object_list] == [row.pk for row in rows[100:]]


def test_the_whole_page_is_passed_in_one_step(client, officer):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    rows = under_review([plan], 120)

    passed = services.pass_all(actor=officer, round_id=plan.round_id, application_ids=[row.pk for row in rows[:100]])

    assert len(passed) == 100
