"""The registration form: one product with its models, rights and certifications."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import WonField
from products import selectors, services
from products.enums import FilePurpose, ProductType
from products.forms.fields import DigitsField, FilesField, day_field, text_area
from products.models import Category, IntellectualProperty, Product, ProductCertification, ProductItem

MAX_ROWS = 200
BLANK_ROWS = 1
FILE_FIELDS = {
    "images": FilePurpose.IMAGE,
    "documents": FilePurpose.DOCUMENT,
    "trl_files": FilePurpose.TRL,
    "price_files": FilePurpose.PRICE,
}
"""Upload fields of the form and what their files are for."""


class ProductForm(forms.ModelForm[Product]):
    category = forms.ModelChoiceField(label=gettext_lazy("Category"), queryset=Category.objects.all(), required=False)
    detail_item_no = DigitsField(
        label=gettext_lazy("Detailed item no."),
        required=False,
        help_text=gettext_lazy("Ten digits; the first eight are the goods classification no."),
    )
    images = FilesField(
        label=gettext_lazy("Product photos"), help_text=gettext_lazy("JPG, PNG or WebP; shown in the catalogue.")
    )
    documents = FilesField(
        label=gettext_lazy("Brochures and data sheets"), help_text=gettext_lazy("Shown in the catalogue.")
    )
    trl_files = FilesField(
        label=gettext_lazy("TRL evidence files"), help_text=gettext_lazy("Only your company and PPS can read them.")
    )
    price_files = FilesField(
        label=gettext_lazy("Price evidence files"),
        help_text=gettext_lazy("Only your company and PPS can read them."),
    )

    class Meta:
        model = Product
        fields = [
            "name",
            "name_en",
            "product_type",
            "category",
            "summary",
            "description",
            "detail_item_no",
            "trade_unit",
            "is_lease_available",
            "technology_summary",
            "trl",
            "trl_evidence",
            "expected_effect",
            "safety_note",
            "regulation_note",
            "domestic_parts_percent",
            "price_evidence",
            "contact_name",
            "contact_phone",
            "contact_email",
        ]
        widgets = {
            "description": text_area(8),
            "technology_summary": text_area(6),
            "trl_evidence": text_area(3),
            "expected_effect": text_area(4),
            "safety_note": text_area(3),
            "regulation_note": text_area(3),
            "price_evidence": text_area(3),
        }
        help_texts = {
            "trade_unit": gettext_lazy("For example 대, 개, 식."),
            "summary": gettext_lazy("What it does and for whom, in one sentence."),
        }

    def __init__(self, *args: Any, must_be_complete: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.must_be_complete = must_be_complete
        self.fields["category"].choices = [("", _("Choose a category")), *selectors.category_choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.must_be_complete:
            for name in services.REQUIRED:
                if name in self.fields and name not in self.errors and not cleaned.get(name):
                    self.add_error(name, _("Fill this in to register the product."))
            self._check_readiness(cleaned)
        return cleaned

    def _check_readiness(self, cleaned: Mapping[str, Any]) -> None:
        if cleaned.get("product_type") != ProductType.TYPE_2:
            return
        if (cleaned.get("trl") or 0) < services.MIN_TRL_TYPE_2:
            self.add_error("trl", _("Type 2 is for technology readiness level 7 to 9."))
        if not cleaned.get("trl_evidence"):
            self.add_error("trl_evidence", _("Say who confirmed the level, and attach the document."))


class ItemForm(forms.ModelForm[ProductItem]):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    goods_id_no = DigitsField(label=gettext_lazy("Goods identification no."), required=False)
    price_krw = WonField(label=gettext_lazy("Price (won)"), required=False)

    class Meta:
        model = ProductItem
        fields = ["name", "model_name", "goods_id_no", "unit", "price_krw", "min_order", "spec", "order_terms"]
        widgets = {"spec": text_area(2), "order_terms": text_area(2)}


class RightForm(forms.ModelForm[IntellectualProperty]):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = IntellectualProperty
        fields = ["kind", "title", "number", "holder", "licence"]


class CertificationForm(forms.ModelForm[ProductCertification]):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    issued_on = day_field(label=gettext_lazy("Issued on"), required=False)
    expires_on = day_field(label=gettext_lazy("Valid until"), required=False)

    class Meta:
        model = ProductCertification
        fields = ["name", "number", "issuer", "issued_on", "expires_on"]


class Rows(forms.BaseFormSet[Any]):
    """Rows of one list; rows that repeat another one are told so."""

    identity: tuple[str, ...] = ()

    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            row = getattr(form, "cleaned_data", None)
            if not row or row.get("DELETE"):
                continue
            key = tuple(row.get(name) for name in self.identity)
            if key in seen:
                form.add_error(self.identity[0], _("This is listed twice. Remove one of the rows."))
            seen.add(key)

    def kept(self) -> list[dict[str, Any]]:
        """What the rows that stay say."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [{name: value for name, value in row.items() if name != "DELETE"} for row in rows]


