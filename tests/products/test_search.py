import pytest
from django.db import connection

from products import selectors
from products.models import Product, searchable
from products.selectors import CatalogueQuery
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db


def named(name: str, **kwargs: object) -> Product:
    return ProductFactory(name=name, search_text=searchable(name), designated=True, **kwargs)


def found(text: str) -> list[str]:
    return [product.name for product in selectors.catalogue(query=CatalogueQuery(text=text))]


def test_the_database_makes_trigrams_of_korean():
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_length(show_trgm('미세먼지'), 1)")
        assert cursor.fetchone()[0] >= 4


def test_two_syllables_are_found_inside_a_compound():
    named("논슬립 항균블록")
    named("감압밸브")

    assert found("항균") == ["논슬립 항균블록"]


def test_a_compound_is_found_without_its_spaces():
    named("논슬립 항균 블록")

    assert found("항균블록") == ["논슬립 항균 블록"]


def test_a_misspelt_word_still_finds_its_product():
    named("침몰선박 자동위치표시장치")
    named("목재데크")

    assert found("자동위치표시장지") == ["침몰선박 자동위치표시장치"]


def test_a_name_that_begins_with_the_words_comes_first():
    named("보도용 투수 블록")
    named("블록 청소기")

    assert found("블록") == ["블록 청소기", "보도용 투수 블록"]


def test_every_word_has_to_be_found():
    named("감압밸브 150mm")
    named("감압밸브 80mm")

    assert found("감압밸브 150mm") == ["감압밸브 150mm"]


def test_products_without_a_designation_stay_out():
    ProductFactory(name="감압밸브", search_text="감압밸브")

    assert found("감압밸브") == []
