"""Model fields that carry a unit in their type."""

from typing import Any

from django.db import models


class KrwField(models.PositiveBigIntegerField):  # type: ignore[type-arg]
    """Whole won. Never rounded, never negative; signed amounts of the ledger use a plain big integer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
