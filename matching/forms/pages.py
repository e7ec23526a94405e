from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Province
from core.calendar import add_working_days, today
from matching.enums import (
    AllocationStatus,
    AmendmentKind,
    ChecklistItem,
    ContractStatus,
    InspectionResult,
    LineStatus,
)
from matching.models import Contract, ContractLine
from matching.selectors import PlaceUnits, places_of_line, rounds_to_match
from pilots.models import PilotRound

GAPS = [(1000, _("0.1 % (usual)")), (5000, _("0.5 % (quicker)")), (100, _("0.01 % (slower)"))]
ANSWERS = [("yes", _("Yes")), ("no", _("No")), ("na", _("Does not apply"))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class StartRunForm(forms.Form):
    """Which round to match, and when the solver may stop."""

    round = forms.ModelChoiceField(queryset=PilotRound.objects.none(), label=_("Round"), empty_label=None)
    gap_ppm = forms.TypedChoiceField(
        label=_("Stop when the proved gap is at most"), choices=GAPS, coerce=int, initial=1000
    )
    is_fast = forms.BooleanField(
        label=_("Fast method only"),
        required=False,
        help_text=_("Prices without search: seconds instead of minutes, a slightly lower total."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds_to_match()  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note for the approver"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class PledgeForm(forms.Form):
    """Accepting binds the organization; the person says so."""

    pledge = forms.BooleanField(
        label=_("We accept the duties that come with this match."),
        error_messages={"required": _("Tick the box to accept, or decline the offer.")},
    )


class PrepareContractForm(forms.Form):
    """What a contract needs beyond the matched lines."""

    delivery_due_on = forms.DateField(label=_("Deliver by"), widget=DateInput())
    procurement_request_no = forms.RegexField(
        label=_("Procurement request no."),
        regex=r"^[0-9A-Z]{13}$",
        required=False,
        error_messages={"invalid": _("A procurement request number has 13 letters or digits.")},
    )
    guarantee_krw = forms.IntegerField(label=_("Performance guarantee (won)"), min_value=0, initial=0)
    special_conditions = forms.CharField(
        label=_("Additional special conditions"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    @staticmethod
    def initial_for(_obj: Any) -> dict[str, Any]:
        return {"delivery_due_on": add_working_days(today(), 30)}


class SignForm(forms.Form):
    signed_on = forms.DateField(label=_("Signed on"), widget=DateInput())

    @staticmethod
    def initial_for(_obj: Any) -> dict[str, Any]:
        return {"signed_on": today()}


class PaymentForm(forms.Form):
    claimed_on = forms.DateField(label=_("Claimed on"), widget=DateInput())
    paid_on = forms.DateField(label=_("Paid on"), widget=DateInput())
    tax_invoice_no = forms.CharField(label=_("Tax invoice no."), max_length=40)
    late_penalty_krw = forms.IntegerField(
        label=_("Late-delivery penalty (won)"),
        min_value=0,
        initial=0,
        help_text=_("Is taken off the payment and stays with the track."),
    )

    @staticmethod
    def initial_for(_obj: Any) -> dict[str, Any]:
        return {"claimed_on": today(), "paid_on": today()}


class AmendmentForm(forms.Form):
    """A change of one line; which fields count depends on the kind."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AmendmentKind)
    units = forms.IntegerField(label=_("New number of units"), min_value=1, required=False)
    due_on = forms.DateField(label=_("New delivery date"), required=False, widget=DateInput())
    site_id = forms.TypedChoiceField(label=_("Which site moves"), required=False, coerce=int, empty_value=None)
    site_name = forms.CharField(label=_("New site"), max_length=200, required=False)
    site_address = forms.CharField(label=_("Address of the new site"), max_length=300, required=False)
    site_province_id = forms.ModelChoiceField(
        label=_("Province of the new site"), queryset=Province.objects.none(), required=False
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site_province_id"].queryset = Province.objects.order_by("order")  # type: ignore[attr-defined]
        places = self.initial.pop("places", [])
        if len(places) > 1:
            self.fields["site_id"].choices = place_choices(places)  # type: ignore[attr-defined]
        else:
            del self.fields["site_id"]

    def clean_site_province_id(self) -> str | None:
        province = self.cleaned_data["site_province_id"]
        return province.pk if province else None

    @staticmethod
    def initial_for(line: ContractLine) -> dict[str, Any]:
        return {
            "units": line.units,
            "due_on": line.due_on,
            "site_name": line.site_name,
            "site_address": line.site_address,
            "site_province_id": line.site_province_id,
            "places": places_of_line(line=line),
        }


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A file input for several files; the view stores them before the form is judged."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        return None


def place_choices(places: Sequence[PlaceUnits]) -> list[tuple[str, str]]:
    """The places of a line; the line's own has no row and so no value."""
    return [(str(place.site.pk) if place.site else "", place.name) for place in places]


class DeliveryForm(forms.Form):
    """What the supplier brought to a site."""

    site_id = forms.TypedChoiceField(
        label=_("Site of the delivery"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("One record per site. The institution inspects once every site has its units."),
    )
    units = forms.IntegerField(label=_("Units delivered"), min_value=1)
    delivered_on = forms.DateField(label=_("Delivered on"), widget=DateInput())
    serials = forms.CharField(
        label=_("Serial numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line. Leave empty if the product has none."),
    )
    note = forms.CharField(
        label=_("Installation and training"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was installed, who was trained, what was handed over."),
    )
    attachments = FilesField(label=_("Photos and records"), required=False)

    def __init__(self, *args: Any, places: Sequence[PlaceUnits] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(places) > 1:
            self.fields["site_id"].choices = place_choices(places)  # type: ignore[attr-defined]
        else:
            del self.fields["site_id"]

    def clean_serials(self) -> list[str]:
        serials = [line.strip() for line in self.cleaned_data["serials"].splitlines() if line.strip()]
        if any(len(serial) > 80 for serial in serials):
            raise forms.ValidationError(_("A serial number has at most 80 characters."))
        if len(set(serials)) != len(serials):
            raise forms.ValidationError(_("A serial number appears twice."))
        return serials


class InspectionForm(forms.Form):
    """The institution's checklist and verdict on a delivery."""

    inspected_on = forms.DateField(label=pgettext_lazy("delivery", "Inspected on"), widget=DateInput())
    inspector_name = forms.CharField(label=_("Inspector"), max_length=100)
    result = forms.ChoiceField(label=_("Result"), choices=InspectionResult, widget=forms.RadioSelect)
    defects = forms.CharField(
        label=_("Defects"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only when you reject: what is wrong and what the supplier must put right."),
    )
    attachments = FilesField(label=_("Photos and records"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in ChecklistItem:
            self.fields[f"check_{item.value}"] = forms.ChoiceField(
                label=item.label, choices=ANSWERS, widget=forms.RadioSelect
            )

    @property
    def checks(self) -> list[forms.BoundField]:
        """The points of the checklist, for the page."""
        return [self[f"check_{item.value}"] for item in ChecklistItem]

    @property
    def checklist(self) -> dict[str, str]:
        """The answers by point, for the service."""
        return {item.value: self.cleaned_data[f"check_{item.value}"] for item in ChecklistItem}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        result, defects = values.get("result"), values.get("defects")
        if result == InspectionResult.REJECTED and not defects:
            self.add_error("defects", _("Describe the defect, so that the supplier knows what to put right."))
        if result == InspectionResult.ACCEPTED and defects:
            self.add_error("defects", _("You described a defect. Reject the delivery, or clear the description."))
        unmet = [item for item in ChecklistItem if values.get(f"check_{item.value}") == "no"]
        if result == InspectionResult.ACCEPTED and unmet:
            self.add_error(
                "result", _("A point of the checklist is not met. Reject the delivery and describe the defect.")
            )
        return values


class SearchForm(forms.Form):
    """Search and state of a list, kept in the address."""

    q = forms.CharField(label=_("Search"), required=False, max_length=80)
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, *args: Any, choices: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]

    def value(self, name: str) -> str:
        """A valid value of a field, or nothing."""
        if not self.is_bound or self.errors.get(name):
            return ""
        return str(self.cleaned_data.get(name) or "")


MATCH_STATES = AllocationStatus.choices
CONTRACT_STATES = [choice for choice in ContractStatus.choices if choice[0] not in {"preparing", "failed"}]
LINE_STATES = LineStatus.choices


def describe_contract(contract: Contract) -> list[tuple[Any, Any]]:
    """What a signature binds, for the confirmation page."""
    return [
        (_("Supplier"), contract.supplier),
        (_("Product"), contract.product),
        (_("Contract amount (won)"), f"{contract.total_krw:,}"),
        (_("Deliver by"), contract.delivery_due_on),
        (_("Receiving institutions"), contract.lines.count()),
        (_("Prepared by"), contract.prepared_by),
    ]
