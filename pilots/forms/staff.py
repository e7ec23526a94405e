"""What PPS people fill in, in the admin."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import pps_staff
from core.fields import MAX_WON, WonField
from pilots.enums import AcquisitionMode, AnnualPlanStatus, Bucket, PlanSection, ReviewDecision, ReviewReason
from pilots.models import AnnualPlan, BudgetAccount, PilotRound, PilotUsePlan, RuleSet, Track
from pilots.services.scheduling import Schedule, TrackBudget


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}))


class ReturnForm(forms.Form):
    """What to correct as a whole, and beside each section of the supplier's form."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in PlanSection.choices:
            self.fields[f"note_{code}"] = forms.CharField(
                label=_("Beside “%(section)s”") % {"section": label},
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        notes = {code: cleaned.pop(f"note_{code}", "") for code in PlanSection.values}
        return {**cleaned, "notes": {code: text for code, text in notes.items() if text}}


class OptionalReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 4}))


class QuestionForm(forms.Form):
    question = forms.CharField(label=_("Question"), widget=forms.Textarea(attrs={"rows": 4}))


class DecisionTextForm(forms.Form):
    text = forms.CharField(label=_("Reasons of the decision"), widget=forms.Textarea(attrs={"rows": 5}))


class CeilingForm(forms.Form):
    ceiling_krw = WonField(label=_("Approved ceiling (won)"))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ReviewerForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        label=_("Reviewer"), required=False, queryset=User.objects.none(), empty_label=_("Everybody who reviews")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reviewer"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = pps_staff(role=PpsRole.REVIEWER)

    @staticmethod
    def initial_for(plan: PilotUsePlan) -> dict[str, Any]:
        return {"reviewer": plan.reviewer_id}


