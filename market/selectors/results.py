"""Results as everybody may read them: rounds, awards, what was spent, and how to check it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum

from feedback.selectors import (
    PublicReport,
    PublicVerdict,
    as_public_report,
    as_public_verdict,
    published_reports,
    published_verdicts,
)
from matching.models import Allocation, MatchingRun
from matching.selectors import published_allocations, published_run
from pilots.models import PilotRound


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
    """A round's result in figures, with the run that proves it."""

    round: PilotRound
    run: MatchingRun | None
    awards: int
    products: int
    institutions: int
    units: int

    @property
    def proof(self) -> list[tuple[str, Any]]:
        """What somebody needs to check the result on their own machine."""
        if self.run is None:
            return []
        return [
            ("rule_set_sha256", self.round.rule_set.sha256),
            ("instance_sha256", self.run.frozen.sha256),
            ("result_sha256", self.run.result_sha256),
        ]


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
    return ResultRound(
        round=pilot_round,
        run=published_run(round_id=round_id),
        awards=totals["awards"],
        products=totals["products"],
        institutions=totals["institutions"],
        units=totals["units"] or 0,
    )


def latest_feedback(*, count: int = 3) -> list[PublicReport]:
    """The newest released reports with their reviews, personal data masked."""
    return [as_public_report(report=report) for report in published_reports()[:count]]


def latest_verdicts(*, count: int = 20) -> list[PublicVerdict]:
    """The newest product verdicts that stand."""
    return [as_public_verdict(verdict=verdict) for verdict in published_verdicts(level="product")[:count]]
