from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.amounts import AmountsShown, with_amounts
from core.uploads import files_of
from feedback import selectors
from feedback.models import PilotUse, Verdict
from feedback.selectors import Calculation


class ReadOnlyRows(AmountsShown, admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a case, to look at only."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return with_amounts(self.model, self.fields or ())

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def file_links(target: Any) -> SafeString | str:
    """Links to the files of a row."""
    links = [(reverse("core:file", args=[stored.pk]), stored.original_name) for stored in files_of(target=target)]
    return format_html_join(", ", '<a href="{}">{}</a>', links) or "–"


def calculation_effect(calculation: Calculation) -> list[tuple[Any, Any]]:
    """The suggestion and its conditions, as rows of the confirmation page."""
    marks = {True: "✓", False: "✗"}
    steps = [
        (
            selectors.LABELS[step.code],
            format_html(
                "{} {} / {}", marks[step.is_met], selectors.told(value=step.found), selectors.told(value=step.needed)
            ),
        )
        for step in calculation.steps
    ]
    rows = [
        (
            row["name"],
            f"{row.get('measured') or selectors.told(value=row.get('outcome', ''))} "
            f"({row.get('target') or row.get('units', '')})",
        )
        for row in calculation.rows
    ]
    return [*steps, *rows, (selectors.SUGGESTION, calculation.suggested.label)]


def line_effect(use: PilotUse) -> list[tuple[Any, Any]]:
    return calculation_effect(selectors.line_calculation(use=use, rules=selectors.current_rules()))


def stored_effect(verdict: Verdict) -> list[tuple[Any, Any]]:
    """What the proposer saw, for the second person."""
    steps = [
        (row["label"], f"{'✓' if row['is_met'] else '✗'} {row['found']} / {row['needed']}")
        for row in selectors.calculation_rows(verdict=verdict)
    ]
    return [
        *steps,
        (selectors.SUGGESTION, verdict.get_suggested_display()),
        (verdict._meta.get_field("outcome").verbose_name, verdict.get_outcome_display()),
        (verdict._meta.get_field("reason").verbose_name, verdict.reason),
        (verdict._meta.get_field("proposed_by").verbose_name, verdict.proposed_by),
    ]
