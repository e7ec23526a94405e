from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from market.enums import NoticeKind, VersionKind, Window
from market.selectors import published_rounds
from market.services import NoticeText
from pilots.models import PilotRound


class NoticeFilterForm(forms.Form):
    """Filters of the notice board; a wrong value filters nothing."""

    q = forms.CharField(label=_("Search words"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *NoticeKind.choices])
    window = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            *((w.value, w.label) for w in (Window.OPEN, Window.SCHEDULED, Window.CLOSED, Window.CANCELLED)),
        ],
    )

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {
            "text": self.cleaned_data.get("q", ""),
            "kind": self.cleaned_data.get("kind", ""),
            "window": self.cleaned_data.get("window", ""),
        }


class ResultFilterForm(forms.Form):
    """Filters of the published results."""

    q = forms.CharField(label=_("Product or institution"), required=False, max_length=100)
    round = forms.ModelChoiceField(
        label=_("Round"), required=False, queryset=PilotRound.objects.none(), empty_label=_("All")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = published_rounds()  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        self.is_valid()
        chosen = self.cleaned_data.get("round")
        return {"text": self.cleaned_data.get("q", ""), "round_id": chosen.pk if chosen else None}


class NoticeForm(forms.Form):
    """A notice in both languages, as PPS staff write it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=NoticeKind.choices)
    title_ko = forms.CharField(label=_("Title in Korean"), max_length=200)
    body_ko = forms.CharField(label=_("Text in Korean"), widget=forms.Textarea)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    body_en = forms.CharField(label=_("Text in English"), widget=forms.Textarea, required=False)
    opens_at = forms.DateTimeField(label=_("Opens at"), required=False, help_text=_("For example 2026-12-01 09:00"))
    closes_at = forms.DateTimeField(label=_("Closes at"), required=False, help_text=_("For example 2026-12-31 18:00"))
    department = forms.CharField(label=_("Department"), max_length=100, required=False)

    def text(self) -> NoticeText:
        names = ("title_ko", "body_ko", "title_en", "body_en", "opens_at", "closes_at")
        return NoticeText(**{name: self.cleaned_data[name] for name in names})


class AmendForm(forms.Form):
    """A new version of a published notice."""

    version_kind = forms.ChoiceField(
        label=_("Kind of change"),
        choices=[(k.value, k.label) for k in (VersionKind.CORRECTION, VersionKind.EXTENSION, VersionKind.RE_NOTICE)],
    )
    reason = forms.CharField(label=_("Reason, as readers see it"), widget=forms.Textarea)
    title_ko = forms.CharField(label=_("Title in Korean"), max_length=200)
    body_ko = forms.CharField(label=_("Text in Korean"), widget=forms.Textarea)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    body_en = forms.CharField(label=_("Text in English"), widget=forms.Textarea, required=False)
    opens_at = forms.DateTimeField(label=_("Opens at"), required=False)
    closes_at = forms.DateTimeField(label=_("Closes at"), required=False)

    @staticmethod
    def initial_for(notice: Any) -> dict[str, Any]:
        names = ("title_ko", "body_ko", "title_en", "body_en", "opens_at", "closes_at")
        return {name: getattr(notice, name) for name in names}

    def clean(self) -> dict[str, Any]:
        """What ``services.amend_notice`` takes: kind, reason and one text."""
        values = super().clean() or {}
        if self.errors:
            return values
        text = NoticeText(
            **{n: values[n] for n in ("title_ko", "body_ko", "title_en", "body_en", "opens_at", "closes_at")}
        )
        return {"version_kind": values["version_kind"], "reason": values["reason"], "text": text}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason, as readers see it"), widget=forms.Textarea)
