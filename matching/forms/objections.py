"""Objections to results: filed by the two sides, answered by PPS with what a corrected run changes."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.forms.pages import FilesField
from matching.models import Explanation, ResultObjection
from matching.selectors import sentences


class ResultObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("What you object to, and why"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=5000,
        help_text=_("Name what in the result or its reasons is wrong. Up to 5,000 characters."),
    )
    attachments = FilesField(
        label=_("Attachments"), required=False, help_text=_("Whatever proves it. Stored as soon as you send the form.")
    )


def explanation_text(objection: ResultObjection) -> str:
    """The explanation of what was objected to, as the draft of the answer."""
    if objection.application_id is None:
        return ""
    row = Explanation.objects.filter(run=objection.run, application=objection.application).first()
    return "" if row is None else " ".join([sentences.outcome_of(row=row), *sentences.reasons_of(row=row)])


class DismissForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The organization reads it. The explanation of the result is filled in as a draft."),
    )

    @staticmethod
    def initial_for(objection: ResultObjection) -> dict[str, Any]:
        return {"answer": explanation_text(objection)}


class UpholdForm(forms.Form):
    """What a corrected run changes: numbers of an application or of a product, whichever the objection is about."""

    answer = forms.CharField(
        label=_("Answer"), widget=forms.Textarea(attrs={"rows": 6}), help_text=_("The organization reads it.")
    )
    score = forms.DecimalField(
        label=_("Corrected score (points)"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1000),
        decimal_places=1,
        help_text=_("For an application: it competes again with this score."),
    )
    units = forms.IntegerField(
        label=_("Units to grant outright"),
        required=False,
        min_value=1,
        help_text=_("For an application: it receives these units before the rest competes."),
    )
    min_institutions = forms.IntegerField(
        label=_("Fewest institutions of the product"),
        required=False,
        min_value=1,
        help_text=_("For a product that found nobody."),
    )
    max_units = forms.IntegerField(
        label=_("Most units of the product"),
        required=False,
        min_value=1,
        help_text=_("For a product that found nobody."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        own, other = (cleaned.get(name) is not None for name in ("score", "units"))
        if own and other:
            self.add_error("units", _("Give a score or units, not both."))
        if cleaned.get("score") is not None:
            cleaned["score"] = int(cleaned["score"] * 10)
        return cleaned


def correction_lines(objection: ResultObjection) -> list[str]:
    """What an upheld objection changes, in the words and the units of the form."""
    fields = UpholdForm.base_fields
    return [
        f"{fields[name].label}: {value / 10 if name == 'score' else value}"
        for name, value in objection.correction.items()
    ]
