from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.workflow import SYSTEM
from matching import perms
from matching.enums import AllocationOrigin, RunAction, RunStatus
from matching.errors import RoundNotReady, SamePerson
from matching.models import Allocation, Explanation, MatchingRun
from matching.selectors import has_overridden
from matching.services.corrections import settle_correction
from matching.services.offering import offer_deadline, offer_for, reserve_by_track
from matching.services.promotion import promote_waitlisted
from matching.services.runs import locked_run
from matching.workflow import RUN_WORKFLOW
from pilots import services as pilots
from pilots.enums import RoundStatus
from pilots.models.application import PASSED


@transaction.atomic
def approve_run(*, actor: User, run_id: int) -> MatchingRun:
    """Make a proposed result the round's: money reserved by track, offers made. Publishing tells people.

    Raises:
        SamePerson: neither the proposer nor whoever set one of its awards can approve.
        RoundNotReady: the round has left matching.
        BudgetExceeded: a track's ledger holds less than the result awards.
    """
    run = locked_run(run_id=run_id)
    if not perms.is_second_person(actor, run.proposed_by_id):
        raise SamePerson(_("You proposed this result. A second person must approve it."))
    if has_overridden(actor=actor, run=run):
        raise SamePerson(_("You set an award of this result by hand. A second person must approve it."))
    if run.corrects_id is None and run.round.status != RoundStatus.MATCHING:
        raise RoundNotReady(_("The round is not in matching any more."))
    before = RUN_WORKFLOW.advance(run, RunAction.APPROVE, actor)
    run.approved_by, run.approved_at = actor, database_now()
    run.save(update_fields=["status", "approved_by", "approved_at"])
    allocations = _settle(actor, run) if run.corrects_id is None else settle_correction(actor=actor, run=run)
    _supersede_others(run)
    if run.corrects_id is None:
        # Whoever withdrew after the freeze leaves room, which the waitlist gets at once.
        promote_waitlisted(run=run)
    details = {"result_sha256": run.result_sha256, "offers": len(allocations), "spent_krw": run.spent_krw}
    record(actor=actor, verb=RunAction.APPROVE, target=run, before=before, after=run.status, details=details)
    return run


def _settle(actor: User, run: MatchingRun) -> list[Allocation]:
    """Offers, money and outcomes of a round's first result."""
    allocations = _offer(run)
    reserve_by_track(actor=actor, run=run, allocations=allocations)
    _settle_applications(actor, run, allocations)
    return allocations


def _offer(run: MatchingRun) -> list[Allocation]:
    respond_until = offer_deadline(run=run)
    granted = (
        Explanation.objects.filter(run=run, granted__gt=0, application__status__in=PASSED)
        .select_related("application__plan__track")
        .order_by("application_id")
    )
    offers = [
        offer_for(run=run, row=row, units=row.granted, origin=_origin(row), respond_until=respond_until)
        for row in granted
    ]
    return Allocation.objects.bulk_create(offers, batch_size=2000)


def _origin(row: Explanation) -> AllocationOrigin:
    if row.override_reason:
        return AllocationOrigin.OVERRIDE
    return AllocationOrigin.PREDETERMINED if row.is_predetermined else AllocationOrigin.RUN


def _settle_applications(actor: User, run: MatchingRun, allocations: list[Allocation]) -> None:
    rest = Explanation.objects.filter(run=run, granted=0, application__status__in=PASSED).order_by("application_id")
    pilots.record_outcomes(
        actor=actor,
        round_id=run.round_id,
        matched={allocation.application_id: allocation.units for allocation in allocations},
        waitlisted=list(rest.waitlisted().values_list("application_id", flat=True)),
        not_matched=list(rest.filter(waitlist_position=None).values_list("application_id", flat=True)),
    )


def _supersede_others(run: MatchingRun) -> None:
    others = MatchingRun.objects.select_for_update(of=("self",)).filter(
        round=run.round, status__in=[RunStatus.SOLVED, RunStatus.PROPOSED]
    )
    for other in others:
        before = RUN_WORKFLOW.advance(other, RunAction.SUPERSEDE, SYSTEM)
        other.save(update_fields=["status"])
        record(actor=SYSTEM, verb=RunAction.SUPERSEDE, target=other, before=before, after=other.status)