class AbsenceForm(forms.Form):
    """Who is away, for how long, and who has the cases meanwhile."""

    reviewer = forms.ModelChoiceField(label=_("Absent reviewer"), queryset=User.objects.none())
    cover = forms.ModelChoiceField(
        label=_("Covered by"),
        queryset=User.objects.none(),
        help_text=_("On these days the cases appear in this colleague's queue as well."),
    )
    from_on = forms.DateField(label=_("Absent from"), widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(
        label=_("Absent until"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("The last day away.")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200, help_text=_("Only the desk sees it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("reviewer", "cover"):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = pps_staff(role=PpsRole.REVIEWER)


class MomentField(forms.SplitDateTimeField):
    """Date and time in Korean time."""

    widget = AdminSplitDateTime


class ExtendForm(forms.Form):
    intake_closes_at = MomentField(label=_("Intake of plans closes at"), required=False)
    closes_at = MomentField(label=_("Applications close at"), required=False)
    reason = forms.CharField(label=_("Reason (the notice prints it)"), widget=forms.Textarea(attrs={"rows": 3}))


class BudgetForm(forms.Form):
    track = forms.ModelChoiceField(
        label=_("Track"), required=False, queryset=Track.objects.order_by("order"), empty_label=_("Whole round")
    )
    amount_krw = WonField(label=_("New budget (won)"), min_value=0)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        track = cleaned.pop("track", None)
        cleaned["track_id"] = track.pk if track else None
        return cleaned


class CorrectionForm(forms.Form):
    account = forms.ModelChoiceField(
        label=_("Account"), queryset=BudgetAccount.objects.select_related("round", "track").order_by("-round", "pk")
    )
    bucket = forms.ChoiceField(label=_("Balance"), choices=Bucket.choices)
    amount_krw = WonField(label=_("Amount, negative to lower the balance (won)"), min_value=-MAX_WON)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class TrackAmounts(forms.Form):
    """A form with one pair of amounts per track."""

    with_floor = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tracks = list(Track.objects.order_by("order", "pk"))
        for track in self.tracks:
            self.fields[f"budget_{track.pk}"] = WonField(
                label=_("%(track)s: budget (won)") % {"track": track.name}, required=False, min_value=0
            )
            if self.with_floor:
                self.fields[f"floor_{track.pk}"] = WonField(
                    label=_("%(track)s: at least (won)") % {"track": track.name}, required=False, min_value=0
                )

    def budgets(self) -> list[TrackBudget]:
        return [
            TrackBudget(track.pk, budget, self.cleaned_data.get(f"floor_{track.pk}") or 0)
            for track in self.tracks
            if (budget := self.cleaned_data.get(f"budget_{track.pk}"))
        ]


class AnnualPlanForm(TrackAmounts):
    with_floor = False
    year = forms.IntegerField(label=_("Year"), min_value=2019, max_value=2100)
    total_krw = WonField(label=_("Total budget (won)"))
    council_session = forms.CharField(label=_("Council session"), required=False, max_length=120)
    reason = forms.CharField(
        label=_("Reason of this version"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed from the second version of a year on."),
    )


class RoundPlanForm(TrackAmounts):
    annual_plan = forms.ModelChoiceField(
        label=_("Annual plan"),
        queryset=AnnualPlan.objects.exclude(status=AnnualPlanStatus.SUPERSEDED).order_by("-year", "-version"),
    )
    rule_set = forms.ModelChoiceField(label=_("Rule set"), queryset=RuleSet.objects.order_by("-effective_on", "-pk"))
    acquisition_mode = forms.ChoiceField(label=_("Mode"), choices=AcquisitionMode.choices)
    title_ko = forms.CharField(label=_("Title in Korean"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    budget_krw = WonField(label=_("Budget of the round (won)"))
    intake_opens_at = MomentField(label=_("Intake of plans opens at"))
    intake_closes_at = MomentField(label=_("Intake of plans closes at"))
    opens_at = MomentField(label=_("Applications open at"))
    closes_at = MomentField(label=_("Applications close at"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes - opens > timedelta(days=366):
            self.add_error("closes_at", _("A round is open for at most a year."))
        return cleaned

    def schedule(self) -> Schedule:
        names = ("intake_opens_at", "intake_closes_at", "opens_at", "closes_at")
        return Schedule(**{name: self.cleaned_data[name] for name in names})


class RoundChangeForm(forms.Form):
    """What can still be changed while a round is only planned."""

    rule_set = forms.ModelChoiceField(label=_("Rule set"), queryset=RuleSet.objects.order_by("-effective_on", "-pk"))
    title_ko = forms.CharField(label=_("Title in Korean"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    intake_opens_at = MomentField(label=_("Intake of plans opens at"))
    intake_closes_at = MomentField(label=_("Intake of plans closes at"))
    opens_at = MomentField(label=_("Applications open at"))
    closes_at = MomentField(label=_("Applications close at"))

    @staticmethod
    def initial_for(pilot_round: PilotRound) -> dict[str, Any]:
        names = ("title_ko", "title_en", "intake_opens_at", "intake_closes_at", "opens_at", "closes_at")
        return {name: getattr(pilot_round, name) for name in names} | {"rule_set": pilot_round.rule_set_id}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        times = {name: cleaned.pop(name) for name in ("intake_opens_at", "intake_closes_at", "opens_at", "closes_at")}
        rule_set = cleaned.pop("rule_set")
        return cleaned | {"schedule": Schedule(**times), "rule_set_id": rule_set.pk}


# What institutions read unless the reviewer writes something else; in the language of the programme.
STANDARD_MESSAGES = {
    ReviewReason.ABOVE_CEILING: _("The amount asked for is above the ceiling that the rules of this round set."),
    ReviewReason.QUANTITY_NOT_JUSTIFIED: _("The use described does not need the quantity asked for."),
    ReviewReason.SITE_UNSUITABLE: _("The site does not meet the requirements that the supplier's plan names."),
    ReviewReason.PURPOSE_UNCLEAR: _("The application does not make clear what the product will be used for."),
    ReviewReason.PRICE_NOT_JUSTIFIED: _("The price of the product could not be justified by the evidence at hand."),
    ReviewReason.OVERDUE_REPORTS: _("Reports of earlier pilot uses of your institution are overdue."),
    ReviewReason.RECEIVED_BEFORE: _("Your institution received this product in an earlier pilot purchase."),
}


def standard_message(code: str) -> str:
    """The message for a reason; empty where the reviewer has to write one."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(STANDARD_MESSAGES.get(ReviewReason(code), "")) if code in ReviewReason.values else ""


class ReasonSelect(forms.Select):
    """Carries the standard message of each reason, which the page copies into the message for editing."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-text"] = standard_message(str(value))
        return option


class DecisionForm(forms.Form):
    """One decision of the amount-and-scale review, with the parts of the score as fields of their own."""

    decision = forms.ChoiceField(label=_("Decision"), choices=ReviewDecision.choices, widget=forms.RadioSelect)
    units = forms.IntegerField(label=_("Units after the change"), required=False, min_value=1)
    reason_code = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=ReviewReason.choices,
        widget=ReasonSelect(attrs={"data-fills": "id_message"}),
    )
    message = forms.CharField(
        label=_("Message to the institution"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The reason brings a standard text, which you may change. Left empty, the standard text is sent."),
    )

    keeps_exemption = forms.BooleanField(label=_("The institution needs no matching"), required=False, initial=True)

    def __init__(self, *args: Any, parts: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = dict(parts)
        for code, points in parts.items():
            self.fields[f"points_{code}"] = forms.IntegerField(
                label=code, initial=points, min_value=-1000, max_value=10_000
            )
            self.fields[f"why_{code}"] = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def clean_message(self) -> str:
        """What the reviewer wrote, else the standard text of the reason; a plain pass needs none."""
        written = str(self.cleaned_data["message"]).strip()
        if written or self.cleaned_data.get("decision") == ReviewDecision.PASS:
            return written
        return standard_message(self.cleaned_data.get("reason_code", ""))

    def overrides(self) -> dict[str, tuple[int, str]]:
        """Parts whose points differ from the computed ones, with the reasons given."""
        return {
            code: (self.cleaned_data[f"points_{code}"], self.cleaned_data[f"why_{code}"])
            for code, points in self.parts.items()
            if self.cleaned_data[f"points_{code}"] != points
        }
