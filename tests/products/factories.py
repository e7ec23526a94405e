from datetime import date, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from products.enums import (
    ApplicationField,
    ApplicationStatus,
    ProductStatus,
    ProductType,
    ProposalRoute,
)
from products.models import Category, Designation, DesignationApplication, Product, ProductItem
from tests.accounts.factories import SupplierFactory


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category

    code = factory.Sequence(lambda n: f"T{n:04d}")
    name_ko = factory.Sequence(lambda n: f"분류 {n}")
    name_en = factory.Sequence(lambda n: f"Category {n}")


class ProductItemFactory(DjangoModelFactory[ProductItem]):
    class Meta:
        model = ProductItem

    product = factory.SubFactory("tests.products.factories.ProductFactory")
    name = "미세먼지 측정기"
    model_name = factory.Sequence(lambda n: f"AIR-{n:03d}")
    goods_id_no = factory.Sequence(lambda n: f"{30000000 + n}")
    spec = "300×200×100mm"
    unit = "대"
    price_krw = 3_000_000
    position = factory.Sequence(lambda n: n % 100)


class DesignationFactory(DjangoModelFactory[Designation]):
    """Valid for three years from a year ago."""

    class Meta:
        model = Designation

    product = factory.SubFactory("tests.products.factories.ProductFactory", is_listed=True)
    number = factory.Sequence(lambda n: f"IP-2026-2-{n + 1:04d}")
    certificate_no = factory.Sequence(lambda n: f"2026-{n + 1:03d}")
    body_name = "조달청"
    holder_name = factory.LazyAttribute(lambda o: o.product.supplier.name)
    valid_from = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=365))
    valid_until = factory.LazyAttribute(lambda o: _years_later(o.valid_from, 3) - timedelta(days=1))


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


class ProductFactory(DjangoModelFactory[Product]):
    """A registered product with one priced item; ``designated=True`` puts it into the catalogue with a designation."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    supplier = factory.SubFactory(SupplierFactory)
    name = factory.Sequence(lambda n: f"스마트 미세먼지 측정기 {n}")
    summary = "실시간으로 미세먼지를 측정합니다."
    description = "광산란 방식으로 초미세먼지를 측정하고 알립니다."
    product_type = ProductType.TYPE_2
    trl = 8
    trade_unit = "대"
    detail_item_no = "4111370101"
    goods_class_no = "41113701"
    status = ProductStatus.REGISTERED
    registered_at = factory.LazyFunction(timezone.now)
    search_text = factory.LazyAttribute(lambda o: f"{o.name} {o.summary} {o.description}".lower())
    is_listed = False

    class Params:
        draft = factory.Trait(status=ProductStatus.DRAFT, registered_at=None)

    @factory.post_generation
    def item_count(self: Any, create: bool, extracted: int | None, **kwargs: Any) -> None:
        if not create:
            return
        for position in range(1 if extracted is None else extracted):
            ProductItemFactory(product=self, position=position)

    @factory.post_generation
    def designated(self: Any, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if not create or not extracted:
            return
        Product.objects.filter(pk=self.pk).update(is_listed=True)
        self.is_listed = True
        DesignationFactory(product=self, **kwargs)


class ApplicationFactory(DjangoModelFactory[DesignationApplication]):
    """A complete draft."""

    class Meta:
        model = DesignationApplication

    product = factory.SubFactory(ProductFactory)
    product_type = factory.LazyAttribute(lambda o: o.product.product_type)
    route = ProposalRoute.SUPPLIER_PROPOSED
    field = ApplicationField.DAILY_LIFE
    technology_summary = "광산란 센서 보정 기술"
    public_problem = "학교 주변의 공기질"
    target_institutions = "초등학교, 보건소"
    service_improvement = "민원 응답 시간을 줄입니다."
    safety_statement = "전기 안전 인증을 받았습니다."
    regulation_status = "해당 규제가 없습니다."
    has_sworn = True
    status = ApplicationStatus.DRAFT
