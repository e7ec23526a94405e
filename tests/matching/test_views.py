"""Pages of matches, contracts and deliveries: who sees what, what they do, and what a list costs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from core.calendar import today
from matching import services
from matching.enums import AllocationStatus, LineStatus
from matching.models import Allocation, ContractLine, Explanation
from tests.accounts.factories import (
    InstitutionUserFactory,
    MembershipFactory,
    OverseasInstitutionFactory,
    PpsUserFactory,
    SupplierUserFactory,
)
from tests.matching.factories import CHECKED, ContractLineFactory, deliver, inspect, make_world, publish, sign

pytestmark = pytest.mark.django_db
MATCHES, CONTRACTS, DELIVERIES = (reverse(f"matching:{name}_list") for name in ("match", "contract", "delivery"))


@pytest.fixture
def world():
    return publish(make_world())


@pytest.fixture
def signed():
    world = make_world()
    world.contract = sign(world)
    return world


def as_(client, user):
    client.force_login(user)
    return client


def institution_of(world, index=0):
    return world.applications[index].officer


def test_an_institution_sees_its_offer_and_accepts_it_in_the_browser(client, world):
    user, offer = institution_of(world, 1), world.offers[1]
    page = as_(client, user).get(reverse("matching:match_detail", args=[offer.pk]))
    assert page.context["may_answer"] is True
    assert page.context["reasons"]
    assert f"{offer.units}" in page.content.decode()

    answer = client.post(reverse("matching:match_accept", args=[offer.pk]), {"pledge": "on"})

    assert answer.status_code == 302
    assert answer.url.startswith("/receipts/")
    assert client.get(answer.url).status_code == 200
    offer.refresh_from_db()
    assert offer.institution_response == "accepted"


def test_without_the_pledge_nothing_is_accepted(client, world):
    offer = world.offers[0]

    as_(client, institution_of(world)).post(reverse("matching:match_accept", args=[offer.pk]))

    offer.refresh_from_db()
    assert offer.institution_response == "pending"


def test_a_double_click_gives_one_acceptance_and_a_message(client, world):
    offer = world.offers[0]
    url = reverse("matching:match_accept", args=[offer.pk])
    as_(client, institution_of(world)).post(url, {"pledge": "on"})

    again = client.post(url, {"pledge": "on"}, follow=True)

    assert [str(message) for message in again.context["messages"]][-1]
    assert again.redirect_chain == [(reverse("matching:match_detail", args=[offer.pk]), 302)]


def test_an_institution_declines_with_a_reason(client, world):
    offer = world.offers[0]
    url = reverse("matching:match_decline", args=[offer.pk])
    as_(client, institution_of(world)).post(url, {"reason": ""})
    offer.refresh_from_db()
    assert offer.status == AllocationStatus.OFFERED

    client.post(url, {"reason": "설치 장소 없음"})

    offer.refresh_from_db()
    assert (offer.status, offer.decline_reason) == (AllocationStatus.DECLINED, "설치 장소 없음")


def test_a_supplier_accepts_its_line_up(client, world):
    plan = world.plans[0]
    page = as_(client, plan.officer).get(reverse("matching:line_up", args=[plan.pk]))
    assert len(page.context["line_up"].pending) == 2

    client.post(reverse("matching:line_up_accept", args=[plan.pk]), {"pledge": "on"})

    assert set(Allocation.objects.values_list("supplier_response", flat=True)) == {"accepted"}


def test_a_supplier_declines_its_line_up(client, world):
    plan = world.plans[0]

    as_(client, plan.officer).post(reverse("matching:line_up_decline", args=[plan.pk]), {"reason": "생산 중단"})

    assert set(Allocation.objects.values_list("status", flat=True)) == {AllocationStatus.DECLINED}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_who_got_nothing_reads_why(client, world, language):
    user = institution_of(world, 2)
    user.language = language
    user.save(update_fields=["language"])
    row = Explanation.objects.get(application=world.applications[2])
    client.cookies["django_language"] = language

    page = as_(client, user).get(reverse("matching:outcome_detail", args=[row.pk]))

    assert page.status_code == 200
    assert len(page.context["reasons"]) >= 1
    assert escape(page.context["outcome"]) in page.content.decode()


@pytest.mark.parametrize("stranger", [InstitutionUserFactory, SupplierUserFactory])
def test_matches_of_others_do_not_exist(client, world, stranger):
    as_(client, stranger())
    offer, plan, row = world.offers[0], world.plans[0], Explanation.objects.first()

    statuses = [
        client.get(reverse("matching:match_detail", args=[offer.pk])).status_code,
        client.post(reverse("matching:match_accept", args=[offer.pk]), {"pledge": "on"}).status_code,
        client.post(reverse("matching:match_decline", args=[offer.pk]), {"reason": "x"}).status_code,
        client.get(reverse("matching:outcome_detail", args=[row.pk])).status_code,
        client.get(reverse("matching:line_up", args=[plan.pk])).status_code,
        client.post(reverse("matching:line_up_accept", args=[plan.pk]), {"pledge": "on"}).status_code,
        client.post(reverse("matching:line_up_decline", args=[plan.pk]), {"reason": "x"}).status_code,
    ]

    assert statuses == [404] * 7


@pytest.mark.parametrize("url", [MATCHES, CONTRACTS, DELIVERIES])
def test_pps_staff_work_in_the_admin_instead(client, url):
    assert as_(client, PpsUserFactory()).get(url).status_code == 403


def test_a_supplier_delivers_and_an_institution_accepts_in_the_browser(client, signed):
    line = signed.contract.lines.get(units=10)
    supplier, institution = signed.plans[0].officer, line.application.officer
    record, judge = (reverse(f"matching:{name}_record", args=[line.pk]) for name in ("delivery", "inspection"))
    assert as_(client, supplier).get(record).status_code == 200

    delivered = client.post(record, {"units": 10, "delivered_on": today(), "serials": "", "note": "설치 완료"})

    assert delivered.url.startswith("/receipts/")
    assert as_(client, institution).get(judge).status_code == 200
    answers = {f"check_{item}": answer for item, answer in CHECKED.items()}
    client.post(
        judge, {**answers, "result": "accepted", "defects": "", "inspector_name": "김검사", "inspected_on": today()}
    )
    line.refresh_from_db()
    assert line.status == LineStatus.ACCEPTED
    page = client.get(reverse("matching:delivery_detail", args=[line.pk]))
    assert len(page.context["history"].inspections) == 1


def test_what_waits_for_a_delivery_stands_before_what_is_done(client, signed):
    done, waiting = signed.contract.lines.order_by("due_on", "-pk")[:2]
    deliver(done, signed.plans[0].officer)
    inspect(done, done.application.officer)

    listed = list(as_(client, signed.plans[0].officer).get(DELIVERIES).context["listing"].page)

    assert listed.index(waiting) < listed.index(done)


def test_an_offer_that_waits_for_an_answer_stands_before_one_that_was_answered_later(client):
    world = publish(make_world())
    old, new = world.offers[:2]
    Allocation.objects.filter(pk=old.pk).update(offered_at=old.offered_at - timedelta(days=1))
    services.decline_offer(actor=new.application.officer, allocation_id=new.pk, reason="장소 없음")

    listed = list(as_(client, world.plans[0].officer).get(MATCHES).context["listing"].page)

    assert listed.index(old) < listed.index(new)


def test_a_refused_delivery_keeps_what_was_typed(client, signed):
    line = signed.contract.lines.get(units=10)

    page = as_(client, signed.plans[0].officer).post(
        reverse("matching:delivery_record", args=[line.pk]),
        {"units": 11, "delivered_on": today(), "serials": "", "note": "두 번째 차량"},
    )

    assert page.status_code == 200
    assert "두 번째 차량" in page.content.decode()
    assert page.context["form"].non_field_errors()


def test_an_inspection_with_an_unmet_point_is_not_accepted(client, signed):
    line = signed.contract.lines.get(units=10)
    deliver(line, signed.plans[0].officer)
    answers = {f"check_{item}": answer for item, answer in {**CHECKED, "condition": "no"}.items()}

    page = as_(client, line.application.officer).post(
        reverse("matching:inspection_record", args=[line.pk]),
        {**answers, "result": "accepted", "inspector_name": "김검사", "inspected_on": today()},
    )

    assert set(page.context["form"].errors) == {"result"}


def test_an_institution_sees_its_own_line_of_a_contract_only(client, signed):
    lines = list(signed.contract.lines.order_by("sequence"))

    page = as_(client, lines[0].application.officer).get(
        reverse("matching:contract_detail", args=[signed.contract.pk])
    )

    assert [line for line, _places in page.context["lines"]] == [lines[0]]
    assert client.get(reverse("matching:delivery_detail", args=[lines[1].pk])).status_code == 404


@pytest.mark.parametrize("stranger", [InstitutionUserFactory, SupplierUserFactory])
def test_contracts_and_deliveries_of_others_do_not_exist(client, signed, stranger):
    as_(client, stranger())
    line = signed.contract.lines.first()

    statuses = [
        client.get(reverse("matching:contract_detail", args=[signed.contract.pk])).status_code,
        *(
            client.get(reverse(f"matching:{name}", args=[line.pk])).status_code
            for name in ("delivery_detail", "delivery_record", "inspection_record")
        ),
    ]

    assert statuses == [404] * 4


@pytest.mark.parametrize("url", [MATCHES, CONTRACTS, DELIVERIES])
@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_lists_can_be_taken_away(client, signed, url, fmt):
    answer = as_(client, signed.plans[0].officer).get(url, {"export": fmt})

    assert answer.status_code == 200
    assert f".{fmt}" in answer["Content-Disposition"]


def test_lists_are_searched_sorted_and_filtered_by_the_address(client, signed):
    as_(client, signed.plans[0].officer)
    name = signed.applications[1].institution.name

    found = client.get(DELIVERIES, {"q": name, "status": "awaiting_delivery", "sort": "-units"})
    assert [line.institution.name for line in found.context["listing"].page] == [name]
    assert client.get(DELIVERIES, {"status": "accepted"}).context["listing"].total == 0
    assert client.get(MATCHES, {"status": "confirmed"}).context["listing"].total == 2
    assert client.get(CONTRACTS, {"q": signed.contract.number}).context["listing"].total == 1


@pytest.mark.parametrize("row_count", [1, 3])
@pytest.mark.parametrize(("url", "queries"), [(MATCHES, 10), (DELIVERIES, 6)])
def test_a_supplier_list_costs_the_same_for_one_or_many(client, row_count, url, queries, django_assert_num_queries):
    world = make_world(wanted=((4, 2, 700),) * row_count)
    sign(world)
    as_(client, world.plans[0].officer)
    assert ContractLine.objects.count() == row_count

    with django_assert_num_queries(queries):
        page = client.get(url)

    assert page.context["listing"].total == row_count


@pytest.mark.parametrize("row_count", [1, 3])
def test_a_line_up_costs_the_same_for_one_or_many(client, row_count, django_assert_num_queries):
    world = publish(make_world(wanted=((4, 2, 700),) * row_count))
    as_(client, world.plans[0].officer)

    with django_assert_num_queries(5):
        page = client.get(reverse("matching:line_up", args=[world.plans[0].pk]))

    assert len(page.context["line_up"].offers) == row_count


def test_the_home_page_says_what_waits_for_whom(client, world):
    titles = {
        name: [str(card.url) for card in as_(client, user).get("/my/").context["waiting"]]
        for name, user in (("institution", institution_of(world)), ("supplier", world.plans[0].officer))
    }

    assert all(MATCHES in urls for urls in titles.values())


def test_an_institution_abroad_with_an_account_sees_its_lines(client):
    abroad = OverseasInstitutionFactory()
    user = MembershipFactory(organization=abroad).user
    line = ContractLineFactory(institution=abroad)

    assert as_(client, user).get(DELIVERIES).context["listing"].total == 1
    assert client.get(reverse("matching:delivery_detail", args=[line.pk])).status_code == 200
