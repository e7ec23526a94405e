from typing import Any

import pytest

from core.errors import NotPermitted
from core.models import AuditEntry, Receipt
from products import services
from products.enums import (
    PriceFlag,
    ProductStatus,
    ProductType,
)
from products.errors import (
    ProductIncomplete,
    ProductInUse,
)
from products.models import Category, DesignationApplication
from products.services import ProductContent
from tests.accounts.factories import PpsUserFactory, SupplierFactory, SupplierUserFactory
from tests.products.factories import ApplicationFactory, ProductFactory

pytestmark = pytest.mark.django_db

FIELDS = {
    "name": "수질 감시 부표",
    "product_type": ProductType.TYPE_2,
    "summary": "저수지의 수질을 실시간으로 봅니다.",
    "description": "태양광으로 움직이는 부표입니다.",
    "detail_item_no": "4111370101",
    "goods_class_no": "41113701",
    "trade_unit": "대",
    "technology_summary": "형광 센서",
    "trl": 8,
    "trl_evidence": "한국시험원 2026-03",
    "price_evidence": "원가계산서",
    "contact_name": "김담당",
    "contact_phone": "02-0000-0000",
}
ITEM = {"model_name": "BUOY-1", "unit": "대", "price_krw": 12_000_000}


@pytest.fixture
def supplier(db: Any) -> Any:
    return SupplierUserFactory()


def organization_of(user: Any) -> Any:
    return user.memberships.get().organization


def content(**changes: Any) -> ProductContent:
    fields = {**FIELDS, "category": Category.objects.get(code="C0201"), **changes}
    return ProductContent(fields=fields, items=[ITEM])


def submitted(supplier: Any, **product: Any) -> DesignationApplication:
    application = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier), **product))
    services.submit_application(actor=supplier, application_id=application.pk)
    application.refresh_from_db()
    return application


def test_a_supplier_saves_and_registers_a_product(supplier: Any):
    product = services.save_product(actor=supplier, content=content())
    receipt = services.register_product(actor=supplier, product_id=product.pk)

    product.refresh_from_db()
    assert (product.status, product.supplier) == (ProductStatus.REGISTERED, organization_of(supplier))
    assert (product.items.get().price_flag, product.is_public) == (PriceFlag.NONE, False)
    assert "buoy-1" in product.search_text
    assert receipt == Receipt.objects.get()
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["create", "register"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"summary": ""}, "한 줄|one-line"),
        ({"category": None}, "분류|category"),
        ({"trl": 6}, "7"),
        ({"trl_evidence": ""}, "기술성숙도|evidence"),
    ],
)
def test_an_incomplete_product_is_not_registered_and_says_what_is_missing(
    supplier: Any, change: dict[str, Any], said: str
):
    product = services.save_product(actor=supplier, content=content(**change))

    with pytest.raises(ProductIncomplete, match=said):
        services.register_product(actor=supplier, product_id=product.pk)

    product.refresh_from_db()
    assert product.status == ProductStatus.DRAFT


def test_a_product_needs_a_model_with_a_price(supplier: Any):
    bare = ProductContent(fields=content().fields, items=[{**ITEM, "price_krw": None}])
    product = services.save_product(actor=supplier, content=bare)

    with pytest.raises(ProductIncomplete):
        services.register_product(actor=supplier, product_id=product.pk)


def test_a_type_1_product_needs_no_readiness_level(supplier: Any):
    typed = content(product_type=ProductType.TYPE_1, trl=None, trl_evidence="")
    product = services.save_product(actor=supplier, content=typed)

    services.register_product(actor=supplier, product_id=product.pk)

    product.refresh_from_db()
    assert product.status == ProductStatus.REGISTERED


def test_an_unconfirmed_company_registers_nothing():
    newcomer = SupplierUserFactory(organization=SupplierFactory(pending=True))

    with pytest.raises(NotPermitted):
        services.save_product(actor=newcomer, content=content())


def test_nobody_edits_the_product_of_another_company(supplier: Any):
    product = ProductFactory(name="남의 제품")

    with pytest.raises(NotPermitted):
        services.save_product(actor=supplier, content=content(), product_id=product.pk)

    product.refresh_from_db()
    assert product.name == "남의 제품"


