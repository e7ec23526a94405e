"""What the designation desk fills in on the confirmation pages of the admin."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from core import calendar
from core.fields import WonField
from products import selectors
from products.enums import CriterionKind
from products.forms.fields import ReasonForm, day_field, text_area
from products.models import Designation, DesignationApplication, ProductItem, RubricCriterion


class SupplementForm(forms.Form):
    message = forms.CharField(
        label=gettext_lazy("What is missing"),
        widget=text_area(5),
        max_length=4000,
        help_text=gettext_lazy("The applicant reads this text. Documents issued after the closing date do not count."),
    )
    due_on = day_field(
        label=gettext_lazy("Answer until"),
        required=False,
        help_text=gettext_lazy("18:00 of this day. Left empty, the working days of the rubric count from today."),
    )


class MinistryForm(forms.Form):
    ministry_name = forms.CharField(label=gettext_lazy("Ministry"), max_length=100)
    decision_no = forms.CharField(label=gettext_lazy("Decision no."), max_length=60)
    decided_on = day_field(label=gettext_lazy("Decided on"))
    note = forms.CharField(label=gettext_lazy("Note"), widget=text_area(3), required=False, max_length=2000)

    @staticmethod
    def initial_for(application: DesignationApplication) -> dict[str, Any]:
        return {"ministry_name": application.rnd_ministry}


def _criteria(application: DesignationApplication, kind: CriterionKind) -> list[RubricCriterion]:
    rubric = selectors.latest_rubric(application=application)
    if rubric is None:
        return []
    return sorted((row for row in rubric.criteria.all() if row.kind == kind), key=lambda row: (row.order, row.pk))


class RubricForm(forms.Form):
    """A form whose fields are the criteria of the case's rubric, handed over in ``initial``."""

    kind = CriterionKind.GATE

    @classmethod
    def initial_for(cls, application: DesignationApplication) -> dict[str, Any]:
        return {"criteria": _criteria(application, cls.kind)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in self.initial.get("criteria", []):
            self.add_criterion(criterion)

    def add_criterion(self, criterion: RubricCriterion) -> None:
        raise NotImplementedError

    def collected(self, prefix: str) -> dict[str, Any]:
        """The values of the fields that begin with ``prefix``, by criterion."""
        start = f"{prefix}_"
        return {name.removeprefix(start): value for name, value in self.cleaned_data.items() if name.startswith(start)}


class GateForm(RubricForm):
    kind = CriterionKind.GATE

    def add_criterion(self, criterion: RubricCriterion) -> None:
        self.fields[f"passed_{criterion.code}"] = forms.TypedChoiceField(
            label=criterion.label,
            choices=[("", _("Choose")), ("yes", _("Passed")), ("no", _("Not passed"))],
            coerce=lambda value: value == "yes",
        )
        self.fields[f"note_{criterion.code}"] = forms.CharField(
            label=_("Note on “%(criterion)s”") % {"criterion": criterion.label}, required=False, max_length=300
        )

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        return {"results": self.collected("passed"), "notes": self.collected("note")}


class PanelForm(forms.Form):
    panel_size = forms.IntegerField(
        label=gettext_lazy("Panellists"),
        min_value=1,
        max_value=99,
        initial=5,
        help_text=gettext_lazy("Five or more, an odd number. Conflicts of interest must be settled before."),
    )


class ScoreForm(RubricForm):
    kind = CriterionKind.SCORE

    def add_criterion(self, criterion: RubricCriterion) -> None:
        self.fields[f"average_{criterion.code}"] = forms.DecimalField(
            label=_("%(criterion)s (at most %(maximum)s)")
            % {"criterion": criterion.label, "maximum": f"{criterion.max_points:f}"},
            min_value=Decimal(0),
            max_value=criterion.max_points,
            max_digits=5,
            decimal_places=2,
        )
        self.fields[f"comment_{criterion.code}"] = forms.CharField(
            label=_("Reason for “%(criterion)s”") % {"criterion": criterion.label}, required=False, max_length=300
        )

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        return {"averages": self.collected("average"), "comments": self.collected("comment")}


class InspectionForm(forms.Form):
    inspected_on = day_field(label=gettext_lazy("Inspected on"))
    finding = forms.CharField(label=gettext_lazy("Finding"), widget=text_area(5), max_length=4000)


class ProposalForm(forms.Form):
    council_session = forms.CharField(label=gettext_lazy("Council session"), max_length=60)
    council_held_on = day_field(label=gettext_lazy("Held on"))
    reason = forms.CharField(label=gettext_lazy("Reason for the decision"), widget=text_area(4), max_length=4000)


class ApprovalForm(forms.Form):
    valid_from = day_field(label=gettext_lazy("Valid from"))
    certificate_no = forms.CharField(
        label=gettext_lazy("Certificate no. of the designating body"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Left empty, the portal's own number is used."),
    )

    @staticmethod
    def initial_for(_application: DesignationApplication) -> dict[str, Any]:
        return {"valid_from": calendar.today()}


class ValidityForm(ReasonForm):
    valid_from = day_field(label=gettext_lazy("Valid from"))
    valid_until = day_field(label=gettext_lazy("Valid until"))

    @staticmethod
    def initial_for(designation: Designation) -> dict[str, Any]:
        return {"valid_from": designation.valid_from, "valid_until": designation.valid_until}


class TransferForm(ReasonForm):
    new_supplier = forms.ModelChoiceField(label=gettext_lazy("New holder"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_supplier"].queryset = (  # type: ignore[attr-defined]
            Organization.objects.suppliers().confirmed().order_by("name", "pk")
        )


class PriceForm(ReasonForm):
    price_krw = WonField(
        label=gettext_lazy("Price (won)"),
        required=False,
        help_text=gettext_lazy("Left empty, the model has no price."),
    )

    @staticmethod
    def initial_for(item: ProductItem) -> dict[str, Any]:
        return {"price_krw": item.price_krw}
