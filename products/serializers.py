from typing import Any

from rest_framework import serializers

from products import selectors
from products.models import Designation, Product, ProductItem


class DesignationSerializer(serializers.ModelSerializer[Designation]):
    class Meta:
        model = Designation
        fields = [
            "number",
            "certificate_no",
            "body_name",
            "holder_name",
            "status",
            "valid_from",
            "valid_until",
            "validity_source",
        ]
        read_only_fields = fields


class ItemSerializer(serializers.ModelSerializer[ProductItem]):
    goods_list_no = serializers.CharField(read_only=True)

    class Meta:
        model = ProductItem
        fields = [
            "id",
            "model_name",
            "name",
            "goods_id_no",
            "detail_item_no",
            "goods_list_no",
            "unit",
            "price_krw",
            "price_flag",
            "min_order",
            "spec",
            "order_terms",
        ]
        read_only_fields = fields


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product in the list: only what the public page shows too."""

    company = serializers.CharField(source="supplier.name", read_only=True)
    company_province = serializers.CharField(source="supplier.province_id", read_only=True, allow_null=True)
    category = serializers.CharField(source="category_id", read_only=True, allow_null=True)
    lowest_price_krw = serializers.IntegerField(read_only=True, allow_null=True)
    designation = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id",
            "name",
            "name_en",
            "summary",
            "product_type",
            "category",
            "company",
            "company_province",
            "detail_item_no",
            "goods_class_no",
            "trade_unit",
            "trl",
            "is_lease_available",
            "is_demo",
            "lowest_price_krw",
            "designation",
        ]
        read_only_fields: Any = fields

    def get_designation(self, product: Product) -> dict[str, Any] | None:
        designation = selectors.current_designation(product=product)
        return dict(DesignationSerializer(designation).data) if designation else None


class ProductDetailSerializer(ProductSerializer):
    items = ItemSerializer(many=True, read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = [*ProductSerializer.Meta.fields, "description", "technology_summary", "expected_effect", "items"]
        read_only_fields = fields
