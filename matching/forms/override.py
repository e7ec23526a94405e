"""Setting one award by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.models import Explanation


class OverrideForm(forms.Form):
    units = forms.IntegerField(label=_("Units to grant"), min_value=0, help_text=_("0 takes the award away."))
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The applicant, the approver and the public read it. Name nobody."),
    )

    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("only", _("Change only this award: every other one is kept, and all rules are checked at once")),
            ("anew", _("Solve anew around it: a worker matches everything else again")),
        ],
        initial="only",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, row: Explanation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("units", row.granted)
