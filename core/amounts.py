"""Amounts in the admin: Django shows a field's bare digits, people read won with separators."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from core.money import format_krw


class AmountsShown:
    """For an admin class or an inline: fields named ``*_krw`` that nobody edits are shown with separators."""

    model: type[models.Model]

    def get_list_display(self, request: Any) -> list[Any]:
        return with_amounts(self.model, super().get_list_display(request))  # type: ignore[misc]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[Any]:
        return with_amounts(self.model, super().get_readonly_fields(request, obj))  # type: ignore[misc]

    def get_fields(self, request: Any, obj: Any = None) -> list[Any]:
        """Each amount once: a column that shows it stands for the field of the same name."""
        names = super().get_fields(request, obj)  # type: ignore[misc]
        shown = {getattr(name, "__name__", "") for name in names if not isinstance(name, str)}
        return [name for name in names if name not in shown]

    def get_fieldsets(self, request: Any, obj: Any = None) -> list[Any]:
        fixed = {getattr(name, "__name__", name) for name in self.get_readonly_fields(request, obj)}
        return [
            (title, {**options, "fields": [_shown(self.model, line, fixed) for line in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)  # type: ignore[misc]
        ]


def with_amounts(model: type[models.Model], names: Iterable[Any]) -> list[Any]:
    """Replace names of amounts by columns that show them."""
    return [_shown(model, name, None) for name in names]


def _shown(model: type[models.Model], name: Any, fixed: set[str] | None) -> Any:
    """One entry of a list of fields; a line of several is looked through. ``fixed`` limits it to those."""
    if isinstance(name, list | tuple):
        return [_shown(model, each, fixed) for each in name]
    if (
        isinstance(name, str)
        and name.endswith("_krw")
        and (fixed is None or name in fixed)
        and _is_amount(model, name)
    ):
        return amount_column(model, name)
    return name


def _is_amount(model: type[models.Model], name: str) -> bool:
    try:
        return isinstance(model._meta.get_field(name), models.IntegerField)
    except FieldDoesNotExist:
        return False


@cache
def amount_column(model: type[models.Model], name: str) -> Callable[[Any], str]:
    """The column of one amount; the same object each time, because the admin compares them."""

    def shown(row: Any) -> str:
        amount = getattr(row, name)
        # The admin's dash for what is empty stands in lists only; on a page of a case it would print "None".
        return "–" if amount is None else format_krw(amount)

    # The admin names cells after the function.
    shown.__name__ = name
    label: Any = getattr(model._meta.get_field(name), "verbose_name", name)
    return admin.display(description=label, ordering=name)(shown)
