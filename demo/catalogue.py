"""The catalogue: designated products in bulk, as the official list brings them, and cases in every state."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Organization, User
from core.calendar import today
from demo import words
from demo.people import Cast
from demo.scale import Scale
from demo.timeline import Story
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
from products.services.catalogue import search_text_of

# Designated before the first round of the year was planned
LONG_AGO = 430


@transaction.atomic
def build(cast: Cast, scale: Scale) -> list[Product]:
    """Registered and designated products, spread over the companies; returns those in force all the time."""
    categories = list(Category.objects.filter(parent__isnull=False).select_related("parent").order_by("code"))
    products = [_product(cast, number, categories) for number in range(scale.products)]
    items = [item for number, product in enumerate(products) for item in _items(product, number)]
    _make_searchable(products, items)
    Product.objects.bulk_create(products, batch_size=500)
    ProductItem.objects.bulk_create(items, batch_size=1000)
    Designation.objects.bulk_create(
        [_designation(product, number, cast.clock.today) for number, product in enumerate(products)], batch_size=500
    )
    long_enough = cast.clock.today + timedelta(days=400)
    rows = Designation.objects.filter(status=DesignationStatus.DESIGNATED, valid_until__gte=long_enough)
    in_force = set(rows.values_list("product_id", flat=True))
    return [product for number, product in enumerate(products) if product.pk in in_force and _age(number) >= LONG_AGO]


def _make_searchable(products: list[Product], items: list[ProductItem]) -> None:
    """What the catalogue's search looks through, as registering a product would write it."""
    models: dict[int, list[ProductItem]] = {}
    for item in items:
        models.setdefault(id(item.product), []).append(item)
    for product in products:
        product.search_text = search_text_of(product=product, items=models[id(product)])


