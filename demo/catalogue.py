"""The catalogue: designated products in bulk, as the official list brings them, and cases in every state."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.calendar import today
from demo import words
from demo.people import Cast
from demo.scale import Scale
from products import services
from products.enums import (
    ApplicationField,
    CriterionKind,
    DesignationStatus,
    ProductStatus,
    ProductType,
    ProposalRoute,
)
from products.models import Category, Designation, Product, ProductItem
from products.services import ProductContent
from products.services.catalogue import refresh_search_text


@transaction.atomic
def build(cast: Cast, scale: Scale) -> list[Product]:
    """Registered and designated products, spread over the companies; returns those in force for long."""
    categories = list(Category.objects.filter(parent__isnull=False).select_related("parent").order_by("code"))
    products = [_product(cast, number, categories) for number in range(scale.products)]
    Product.objects.bulk_create(products, batch_size=500)
    items = [item for number, product in enumerate(products) for item in _items(product, number)]
    ProductItem.objects.bulk_create(items, batch_size=1000)
    Designation.objects.bulk_create(
        [_designation(product, number) for number, product in enumerate(products)], batch_size=500
    )
    for product in products:
        refresh_search_text(product=product)
    services.expire_overdue_designations()
    long_enough = today() + timedelta(days=400)
    rows = Designation.objects.filter(status=DesignationStatus.DESIGNATED, valid_until__gte=long_enough)
    in_force = set(rows.values_list("product_id", flat=True))
    return [product for product in products if product.pk in in_force]


def _product(cast: Cast, number: int, categories: list[Category]) -> Product:
    name, name_en, summary, prefix, unit, _price = words.GOODS[number % len(words.GOODS)]
    version = number // len(words.GOODS) + 1
    supplier = cast.suppliers[number % len(cast.suppliers)]
    fitting = [c for c in categories if c.code.startswith(prefix)] or categories
    kind = ProductType.TYPE_2 if number % 3 else ProductType.TYPE_1
    return Product(
        supplier=supplier,
        name=f"{name} {version}세대" if version > 1 else name,
        name_en=f"{name_en} (generation {version})" if version > 1 else name_en,
        summary=summary,
        description=f"{summary} 공공기관에서 바로 쓸 수 있도록 만들었습니다. (가상의 제품입니다.)",
        category=fitting[number % len(fitting)],
        product_type=kind,
        status=ProductStatus.REGISTERED,
        trl=7 + number % 3,
        technology_summary="센서 신호를 현장에서 처리하여 필요한 값만 보냅니다.",
        expected_effect="점검 시간을 줄이고 이상을 먼저 알 수 있습니다.",
        trade_unit=unit,
        goods_class_no="41113701",
        detail_item_no="4111370101",
        is_lease_available=number % 5 == 0 or supplier == cast.suppliers[0],
        designating_body_name="조달청" if kind == ProductType.TYPE_2 else "과학기술정보통신부",
        certificate_no=f"{2024 + number % 3}-D{number + 1:04d}",
        is_listed=True,
        is_demo=True,
        registered_at=timezone.now() - timedelta(days=number % 700),
    )


def _items(product: Product, number: int) -> list[ProductItem]:
    _name, _english, _summary, _prefix, unit, price = words.GOODS[number % len(words.GOODS)]
    base = price * 100_000
    return [
        ProductItem(
            product=product,
            name=product.name,
            model_name=f"IM-{number + 1:04d}{letter}",
            spec="220V, 무선 통신, 방수",
            unit=unit,
            price_krw=base + step * base // 10,
        )
        for step, letter in enumerate("AB"[: 1 + number % 2])
    ]


def _designation(product: Product, number: int) -> Designation:
    """Most run for years; a few have lapsed or are about to."""
    age = 1100 if number % 40 == 39 else 960 if number % 20 == 19 else 30 + number * 7 % 500
    start = today() - timedelta(days=age)
    kind = 1 if product.product_type == ProductType.TYPE_1 else 2
    return Designation(
        product=product,
        number=f"IP-D{start.year}-{kind}-{number + 1:05d}",
        certificate_no=product.certificate_no,
        body_name=product.designating_body_name,
        holder_name=product.supplier.name,
        valid_from=start,
        valid_until=start + timedelta(days=3 * 365),
        status=DesignationStatus.DESIGNATED,
    )


def content(number: int, **changes: Any) -> ProductContent:
    """A new product as a company types it."""
    name, name_en, summary, prefix, unit, price = words.GOODS[number % len(words.GOODS)]
    category = Category.objects.filter(code__startswith=prefix, parent__isnull=False).order_by("code").first()
    fields = {
        "name": f"{name} 신형 {number}",
        "name_en": f"{name_en}, new model {number}",
        "summary": summary,
        "description": f"{summary} (가상의 제품입니다.)",
        "category": category,
        "product_type": ProductType.TYPE_2,
        "trl": 8,
        "trl_evidence": "공인 시험기관의 성적서로 확인하였습니다.",
        "technology_summary": "현장에서 신호를 처리합니다.",
        "expected_effect": "점검 시간을 줄입니다.",
        "safety_note": "전기 안전 인증을 받았습니다.",
        "domestic_parts_percent": 72,
        "trade_unit": unit,
        "goods_class_no": "41113701",
        "detail_item_no": "4111370101",
        "price_evidence": "최근 계약서와 원가 계산서입니다.",
        "contact_name": words.person(number),
        "contact_phone": "02-0000-0000",
        "contact_email": "supplier@demo.example",
        **changes,
    }
    item = {
        "name": name,
        "model_name": f"NEW-{number:03d}",
        "spec": "220V",
        "unit": unit,
        "price_krw": price * 100_000,
    }
    return ProductContent(fields=fields, items=[item])


APPLICATION = {
    "product_type": ProductType.TYPE_2,
    "route": ProposalRoute.SUPPLIER_PROPOSED,
    "field": ApplicationField.DAILY_LIFE,
    "technology_summary": "현장에서 신호를 처리하여 필요한 값만 보냅니다.",
    "public_problem": "인력으로는 모든 현장을 제때 점검할 수 없습니다.",
    "target_institutions": "지방자치단체, 시설공단",
    "service_improvement": "점검 시간이 절반으로 줄어듭니다.",
    "safety_statement": "전기 안전 인증을 받았습니다.",
    "regulation_status": "해당 규제가 없습니다.",
    "has_sworn": True,
}
STOPS = (
    "draft", "submitted", "check", "supplement", "gate", "assigned", "panel", "inspection",
    "council", "rejected", "appealed", "ineligible", "withdrawn", "designated",
)  # fmt: skip


def cases(cast: Cast) -> None:
    """Designation cases, one in every state that people meet."""
    desk, approver = cast.desks["designation"], cast.desks["approver"]
    for number, stop in enumerate(STOPS):
        supplier = cast.suppliers[number % len(cast.suppliers)]
        with transaction.atomic():
            _case(cast.officer(supplier), desk, approver, number, stop)
    services.save_product(actor=cast.officer(cast.suppliers[0]), content=content(90))
    given_up = services.save_product(actor=cast.officer(cast.suppliers[1]), content=content(91))
    services.withdraw_product(
        actor=cast.officer(cast.suppliers[1]), product_id=given_up.pk, reason="생산을 중단하였습니다."
    )


def designations(cast: Cast, products: list[Product]) -> None:
    """Designations that were suspended, extended, cancelled or moved to another company."""
    desk = cast.desks["designation"]
    reasons = (
        "성능 저하 신고가 있어 확인하는 동안 정지합니다.",
        "수출 실적이 있어 1년을 연장합니다.",
        "공공 조달 실적이 있어 2년을 연장합니다.",
        "지정 요건을 충족하지 못하게 되어 취소합니다.",
        "사업을 양도하여 지정을 승계합니다.",
    )
    rows = [Designation.objects.get(product=product) for product in products]
    suspended, once, twice, cancelled, moved = rows
    services.suspend_designation(actor=desk, designation_id=suspended.pk, reason=reasons[0])
    services.extend_designation(actor=desk, designation_id=once.pk, reason=reasons[1])
    services.extend_designation(actor=desk, designation_id=twice.pk, reason=reasons[1])
    services.extend_designation(actor=desk, designation_id=twice.pk, reason=reasons[2])
    services.cancel_designation(actor=desk, designation_id=cancelled.pk, reason=reasons[3])
    services.transfer_designation(
        actor=desk,
        designation_id=moved.pk,
        new_supplier=next(row for row in cast.suppliers if row.pk != moved.product.supplier_id),
        reason=reasons[4],
    )


def _case(owner: User, desk: User, approver: User, number: int, stop: str) -> None:
    product = services.save_product(actor=owner, content=content(number))
    services.register_product(actor=owner, product_id=product.pk)
    fields = {**APPLICATION, "product": product}
    application = services.save_application(actor=owner, fields=fields)
    pk = application.pk
    if stop == "draft":
        return
    services.submit_application(actor=owner, application_id=pk)
    if stop == "submitted":
        return
    if stop == "withdrawn":
        services.withdraw_application(actor=owner, application_id=pk, reason="자료를 보완하여 다시 신청하겠습니다.")
        return
    services.start_check(actor=desk, application_id=pk)
    if stop == "check":
        return
    if stop == "supplement":
        services.request_supplement(actor=desk, application_id=pk, message="시험 성적서의 발급일이 보이지 않습니다.")
        return
    _review(owner, desk, approver, pk, stop)


def _review(owner: User, desk: User, approver: User, pk: int, stop: str) -> None:
    services.pass_check(actor=desk, application_id=pk)
    if stop == "gate":
        return
    if stop == "ineligible":
        services.declare_ineligible(actor=desk, application_id=pk, reason="시제품이 없어 신청 자격이 없습니다.")
        return
    criteria = list(services.rubric_for(product_type=ProductType.TYPE_2, on=today()).criteria.order_by("order"))
    gates = {c.code: True for c in criteria if c.kind == CriterionKind.GATE}
    services.pass_gate(actor=desk, application_id=pk, results=gates)
    if stop == "assigned":
        return
    services.start_scoring(actor=desk, application_id=pk, panel_size=5)
    if stop == "panel":
        return
    if stop in {"rejected", "appealed"}:
        services.reject_application(actor=desk, application_id=pk, reason="기존 제품과의 차이가 확인되지 않았습니다.")
        if stop == "appealed":
            services.appeal(actor=owner, application_id=pk, grounds="비교 시험 성적서를 새로 제출합니다.")
        return
    averages = {c.code: c.max_points * Decimal("0.85") for c in criteria if c.kind == CriterionKind.SCORE}
    services.pass_scoring(actor=desk, application_id=pk, averages=averages)
    if stop == "inspection":
        return
    services.pass_inspection(
        actor=desk,
        application_id=pk,
        inspected_on=today() - timedelta(days=2),
        finding="시제품이 신청서와 같았습니다.",
    )
    services.propose_designation(
        actor=desk,
        application_id=pk,
        council_session="제12차 조달정책심의위원회",
        council_held_on=today() - timedelta(days=1),
        reason="공공성과 혁신성이 기준을 넘었습니다.",
    )
    if stop == "designated":
        services.approve_designation(actor=approver, application_id=pk)
