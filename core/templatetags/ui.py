"""What the components need: money and dates in the portal's wording, form widgets in KRDS dress, map shapes."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from core.money import format_krw, format_krw_short

register = template.Library()

DASH = "\N{EN DASH}"

# Status codes of every lifecycle; what is not named here (drafts, closed and superseded things) is neutral.
TONES = {
    "success": "accepted active agreed appointed approved completed confirmed corrected created designated "
    "done evaluated extended_1 extended_2 matched ok paid passed published registered resolved result_published "
    "review_adjusted review_passed selected settled success transferred upheld valid verified visible",
    "info": "agreeing appealed awaiting_delivery contracted council_deliberation delivered doc_check evaluating "
    "evidenced executing filed gate_review in_delivery in_progress in_use matching monitoring offered open "
    "panel_assigned panel_scoring plan_intake preparing proposed queued reported requested reviewing running sent "
    "signed site_inspection solved submitted under_review updated",
    "warning": "awaiting cancelling correction_required expiring insufficient lapsed not_matched on_hold overdue "
    "partial pending reserve returned supplement_requested suspended use_ended waitlisted",
    "danger": "cancelled declined dismissed disqualified excluded expired failed failure ineligible infeasible "
    "invalid not_corrected refused rejected review_rejected revoked terminated withdrawn",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}

WIDGET_KINDS: list[tuple[type[forms.Widget], str]] = [
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file"),
    (forms.DateTimeInput, "datetime"),
    (forms.DateInput, "date"),
    (forms.TimeInput, "time"),
    (forms.NumberInput, "number"),
    (forms.MultiWidget, "group"),
]
KRDS_CLASSES = {"select": "krds-form-select", "checkbox": "", "checkboxes": "", "radios": "", "file": "im-file-input"}
NATIVE_INPUTS = {
    "date": ("date", "%Y-%m-%d"),
    "datetime": ("datetime-local", "%Y-%m-%dT%H:%M"),
    "time": ("time", "%H:%M"),
}


@register.filter
def krw(amount: int | str | None) -> str:
    """Whole won with separators; an empty amount is a dash, because no price is not a price of nothing."""
    return DASH if amount is None or amount == "" else format_krw(int(amount))


@register.filter
def krw_short(amount: int | str | None) -> str:
    """The amount as people say it (530억 원) where that loses nothing."""
    return DASH if amount is None or amount == "" else format_krw_short(int(amount))


@register.filter
def points(tenths: int | None) -> str:
    """A score as people know it: scores are kept in tenths of a point."""
    return "" if tenths is None else f"{tenths / 10:,.1f}"


@register.filter
def kdate(value: date | datetime | None) -> str:
    """A date in the form Korean offices use in tables; a moment is taken in Asia/Seoul."""
    if not value:
        return DASH
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value:%Y-%m-%d}"


@register.filter
def kdatetime(value: date | datetime | None) -> str:
    """A moment to the minute in Asia/Seoul; a plain date stays a date."""
    if not value:
        return DASH
    if not isinstance(value, datetime):
        return kdate(value)
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{local:%Y-%m-%d %H:%M}"


@register.filter
def isotime(value: datetime) -> str:
    """The machine-readable form of a moment, for the time element."""
    return value.isoformat()


# The first word found names it: Edge and Whale call themselves Chrome as well, and Chrome calls itself Safari.
_BROWSERS = {
    "Edg": "Edge",
    "Whale": "Whale",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
}
_BROWSERS |= {"Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@register.filter
def browser_name(user_agent: str) -> str:
    """A browser and its system as people call them; what it says of itself where nobody knows it."""
    found = (next((name for mark, name in names.items() if mark in user_agent), "") for names in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found)) or user_agent or "–"


@register.filter
def table_number(cell: object) -> object:
    """A whole number with separators; anything else as it is."""
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else cell


@register.filter
def badge_tone(status: object) -> str:
    """The colour family of a status code; unknown and early statuses stay neutral."""
    return TONE_OF.get(str(getattr(status, "value", status)).lower(), "neutral")


@register.filter
def message_tone(level: str) -> str:
    """The colour family of a flash message."""
    return {"error": "danger", "debug": "neutral"}.get(level, level or "neutral")


@register.filter
def button_variant(tags: Sequence[str] | None) -> str:
    """The button that fits the tags which the account pages put on theirs."""
    given = set(tags or [])
    if given & {"danger", "delete"}:
        return "danger"
    return "tertiary" if given & {"secondary", "outline", "link", "cancel"} else "primary"


@register.filter
def tags_tone(tags: Sequence[str] | None) -> str:
    """The colour family of a badge of the account pages."""
    return next((tone for tone in ("success", "warning", "danger") if tone in (tags or [])), "neutral")


@register.filter
def lookup(mapping: Mapping[Any, Any] | None, key: object) -> object:
    """Read a mapping by a key that is a variable."""
    return (mapping or {}).get(key, "")


@register.filter
def widget_kind(field: BoundField) -> str:
    """Which of the component's branches draws this field."""
    for widget_class, kind in WIDGET_KINDS:
        if isinstance(field.field.widget, widget_class):
            return kind
    return "text"


