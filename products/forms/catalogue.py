"""Filters of the lists."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Province
from core.fields import WonField
from products import selectors
from products.enums import ApplicationStatus, ProductStatus, ProductType

ANY = ("", gettext_lazy("All"))


class CatalogueForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Name, company, model, description")}),
    )
    type = forms.ChoiceField(label=gettext_lazy("Type"), required=False, choices=[ANY, *ProductType.choices])
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    body = forms.ChoiceField(label=gettext_lazy("Designating body"), required=False)
    province = forms.ChoiceField(label=gettext_lazy("Region of the company"), required=False)
    price_from = WonField(label=gettext_lazy("Price from (won)"), required=False, min_value=0)
    price_to = WonField(label=gettext_lazy("Price to (won)"), required=False, min_value=0)
    validity = forms.ChoiceField(
        label=gettext_lazy("Validity"),
        required=False,
        choices=[
            ANY,
            ("valid", gettext_lazy("Valid today")),
            ("expiring", gettext_lazy("Ends within 90 days")),
            ("ended", gettext_lazy("Not valid today")),
        ],
    )
    lease = forms.BooleanField(label=gettext_lazy("Can be leased"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("All"))
        self.fields["category"].choices = [everything, *selectors.category_choices()]  # type: ignore[attr-defined]
        bodies = [(name, name) for name in selectors.designating_bodies()]
        self.fields["body"].choices = [everything, *bodies]  # type: ignore[attr-defined]
        provinces = [(row.code, str(row)) for row in Province.objects.order_by("order")]
        self.fields["province"].choices = [everything, *provinces]  # type: ignore[attr-defined]

    def query(self) -> selectors.CatalogueQuery:
        """What was asked; a field that cannot be understood is left out and says why beside it."""
        self.is_valid()
        asked = self.cleaned_data
        return selectors.CatalogueQuery(
            text=asked.get("q", ""),
            product_type=asked.get("type", ""),
            category=asked.get("category", ""),
            body=asked.get("body", ""),
            province=asked.get("province", ""),
            price_from=asked.get("price_from"),
            price_to=asked.get("price_to"),
            validity=asked.get("validity", ""),
            lease=asked.get("lease", False),
        )


class OwnProductsForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=200)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False, choices=[ANY, *ProductStatus.choices])
    type = forms.ChoiceField(label=gettext_lazy("Type"), required=False, choices=[ANY, *ProductType.choices])


class ApplicationsForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=200)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False, choices=[ANY, *ApplicationStatus.choices])
