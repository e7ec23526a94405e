"""How public figures are laid out: rows of exports, options of charts with the tables beneath them."""

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from core.money import format_krw
from market import selectors
from matching.models import Allocation
from pilots.models import PilotRound, YearFigure
from pilots.selectors import Balance

AWARD_SORTS: Final[Mapping[str, str]] = {
    "product": "application__plan__product__name",
    "institution": "application__institution__name",
    "units": "units",
    "published": "run__round__result_published_at",
}
_BLUE: Final = "#256ef4"
_GREY: Final = "#8a949e"


def award_header() -> list[str]:
    """Columns of the export of results."""
    return [_("Round"), _("Product"), _("Supplier"), _("Institution"), _("Province"), _("Track"), _("Units")]


def award_row(award: Allocation) -> list[Any]:
    """One published award; sites and people are not part of it."""
    application = award.application
    plan = application.plan
    return [
        application.round.number,
        plan.product.name,
        plan.supplier.name,
        application.institution.name,
        application.institution.province,
        plan.track,
        award.units,
    ]


def year_header() -> list[str]:
    """Columns of the yearly figures."""
    return [_("Year"), _("Budget (won)"), _("Overseas (won)"), _("Products"), _("Institutions"), _("Source")]


def year_row(figure: YearFigure) -> list[Any]:
    """One published year."""
    return [
        figure.year,
        figure.total_krw,
        figure.overseas_krw,
        figure.product_count,
        figure.institution_count,
        figure.source,
    ]


def _bars(names: list[Any], series: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 8, "bottom": 8, "top": 40, "containLabel": True},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "name": unit},
        "series": [{"type": "bar", **one} for one in series],
    }


def _year_chart() -> tuple[dict[str, Any], dict[str, Any]]:
    figures = list(selectors.yearly_figures())
    hundreds_of_millions = [round(figure.total_krw / 10**8, 1) for figure in figures]
    option = _bars(
        [str(figure.year) for figure in figures],
        [{"name": _("Budget"), "data": hundreds_of_millions, "itemStyle": {"color": _BLUE}}],
        _("100 million won"),
    )
    rows = [
        [
            str(figure.year),
            f"{format_krw(figure.total_krw)} {_('(executed)')}"
            if figure.is_executed
            else format_krw(figure.total_krw),
            format_krw(figure.overseas_krw) or "–",
            _count(figure.product_count),
            _count(figure.institution_count),
            figure.source,
        ]
        for figure in figures
    ]
    return option, {"headers": year_header(), "rows": rows}


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _kinds() -> list[tuple[str, str, str]]:
    """What becomes of planned money: the balance's field, its name, its colour."""
    return [
        ("reserved", _("Reserved"), "#ffb114"),
        ("committed", _("Committed"), _BLUE),
        ("spent", _("Spent"), "#228738"),
        ("available", _("Available"), "#cdd1d5"),
    ]


def _lying_bars(names: list[str], sums: list[Balance]) -> dict[str, Any]:
    """Bars from left to right, so that names have room however many there are."""
    option = _bars(names, [], _("100 million won"))
    option["series"] = [
        {
            "type": "bar",
            "name": name,
            "stack": "won",
            "barMaxWidth": 28,
            "itemStyle": {"color": tone},
            "data": [getattr(balance, kind) / 10**8 for balance in sums],
        }
        for kind, name, tone in _kinds()
    ]
    # Long names break instead of taking the room of the bars.
    label = {"width": 110, "overflow": "break"}
    option["yAxis"] = {**option["xAxis"], "inverse": True, "axisLabel": label}
    option["xAxis"] = {
        "type": "value",
        "name": _("100 million won"),
        "nameLocation": "middle",
        "nameGap": 28,
        "splitNumber": 4,
    }
    option["grid"] = {**option["grid"], "right": 24, "bottom": 28}
    return option


def _budget_rows(first: list[list[Any]], sums: list[Balance]) -> list[list[Any]]:
    return [
        [
            *cells,
            format_krw(balance.planned),
            *(format_krw(getattr(balance, kind)) for kind, _name, _tone in _kinds()),
        ]
        for cells, balance in zip(first, sums, strict=True)
    ]


def _round_link(pilot_round: PilotRound) -> dict[str, str]:
    return {"text": pilot_round.number, "url": reverse("pilots:round_detail", args=[pilot_round.pk])}


def _budget(year: int) -> dict[str, Any]:
    """A year's budget, by round and by track, each as a chart with its table; and every account for itself."""
    parts = selectors.budget_by_track(year=year)
    headers = [_("Planned"), *(name for _kind, name, _tone in _kinds())]
    rounds = selectors.summed(parts=parts, by=lambda part: part.round)
    tracks = selectors.summed(parts=parts, by=lambda part: part.track)
    return {
        "round_option": _lying_bars([each.number for each in rounds], list(rounds.values())),
        "round_table": {
            "headers": [_("Round"), *headers],
            "rows": _budget_rows([[_round_link(each)] for each in rounds], list(rounds.values())),
        },
        "track_option": _lying_bars([each.name for each in tracks], list(tracks.values())),
        "track_table": {
            "headers": [_("Track"), *headers],
            "rows": _budget_rows([[each.name] for each in tracks], list(tracks.values())),
        },
        "account_headers": [_("Round"), _("Track"), *headers],
        "accounts": _budget_rows(
            [[_round_link(part.round), part.track.name] for part in parts], [part.balance for part in parts]
        ),
    }


def statistics_page(*, year: int) -> dict[str, Any]:
    """Everything the statistics page shows."""
    year_option, year_table = _year_chart()
    provinces = selectors.provinces_served()
    return {
        "year": year,
        "years": selectors.years_with_rounds(),
        "figures": selectors.figures_now(),
        "year_option": year_option,
        "year_table": year_table,
        "budget": _budget(year),
        "provinces": provinces,
        "map_rows": [{"code": p.province.code, "label": str(p.province), "value": p.lines} for p in provinces],
    }
