"""Results as everybody may read them."""

from django.db.models import QuerySet

from matching.models import Allocation, MatchingRun


def published_allocations() -> QuerySet[Allocation]:
    """Awards of published rounds that still stand or await an answer; sites are never part of it."""
    return (
        Allocation.objects.in_force()
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


def published_run(*, round_id: int) -> MatchingRun | None:
    """The approved run of a published round, with the hashes and the certificate's figures."""
    return (
        MatchingRun.objects.approved()
        .filter(round_id=round_id, round__result_published_at__isnull=False)
        .select_related("round")
        .first()
    )


def published_run_of(*, number: str) -> MatchingRun | None:
    """The approved run of a published round, by the round's number."""
    return (
        MatchingRun.objects.approved()
        .filter(round__number=number, round__result_published_at__isnull=False)
        .select_related("round")
        .first()
    )