def _product(cast: Cast, number: int, categories: list[Category]) -> Product:
    _name, _english, summary, prefix, unit, _price = words.GOODS[number % len(words.GOODS)]
    name, name_en = words.model(number)
    supplier = cast.suppliers[number % len(cast.suppliers)]
    fitting = [c for c in categories if c.code.startswith(prefix)] or categories
    kind = ProductType.TYPE_2 if number % 3 else ProductType.TYPE_1
    return Product(
        supplier=supplier,
        name=name,
        name_en=name_en,
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
        is_lease_available=number % 3 == 0 or supplier == cast.suppliers[0],
        designating_body_name="조달청" if kind == ProductType.TYPE_2 else "과학기술정보통신부",
        certificate_no=f"{2024 + number % 3}-D{number + 1:04d}",
        is_listed=True,
        is_demo=True,
        registered_at=cast.clock.at(_age(number) + 90, 9 + number % 9),
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


def _age(number: int) -> int:
    """For how many days a product has been designated: most for over a year; a few are new, or have lapsed."""
    if number % 20 == 19:
        return 1100 if number % 40 == 39 else 960
    return 30 + number * 7 % 300 if number % 10 == 5 else LONG_AGO + number * 7 % 250


def _designation(product: Product, number: int, today: date) -> Designation:
    start = today - timedelta(days=_age(number))
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
# How many days ago a case began, where it has come further than the first checks
BEGAN = {
    "gate": 15, "assigned": 18, "panel": 20, "inspection": 34, "council": 44, "rejected": 60, "appealed": 28,
    "ineligible": 30, "withdrawn": 40, "designated": 70,
}  # fmt: skip


def cases(cast: Cast) -> None:
    """Designation cases, one in every state that people meet."""
    stories = [_case(cast, cast.suppliers[number % len(cast.suppliers)], number) for number in range(len(STOPS))]
    cast.timeline.start(*stories, _unfinished(cast))


def _unfinished(cast: Cast) -> Story[None]:
    """A product that is being written, and one that was given up."""
    yield 12
    owner = cast.officer(cast.suppliers[1])
    given_up = services.save_product(actor=owner, content=content(91))
    yield 9
    services.withdraw_product(actor=owner, product_id=given_up.pk, reason="생산을 중단하였습니다.")
    yield 2
    services.save_product(actor=cast.officer(cast.suppliers[0]), content=content(90))


def designations(cast: Cast, products: list[Product]) -> Story[None]:
    """Designations that were suspended, extended, cancelled or moved to another company."""
    desk = cast.desks["designation"]
    reasons = (
        "성능 저하 신고가 있어 확인하는 동안 정지합니다.",
        "수출 실적이 있어 1년을 연장합니다.",
        "공공 조달 실적이 있어 2년을 연장합니다.",
        "지정 요건을 충족하지 못하게 되어 취소합니다.",
        "사업을 양도하여 지정을 승계합니다.",
    )
    suspended, once, twice, cancelled, moved = [Designation.objects.get(product=product) for product in products]
    yield 190
    services.extend_designation(actor=desk, designation_id=twice.pk, reason=reasons[1])
    yield 120
    services.extend_designation(actor=desk, designation_id=once.pk, reason=reasons[1])
    yield 75
    services.cancel_designation(actor=desk, designation_id=cancelled.pk, reason=reasons[3])
    yield 33
    services.transfer_designation(
        actor=desk,
        designation_id=moved.pk,
        new_supplier=next(row for row in cast.suppliers if row.pk != moved.product.supplier_id),
        reason=reasons[4],
    )
    yield 20
    services.extend_designation(actor=desk, designation_id=twice.pk, reason=reasons[2])
    yield 6
    services.suspend_designation(actor=desk, designation_id=suspended.pk, reason=reasons[0])


def _case(cast: Cast, supplier: Organization, number: int) -> Story[None]:
    """One application up to the state that its number stands for; the further it got, the earlier it began."""
    stop, owner, desk = STOPS[number], cast.officer(supplier), cast.desks["designation"]
    began = BEGAN.get(stop, 8)
    yield began
    product = services.save_product(actor=owner, content=content(number))
    services.register_product(actor=owner, product_id=product.pk)
    application = services.save_application(actor=owner, fields={**APPLICATION, "product": product})
    pk = application.pk
    if stop == "draft":
        return
    yield began - 2
    services.submit_application(actor=owner, application_id=pk)
    if stop == "submitted":
        return
    yield began - 4
    if stop == "withdrawn":
        services.withdraw_application(actor=owner, application_id=pk, reason="자료를 보완하여 다시 신청하겠습니다.")
        return
    services.start_check(actor=desk, application_id=pk)
    if stop == "check":
        return
    yield began - 6
    if stop == "supplement":
        services.request_supplement(actor=desk, application_id=pk, message="시험 성적서의 발급일이 보이지 않습니다.")
        return
    services.pass_check(actor=desk, application_id=pk)
    if stop != "gate":
        yield from _review(cast, owner, pk, stop, began - 8)


def _review(cast: Cast, owner: User, pk: int, stop: str, ago: int) -> Story[None]:
    desk = cast.desks["designation"]
    yield ago
    if stop == "ineligible":
        services.declare_ineligible(actor=desk, application_id=pk, reason="시제품이 없어 신청 자격이 없습니다.")
        return
    criteria = list(services.rubric_for(product_type=ProductType.TYPE_2, on=today()).criteria.order_by("order"))
    gates = {c.code: True for c in criteria if c.kind == CriterionKind.GATE}
    services.pass_gate(actor=desk, application_id=pk, results=gates)
    if stop == "assigned":
        return
    yield ago - 3
    services.start_scoring(actor=desk, application_id=pk, panel_size=5)
    if stop == "panel":
        return
    yield ago - 12
    if stop in {"rejected", "appealed"}:
        services.reject_application(actor=desk, application_id=pk, reason="기존 제품과의 차이가 확인되지 않았습니다.")
        if stop == "appealed":
            yield ago - 15
            services.appeal(actor=owner, application_id=pk, grounds="비교 시험 성적서를 새로 제출합니다.")
        return
    averages = {c.code: c.max_points * Decimal("0.85") for c in criteria if c.kind == CriterionKind.SCORE}
    services.pass_scoring(actor=desk, application_id=pk, averages=averages)
    if stop != "inspection":
        yield from _council(cast, pk, stop, ago - 20)


def _council(cast: Cast, pk: int, stop: str, ago: int) -> Story[None]:
    desk = cast.desks["designation"]
    yield ago
    services.pass_inspection(
        actor=desk,
        application_id=pk,
        inspected_on=today() - timedelta(days=1),
        finding="시제품이 신청서와 같았습니다.",
    )
    yield ago - 7
    services.propose_designation(
        actor=desk,
        application_id=pk,
        council_session="제12차 조달정책심의위원회",
        council_held_on=today() - timedelta(days=1),
        reason="공공성과 혁신성이 기준을 넘었습니다.",
    )
    if stop == "designated":
        yield ago - 9
        services.approve_designation(actor=cast.desks["approver"], application_id=pk)
