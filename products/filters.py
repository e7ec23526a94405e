from datetime import date

import django_filters
from django.db.models import QuerySet

from products import selectors
from products.enums import ProductType
from products.models import Product


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of the public catalogue, for machines."""

    q = django_filters.CharFilter(method="by_words", label="Words, all of which have to be found")
    type = django_filters.ChoiceFilter(field_name="product_type", choices=ProductType.choices)
    category = django_filters.CharFilter(method="by_category", label="Code of a large or middle category")
    province = django_filters.CharFilter(field_name="supplier__province")
    body = django_filters.CharFilter(field_name="designating_body_name")
    lease = django_filters.BooleanFilter(field_name="is_lease_available")
    valid_on = django_filters.DateFilter(method="by_validity", label="Day on which the designation is in force")

    class Meta:
        model = Product
        fields: list[str] = []

    def by_words(self, queryset: QuerySet[Product], _name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(pk__in=Product.objects.mentioning(value).values("pk"))

    def by_category(self, queryset: QuerySet[Product], _name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(selectors.in_category(code=value))

    def by_validity(self, queryset: QuerySet[Product], _name: str, value: date) -> QuerySet[Product]:
        return queryset.filter(pk__in=selectors.designated_on(day=value).order_by().values("pk"))