def test_editing_keeps_rows_by_their_id_and_drops_the_others(supplier: Any):
    product = ProductFactory(draft=True, supplier=organization_of(supplier), item_count=2)
    kept = product.items.order_by("pk").first()
    rows = [{"id": kept.pk, "model_name": "NEW", "price_krw": 5}, ITEM]

    services.save_product(actor=supplier, content=ProductContent(fields=FIELDS, items=rows), product_id=product.pk)

    assert list(product.items.order_by("position").values_list("model_name", flat=True)) == ["NEW", "BUOY-1"]
    kept.refresh_from_db()
    assert kept.model_name == "NEW"


def test_an_id_of_another_product_s_row_makes_a_new_row(supplier: Any):
    foreign = ProductFactory().items.get()
    product = ProductFactory(draft=True, supplier=organization_of(supplier))
    rows = [{"id": foreign.pk, "model_name": "MINE", "price_krw": 5}]

    services.save_product(actor=supplier, content=ProductContent(fields=FIELDS, items=rows), product_id=product.pk)

    before = foreign.model_name
    foreign.refresh_from_db()
    assert (foreign.model_name, product.items.get().model_name) == (before, "MINE")


def test_a_registered_product_cannot_be_emptied(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))

    with pytest.raises(ProductIncomplete):
        services.save_product(actor=supplier, content=content(summary=""), product_id=product.pk)


def test_a_copy_is_a_draft_with_its_rows_and_without_its_certificate(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier), designated=True, certificate_no="2024-1")

    copied = services.copy_product(actor=supplier, product_id=product.pk)

    assert (copied.status, copied.certificate_no, copied.is_listed) == (ProductStatus.DRAFT, "", False)
    assert (copied.items.count(), product.items.count(), copied.designations.count()) == (1, 1, 0)


def test_a_withdrawn_product_can_come_back_as_a_draft(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier))

    services.withdraw_product(actor=supplier, product_id=product.pk, reason="단종")
    services.restore_product(actor=supplier, product_id=product.pk)

    product.refresh_from_db()
    assert (product.status, product.withdraw_reason) == (ProductStatus.DRAFT, "")


def test_a_designated_product_is_not_withdrawn_by_its_company_alone(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier), designated=True)

    with pytest.raises(ProductInUse):
        services.withdraw_product(actor=supplier, product_id=product.pk, reason="단종")


def test_a_product_under_review_is_not_withdrawn(supplier: Any):
    case = submitted(supplier)

    with pytest.raises(ProductInUse):
        services.withdraw_product(actor=supplier, product_id=case.product_id, reason="단종")


def test_the_desk_settles_a_price_and_others_do_not(supplier: Any):
    item = ProductFactory().items.get()
    item.price_krw, item.price_flag = 1, PriceFlag.ONE_WON
    item.save()

    with pytest.raises(NotPermitted):
        services.review_price(actor=supplier, item_id=item.pk, price_krw=500, reason="오기")
    services.review_price(actor=PpsUserFactory(), item_id=item.pk, price_krw=500, reason="오기")

    item.refresh_from_db()
    assert (item.price_krw, item.price_flag) == (500, PriceFlag.NONE)


def test_a_price_of_one_won_stays_marked_when_the_company_saves_it_again(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier), draft=True)

    services.save_product(
        actor=supplier,
        content=ProductContent(fields=FIELDS, items=[{**ITEM, "price_krw": 1}]),
        product_id=product.pk,
    )

    assert product.items.get().price_flag == PriceFlag.ONE_WON


def test_the_type_stays_once_a_designation_rests_on_it(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier), designated=True)

    with pytest.raises(ProductInUse):
        services.save_product(actor=supplier, content=content(product_type=ProductType.TYPE_1), product_id=product.pk)


def test_a_suspension_is_not_escaped_by_withdrawing(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier), designated=True)
    services.suspend_designation(
        actor=PpsUserFactory(), designation_id=product.designations.get().pk, reason="안전사고"
    )

    with pytest.raises(ProductInUse):
        services.withdraw_product(actor=supplier, product_id=product.pk, reason="단종")
