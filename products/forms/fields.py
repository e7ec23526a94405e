"""Input that more than one form needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DigitsField(forms.CharField):
    """A code that people write with dashes or spaces."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("-", "").replace(" ", "")


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files. The view stores them before the form is judged, so this only carries label and messages."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})

    def clean(self, data: Any, initial: Any = None) -> Any:
        del initial
        return data


def day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **kwargs)


def text_area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=text_area(3), max_length=2000)
