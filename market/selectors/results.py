"""Results as everybody may read them: rounds, awards, what was spent, and how to check it."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from feedback.selectors import (
    PublicReport,
    PublicVerdict,
    as_public_report,
    as_public_verdict,
    published_reports,
    published_verdicts,
)
from matching.models import Allocation, AwardOverride, MatchingRun
from matching.selectors import public_overrides, published_allocations, published_runs, result_bytes, run_bytes
from pilots.models import PilotRound
from pilots.rules.schema import canonical


def published_rounds() -> QuerySet[PilotRound]:
    """Rounds whose result is public, the newest first."""
    return PilotRound.objects.filter(result_published_at__isnull=False).order_by("-result_published_at", "-pk")


def award_rows(*, round_id: int | None = None, text: str = "", track: str = "") -> QuerySet[Allocation]:
    """Published awards, one row per institution and product, by round, words and track."""
    rows = published_allocations()
    if round_id is not None:
        rows = rows.filter(run__round_id=round_id)
    for word in text.split():
        rows = rows.filter(application__plan__product__name__icontains=word) | rows.filter(
            application__institution__name__icontains=word
        )
    if track:
        rows = rows.filter(application__plan__track__code=track)
    return rows


@dataclass(frozen=True, slots=True)
class ResultRound:
    """A round's result in figures, with the runs that prove it, the newest first."""

    round: PilotRound
    runs: list[MatchingRun]
    overrides: list[AwardOverride]
    awards: int
    products: int
    institutions: int
    units: int

    @property
    def run(self) -> MatchingRun | None:
        return self.runs[0] if self.runs else None


def result_page(*, round_id: int) -> ResultRound | None:
    """The figures of a published round; None when its result is not public."""
    pilot_round = published_rounds().select_related("rule_set").filter(pk=round_id).first()
    if pilot_round is None:
        return None
    totals = award_rows(round_id=round_id).aggregate(
        awards=Count("pk"),
        products=Count("application__plan__product", distinct=True),
        institutions=Count("application__institution", distinct=True),
        units=Sum("units"),
    )
    runs = list(published_runs(round_id=round_id))
    return ResultRound(
        round=pilot_round,
        runs=runs,
        overrides=list(public_overrides(run=runs[0])) if runs else [],
        awards=totals["awards"],
        products=totals["products"],
        institutions=totals["institutions"],
        units=totals["units"] or 0,
    )


def public_file(*, round_id: int, run_id: int, name: str) -> bytes | None:
    """A file that somebody needs to check a public result; no personal data stands in any of them.

    Args:
        run_id: one of the runs that are public for the round.
        name: ``instance``, ``result`` or ``rules``.
    """
    run = published_runs(round_id=round_id).filter(pk=run_id).first()
    if run is None:
        return None
    files = {
        "instance": lambda: run_bytes(run=run),
        "result": lambda: result_bytes(run=run),
        "rules": lambda: canonical(run.round.rule_set.body),
    }
    return files[name]() if name in files else None


def latest_feedback(*, count: int = 3) -> list[PublicReport]:
    """The newest released reports with their reviews, personal data masked."""
    return [as_public_report(report=report) for report in published_reports()[:count]]


def latest_verdicts(*, count: int = 20) -> list[PublicVerdict]:
    """The newest product verdicts that stand."""
    return [as_public_verdict(verdict=verdict) for verdict in published_verdicts(level="product")[:count]]
