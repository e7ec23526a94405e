import pytest
from django.urls import reverse

from accounts.enums import PpsRole
from overseas.forms import EvaluationForm, ReportForm
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.overseas import factories

pytestmark = pytest.mark.django_db


def test_the_public_sees_results_only_after_evaluation_and_no_people(client):
    world = factories.reported()
    url = reverse("overseas:demonstration", args=[world.demonstration.pk])
    assert "Turbidity was measured" not in client.get(url).content.decode()

    factories.services.propose_evaluation(
        actor=world.reviewer, demonstration_id=world.demonstration.pk, evaluation="success", summary="달성"
    )
    factories.services.approve_evaluation(actor=world.approver, demonstration_id=world.demonstration.pk)

    page = client.get(url).content.decode()
    assert "Turbidity was measured" in page
    assert "tran@example.org" not in page
    assert "Tran Invented" not in page


def test_map_and_list_name_the_country(client):
    world = factories.evaluated()

    page = client.get(reverse("overseas:overview")).content.decode()

    assert "베트남" in page
    assert world.demonstration.institution.name in page


def test_a_selected_but_unsigned_demonstration_is_not_public(client):
    world = factories.selected()
    assert client.get(reverse("overseas:demonstration", args=[world.demonstration.pk])).status_code == 404


def test_a_stranger_does_not_see_the_case(client):
    world = factories.submitted()
    client.force_login(SupplierUserFactory())
    assert client.get(reverse("overseas:application", args=[world.application.pk])).status_code == 404


def test_a_wrong_link_opens_nothing(client):
    assert client.get(reverse("overseas:guest", args=["0" * 64])).status_code == 404


def test_a_guest_walks_through_in_english(client):
    world = factories.selected()
    page = client.get(f"/invitations/{world.token}/", follow=True)
    assert "Do you agree to the demonstration?" in page.content.decode()

    url = reverse("overseas:guest", args=[world.token])
    answer = client.post(url, {"name": "Tran", "answer": "agree", "reason": ""}, follow=True)

    assert "Thank you for agreeing" in answer.content.decode()
    world.demonstration.refresh_from_db()
    assert (world.demonstration.status, world.demonstration.agreed_by_name) == ("agreed", "Tran")


def test_a_report_has_no_rating_until_one_is_chosen():
    assert ReportForm().fields["rating"].choices[0][0] == ""
    assert EvaluationForm().fields["evaluation"].choices[0][0] == ""


def test_whoever_evaluates_reads_the_report_beside_the_form(client):
    world = factories.reported()
    client.force_login(PpsUserFactory(roles=[PpsRole.REVIEWER]))

    page = client.get(reverse("admin:overseas_demonstration_do", args=[world.demonstration.pk, "propose"]))

    assert "98.2 % agreement with the reference" in page.content.decode()


def test_a_company_applies_in_the_browser(client):
    world = factories.open_world()
    client.force_login(world.supplier)
    values = {**vars_of(factories.content(world)), "product": world.product.pk, "country": "VN", "submit": "1"}

    page = client.post(reverse("overseas:apply", args=[world.call.pk]), values, follow=True)

    case = world.supplier.current_organization.overseas_applications.get()
    assert case.status == "submitted"
    assert case.number in page.content.decode()


def vars_of(content):
    return {name: getattr(content, name) for name in content.__dataclass_fields__}


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_public_list_costs_the_same_for_one_or_many(client, item_count, django_assert_max_num_queries):
    for _number in range(item_count):
        factories.contracted()

    with django_assert_max_num_queries(8):
        page = client.get(reverse("overseas:overview"))

    assert page.context["table"].total == item_count


def test_the_api_lists_demonstrations(client):
    world = factories.evaluated()
    row = client.get("/api/v1/demonstrations/").json()["results"][0]
    assert (row["country_code"], row["evaluation"], row["number"]) == ("VN", "success", world.application.number)


@pytest.mark.parametrize(
    ("make", "is_linked"), [(None, True), (SupplierUserFactory, True), (InstitutionUserFactory, False)]
)
def test_an_open_call_leads_to_the_form_only_those_who_may_fill_it_in(client, make, is_linked):
    call = factories.open_world().call
    if make:
        client.force_login(make())

    page = client.get(reverse("overseas:overview")).content.decode()

    assert call.title in page
    assert (reverse("overseas:apply", args=[call.pk]) in page) is is_linked
