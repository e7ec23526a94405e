"""The public catalogue for other systems."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny

from products import selectors
from products.filters import ProductFilter
from products.models import Product
from products.serializers import ProductDetailSerializer, ProductSerializer


class ProductViewSet(viewsets.ReadOnlyModelViewSet[Product]):
    """Innovative products with their designation; one product also with its models and prices."""

    permission_classes = [AllowAny]
    filterset_class = ProductFilter
    queryset = Product.objects.none()

    def get_queryset(self) -> QuerySet[Product]:
        products: QuerySet[Product] = selectors.catalogue()
        return products.prefetch_related("items") if self.action == "retrieve" else products

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ProductDetailSerializer if self.action == "retrieve" else ProductSerializer


ENDPOINTS = [("products", ProductViewSet)]
