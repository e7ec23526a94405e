"""How comparisons are laid out: figures side by side with what changes, charts with the tables beneath them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from accounts.models import Province
from core.money import format_krw
from matching.selectors import Column, DifferenceRow
from pilots.models import Track

EOK = 10**8
FIGURES = (
    ("granted", gettext_noop("Offers"), "count"),
    ("reduced", gettext_noop("Reduced"), "count"),
    ("units", gettext_noop("Units"), "count"),
    ("institutions", gettext_noop("Institutions"), "count"),
    ("products", gettext_noop("Products"), "count"),
    ("provinces", gettext_noop("Provinces"), "count"),
    ("budget_krw", gettext_noop("Budget of the round"), "krw"),
    ("spent_krw", gettext_noop("Amount awarded"), "krw"),
    ("youth_krw", gettext_noop("Youth startups"), "krw"),
    ("youth_floor_krw", gettext_noop("Floor for youth startups"), "krw"),
    ("objective", gettext_noop("Objective"), "count"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, and what it is more or less than the first column's."""

    text: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: list[Cell]


def _show(value: int, kind: str) -> str:
    return format_krw(value) if kind == "krw" else f"{value:,}"


def _cells(values: Sequence[int], kind: str) -> list[Cell]:
    first = values[0]
    cells = []
    for value in values:
        change = value - first
        sign = "+" if change > 0 else ""
        cells.append(Cell(_show(value, kind), f"{sign}{_show(change, kind)}" if change else ""))
    return cells


def figure_rows(*, columns: Sequence[Column]) -> list[Row]:
    """Every figure of the columns with the change against the first."""
    rows = [Row(_(label), _cells([column.figures[name] for column in columns], kind)) for name, label, kind in FIGURES]
    shares = [_permille(column.figures) for column in columns]
    rows.append(Row(_("Youth startups, permille of the budget"), _cells(shares, "count")))
    return rows


def _permille(figures: dict[str, Any]) -> int:
    return int(figures["youth_krw"]) * 1000 // int(figures["budget_krw"]) if figures["budget_krw"] else 0


def track_rows(*, columns: Sequence[Column]) -> list[Row]:
    """Won by track."""
    codes = sorted({code for column in columns for code in column.figures["won_by_track"]})
    names = {track.code: track.name for track in Track.objects.filter(code__in=codes)}
    return [
        Row(
            names.get(code, code),
            _cells([column.figures["won_by_track"].get(code, 0) for column in columns], "krw"),
        )
        for code in codes
    ]


def province_rows(*, columns: Sequence[Column]) -> list[Row]:
    """Won by the province of the institution, in the usual order."""
    name = "name_en" if get_language() == "en" else "name_ko"
    rows = []
    for province in Province.objects.order_by("order"):
        values = [column.figures["won_by_province"].get(province.pk, 0) for column in columns]
        if any(values):
            rows.append(Row(getattr(province, name), _cells(values, "krw")))
    return rows


def track_chart(*, columns: Sequence[Column]) -> dict[str, Any]:
    """Bars per track, one for each column; the table beneath is ``track_rows``."""
    codes = sorted({code for column in columns for code in column.figures["won_by_track"]})
    names = {track.code: track.name for track in Track.objects.filter(code__in=codes)}
    return {
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 8, "bottom": 8, "top": 64, "containLabel": True},
        "xAxis": {"type": "category", "data": [names.get(code, code) for code in codes]},
        "yAxis": {"type": "value", "name": _("100 million won"), "nameTextStyle": {"align": "left"}},
        "series": [
            {
                "type": "bar",
                "name": column.label,
                "data": [column.figures["won_by_track"].get(code, 0) / EOK for code in codes],
            }
            for column in columns
        ],
    }


def difference_header(*, columns: Sequence[Column]) -> list[str]:
    """Columns of the export of who gains and who loses."""
    return [
        _("Change"),
        _("Application"),
        _("Institution"),
        _("Province"),
        _("Product"),
        _("Track"),
        _("Units asked for"),
        _("Score"),
        *(column.label for column in columns),
        _("Units more or fewer"),
        _("Won more or less"),
    ]


def difference_cells(*, row: DifferenceRow) -> list[Any]:
    """One application of the export."""
    found, application = row.difference, row.application
    return [
        verdict(change=found.change),
        application.number,
        application.institution.name,
        application.institution.province,
        application.plan.product.name,
        application.plan.track,
        found.requested_units,
        found.score / 10,
        *found.units,
        found.change,
        found.change_krw,
    ]


def verdict(*, change: int) -> str:
    """Whether an application gains or loses, in a word."""
    if not change:
        return _("Differs in between")
    return _("Gains") if change > 0 else _("Loses")


def changes_in_words(*, changes: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str]]:
    """What a what-if changes, as (what, to what) for its page. ``names`` are products and institutions by id."""
    rows = [
        (_("Budget of the round"), format_krw(changes["budget_krw"])) if "budget_krw" in changes else None,
        (_("Share for youth startups"), f"{changes['youth_floor_permille']} ‰")
        if "youth_floor_permille" in changes
        else None,
    ]
    found = [row for row in rows if row is not None]
    tracks = {track.code: track.name for track in Track.objects.filter(code__in=changes.get("tracks", {}))}
    for code, change in changes.get("tracks", {}).items():
        found += _numbers(tracks.get(code, code), change)
    for kind, label in (("all_products", _("Every product")), ("all_institutions", _("Every institution"))):
        found += _numbers(label, changes.get(kind, {}))
    for kind in ("products", "institutions"):
        for name, change in changes.get(kind, {}).items():
            found += _numbers(names.get(name, name), change)
    found += [
        (_("Weight of %(code)s") % {"code": code}, str(weight)) for code, weight in changes.get("weights", {}).items()
    ]
    if "ranks" in changes:
        found.append((_("Points by priority"), ", ".join(map(str, changes["ranks"]))))
    return found


def _numbers(subject: str, change: dict[str, int]) -> list[tuple[str, str]]:
    words = {
        "floor_krw": _("at least"),
        "ceiling_krw": _("at most"),
        "max_units": _("most units"),
        "min_institutions": _("fewest institutions"),
        "max_institutions": _("most institutions"),
        "max_products": _("most products"),
    }
    return [
        (f"{subject}: {words[key]}", format_krw(value) if key.endswith("_krw") else f"{value:,}")
        for key, value in change.items()
    ]
