"""Charts of the run page, each with its table: use of the tracks, provinces, scores."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, IntegerField, Q
from django.db.models.functions import Cast, Floor
from django.urls import reverse
from django.utils.translation import gettext as _

from core.money import format_krw
from matching.models import Explanation, MatchingRun
from matching.selectors.instances import result_document
from matching.selectors.runs import AwardRow
from pilots.models import Track

BLUE, GREY, ORANGE = "#256ef4", "#cdd1d5", "#ffb114"
EOK = 10**8
# Scores are tenths of a point; one bar is ten points wide.
BAND = 100
# One point of one application in the objective.
POINT = 100_000

Chart = dict[str, Any]


def _bars(names: list[str], series: list[Chart], unit: str) -> Chart:
    return {
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"top": 0, "right": 0},
        "grid": {"left": 8, "right": 8, "bottom": 8, "top": 40, "containLabel": True},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "name": unit, "nameTextStyle": {"align": "left"}},
        "series": [{"type": "bar", **one} for one in series],
    }


def _lying_bars(names: list[str], series: list[Chart], unit: str) -> Chart:
    """Bars from left to right, the first on top, so that every name can be read at any width."""
    return {
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "legend": {"top": 0},
        "grid": {"left": 8, "right": 32, "bottom": 32, "top": 40, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": unit,
            "nameLocation": "middle",
            "nameGap": 32,
            "splitNumber": 4,
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": names,
            "axisLabel": {"interval": 0, "width": 130, "overflow": "break"},
        },
        "series": [{"type": "bar", "barMaxWidth": 28, **one} for one in series],
    }


def rows_url(*, run: MatchingRun, **conditions: object) -> str:
    """The list of a run's applications behind a number."""
    query = urlencode({"run__id__exact": run.pk, **conditions})
    return f"{reverse('admin:matching_explanation_changelist')}?{query}"


def _linked(count: int, run: MatchingRun, **conditions: object) -> Any:
    """A number that leads to its rows; nothing leads to an empty list."""
    return {"text": f"{count:,}", "url": rows_url(run=run, **conditions)} if count else 0


def track_chart(*, run: MatchingRun, rows: Sequence[AwardRow]) -> tuple[Chart, Chart]:
    """What each track's award takes of its ceiling: option and table."""
    option = _lying_bars(
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
                _linked(row.requested_count, run, application__plan__track__id__exact=row.key),
                _linked(row.granted_count, run, application__plan__track__id__exact=row.key, outcome="granted"),
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


def province_table(*, run: MatchingRun, rows: Sequence[AwardRow]) -> list[list[Any]]:
    """The numbers of the map, each with the rows behind it."""
    return [
        [
            row.label,
            _linked(row.requested_count, run, application__institution__province__code__exact=row.key),
            _linked(
                row.granted_count, run, application__institution__province__code__exact=row.key, outcome="granted"
            ),
            row.units,
            format_krw(row.amount_krw),
        ]
        for row in rows
    ]


def score_chart(*, run: MatchingRun) -> tuple[Chart, Chart]:
    """How scores spread, granted and not: option and table, in bands of ten points."""
    bands: list[Any] = list(
        Explanation.objects.filter(run=run, is_predetermined=False)
        .annotate(band=Cast(Floor(F("score") / float(BAND)), IntegerField()))
        .values("band")
        .annotate(granted_count=Count("pk", filter=Q(granted__gt=0)), rest_count=Count("pk", filter=Q(granted=0)))
        .order_by("band")
    )
    names = [f"{row['band'] * BAND // 10}–{(row['band'] + 1) * BAND // 10}" for row in bands]
    series = [(_("With an offer"), BLUE, "granted_count"), (_("Without"), ORANGE, "rest_count")]
    option = _bars(
        names,
        [
            {"name": name, "stack": "all", "itemStyle": {"color": tone}, "data": [row[key] for row in bands]}
            for name, tone, key in series
        ],
        _("Applications"),
    )
    rows = [
        [
            name,
            _linked(row["granted_count"], run, band=row["band"], outcome="granted"),
            _linked(row["rest_count"], run, band=row["band"], outcome="nothing"),
        ]
        for name, row in zip(names, bands, strict=True)
    ]
    return option, {"headers": [_("Points"), _("With an offer"), _("Without")], "rows": rows}


def worth_chart(*, run: MatchingRun) -> tuple[Chart | None, Chart]:
    """What 100 million won more of each limit would be worth, from the certificate's whole prices.

    A price is objective per won, times the scale; a point of one application is 100,000 of the objective. Points are
    shown with two decimals and rounded down. The chart has the limits that are scarce; there is none where none is.
    """
    certificate = result_document(run=run)["certificate"]
    scale = certificate["scale"]
    names = {track.code: track.name for track in Track.objects.filter(code__in=certificate["tracks"])}
    rows = [(_("Budget of the round"), certificate["budget"], 1)]
    rows.append((_("Floor for youth startups"), certificate["youth"], -1))
    for code, price in certificate["tracks"].items():
        track = names.get(code, code)
        rows.append((_("Ceiling of %(track)s") % {"track": track}, price["ceiling"], 1))
        rows.append((_("Floor of %(track)s") % {"track": track}, price["floor"], -1))
    shown = [(name, sign * (price * EOK * 100 // (scale * POINT)) / 100) for name, price, sign in rows]
    table = {
        "headers": [_("Limit"), _("Points per 100 million won"), _("What it means")],
        "texts": [2],
        "rows": [[name, f"{points:,.2f}", _meaning(points)] for name, points in shown],
    }
    scarce = [(name, points) for name, points in shown if points]
    if not scarce:
        return None, table
    bars = {"name": _("Points"), "data": [points for _name, points in scarce], "itemStyle": {"color": BLUE}}
    return _lying_bars([name for name, _points in scarce], [bars], _("Points per 100 million won")), table


def _meaning(points: float) -> str:
    if points > 0:
        return _("More money here would raise the total.")
    if points < 0:
        return _("This floor costs the total so much.")
    return _("This limit is not what is scarce.")
