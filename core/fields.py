"""Fields of models and forms that carry a unit in their type."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_WON = 10**15


class KrwField(models.PositiveBigIntegerField):  # type: ignore[type-arg]
    """Whole won. Never rounded, never negative; signed amounts of the ledger use a plain big integer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class WonField(forms.IntegerField):
    """Whole won, typed with or without separators and shown with them."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    default_error_messages = {"invalid": _("Enter whole won, for example 3,500,000.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_WON, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        text = str(value if value is not None else "").replace(",", "").replace("원", "").replace("₩", "").strip()
        return super().to_python(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.to_python(initial), data)
