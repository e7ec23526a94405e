"""How public figures are laid out: rows of exports, options of charts with the tables beneath them."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from core.money import format_krw
from market import selectors
from matching.models import Allocation
from pilots.models import YearFigure

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
    billions = [round(figure.total_krw / 10**8, 1) for figure in figures]
    option = _bars(
        [str(figure.year) for figure in figures],
        [{"name": _("Budget"), "data": billions, "itemStyle": {"color": _BLUE}}],
        _("100 million won"),
    )
    rows = [
        [
            str(figure.year),
            format_krw(figure.total_krw),
            format_krw(figure.overseas_krw) or "–",
            _count(figure.product_count),
            _count(figure.institution_count),
        ]
        for figure in figures
    ]
    return option, {"headers": year_header()[:5], "rows": rows}


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _budget_chart(year: int) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = selectors.budget_by_track(year=year)
    names = [f"{part.round.number} {part.track.name}" for part in parts]
    series = [
        (_("Reserved"), "#ffb114", [part.balance.reserved for part in parts]),
        (_("Committed"), _BLUE, [part.balance.committed for part in parts]),
        (_("Spent"), "#228738", [part.balance.spent for part in parts]),
        (_("Available"), "#cdd1d5", [part.balance.available for part in parts]),
    ]
    option = _bars(
        names,
        [
            {"name": name, "stack": "won", "itemStyle": {"color": tone}, "data": [v / 10**8 for v in values]}
            for name, tone, values in series
        ],
        _("100 million won"),
    )
    headers = [_("Round"), _("Track"), _("Planned"), *(name for name, _tone, _values in series)]
    rows = [
        [
            {"text": part.round.number, "url": f"/rounds/{part.round.pk}/"},
            part.track.name,
            format_krw(part.balance.planned),
            *(format_krw(values[index]) for _name, _tone, values in series),
        ]
        for index, part in enumerate(parts)
    ]
    return option, {"headers": headers, "rows": rows}


def statistics_page(*, year: int) -> dict[str, Any]:
    """Everything the statistics page shows."""
    year_option, year_table = _year_chart()
    budget_option, budget_table = _budget_chart(year)
    provinces = selectors.provinces_served()
    return {
        "year": year,
        "years": selectors.years_with_rounds(),
        "figures": selectors.figures_now(),
        "year_option": year_option,
        "year_table": year_table,
        "budget_option": budget_option,
        "budget_table": budget_table,
        "provinces": provinces,
        "map_rows": [{"code": p.province.code, "label": str(p.province), "value": p.lines} for p in provinces],
    }
