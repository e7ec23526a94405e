"""Charts of the run page, each with its table: use of the tracks, provinces, scores."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, IntegerField, Q
from django.db.models.functions import Cast, Floor
from django.utils.translation import gettext as _

from core.money import format_krw
from matching.models import Explanation, MatchingRun
from matching.selectors.runs import AwardRow

BLUE, GREY, ORANGE = "#256ef4", "#cdd1d5", "#ffb114"
EOK = 10**8
# Scores are tenths of a point; one bar is ten points wide.
BAND = 100

Chart = dict[str, Any]


def _bars(names: list[str], series: list[Chart], unit: str) -> Chart:
    return {
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 8, "bottom": 8, "top": 40, "containLabel": True},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "name": unit, "nameTextStyle": {"align": "left"}},
        "series": [{"type": "bar", **one} for one in series],
    }


def track_chart(*, rows: Sequence[AwardRow]) -> tuple[Chart, Chart]:
    """What each track's award takes of its ceiling: option and table."""
    option = _bars(
        [row.label for row in rows],
        [
            {"name": _("Awarded"), "data": [row.amount_krw / EOK for row in rows], "itemStyle": {"color": BLUE}},
            {"name": _("Ceiling"), "data": [(row.limit_krw or 0) / EOK for row in rows], "itemStyle": {"color": GREY}},
        ],
        _("100 million won"),
    )
    table = {
        "headers": [_("Track"), _("Applications"), _("Offers"), _("Units"), _("Awarded"), _("Ceiling"), _("Used")],
        "rows": [
            [
                row.label,
                row.requested_count,
                row.granted_count,
                row.units,
                format_krw(row.amount_krw),
                format_krw(row.limit_krw),
                "–" if row.percent is None else f"{row.percent} %",
            ]
            for row in rows
        ],
    }
    return option, table


def province_map(*, rows: Sequence[AwardRow]) -> list[Chart]:
    """Offers by province, for the map."""
    return [{"code": row.code, "label": row.label, "value": row.granted_count} for row in rows]


def score_chart(*, run: MatchingRun) -> tuple[Chart, Chart]:
    """How scores spread, granted and not: option and table, in bands of ten points."""
    bands = (
        Explanation.objects.filter(run=run, is_predetermined=False)
        .annotate(band=Cast(Floor(F("score") / float(BAND)), IntegerField()))
        .values("band")
        .annotate(granted_count=Count("pk", filter=Q(granted__gt=0)), rest_count=Count("pk", filter=Q(granted=0)))
        .order_by("band")
    )
    rows: list[Any] = [
        [f"{row['band'] * BAND // 10}–{(row['band'] + 1) * BAND // 10}", row["granted_count"], row["rest_count"]]
        for row in bands
    ]
    series = [(_("With an offer"), BLUE, 1), (_("Without"), ORANGE, 2)]
    option = _bars(
        [row[0] for row in rows],
        [
            {"name": name, "stack": "all", "itemStyle": {"color": tone}, "data": [row[index] for row in rows]}
            for name, tone, index in series
        ],
        _("Applications"),
    )
    return option, {"headers": [_("Points"), _("With an offer"), _("Without")], "rows": rows}
