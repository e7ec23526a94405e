from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.money import format_krw
from products import forms, services
from products.admin.parts import DESK, EVERYBODY, ReadOnlyRows
from products.models import (
    Category,
    Designation,
    ImportRow,
    ImportRun,
    IntellectualProperty,
    Product,
    ProductCertification,
    ProductItem,
    Rubric,
    RubricCriterion,
    RubricGroup,
)


class ItemRows(ReadOnlyRows):
    model = ProductItem
    fields = ["model_name", "name", "goods_id_no", "unit", "price_krw", "price_flag", "min_order"]


class RightRows(ReadOnlyRows):
    model = IntellectualProperty
    fields = ["kind", "number", "title", "holder", "licence"]


class CertificationRows(ReadOnlyRows):
    model = ProductCertification
    fields = ["name", "number", "issuer", "issued_on", "expires_on"]


class DesignationRows(ReadOnlyRows):
    model = Designation
    fk_name = "product"
    fields = ["number", "certificate_no", "body_name", "valid_from", "valid_until", "validity_source", "status"]
    show_change_link = True


@admin.register(Product)
class ProductAdmin(CaseAdmin):
    view_roles = EVERYBODY
    list_display = [
        "name",
        "supplier",
        "product_type",
        "certificate_no",
        "designating_body_name",
        "status",
        "is_listed",
        "source",
        "registered_at",
    ]
    list_select_related = ["supplier"]
    list_filter = ["status", "product_type", "source", "is_listed", "designating_body_name"]
    search_fields = ["name", "supplier__name", "certificate_no", "items__model_name"]
    ordering = ["-registered_at", "-pk"]
    exclude = ["search_text", "source_hash"]
    inlines = [ItemRows, RightRows, CertificationRows, DesignationRows]

    def get_queryset(self, request: Any) -> Any:
        """What PPS may see: drafts belong to their company."""
        return super().get_queryset(request).exclude(status="draft")


def _price(item: ProductItem) -> Sequence[tuple[Any, Any]]:
    return [
        (gettext_lazy("Product"), item.product),
        (gettext_lazy("Model"), item.model_name),
        (gettext_lazy("Price"), format_krw(item.price_krw) or "–"),
        (gettext_lazy("Remark"), item.get_price_flag_display()),
    ]


def _is_flagged(_actor: Any, item: ProductItem) -> bool:
    return bool(item.price_flag)


@admin.register(ProductItem)
class ProductItemAdmin(CaseAdmin):
    view_roles = EVERYBODY
    act_roles = DESK
    id_argument = "item_id"
    list_display = ["model_name", "product", "goods_id_no", "unit", "price_krw", "price_flag"]
    list_select_related = ["product"]
    list_filter = ["price_flag", "unit"]
    search_fields = ["model_name", "name", "goods_id_no", "product__name"]
    ordering = ["product", "position"]
    exclude = ["source_hash"]
    case_actions = [
        CaseAction(
            "review-price",
            gettext_lazy("Settle the price"),
            services.review_price,
            form=forms.PriceForm,
            visible=_is_flagged,
            confirm=gettext_lazy("The remark disappears and the price counts, or the model has none."),
            effect=_price,
        )
    ]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).exclude(product__status="draft")


@admin.register(Category)
class CategoryAdmin(CaseAdmin):
    add_roles = [PpsRole.ADMIN]
    editable_fields = ["code", "parent", "name_ko", "name_en", "order", "segments"]
    list_display = ["code", "parent", "name_ko", "name_en", "order"]
    list_select_related = ["parent"]
    search_fields = ["code", "name_ko", "name_en"]
    ordering = ["order", "code"]


class GroupRows(ReadOnlyRows):
    model = RubricGroup
    fields = ["code", "name_ko", "name_en", "min_points", "order"]


class CriterionRows(ReadOnlyRows):
    model = RubricCriterion
    fields = ["kind", "group", "code", "name_ko", "name_en", "max_points", "order"]


@admin.register(Rubric)
class RubricAdmin(CaseAdmin):
    view_roles = EVERYBODY
    list_display = ["code", "version", "effective_on", "pass_average", "validity_months", "source"]
    list_filter = ["code"]
    ordering = ["code", "-version"]
    inlines = [GroupRows, CriterionRows]


class ImportRowRows(ReadOnlyRows):
    model = ImportRow
    fields = ["row_number", "outcome", "label", "said", "product"]
    ordering = ["row_number"]

    @admin.display(description=gettext_lazy("Remarks"))
    def said(self, row: ImportRow) -> SafeString | str:
        return format_html_join(" ", "{}", ((text,) for text in row.texts)) or "–"


@admin.register(ImportRun)
class ImportRunAdmin(CaseAdmin):
    view_roles = EVERYBODY
    list_display = [
        "file_name",
        "started_at",
        "created_count",
        "updated_count",
        "unchanged_count",
        "rejected_count",
    ]
    ordering = ["-started_at"]
    inlines = [ImportRowRows]
