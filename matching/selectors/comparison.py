"""Awards side by side: official runs, the fast method on the same instance, and what-ifs."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organization
from matching.models import MatchingRun, WhatIf, WhatIfOrder
from matching.rules.figures import figures
from matching.selectors.instances import labels_of, result_document, run_document
from pilots.models import PilotApplication, PilotUsePlan


@dataclass(frozen=True, slots=True)
class Column:
    """One award: its name, how it was found, its figures, and units by application of the instance."""

    label: str
    method: str
    figures: dict[str, Any]
    grants: dict[str, int]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """An application that one of the judged columns treats unlike the first one.

    ``change`` is the units of the last judged column beyond those of the first.
    """

    application_id: int
    label: str
    units: list[int]
    change: int
    unit_price_krw: int
    requested_units: int
    score: int

    @property
    def change_krw(self) -> int:
        return self.change * self.unit_price_krw


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference with the application that it is about, for the page and the export."""

    difference: Difference
    application: PilotApplication


def provinces_by_label(*, run: MatchingRun) -> dict[str, str]:
    """The province of each institution of a run's instance."""
    labels = {label: key for label, key in labels_of(run=run).items() if label.startswith("I")}
    codes = dict(Organization.objects.filter(pk__in=labels.values()).values_list("pk", "province_id"))
    return {label: codes.get(key) or "" for label, key in labels.items()}


def run_column(*, run: MatchingRun) -> Column:
    """What a run awards, as it was audited."""
    document, result = run_document(run=run), result_document(run=run)
    grants = {row["application"]: row["units"] for row in result["grants"]}
    found = figures(document, grants, provinces_by_label(run=run))
    found["gap_ppm"] = run.gap_ppm
    found["objective"] = run.objective
    url = reverse("admin:matching_matchingrun_change", args=[run.pk])
    method = _("fast method") if run.is_fast else _("full search")
    return Column(_("Run %(number)s") % {"number": run.number}, method, found, grants, url)


def base_column(*, what_if: WhatIf) -> Column:
    """The fast method on the unchanged instance: the yardstick for what-ifs."""
    return Column(
        pgettext("what-if", "Unchanged"), _("fast method"), what_if.base_figures, _unpack(what_if.base_grants)
    )


def what_if_column(*, what_if: WhatIf) -> Column:
    """A what-if as it was kept."""
    url = reverse("admin:matching_whatif_change", args=[what_if.pk])
    return Column(what_if.name, _("fast method"), what_if.figures, _unpack(what_if.grants), url)


def _unpack(packed: bytes | memoryview) -> dict[str, int]:
    grants: dict[str, int] = json.loads(gzip.decompress(bytes(packed)))
    return grants


def differences(*, run: MatchingRun, columns: Sequence[Column], judged: int | None = None) -> list[Difference]:
    """Applications that the columns treat differently: the largest change of won first, losses and gains mixed.

    ``run`` is any run of the round: it says what the identifiers stand for. Columns after the first ``judged`` are
    shown and not judged.
    """
    count = len(columns) if judged is None else judged
    document, labels = run_document(run=run), labels_of(run=run)
    prices = {row["id"]: row["unit_price_krw"] for row in document["products"]}
    found = []
    for row in _all_applications(run, document):
        units = [column.grants.get(row["id"], 0) for column in columns]
        if len(set(units[:count])) > 1:
            found.append(
                Difference(
                    application_id=labels[row["id"]],
                    label=row["id"],
                    units=units,
                    change=units[count - 1] - units[0],
                    unit_price_krw=prices[row["product"]],
                    requested_units=row["requested_units"],
                    score=row["score"],
                )
            )
    return sorted(found, key=lambda row: (-abs(row.change_krw), row.label))


def _all_applications(run: MatchingRun, document: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of the frozen instance: an override may have taken one out of the run's own."""
    if run.derived_id is None:
        rows: list[dict[str, Any]] = document["applications"]
        return rows
    frozen: list[dict[str, Any]] = json.loads(gzip.decompress(bytes(run.frozen.body)))["applications"]
    return frozen


def difference_rows(*, found: Sequence[Difference]) -> list[DifferenceRow]:
    """The applications behind differences, in the same order, in one query."""
    applications = PilotApplication.objects.select_related(
        "institution__province", "plan__product", "plan__track"
    ).in_bulk([row.application_id for row in found])
    return [DifferenceRow(row, applications[row.application_id]) for row in found]


def what_ifs_of(*, run: MatchingRun) -> QuerySet[WhatIf]:
    """What was tried on the runs of a round, the newest first."""
    return (
        WhatIf.objects.filter(run__round=run.round)
        .select_related("run", "author")
        .defer("grants", "base_grants")
        .order_by("-made_at", "-pk")
    )


def what_if_orders() -> QuerySet[WhatIfOrder]:
    """What-ifs on large rounds that a worker solves, solved or will not solve; the newest first."""
    return WhatIfOrder.objects.select_related("run__round", "author").defer("run__result").order_by("-pk")


def what_if_orders_of(*, run: MatchingRun) -> QuerySet[WhatIfOrder]:
    """Those of a round's runs that one cannot open yet."""
    return what_if_orders().filter(run__round=run.round, what_if=None)


def solved_runs_of(*, run: MatchingRun) -> QuerySet[MatchingRun]:
    """The runs of a round that have a result, the newest first."""
    return (
        MatchingRun.objects.filter(round=run.round, result__isnull=False)
        .select_related("requested_by")
        .defer("result")
        .order_by("-pk")
    )


def product_choices(*, run: MatchingRun) -> list[tuple[str, str]]:
    """The products of a run's instance by name."""
    labels = {key: label for label, key in labels_of(run=run).items() if label.startswith("P")}
    rows = PilotUsePlan.objects.filter(pk__in=labels).select_related("product").order_by("product__name", "pk")
    return [(labels[row.pk], row.product.name) for row in rows]


def institution_choices(*, run: MatchingRun) -> list[tuple[str, str]]:
    """The institutions of a run's instance by name."""
    labels = {key: label for label, key in labels_of(run=run).items() if label.startswith("I")}
    rows = Organization.objects.filter(pk__in=labels).order_by("name", "pk")
    return [(labels[row.pk], row.name) for row in rows]
