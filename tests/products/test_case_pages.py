from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Receipt, StoredFile
from products import services
from products.enums import ApplicationStatus
from products.models import DesignationApplication, Product
from tests.accounts.factories import (
    PpsUserFactory,
    SupplierUserFactory,
)
from tests.products.factories import ApplicationFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier(client: Client) -> Any:
    user = SupplierUserFactory()
    client.force_login(user)
    return user


def organization_of(user: Any) -> Any:
    return user.memberships.get().organization


def case_typed(product: Product, do: str, **changes: Any) -> dict[str, Any]:
    return {
        "do": do,
        "product": product.pk,
        "route": "supplier_proposed",
        "field": "daily_life",
        "technology_summary": "센서",
        "public_problem": "수질",
        "target_institutions": "농어촌공사",
        "service_improvement": "빠른 경보",
        "safety_statement": "안전",
        "regulation_status": "없음",
        "production_mode": "direct",
        "has_sworn": "on",
    } | changes


def test_an_application_is_submitted_in_the_browser_with_a_receipt(client: Client, supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))
    report = SimpleUploadedFile("report.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")

    page = client.get(f"{reverse('products:apply')}?product={product.pk}")
    assert page.context["form"].initial["product"] == str(product.pk)
    answer = client.post(reverse("products:apply"), case_typed(product, "submit", files=[report]), follow=True)

    case = DesignationApplication.objects.get()
    assert case.status == ApplicationStatus.SUBMITTED
    assert Receipt.objects.get().number in answer.content.decode()
    assert StoredFile.objects.get().target_id == str(case.pk)


def test_an_incomplete_application_is_kept_as_a_draft_but_not_submitted(client: Client, supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))

    page = client.post(reverse("products:apply"), case_typed(product, "submit", public_problem="", has_sworn=""))
    assert set(page.context["form"].errors) == {"public_problem", "has_sworn"}
    assert not DesignationApplication.objects.exists()

    client.post(reverse("products:apply"), case_typed(product, "save", public_problem=""))
    case = DesignationApplication.objects.get()
    client.post(reverse("products:application_edit", args=[case.pk]), case_typed(product, "submit"))
    case.refresh_from_db()
    assert case.status == ApplicationStatus.SUBMITTED


def test_routes_ask_for_what_they_need(client: Client, supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))

    page = client.post(reverse("products:apply"), case_typed(product, "submit", route="scout_recommended"))

    assert set(page.context["form"].errors) == {"scout_reference"}


def test_only_one_s_own_registered_products_can_be_chosen(client: Client, supplier: Any):
    foreign = ProductFactory()

    page = client.post(reverse("products:apply"), case_typed(foreign, "submit"))

    assert set(page.context["form"].errors) == {"product"}


def test_the_case_page_shows_the_timeline_and_the_request(client: Client, supplier: Any):
    officer = PpsUserFactory()
    case = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)))
    services.submit_application(actor=supplier, application_id=case.pk)
    services.start_check(actor=officer, application_id=case.pk)
    services.request_supplement(actor=officer, application_id=case.pk, message="성적서를 내십시오")

    page = client.get(reverse("products:application", args=[case.pk]))
    assert len(page.context["events"]) == 3
    assert "성적서를 내십시오" in page.content.decode()

    answer = client.post(
        reverse("products:supplement", args=[case.pk]),
        {
            "answer": "보냅니다",
            "files": [SimpleUploadedFile("r.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")],
        },
        follow=True,
    )
    case.refresh_from_db()
    assert case.status == ApplicationStatus.DOC_CHECK
    assert answer.status_code == 200
    assert client.get(reverse("products:supplement", args=[case.pk])).status_code == 302


def test_an_appeal_is_not_offered_after_its_time(client: Client, supplier: Any):
    officer = PpsUserFactory()
    case = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)))
    services.submit_application(actor=supplier, application_id=case.pk)
    services.start_check(actor=officer, application_id=case.pk)
    services.declare_ineligible(actor=officer, application_id=case.pk, reason="요건 미달")
    DesignationApplication.objects.filter(pk=case.pk).update(decided_at=timezone.now() - timedelta(days=40))

    page = client.get(reverse("products:application", args=[case.pk]))

    assert "appeal" not in page.context["actions"]
    assert "이의신청 기간이 지났습니다" in page.content.decode()


def test_a_decided_case_offers_the_appeal(client: Client, supplier: Any):
    officer = PpsUserFactory()
    case = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)))
    services.submit_application(actor=supplier, application_id=case.pk)
    services.start_check(actor=officer, application_id=case.pk)
    services.declare_ineligible(actor=officer, application_id=case.pk, reason="요건 미달")

    page = client.get(reverse("products:application", args=[case.pk]))
    assert "appeal" in page.context["actions"]
    assert client.get(reverse("products:appeal", args=[case.pk])).status_code == 200
    client.post(reverse("products:appeal", args=[case.pk]), {"grounds": "요건을 갖추었습니다"})

    case.refresh_from_db()
    assert case.status == ApplicationStatus.APPEALED


def test_a_case_is_withdrawn_from_its_page(client: Client, supplier: Any):
    case = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)))

    client.post(reverse("products:application_withdraw", args=[case.pk]))

    case.refresh_from_db()
    assert case.status == ApplicationStatus.WITHDRAWN


def test_somebody_else_s_case_is_not_found(client: Client, supplier: Any):
    case = ApplicationFactory()

    for name in ("application", "application_edit", "supplement", "appeal"):
        assert client.get(reverse(f"products:{name}", args=[case.pk])).status_code == 404
    assert client.post(reverse("products:application_withdraw", args=[case.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_my_applications_cost_the_same_for_one_or_many(
    client: Client, supplier: Any, count: int, django_assert_num_queries: Any
):
    for _number in range(count):
        ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)))

    with django_assert_num_queries(6):
        client.get(reverse("products:applications"))
