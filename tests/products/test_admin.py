from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import calendar
from products import services
from products.enums import ApplicationStatus, DesignationStatus, PriceFlag, ProductType
from products.models import DesignationApplication, RubricCriterion
from tests.accounts.factories import PpsUserFactory, SupplierUserFactory
from tests.products.factories import ApplicationFactory, CategoryFactory, DesignationFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client: Client) -> Any:
    user = PpsUserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def case(db: Any) -> DesignationApplication:
    supplier = SupplierUserFactory()
    application = ApplicationFactory(product=ProductFactory(supplier=supplier.memberships.get().organization))
    services.submit_application(actor=supplier, application_id=application.pk)
    application.refresh_from_db()
    return application


def press(client: Client, case: Any, action: str, **values: Any) -> Any:
    name = case._meta.model_name
    url = reverse(f"admin:products_{name}_do", args=[case.pk, action])
    assert client.get(url).status_code == 200, action
    answer = client.post(url, values)
    assert answer.status_code == 302, answer.content.decode()
    case.refresh_from_db()
    return case


def test_the_desk_walks_a_case_to_its_designation_and_a_second_person_approves(
    client: Client, officer: Any, case: DesignationApplication
):
    gates = RubricCriterion.objects.filter(rubric=case.rubric, kind="gate")
    scores = RubricCriterion.objects.filter(rubric=case.rubric, kind="score")

    press(client, case, "start")
    press(client, case, "pass-check")
    press(client, case, "gate", **{f"passed_{row.code}": "yes" for row in gates})
    press(client, case, "panel", panel_size="5")
    press(client, case, "scores", **{f"average_{row.code}": "8.5" for row in scores})
    press(client, case, "inspection", inspected_on=calendar.today().isoformat(), finding="확인함")
    press(
        client,
        case,
        "propose",
        council_session="2026-4",
        council_held_on=calendar.today().isoformat(),
        reason="의결",
    )
    page = client.get(reverse("admin:products_designationapplication_change", args=[case.pk]))
    assert "designate" not in {button.name for button in page.context["case_buttons"]}

    client.force_login(PpsUserFactory(roles=["approver"]))
    press(client, case, "designate", valid_from=calendar.today().isoformat())

    assert case.status == ApplicationStatus.DESIGNATED
    assert case.product.designations.get().status == DesignationStatus.DESIGNATED


def test_a_refusal_of_the_service_is_said_and_changes_nothing(
    client: Client, officer: Any, case: DesignationApplication
):
    press(client, case, "start")
    press(client, case, "pass-check")
    gates = RubricCriterion.objects.filter(rubric=case.rubric, kind="gate")
    url = reverse("admin:products_designationapplication_do", args=[case.pk, "gate"])

    page = client.post(url, {f"passed_{row.code}": "no" for row in gates}, follow=True)

    case.refresh_from_db()
    assert case.status == ApplicationStatus.GATE_REVIEW
    assert "안전성" in str(list(page.context["messages"])[-1])


@pytest.mark.parametrize(
    ("action", "values", "status"),
    [
        ("supplement", {"message": "성적서"}, ApplicationStatus.SUPPLEMENT_REQUESTED),
        ("ineligible", {"reason": "요건 미달"}, ApplicationStatus.INELIGIBLE),
    ],
)
def test_the_desk_asks_or_turns_down(
    client: Client, officer: Any, case: DesignationApplication, action: str, values: dict[str, str], status: str
):
    press(client, case, "start")

    assert press(client, case, action, **values).status == status


def test_a_type_1_case_records_the_ministry(client: Client, officer: Any):
    supplier = SupplierUserFactory()
    product = ProductFactory(supplier=supplier.memberships.get().organization, product_type=ProductType.TYPE_1)
    case = ApplicationFactory(product=product, rnd_ministry="산림청", rnd_project_no="R-1")
    services.submit_application(actor=supplier, application_id=case.pk)

    press(client, case, "start")
    press(
        client,
        case,
        "ministry",
        ministry_name="산림청",
        decision_no="1",
        decided_on=calendar.today().isoformat(),
    )

    assert case.status == ApplicationStatus.COUNCIL_DELIBERATION


def test_other_roles_see_a_case_but_have_no_buttons(client: Client, case: DesignationApplication):
    client.force_login(PpsUserFactory(roles=["contract"]))

    page = client.get(reverse("admin:products_designationapplication_change", args=[case.pk]))

    assert page.context["case_buttons"] == []
    url = reverse("admin:products_designationapplication_do", args=[case.pk, "start"])
    assert client.post(url).status_code == 403


def test_drafts_stay_with_their_company(client: Client, officer: Any):
    draft, product = ApplicationFactory(), ProductFactory(draft=True)

    for row in (draft, product):
        url = reverse(f"admin:products_{row._meta.model_name}_change", args=[row.pk])
        assert client.get(url).status_code == 302


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("extend", DesignationStatus.EXTENDED_1),
        ("suspend", DesignationStatus.SUSPENDED),
        ("cancel", DesignationStatus.CANCELLED),
    ],
)
def test_a_designation_is_changed_with_a_reason(client: Client, officer: Any, action: str, status: str):
    designation = DesignationFactory()

    press(client, designation, action, reason="사유")

    assert (designation.status, designation.status_reason) == (status, "사유")


def test_a_suspended_designation_resumes(client: Client, officer: Any):
    designation = DesignationFactory()

    press(client, designation, "suspend", reason="사유")
    press(client, designation, "resume", reason="해소")

    assert designation.status == DesignationStatus.DESIGNATED


def test_a_flagged_price_is_settled(client: Client, officer: Any):
    item = ProductFactory().items.get()
    item.price_krw, item.price_flag = 1, PriceFlag.ONE_WON
    item.save()

    press(client, item, "review-price", price_krw="1,500", reason="오기")

    assert (item.price_krw, item.price_flag) == (1500, PriceFlag.NONE)


def test_every_list_and_case_page_opens(client: Client, officer: Any, case: DesignationApplication):
    designation = DesignationFactory()
    CategoryFactory()
    rows = [case, case.rubric, designation, designation.product, designation.product.items.get()]

    for row in rows:
        name = row._meta.model_name
        assert client.get(reverse(f"admin:products_{name}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:products_{name}_change", args=[row.pk])).status_code == 200
        assert client.get(reverse(f"admin:products_{name}_export")).status_code == 200
    for name in ("category", "importrun"):
        assert client.get(reverse(f"admin:products_{name}_changelist")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_cases_costs_the_same_for_one_or_many(
    client: Client, officer: Any, count: int, django_assert_num_queries: Any
):
    for _number in range(count):
        supplier = SupplierUserFactory()
        application = ApplicationFactory(product=ProductFactory(supplier=supplier.memberships.get().organization))
        services.submit_application(actor=supplier, application_id=application.pk)

    with django_assert_num_queries(8):
        client.get(reverse("admin:products_designationapplication_changelist"))