def _rows(form: type[forms.ModelForm[Any]], *identity: str) -> type[Rows]:
    base = type(f"{form.__name__}Rows", (Rows,), {"identity": identity})
    return forms.formset_factory(  # type: ignore[return-value]
        form, formset=base, extra=BLANK_ROWS, can_delete=True, max_num=MAX_ROWS, absolute_max=MAX_ROWS
    )


ROWS = {
    "items": _rows(ItemForm, "model_name", "goods_id_no"),
    "ip_rights": _rows(RightForm, "number", "kind"),
    "certifications": _rows(CertificationForm, "name", "number"),
}


class ProductBundle:
    """The form and its three lists, filled from a product, from what was posted, or from a saved draft."""

    def __init__(
        self,
        *,
        product: Product | None = None,
        data: MultiValueDict[str, str] | None = None,
        draft: MultiValueDict[str, str] | None = None,
        must_be_complete: bool = False,
    ) -> None:
        self.must_be_complete = must_be_complete
        self.form = ProductForm(
            data, instance=product, initial=_typed(draft, ProductForm), must_be_complete=must_be_complete
        )
        self.rows: dict[str, Rows] = {
            prefix: kind(data, prefix=prefix, initial=_row_values(prefix, kind, product, draft))
            for prefix, kind in ROWS.items()
        }

    @property
    def items(self) -> Rows:
        return self.rows["items"]

    @property
    def ip_rights(self) -> Rows:
        return self.rows["ip_rights"]

    @property
    def certifications(self) -> Rows:
        return self.rows["certifications"]

    def refuse_files(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Say beside the upload fields which files were not taken."""
        for name, texts in errors.items():
            for text in texts:
                self.form.add_error(name, text)

    def is_valid(self) -> bool:
        valid = [self.form.is_valid(), *(rows.is_valid() for rows in self.rows.values())]
        return all(valid) and self._has_priced_item()

    def _has_priced_item(self) -> bool:
        if not self.must_be_complete or any(row.get("price_krw") for row in self.items.kept()):
            return True
        self.form.add_error(None, _("Add at least one model with its price."))
        return False

    def content(self, *, file_ids: Mapping[str, Sequence[str]]) -> services.ProductContent:
        fields = {name: value for name, value in self.form.cleaned_data.items() if name not in FILE_FIELDS}
        fields["goods_class_no"] = fields["detail_item_no"][:8]
        return services.ProductContent(
            fields=fields,
            items=self.items.kept(),
            ip_rights=self.ip_rights.kept(),
            certifications=self.certifications.kept(),
            file_ids={FILE_FIELDS[name]: ids for name, ids in file_ids.items()},
        )


def _typed(draft: MultiValueDict[str, str] | None, form: type[forms.ModelForm[Any]]) -> dict[str, Any] | None:
    """What a draft says about the fields of a form; a box that is not in it is not ticked."""
    if not draft:
        return None
    return {
        name: name in draft if isinstance(field, forms.BooleanField) else draft.get(name, "")
        for name, field in form.base_fields.items()
        if name not in FILE_FIELDS
    }


def _row_values(
    prefix: str, kind: type[Rows], product: Product | None, draft: MultiValueDict[str, str] | None
) -> list[dict[str, Any]]:
    names = list(kind.form.base_fields)
    if draft:
        count = min(int(draft.get(f"{prefix}-TOTAL_FORMS", "") or 0), MAX_ROWS)
        rows = [{name: draft.get(f"{prefix}-{index}-{name}", "") for name in names} for index in range(count)]
        return [row for row in rows if any(row.get(name) for name in kind.identity)]
    if product is None:
        return []
    return [
        {name: getattr(row, name) for name in names}
        for row in sorted(getattr(product, prefix).all(), key=lambda row: (getattr(row, "position", 0), row.pk))
    ]
