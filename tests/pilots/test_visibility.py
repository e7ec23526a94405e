"""Who learns what about a round while it is open, after its closing, and never: on pages, exports, API and search."""

import io

import openpyxl
import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from core.uploads import may_read
from pilots import selectors
from pilots.enums import Paper, RoundStatus
from pilots.models import Interest
from tests.accounts.factories import InstitutionUserFactory, MembershipFactory, SupplierUserFactory, UserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, paper, walk

pytestmark = pytest.mark.django_db

NAME = "비밀스러운 가상기관"


@pytest.fixture
def application():
    """A submitted application of an institution whose name occurs nowhere else."""
    user = InstitutionUserFactory(organization__name=NAME)
    return ApplicationFactory(user=user, submitted=True, problem="남에게 보이지 않는 문제", requested_units=17)


def close(application):
    walk(application.round, "closed")


def fetched(client, user, path):
    if user is not None:
        client.force_login(user)
    answer = client.get(path)
    if answer["Content-Type"].startswith("application/vnd"):
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer) if answer.streaming else answer.content))
        return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    return (b"".join(answer) if answer.streaming else answer.content).decode()


def supplier_paths(application):
    plan, number = application.plan, application.round_id
    return [
        reverse("pilots:plan_detail", args=[plan.pk]),
        reverse("pilots:plan_list"),
        f"{reverse('pilots:plan_list')}?q={NAME}",
        f"{reverse('pilots:plan_list')}?export=csv",
        f"{reverse('pilots:plan_list')}?export=xlsx",
        reverse("pilots:round_detail", args=[number]),
        f"{reverse('pilots:round_detail', args=[number])}?export=csv",
        reverse("pilots:offer", args=[number, plan.pk]),
        f"{reverse('pilots:compare', args=[number])}?plan={plan.pk}",
        reverse("products:detail", args=[plan.product_id]),
        f"{reverse('products:list')}?q={NAME}",
        reverse("pilots:own_calendar"),
        "/my/",
        "/my/inbox/",
    ]


def hidden(client, user, paths):
    """The paths on which neither the name (but for one's own search word) nor the texts stand."""
    told = []
    for path in paths:
        text = fetched(client, user, path).replace(f'value="{NAME}"', "").replace(f"q={NAME}", "")
        if NAME in text or "남에게 보이지 않는 문제" in text:
            told.append(path)
    return told


def test_while_the_round_is_open_a_supplier_learns_how_many_and_not_which(client, application):
    plan = application.plan

    assert hidden(client, plan.officer, supplier_paths(application)) == []
    page = client.get(reverse("pilots:plan_detail", args=[plan.pk]))
    assert page.context["demand_count"] == 1
    assert client.get(reverse("pilots:plan_list")).context["listing"].page.object_list[0].institution_count == 1


def test_after_the_closing_a_supplier_learns_which(client, application):
    close(application)

    text = fetched(client, application.plan.officer, reverse("pilots:plan_detail", args=[application.plan_id]))

    assert NAME in text
    assert "남에게 보이지 않는 문제" not in text


@pytest.mark.parametrize("status", RoundStatus.values)
def test_only_a_closed_round_tells_the_supplier_which(application, status):
    plan = application.plan
    plan.round.status = status

    _count, known = selectors.demand_for(plan=plan)

    is_told = status not in ("planned", "plan_intake", "open", "cancelled")
    assert [row.pk for row in known] == ([application.pk] if is_told else [])


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_does_not_stand_is_told_to_nobody(client, state):
    user = InstitutionUserFactory(organization__name=NAME)
    application = ApplicationFactory(user=user, submitted=state != "draft")
    if state != "draft":
        walk(application, state)
    close(application)

    page = fetched(client, application.plan.officer, reverse("pilots:plan_detail", args=[application.plan_id]))

    assert NAME not in page


def test_another_supplier_learns_nothing_even_after_the_closing(client, application):
    close(application)
    other = SupplierUserFactory()

    paths = supplier_paths(application)[1:]
    assert hidden(client, other, paths) == []
    assert client.get(reverse("pilots:plan_detail", args=[application.plan_id])).status_code == 404


