from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.drafts import load_draft, save_draft
from core.models import Receipt, StoredFile
from products.enums import FilePurpose, ProductStatus
from products.models import Product
from tests.accounts.factories import (
    InstitutionUserFactory,
    PpsUserFactory,
    SupplierUserFactory,
)
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005"
    "0001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def supplier(client: Client) -> Any:
    user = SupplierUserFactory()
    client.force_login(user)
    return user


def organization_of(user: Any) -> Any:
    return user.memberships.get().organization


def typed(do: str, **changes: Any) -> dict[str, Any]:
    """What the browser posts for a complete product with one model."""
    values = {
        "do": do,
        "name": "수질 감시 부표",
        "product_type": "type_2",
        "category": "C0201",
        "summary": "저수지의 수질을 봅니다.",
        "description": "태양광 부표",
        "detail_item_no": "4111-3701-01",
        "trade_unit": "대",
        "technology_summary": "형광 센서",
        "trl": "8",
        "trl_evidence": "시험원 확인",
        "price_evidence": "원가계산서",
        "contact_name": "김담당",
        "contact_phone": "02-0000-0000",
        "items-0-model_name": "BUOY-1",
        "items-0-unit": "대",
        "items-0-price_krw": "12,000,000",
    }
    for prefix in ("items", "ip_rights", "certifications"):
        values |= {f"{prefix}-TOTAL_FORMS": "2", f"{prefix}-INITIAL_FORMS": "0"}
    for index in (0, 1):
        values |= {f"ip_rights-{index}-kind": "patent", f"ip_rights-{index}-licence": "owned"}
    return values | changes


@pytest.mark.parametrize("count", [1, 3])
def test_my_products_cost_the_same_for_one_or_many(
    client: Client, supplier: Any, count: int, django_assert_num_queries: Any
):
    for _number in range(count):
        ProductFactory(supplier=organization_of(supplier), designated=True)

    with django_assert_num_queries(7):
        client.get(reverse("products:mine"))


def test_a_product_is_registered_in_the_browser_with_files_and_a_receipt(client: Client, supplier: Any):
    image = SimpleUploadedFile("photo.png", PNG, content_type="image/png")
    evidence = SimpleUploadedFile("trl.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")

    answer = client.post(
        reverse("products:create"), typed("register", images=[image], trl_files=[evidence]), follow=True
    )

    product = Product.objects.get()
    item = product.items.get()
    assert product.status == ProductStatus.REGISTERED
    assert (product.detail_item_no, product.goods_class_no, item.price_krw) == ("4111370101", "41113701", 12_000_000)
    assert set(StoredFile.objects.values_list("purpose", "target_id")) == {
        (FilePurpose.IMAGE, str(product.pk)),
        (FilePurpose.TRL, str(product.pk)),
    }
    assert Receipt.objects.get().number in answer.content.decode()


def test_an_unfinished_product_is_saved_as_a_draft(client: Client, supplier: Any):
    client.post(reverse("products:create"), typed("save", summary="", **{"items-0-price_krw": ""}))

    product = Product.objects.get()
    page = client.get(reverse("products:own", args=[product.pk]))
    assert product.status == ProductStatus.DRAFT
    assert len(page.context["missing"]) == 2


def test_a_refused_form_keeps_its_input_and_its_files_and_says_why_beside_the_field(client: Client, supplier: Any):
    image = SimpleUploadedFile("photo.png", PNG, content_type="image/png")

    page = client.post(reverse("products:create"), typed("register", summary="", trl="3", images=[image]))

    assert not Product.objects.exists()
    assert set(page.context["form"].errors) == {"summary", "trl"}
    stored = StoredFile.objects.get()
    assert f'name="kept_images" value="{stored.pk}"' in page.content.decode()

    client.post(reverse("products:create"), typed("register", kept_images=[str(stored.pk)]))

    stored.refresh_from_db()
    assert stored.target_id == str(Product.objects.get().pk)


def test_a_file_of_the_wrong_kind_is_refused_beside_its_field(client: Client, supplier: Any):
    disguised = SimpleUploadedFile("photo.png", b"MZ not an image", content_type="image/png")

    page = client.post(reverse("products:create"), typed("save", images=[disguised]))

    assert list(page.context["form"].errors) == ["images"]
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"items-0-price_krw": "많이"}, "items"),
        ({"items-0-price_krw": "-5"}, "items"),
        ({"items-0-goods_id_no": "12"}, "items"),
        ({"items-1-model_name": "BUOY-1"}, "items"),
        ({"certifications-0-name": "NET", "certifications-0-issued_on": "2026-02-31"}, "certifications"),
        (
            {
                "certifications-0-name": "NET",
                "certifications-0-issued_on": "2026-02-01",
                "certifications-0-expires_on": "2025-01-01",
            },
            "certifications",
        ),
        ({"ip_rights-0-title": "특허"}, "ip_rights"),
    ],
)
def test_wrong_rows_are_said_in_their_row(client: Client, supplier: Any, changes: dict[str, str], where: str):
    page = client.post(reverse("products:create"), typed("save", **changes))

    assert not Product.objects.exists()
    assert any(page.context["bundle"].rows[where].errors)


def test_more_rows_can_be_had_without_javascript_and_lose_nothing(client: Client, supplier: Any):
    page = client.post(reverse("products:create"), typed("rows"))

    rows = page.context["bundle"].items
    assert rows.total_form_count() == 2
    assert rows.forms[0].initial["model_name"] == "BUOY-1"
    assert page.context["form"].initial["name"] == "수질 감시 부표"
    assert not Product.objects.exists()


