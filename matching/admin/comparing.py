"""The page that puts runs and what-ifs of a round side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from matching import selectors
from matching.admin.what_if import comparison_context, export_differences
from matching.models import MatchingRun, WhatIf

MOST_COLUMNS = 6


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(text) for text in request.GET.getlist(name) if text.isdigit()]


def _chosen(request: HttpRequest) -> tuple[list[MatchingRun], list[WhatIf]]:
    runs = MatchingRun.objects.filter(pk__in=_numbers(request, "run"), result__isnull=False)
    what_ifs = WhatIf.objects.filter(pk__in=_numbers(request, "what_if"))
    return (
        list(runs.select_related("round", "frozen").order_by("pk")),
        list(what_ifs.select_related("run__round", "run__frozen").order_by("pk")),
    )


def _columns(runs: list[MatchingRun], what_ifs: list[WhatIf]) -> list[selectors.Column]:
    columns = [selectors.run_column(run=run) for run in runs]
    if what_ifs:
        columns.append(selectors.base_column(what_if=what_ifs[0]))
        columns += [selectors.what_if_column(what_if=row) for row in what_ifs]
    return columns


def compare_view(request: HttpRequest, admin_class: Any) -> HttpResponse:
    """Side by side: ``?run=`` and ``?what_if=``, each any number of times; ``?format=`` downloads the differences."""
    runs, what_ifs = _chosen(request)
    anchor = (runs + [row.run for row in what_ifs] + list(_latest()))[:1]
    run = anchor[0] if anchor else None
    columns = _columns(runs, what_ifs)
    if len({row.round_id for row in runs} | {row.run.round_id for row in what_ifs}) > 1:
        messages.warning(request, _("Only results of one round can stand side by side. Choose again."))
        columns = []
    elif len(columns) > MOST_COLUMNS:
        messages.warning(request, _("At most %(count)s columns fit. Choose fewer.") % {"count": MOST_COLUMNS})
        columns = []
    elif len(columns) < 2 and (runs or what_ifs):
        messages.warning(request, _("Choose at least two."))
        columns = []
    if run is not None and columns and (fmt := request.GET.get("format")):
        return export_differences(fmt, "comparison", run, columns)
    context = {
        **admin_class.admin_site.each_context(request),
        "opts": admin_class.opts,
        "title": _("Side by side"),
        "run": run,
        "chosen_runs": [row.pk for row in runs],
        "chosen_what_ifs": [row.pk for row in what_ifs],
        "has_what_if": bool(what_ifs),
        "has_override": any(row.derived_id for row in runs),
    }
    if run is not None:
        context |= {"solved_runs": selectors.solved_runs_of(run=run), "other_what_ifs": selectors.what_ifs_of(run=run)}
        if columns:
            context |= comparison_context(request, run, columns)
            context["export_url"] = request.get_full_path()
    return render(request, "admin/matching/compare.html", context)


def _latest() -> Any:
    return (
        MatchingRun.objects.filter(result__isnull=False)
        .select_related("round", "frozen")
        .defer("result")
        .order_by("-pk")[:1]
    )
