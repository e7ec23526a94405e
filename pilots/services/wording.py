"""Words for messages."""

from typing import Any, cast

from django.db import models


def label_of(*, row: models.Model, name: str) -> str:
    """How a field is called on the screen."""
    return str(cast("models.Field[Any, Any]", row._meta.get_field(name)).verbose_name)
