from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Rhythm
from core.notifications import NOW, OFF, kind_groups

HOW = [
    (NOW, _("At once")),
    (Rhythm.DAILY, Rhythm.DAILY.label),
    (Rhythm.WEEKLY, Rhythm.WEEKLY.label),
    (OFF, _("Not by mail")),
]


class PreferencesForm(forms.Form):
    """One choice per kind of fact, and one that sets all of them in one go."""

    every = forms.ChoiceField(
        label=_("For every kind"), required=False, choices=[("", _("As chosen below")), *HOW], initial=""
    )

    def __init__(self, *args: Any, chosen: Mapping[str, str], side: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = kind_groups(side=side)
        for _group, kinds in self.parts:
            for kind, label in kinds:
                self.fields[kind] = forms.ChoiceField(label=label, choices=HOW, required=False, initial=chosen[kind])

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields under the name of the part of the portal they belong to."""
        for name, kinds in self.parts:
            yield name, [self[kind] for kind, _label in kinds]

    def wanted(self) -> dict[str, str]:
        """How the person wants each kind; what was not sent stays as it was."""
        every = self.cleaned_data["every"]
        return {
            kind: every or self.cleaned_data[kind]
            for _name, kinds in self.parts
            for kind, _label in kinds
            if every or self.cleaned_data[kind]
        }
