import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from products.enums import ProductType
from products.models import Category
from tests.accounts.factories import (
    InstitutionUserFactory,
    PpsUserFactory,
    SupplierFactory,
    SupplierUserFactory,
)
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db


def test_anybody_reads_the_catalogue_and_a_product(client: Client):
    product = ProductFactory(designated=True, name="항균 블록")

    page = client.get(reverse("products:list"))
    detail = client.get(reverse("products:detail", args=[product.pk]))
    certificate = client.get(reverse("products:certificate", args=[product.pk, product.designations.get().pk]))

    assert "항균 블록" in page.content.decode()
    assert "3,000,000" in detail.content.decode()
    assert product.designations.get().number in certificate.content.decode()


def test_a_draft_or_undesignated_product_is_not_there_for_strangers(client: Client):
    hidden = [ProductFactory(draft=True), ProductFactory()]

    for visitor in (None, SupplierUserFactory(), InstitutionUserFactory()):
        if visitor:
            client.force_login(visitor)
        statuses = [client.get(reverse("products:detail", args=[row.pk])).status_code for row in hidden]
        assert statuses == [404, 404]


def test_pps_sees_registered_products_but_no_drafts(client: Client):
    client.force_login(PpsUserFactory())

    registered, draft = ProductFactory(), ProductFactory(draft=True)

    assert client.get(reverse("products:detail", args=[registered.pk])).status_code == 200
    assert client.get(reverse("products:detail", args=[draft.pk])).status_code == 404


def test_the_filters_narrow_the_catalogue(client: Client):
    wanted = ProductFactory(
        designated=True,
        name="임차 가능한 제품",
        product_type=ProductType.TYPE_1,
        category=Category.objects.get(code="C0201"),
        is_lease_available=True,
        supplier=SupplierFactory(province_id="11"),
    )
    ProductFactory(designated=True, name="다른 제품")

    for query in ("type=type_1", "category=C02", "category=C0201", "province=11", "lease=on"):
        page = client.get(f"{reverse('products:list')}?{query}")
        assert [card.product for card in page.context["rows"]] == [wanted], query
    page = client.get(f"{reverse('products:list')}?price_from=9000000")
    assert page.context["rows"] == []


def test_a_price_that_cannot_be_read_says_so_and_filters_nothing(client: Client):
    ProductFactory(designated=True)

    page = client.get(f"{reverse('products:list')}?price_from=많이")

    assert len(page.context["rows"]) == 1
    assert "price_from" in page.context["form"].errors


def test_prices_sort_the_catalogue(client: Client):
    cheap, dear = ProductFactory(designated=True, item_count=0), ProductFactory(designated=True, item_count=0)
    cheap.items.create(model_name="A", price_krw=10)
    dear.items.create(model_name="B", price_krw=20)

    page = client.get(f"{reverse('products:list')}?sort=-price")

    assert [card.product for card in page.context["rows"]] == [dear, cheap]


def test_the_catalogue_downloads_as_csv_and_xlsx_with_its_filters(client: Client):
    ProductFactory(designated=True, name="블록 하나", search_text="블록 하나")
    ProductFactory(designated=True, name="밸브", search_text="밸브")

    csv = client.get(f"{reverse('products:list')}?q=블록&export=csv").content.decode("utf-8-sig")
    xlsx = client.get(f"{reverse('products:list')}?q=블록&export=xlsx").content

    assert len(csv.strip().splitlines()) == 2
    assert openpyxl.load_workbook(io.BytesIO(xlsx)).active["A2"].value == "블록 하나"


def test_an_empty_result_says_what_to_do(client: Client):
    page = client.get(f"{reverse('products:list')}?q=없는제품이름")

    assert page.context["rows"] == []
    assert reverse("products:list") in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_costs_the_same_for_one_or_many(client: Client, count: int, django_assert_num_queries: Any):
    for _number in range(count):
        ProductFactory(designated=True, item_count=2, category=Category.objects.get(code="C0201"))

    with django_assert_num_queries(6):
        client.get(reverse("products:list"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_export_costs_the_same_for_one_or_many(client: Client, count: int, django_assert_num_queries: Any):
    for _number in range(count):
        ProductFactory(designated=True, category=Category.objects.get(code="C0201"))

    with django_assert_num_queries(5):
        client.get(f"{reverse('products:list')}?export=csv")


def test_the_api_lists_and_shows_public_products_to_everybody(client: Client):
    product = ProductFactory(designated=True)
    ProductFactory()

    listed = client.get("/api/v1/products/").json()
    shown = client.get(f"/api/v1/products/{product.pk}/").json()

    assert [row["id"] for row in listed["results"]] == [product.pk]
    assert listed["results"][0]["designation"]["number"] == product.designations.get().number
    assert shown["items"][0]["price_krw"] == 3_000_000


def test_the_api_filters_and_refuses_writing(client: Client):
    product = ProductFactory(designated=True, name="항균블록", search_text="항균블록")
    ProductFactory(designated=True, search_text="밸브", product_type=ProductType.TYPE_1)

    found = client.get("/api/v1/products/?q=항균&type=type_2").json()

    assert [row["id"] for row in found["results"]] == [product.pk]
    assert client.get("/api/v1/products/?type=9").status_code == 400
    assert client.post("/api/v1/products/", {}).status_code in {403, 405}


@pytest.mark.parametrize("count", [1, 3])
def test_the_api_costs_the_same_for_one_or_many(client: Client, count: int, django_assert_num_queries: Any):
    for _number in range(count):
        ProductFactory(designated=True, category=Category.objects.get(code="C0201"))

    with django_assert_num_queries(3):
        client.get("/api/v1/products/")
