"""Forms of a designation application, on the supplier's side."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from products import selectors, services
from products.enums import ProductType
from products.forms.fields import FilesField, day_field, text_area
from products.models import DesignationApplication, Product

TYPE_1_ONLY = ("rnd_ministry", "rnd_project_no", "rnd_completed_on")


class ApplicationForm(forms.ModelForm[DesignationApplication]):
    product = forms.ModelChoiceField(
        label=gettext_lazy("Product"), queryset=Product.objects.none(), empty_label=gettext_lazy("Choose a product")
    )
    rnd_completed_on = day_field(label=gettext_lazy("R&D project completed on"), required=False)
    files = FilesField(  # type: ignore[assignment]
        label=gettext_lazy("Documents"),
        help_text=gettext_lazy("Test reports, patent register, TRL evidence, licences. PDF is best."),
    )

    class Meta:
        model = DesignationApplication
        fields = [
            "product",
            "route",
            "field",
            "technology_summary",
            "public_problem",
            "target_institutions",
            "service_improvement",
            "market_outlook",
            "safety_statement",
            "regulation_status",
            "production_mode",
            "consortium_member",
            "demand_institution",
            "demand_task",
            "scout_reference",
            "rnd_ministry",
            "rnd_project_no",
            "rnd_completed_on",
            "is_ai_product",
            "ai_statement",
            "has_sworn",
        ]
        widgets = {
            name: text_area(4)
            for name in (
                "technology_summary",
                "public_problem",
                "target_institutions",
                "service_improvement",
                "market_outlook",
                "safety_statement",
                "regulation_status",
                "ai_statement",
            )
        }
        labels = {
            "has_sworn": gettext_lazy("Everything above is true; I know that false statements end the designation."),
        }
        help_texts = {
            "demand_institution": gettext_lazy("Only for demand-proposed products."),
            "demand_task": gettext_lazy("Only for demand-proposed products."),
            "scout_reference": gettext_lazy("Only for scout-recommended products."),
            "rnd_ministry": gettext_lazy("Only for Type 1."),
            "rnd_project_no": gettext_lazy("Only for Type 1."),
            "ai_statement": gettext_lazy("Only if the product uses artificial intelligence."),
        }

    def __init__(self, *args: Any, actor: Any, must_be_complete: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.must_be_complete = must_be_complete
        products = selectors.products_to_apply_for(actor=actor)
        if self.instance.pk:
            products = Product.objects.filter(pk=self.instance.product_id)
            self.fields["product"].disabled = True
        self.fields["product"].queryset = products  # type: ignore[attr-defined]
        self.fields["demand_institution"].queryset = (  # type: ignore[attr-defined]
            Organization.objects.institutions().confirmed().order_by("name")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.must_be_complete and not self.errors:
            self._complete(cleaned)
        return cleaned

    def _complete(self, cleaned: dict[str, Any]) -> None:
        for name in services.REQUIRED_TO_SUBMIT:
            if not cleaned.get(name):
                self.add_error(name, _("Fill this in to submit the application."))
        needed: Sequence[str] = ()
        if cleaned["route"] == "demand_proposed":
            needed = ("demand_institution", "demand_task")
        elif cleaned["route"] == "scout_recommended":
            needed = ("scout_reference",)
        if cleaned["product"].product_type == ProductType.TYPE_1:
            needed = (*needed, "rnd_ministry", "rnd_project_no")
        if cleaned["is_ai_product"]:
            needed = (*needed, "ai_statement")
        for name in needed:
            if not cleaned.get(name):
                self.add_error(name, _("This is needed for the route, type or kind of product you chose."))

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "files"}


def typed_application(draft: MultiValueDict[str, str] | None) -> dict[str, Any]:
    """What a saved draft says about the fields of the form."""
    if not draft:
        return {}
    return {
        name: name in draft if isinstance(field, forms.BooleanField) else draft.get(name, "")
        for name, field in ApplicationForm.base_fields.items()
        if name != "files"
    }


class AnswerForm(forms.Form):
    answer = forms.CharField(label=gettext_lazy("Answer"), widget=text_area(5), max_length=5000)
    files = FilesField(label=gettext_lazy("Supplementary documents"))  # type: ignore[assignment]


class AppealForm(forms.Form):
    grounds = forms.CharField(
        label=gettext_lazy("Grounds of the appeal"),
        widget=text_area(6),
        max_length=5000,
        help_text=gettext_lazy("Say which finding is wrong and why. An appeal can be made once."),
    )
