import pytest
from django.urls import reverse

from tests.accounts.factories import InstitutionUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory

pytestmark = pytest.mark.django_db


def test_rounds_are_public_and_list_their_products_once_open(client):
    plan = PlanFactory(approved=True)
    planned = PlanFactory(round=RoundFactory(intake=True), approved=True)

    opened = client.get(f"/api/v1/rounds/{plan.round_id}/").json()
    waiting = client.get(f"/api/v1/rounds/{planned.round_id}/").json()

    assert [row["number"] for row in opened["products"]] == [plan.number]
    assert opened["rules"]["product_ceiling_krw"] == 300_000_000
    assert waiting["products"] == []


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_rounds_costs_the_same_for_one_or_many(client, item_count, django_assert_num_queries):
    RoundFactory.create_batch(item_count, open=True)

    with django_assert_num_queries(4):
        body = client.get("/api/v1/rounds/").json()

    assert body["count"] == item_count


@pytest.mark.parametrize("path", ["applications", "plans"])
def test_own_cases_need_a_sign_in(client, path):
    assert client.get(f"/api/v1/{path}/").status_code in (401, 403)


def test_an_institution_reads_its_own_applications_only(client):
    mine, other = ApplicationFactory(submitted=True), ApplicationFactory(submitted=True)
    client.force_login(mine.officer)

    assert [row["number"] for row in client.get("/api/v1/applications/").json()["results"]] == [mine.number]
    assert client.get(f"/api/v1/applications/{other.pk}/").status_code == 404


def test_a_supplier_reads_its_own_plans_only(client):
    plan, _other = PlanFactory(approved=True), PlanFactory(approved=True)
    client.force_login(plan.officer)

    assert [row["number"] for row in client.get("/api/v1/plans/").json()["results"]] == [plan.number]


def test_nothing_is_written_through_the_api(client):
    application = ApplicationFactory()
    client.force_login(application.officer)

    assert client.post("/api/v1/applications/", {}).status_code == 405
    assert client.delete(f"/api/v1/applications/{application.pk}/").status_code == 405


def test_somebody_without_institution_reads_nothing(client):
    ApplicationFactory(submitted=True)
    client.force_login(InstitutionUserFactory())

    assert client.get("/api/v1/applications/").json()["results"] == []
    assert client.get(reverse("api-schema")).status_code == 200
