"""Results as everybody may read them."""

from django.db.models import QuerySet

from matching.models import Allocation, AwardOverride, MatchingRun


def published_allocations() -> QuerySet[Allocation]:
    """Awards of published rounds that still stand or await an answer; sites are never part of it."""
    return (
        Allocation.objects.published()
        .in_force()
        .filter(run__round__result_published_at__isnull=False)
        .select_related(
            "run",
            "application__round",
            "application__institution__province",
            "application__plan__product",
            "application__plan__supplier",
            "application__plan__track",
        )
        .order_by("-run__round__result_published_at", "application__number", "-pk")
    )


def published_runs(*, round_id: int) -> QuerySet[MatchingRun]:
    """The public results of a round, the first one and its corrections, the newest first."""
    return (
        MatchingRun.objects.approved()
        .filter(round_id=round_id, published_at__isnull=False)
        .select_related("round__rule_set", "frozen")
        .defer("result")
        .order_by("-pk")
    )


def published_run(*, round_id: int) -> MatchingRun | None:
    """The public result of a round as it stands, with the hashes and the certificate's figures."""
    return published_runs(round_id=round_id).first()


def published_run_of(*, number: str) -> MatchingRun | None:
    """The public result of a round as it stands, by the round's number."""
    return (
        MatchingRun.objects.approved()
        .filter(round__number=number, published_at__isnull=False)
        .select_related("round", "frozen")
        .order_by("-pk")
        .first()
    )


def public_overrides(*, run: MatchingRun) -> QuerySet[AwardOverride]:
    """Awards of a public result that were set by hand, with the reason and without the person."""
    return (
        AwardOverride.objects.filter(run=run)
        .select_related("application__institution", "application__plan__product")
        .defer("made_by")
        .order_by("application__number")
    )