@pytest.mark.parametrize("is_closed", [False, True])
def test_an_institution_sees_what_others_want_as_totals_only(client, application, is_closed):
    other = InstitutionUserFactory()
    Interest.objects.create(plan=application.plan, institution=other.current_organization, officer=other)
    if is_closed:
        close(application)
    plan, number = application.plan, application.round_id
    paths = [
        reverse("pilots:round_detail", args=[number]),
        f"{reverse('pilots:round_detail', args=[number])}?q={NAME}",
        f"{reverse('pilots:round_detail', args=[number])}?export=xlsx",
        reverse("pilots:offer", args=[number, plan.pk]),
        f"{reverse('pilots:compare', args=[number])}?plan={plan.pk}",
        reverse("pilots:cart", args=[number]),
        f"{reverse('pilots:application_list')}?q={NAME}",
        f"{reverse('pilots:application_list')}?export=csv",
    ]

    assert hidden(client, other, paths) == []
    totals = client.get(reverse("pilots:offer", args=[number, plan.pk])).context["totals"]
    assert (totals.institutions, totals.units, totals.interests) == (1, 17, 1)
    assert client.get(reverse("pilots:application_detail", args=[application.pk])).status_code == 404


def test_a_visitor_sees_totals_only(client, application):
    close(application)
    paths = [path for path in supplier_paths(application) if path.startswith(("/rounds/", "/products/"))]

    assert hidden(client, None, paths) == []


def test_the_api_tells_each_side_its_own_rows_only(application):
    close(application)
    root = "/api/v1/"
    api = APIClient()
    for user in (application.plan.officer, SupplierUserFactory(), InstitutionUserFactory()):
        api.force_authenticate(user)
        for path in ("applications/", "plans/", "rounds/", f"rounds/{application.round_id}/"):
            assert NAME not in api.get(root + path).content.decode(), (user, path)
        assert api.get(f"{root}applications/{application.pk}/").status_code == 404
    api.force_authenticate(application.officer)
    assert api.get(f"{root}applications/").json()["results"][0]["number"] == application.number
    assert api.get(f"{root}plans/").json()["results"] == []


def test_attachments_are_read_by_their_own_side_and_pps(application):
    letter = paper(application, Paper.LETTER)
    evidence = paper(application.plan, Paper.PRICE)
    rival = InstitutionUserFactory()

    assert [may_read(user, letter) for user in (application.officer, application.plan.officer, rival)] == [
        True,
        False,
        False,
    ]
    assert [may_read(user, evidence) for user in (application.officer, application.plan.officer, rival)] == [
        False,
        True,
        False,
    ]


def test_a_colleague_of_the_institution_sees_what_the_officer_wrote(client, application):
    colleague = UserFactory()
    MembershipFactory(user=colleague, organization=application.institution)

    text = fetched(client, colleague, reverse("pilots:application_detail", args=[application.pk]))

    assert "남에게 보이지 않는 문제" in text


def test_only_the_two_sides_see_an_objection_and_each_only_its_own(client):
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), passed=True)
    supplier = application.plan.officer
    client.force_login(supplier)
    client.post(reverse("pilots:plan_object", args=[application.plan_id, application.pk]), {"text": "공급기업의 이의"})
    client.force_login(application.officer)
    client.post(reverse("pilots:application_object", args=[application.pk]), {"text": "수요기관의 이의"})

    institution_page = fetched(
        client, application.officer, reverse("pilots:application_detail", args=[application.pk])
    )
    supplier_page = fetched(client, supplier, reverse("pilots:plan_detail", args=[application.plan_id]))

    assert "수요기관의 이의" in institution_page
    assert "공급기업의 이의" not in institution_page
    assert "공급기업의 이의" in supplier_page
    assert "수요기관의 이의" not in supplier_page


def test_a_plan_before_the_opening_is_nobodys_business(client):
    plan = PlanFactory(round=RoundFactory(intake=True), approved=True)
    client.force_login(InstitutionUserFactory())

    for route in ("offer", "compare"):
        args = [plan.round_id, plan.pk] if route == "offer" else [plan.round_id]
        assert client.get(reverse(f"pilots:{route}", args=args), {"plan": plan.pk}).status_code in (302, 404)
    assert plan.product.name not in client.get(reverse("pilots:round_detail", args=[plan.round_id])).content.decode()
