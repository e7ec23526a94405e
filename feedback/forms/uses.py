from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.calendar import today
from feedback.enums import EndReason, IncidentKind, PurchaseChannel, PurchaseStatus, UseStatus
from feedback.models import AgreedKpi, PilotUse
from products.models import Product


class Day(forms.DateField):
    """A day, picked in the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def long_text(label: Any, **options: Any) -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 5}), max_length=5000, **options)


class ManyFilesInput(forms.FileInput):
    """Several files at once; the files themselves are staged by the view."""

    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """A file input whose content the form leaves alone: uploads are stored before the form is judged."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> None:
        """Never refuse here, so that a file is not lost with the form."""


class UseFilterForm(forms.Form):
    q = forms.CharField(label=_("Product, supplier or institution"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *UseStatus.choices])


class StartForm(forms.Form):
    started_on = Day(label=_("First day of pilot use"), initial=today)


class LogForm(forms.Form):
    from_on = Day(label=_("From"))
    until_on = Day(label=_("Until"), initial=today)
    used_hours = forms.DecimalField(label=_("Hours of use"), min_value=0, max_digits=8, decimal_places=1)
    user_count = forms.IntegerField(label=_("People who used it"), min_value=0, initial=0)
    note = long_text(_("Note"), required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("from_on"), values.get("until_on")
        if first and last and last < first:
            self.add_error("until_on", _("The last day lies before the first day."))
        return values


class ReadingForm(forms.Form):
    kpi_id = forms.TypedChoiceField(label=_("Indicator"), coerce=int)
    read_on = Day(label=_("Read on"), initial=today)
    value = forms.DecimalField(label=_("Value"), max_digits=20, decimal_places=4)
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def __init__(self, *args: Any, kpis: list[AgreedKpi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kpi.pk, f"{kpi.name} ({kpi.unit})" if kpi.unit else kpi.name) for kpi in kpis]
        self.fields["kpi_id"].choices = choices  # type: ignore[attr-defined]


class IncidentForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=IncidentKind.choices,
        help_text=_("A safety accident stops the pilot use until the Public Procurement Service has resolved it."),
    )
    occurred_on = Day(label=_("On"), initial=today)
    description = long_text(_("Description"), help_text=_("Do not write names, telephone or resident numbers."))
    files = ManyFiles(label=_("Photos and papers"), required=False)  # type: ignore[assignment]


class HandleForm(forms.Form):
    handling = long_text(_("What your company did"))


class ResolveForm(forms.Form):
    resolution = long_text(_("How it was resolved"))


class ExtensionForm(forms.Form):
    new_end_on = Day(label=_("New end"))
    reason = long_text(_("Why more time is needed"))


class EndForm(forms.Form):
    ended_on = Day(label=_("Last day of pilot use"), initial=today)
    end_reason = forms.ChoiceField(label=_("Reason"), choices=EndReason.choices)

    def __init__(self, *args: Any, use: PilotUse, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if use.ends_on is not None:
            self.fields["ended_on"].initial = min(use.ends_on, today())


class RefuseForm(forms.Form):
    reason = long_text(_("Why the institution does not take the product over"))


class ExplainForm(forms.Form):
    explanation = long_text(_("Explanation and what happens next"))


class PurchaseForm(forms.Form):
    product: forms.ModelChoiceField[Product] = forms.ModelChoiceField(label=_("Product"), queryset=None)
    institution: forms.ModelChoiceField[Organization] = forms.ModelChoiceField(label=_("Institution"), queryset=None)
    purchased_on = Day(label=_("Purchased on"))
    units = forms.IntegerField(label=_("Units"), min_value=1)
    amount_krw = forms.IntegerField(label=_("Amount in won"), min_value=1)
    channel = forms.ChoiceField(label=_("Channel"), choices=PurchaseChannel.choices)
    document_no = forms.CharField(
        label=_("Contract or order number"),
        max_length=60,
        required=False,
        help_text=_("With the number, the same purchase is not counted twice."),
    )

    def __init__(self, *args: Any, products: Any, institutions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]
        self.fields["institution"].queryset = institutions  # type: ignore[attr-defined]
        found = list(institutions[:2])
        if len(found) == 1:
            self.fields["institution"].initial = found[0].pk

    def values(self) -> dict[str, Any]:
        """The cleaned values as the service takes them."""
        cleaned = dict(self.cleaned_data)
        cleaned["product_id"] = cleaned.pop("product").pk
        cleaned["institution_id"] = cleaned.pop("institution").pk
        return cleaned


class PurchaseFilterForm(forms.Form):
    q = forms.CharField(label=_("Product or institution"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *PurchaseStatus.choices])
