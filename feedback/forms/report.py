from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from feedback.enums import ContinuePlan, PurchaseIntention
from feedback.forms.uses import ManyFiles, long_text
from feedback.models import RATINGS, PilotReport, ProductReview, ReportKpi
from feedback.services import Improvement, Measured, ReportInput

IMPROVEMENT_ROWS = 3
REQUEST_ROWS = 3
SCALE = [("", "–"), *[(str(n), str(n)) for n in range(5, 0, -1)]]
PLAIN = ("used_days", "used_hours", "user_count", "satisfaction", "purchase_units", "purchase_budget_krw")


def rating(label: Any, **options: Any) -> forms.TypedChoiceField:
    """1 to 5, or not given yet."""
    return forms.TypedChoiceField(label=label, choices=SCALE, coerce=int, empty_value=None, required=False, **options)


def number(label: Any, **options: Any) -> forms.DecimalField:
    """A measured number, or not given yet."""
    return forms.DecimalField(label=label, required=False, max_digits=20, decimal_places=4, **options)


class ReportForm(forms.Form):
    """The whole report on one page. Nothing is compulsory while it is a draft; submitting says what is missing."""

    used_days = forms.IntegerField(label=_("Days of use"), min_value=0, required=False)
    used_hours = forms.DecimalField(
        label=_("Hours of use"), min_value=0, max_digits=9, decimal_places=1, required=False
    )
    user_count = forms.IntegerField(label=_("People who used it"), min_value=0, required=False)
    rating_performance = rating(_("Performance"))
    rating_quality = rating(_("Quality"))
    rating_convenience = rating(_("Convenience"))
    rating_safety = rating(_("Safety"))
    rating_maintenance = rating(_("Maintenance"))
    rating_price = rating(_("Price"))
    satisfaction = rating(_("Satisfaction of users and citizens"))
    public_summary = long_text(
        _("Summary"), required=False, help_text=_("What you used the product for and what it changed.")
    )
    public_strengths = long_text(_("What worked well"), required=False)
    public_limits = long_text(_("What other institutions should know"), required=False)
    private_defects = long_text(_("Defects and how they were handled"), required=False)
    private_notes = long_text(_("Notes to the supplier and the Public Procurement Service"), required=False)
    purchase_intention = forms.ChoiceField(
        label=_("Additional purchase"), choices=[("", "–"), *PurchaseIntention.choices], required=False
    )
    purchase_units = forms.IntegerField(label=_("Units to buy"), min_value=1, required=False)
    purchase_when = forms.CharField(label=_("When"), max_length=100, required=False)
    purchase_budget_krw = forms.IntegerField(label=_("Budget in won"), min_value=0, required=False)
    continue_plan = forms.ChoiceField(
        label=_("Further use"), choices=[("", "–"), *ContinuePlan.choices], required=False
    )
    continue_note = long_text(_("How use goes on, who pays for operation, or why it stops"), required=False)
    stars = rating(_("Stars"))
    review = forms.CharField(
        label=_("Product review"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A few sentences for other institutions."),
    )
    may_publish = forms.BooleanField(
        label=_("The public part and the review may be published on the product page"), required=False
    )
    signed_by_name = forms.CharField(
        label=_("Approved in the institution by"), max_length=100, required=False, help_text=_("Position and name.")
    )
    photos = ManyFiles(label=_("Photos"), required=False)

    def __init__(self, *args: Any, results: Sequence[ReportKpi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.results = results
        for result in results:
            name = f"kpi_{result.kpi_id}"
            self.fields[f"{name}_value"] = number(_("Measured"))
            self.fields[f"{name}_note"] = forms.CharField(
                label=_("How it was measured"), required=False, max_length=1000
            )
            self.fields[f"{name}_files"] = ManyFiles(label=_("Evidence"), required=False)
        for row in range(IMPROVEMENT_ROWS):
            self.fields[f"improvement_{row}_item"] = forms.CharField(
                label=_("Service"), required=False, max_length=200
            )
            self.fields[f"improvement_{row}_unit"] = forms.CharField(label=_("Unit"), required=False, max_length=50)
            self.fields[f"improvement_{row}_before"] = number(_("Before"))
            self.fields[f"improvement_{row}_after"] = number(_("After"))
        for row in range(REQUEST_ROWS):
            self.fields[f"request_{row}"] = forms.CharField(
                label=_("Improvement request %(number)s") % {"number": row + 1}, required=False, max_length=1000
            )

    def clean(self) -> dict[str, Any]:
        """An improvement needs its numbers, and a review its stars."""
        values: dict[str, Any] = super().clean() or {}
        for row in range(IMPROVEMENT_ROWS):
            self._check_improvement(values, f"improvement_{row}")
        if values.get("review") and not values.get("stars"):
            self.add_error("stars", _("Give the review its stars as well."))
        return values

    def _check_improvement(self, values: Mapping[str, Any], name: str) -> None:
        numbers = [part for part in ("before", "after") if values.get(f"{name}_{part}") is not None]
        if values.get(f"{name}_item"):
            for part in {"before", "after"} - set(numbers):
                self.add_error(f"{name}_{part}", _("Enter the number before and the number after."))
        elif numbers:
            self.add_error(f"{name}_item", _("Name the service that was measured."))

    def kpi_rows(self) -> list[tuple[ReportKpi, BoundField, BoundField, BoundField]]:
        """Each indicator with its three fields."""
        names = [(result, f"kpi_{result.kpi_id}") for result in self.results]
        return [(result, self[f"{name}_value"], self[f"{name}_note"], self[f"{name}_files"]) for result, name in names]

    def improvement_rows(self) -> list[list[BoundField]]:
        """The fields of each improvement."""
        parts = ("item", "unit", "before", "after")
        return [[self[f"improvement_{row}_{part}"] for part in parts] for row in range(IMPROVEMENT_ROWS)]

    def request_rows(self) -> list[BoundField]:
        """The fields of the improvement requests."""
        return [self[f"request_{row}"] for row in range(REQUEST_ROWS)]

    def rating_fields(self) -> list[BoundField]:
        """The six ratings and the satisfaction."""
        return [*(self[f"rating_{name}"] for name in RATINGS), self["satisfaction"]]

    def content(self, *, evidence: Mapping[int, Sequence[str]], photo_ids: Sequence[str]) -> ReportInput:
        """The report as the service takes it; ``evidence`` are staged files by indicator."""
        values = self.cleaned_data
        rows = [f"improvement_{row}" for row in range(IMPROVEMENT_ROWS)]
        return ReportInput(
            answers={name: value for name, value in values.items() if hasattr(PilotReport, name) and name != "photos"},
            kpis={
                result.kpi_id: Measured(
                    values[f"kpi_{result.kpi_id}_value"],
                    values[f"kpi_{result.kpi_id}_note"],
                    evidence.get(result.kpi_id, ()),
                )
                for result in self.results
            },
            improvements=[
                Improvement(
                    item=values[f"{row}_item"],
                    unit=values[f"{row}_unit"],
                    before=values[f"{row}_before"],
                    after=values[f"{row}_after"],
                )
                for row in rows
                if values[f"{row}_item"]
            ],
            requests=[text for row in range(REQUEST_ROWS) if (text := values[f"request_{row}"])],
            stars=values["stars"],
            review=values["review"],
            photo_ids=photo_ids,
        )


def report_initial(
    *, report: PilotReport, results: Sequence[ReportKpi], improvements: Sequence[Any], requests: Sequence[Any]
) -> dict[str, Any]:
    """What the report holds already, by form field."""
    initial: dict[str, Any] = {
        name: getattr(report, name) for name in ReportForm.base_fields if hasattr(report, name) and name != "review"
    }
    review = ProductReview.objects.filter(report=report).first()
    if review is not None:
        initial |= {"stars": review.stars, "review": review.body}
    for result in results:
        initial |= {f"kpi_{result.kpi_id}_value": result.measured, f"kpi_{result.kpi_id}_note": result.note}
    for row, improvement in enumerate(improvements):
        parts = ("item", "unit", "before", "after")
        initial |= {f"improvement_{row}_{part}": getattr(improvement, part) for part in parts}
    for row, request in enumerate(requests):
        initial[f"request_{row}"] = request.text
    return initial