def _dressed(field: BoundField, kind: str) -> forms.Widget:
    widget: forms.Widget = copy(field.field.widget)
    widget.attrs = dict(widget.attrs)
    if kind in NATIVE_INPUTS and isinstance(widget, forms.DateInput | forms.DateTimeInput | forms.TimeInput):
        widget.input_type, widget.format = NATIVE_INPUTS[kind]
        widget.is_localized = False
    if isinstance(widget, forms.ClearableFileInput):
        plain = forms.FileInput(attrs=widget.attrs)
        plain.is_required = widget.is_required
        plain.allow_multiple_selected = widget.allow_multiple_selected
        widget = plain
    return widget


@register.filter
def add_class(field: BoundField, names: str) -> SafeString:
    """The field's own widget with more classes."""
    classes = f"{field.field.widget.attrs.get('class', '')} {names}".strip()
    return field.as_widget(attrs={"class": classes})


@register.simple_tag
def krds_widget(field: BoundField, size: str = "", placeholder: str = "", accept: str = "") -> SafeString:
    """The field's widget in KRDS dress, with the browser's own date and time pickers."""
    kind = widget_kind(field)
    widget = _dressed(field, kind)
    names = [str(widget.attrs.get("class", "")), KRDS_CLASSES.get(kind, "krds-input"), size]
    attrs: dict[str, str | bool] = {}
    if any(names):
        attrs["class"] = " ".join(name for name in names if name)
    if placeholder:
        attrs["placeholder"] = placeholder
    if accept:
        attrs["accept"] = accept
    if kind == "file":
        attrs["data-upload-input"] = ""
    return field.as_widget(widget=widget, attrs=attrs)


@register.simple_tag
def kept_params(params: QueryDict | None, form: forms.BaseForm | None = None) -> list[tuple[str, str]]:
    """The query parameters that a filter form must carry along: all but its own fields and the page."""
    own = {"page"} | ({form.add_prefix(name) for name in form.fields} if form is not None else set())
    if params is None:
        return []
    return [(name, value) for name, values in params.lists() if name not in own for value in values]


@register.simple_tag
def sort_state(params: QueryDict, name: str, parameter: str = "sort", default: str = "") -> dict[str, str]:
    """How a column is sorted now and what its header link asks for next."""
    current = params.get(parameter) or default
    if current == name:
        return {"aria": "ascending", "next": f"-{name}"}
    if current == f"-{name}":
        return {"aria": "descending", "next": name}
    return {"aria": "none", "next": name}


def _query(params: QueryDict, **changes: str) -> str:
    wanted = params.copy()
    for name, value in changes.items():
        wanted[name] = value
    return f"?{wanted.urlencode()}"


@register.simple_tag
def sort_url(params: QueryDict, parameter: str, value: str) -> str:
    """The same list in another order, from its first page."""
    wanted = params.copy()
    wanted.pop("page", None)
    return _query(wanted, **{parameter: value})


@register.simple_tag
def page_url(params: QueryDict, parameter: str, number: int) -> str:
    """Another page of the same list."""
    return _query(params, **{parameter: str(number)})


@register.simple_tag
def export_url(params: QueryDict, parameter: str, file_format: str) -> str:
    """The whole list, with its filters, as a file."""
    wanted = params.copy()
    wanted.pop("page", None)
    return _query(wanted, **{parameter: file_format})


@register.filter
def page_links(page: Page[Any]) -> Iterator[int | str]:
    """Page numbers around the current one, with gaps."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.simple_tag
def map_items(rows: Sequence[Mapping[str, Any]] | None, level_count: int = 4) -> dict[str, Any]:
    """Sort the values of a map into shades of equal width and describe each shade for the legend."""
    given = [row for row in rows or [] if row.get("value")]
    top = max((int(row["value"]) for row in given), default=0)
    levels = min(level_count, top) or 1
    bounds = [top * level // levels for level in range(levels + 1)]
    items = []
    for row in sorted(given, key=lambda row: -int(row["value"])):
        level = next(level for level in range(1, levels + 1) if int(row["value"]) <= bounds[level])
        items.append({**row, "shade": level * level_count // levels})
    legend = [
        {"shade": level * level_count // levels, "low": bounds[level - 1] + 1, "high": bounds[level]}
        for level in range(1, levels + 1)
    ]
    return {"items": items, "legend": legend if given else []}