def test_a_draft_in_the_browser_comes_back_and_is_dropped_once_saved(client: Client, supplier: Any):
    key = "products.product:new"
    client.post(reverse("core:draft", args=[key]), {**typed("save"), "name": "반쯤 쓴 이름"})

    page = client.get(reverse("products:create"))
    assert page.context["form"].initial["name"] == "반쯤 쓴 이름"
    assert page.context["bundle"].items.forms[0].initial["price_krw"] == "12,000,000"

    client.post(reverse("products:create"), typed("save"))
    assert not load_draft(actor=supplier, key=key)


def test_a_draft_can_be_discarded(client: Client, supplier: Any):
    product = ProductFactory(draft=True, supplier=organization_of(supplier), name="저장된 이름")
    save_draft(actor=supplier, key=f"products.product:{product.pk}", content={"name": ["자동 저장"]})

    url = reverse("products:edit", args=[product.pk])

    assert "자동 저장" in client.get(url).content.decode()
    assert "자동 저장" not in client.get(f"{url}?discard=1").content.decode()


def test_a_product_is_edited_with_its_rows(client: Client, supplier: Any):
    product = ProductFactory(draft=True, supplier=organization_of(supplier))
    item = product.items.get()
    page = client.get(reverse("products:edit", args=[product.pk]))
    assert page.context["bundle"].items.forms[0].initial["id"] == item.pk
    changed = {"items-INITIAL_FORMS": "1", "items-0-id": str(item.pk), "items-0-model_name": "BUOY-2"}

    client.post(reverse("products:edit", args=[product.pk]), typed("save", **changed))

    item.refresh_from_db()
    assert (item.model_name, product.items.count()) == ("BUOY-2", 1)


def test_somebody_else_s_product_is_not_found(client: Client, supplier: Any):
    product = ProductFactory(draft=True)

    for name in ("own", "edit"):
        assert client.get(reverse(f"products:{name}", args=[product.pk])).status_code == 404
    for name in ("copy", "withdraw", "restore"):
        assert client.post(reverse(f"products:{name}", args=[product.pk]), {"reason": "x"}).status_code == 404
    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT


@pytest.mark.parametrize("route", ["mine", "create", "applications", "apply"])
def test_institutions_and_pps_have_no_products_of_their_own(client: Client, route: str):
    for visitor in (InstitutionUserFactory(), PpsUserFactory()):
        client.force_login(visitor)
        assert client.get(reverse(f"products:{route}")).status_code == 403


@pytest.mark.parametrize("route", ["mine", "create", "applications", "apply"])
def test_strangers_are_asked_to_sign_in(client: Client, route: str):
    assert client.get(reverse(f"products:{route}")).status_code == 302


def test_copy_withdraw_and_restore_from_the_page(client: Client, supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))

    client.post(reverse("products:copy", args=[product.pk]))
    client.post(reverse("products:withdraw", args=[product.pk]), {"reason": "단종"})
    product.refresh_from_db()
    assert (Product.objects.count(), product.status) == (2, ProductStatus.WITHDRAWN)
    assert client.get(reverse("products:edit", args=[product.pk])).status_code == 302

    client.post(reverse("products:restore", args=[product.pk]))
    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT


def test_a_withdrawal_needs_a_reason(client: Client, supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))

    client.post(reverse("products:withdraw", args=[product.pk]), {"reason": ""})

    product.refresh_from_db()
    assert product.status == ProductStatus.REGISTERED


def test_a_file_is_taken_off_a_product(client: Client, supplier: Any):
    client.post(
        reverse("products:create"),
        typed("save", images=[SimpleUploadedFile("photo.png", PNG, content_type="image/png")]),
    )
    product, stored = Product.objects.get(), StoredFile.objects.get()

    client.post(reverse("products:file_remove", args=[product.pk, stored.pk]))

    stored.refresh_from_db()
    assert stored.target_id == ""


def test_evidence_is_read_by_the_company_and_pps_only(client: Client, supplier: Any):
    evidence = SimpleUploadedFile("trl.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")
    client.post(reverse("products:create"), typed("register", trl_files=[evidence]))
    url = reverse("core:file", args=[StoredFile.objects.get().pk])

    for visitor, status in ((supplier, 200), (PpsUserFactory(), 200), (SupplierUserFactory(), 404)):
        client.force_login(visitor)
        answer = client.get(url)
        if answer.streaming:
            assert b"".join(answer.streaming_content).startswith(b"%PDF")
        assert answer.status_code == status


def test_a_complete_draft_is_registered_from_its_page(client: Client, supplier: Any):
    client.post(reverse("products:create"), typed("save"))
    product = Product.objects.get()
    page = client.get(reverse("products:own", args=[product.pk])).content.decode()
    assert reverse("products:register", args=[product.pk]) in page

    answer = client.post(reverse("products:register", args=[product.pk]))

    product.refresh_from_db()
    assert product.status == ProductStatus.REGISTERED
    assert answer.headers["Location"] == reverse("core:receipt", args=[Receipt.objects.get().number])


def test_an_incomplete_draft_is_not_registered_from_its_page(client: Client, supplier: Any):
    client.post(reverse("products:create"), typed("save", description=""))
    product = Product.objects.get()
    page = client.get(reverse("products:own", args=[product.pk])).content.decode()
    assert reverse("products:register", args=[product.pk]) not in page

    client.post(reverse("products:register", args=[product.pk]))

    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT
