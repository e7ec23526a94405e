"""Published results for other systems."""

import hashlib

import pytest

from matching import services
from matching.audit.auditor import audit
from tests.matching.factories import approve, make_world, publish

pytestmark = pytest.mark.django_db
URL = "/api/v1/matches/"


def test_nothing_is_there_before_the_result_is_public(client):
    world = approve(make_world())

    assert client.get(URL).json()["count"] == 0
    assert client.get(f"{URL}proof/", {"round": world.pilot_round.number}).status_code == 404


def test_awards_are_public_without_sites_and_people(client):
    world = publish(make_world())

    rows = client.get(URL, {"round": world.pilot_round.number}).json()["results"]

    assert [(row["units"], row["amount_krw"]) for row in rows] == [(10, 30_000_000), (5, 15_000_000)]
    assert not {"site_name", "site_address", "officer", "score"} & set(rows[0])
    text = client.get(URL).content.decode()
    assert world.applications[0].site_address not in text
    assert world.applications[0].officer.email not in text


def test_a_declined_offer_is_not_an_award(client):
    world = publish(make_world())
    services.decline_line_up(actor=world.plans[0].officer, plan_id=world.plans[0].pk, reason="생산 중단")

    assert client.get(URL).json()["count"] == 0


def test_anybody_can_check_a_published_result(client):
    world = publish(make_world())
    query = {"round": world.pilot_round.number}

    proof = client.get(f"{URL}proof/", query).json()
    instance = client.get(f"{URL}instance/", query).content
    result = client.get(f"{URL}result/", query).content

    assert hashlib.sha256(instance).hexdigest() == proof["instance_sha256"]
    assert hashlib.sha256(result).hexdigest() == proof["result_sha256"]
    report = audit(instance, result)
    assert (report.broken, report.objective, report.bound) == ([], proof["objective"], proof["bound"])


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_list_costs_the_same_for_one_or_many(client, row_count, django_assert_num_queries):
    publish(make_world(wanted=((4, 2, 700),) * row_count))

    with django_assert_num_queries(2):
        assert client.get(URL).json()["count"] == row_count
