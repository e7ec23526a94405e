from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import members_of
from core.audit import record
from core.clock import database_now
from core.notifications import notify, notify_all
from core.outbox import enqueue
from core.workflow import SYSTEM
from matching import perms
from matching.enums import AllocationOrigin, Fact, RunAction, RunStatus
from matching.errors import RoundNotReady, SamePerson
from matching.models import Allocation, Explanation, MatchingRun
from matching.selectors import has_overridden, sentences
from matching.services.promotion import offer_deadline, promote_waitlisted, tell_supplier
from matching.services.runs import locked_run
from matching.workflow import RUN_WORKFLOW
from pilots import services as pilots
from pilots.enums import RoundStatus
from pilots.models.application import PASSED

TELL_BATCH = 100


@transaction.atomic
def approve_run(*, actor: User, run_id: int) -> MatchingRun:
    """Make a proposed result the round's: money reserved per track, offers made, everybody else told where they stand.

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
    if run.round.status != RoundStatus.MATCHING:
        raise RoundNotReady(_("The round is not in matching any more."))
    before = RUN_WORKFLOW.advance(run, RunAction.APPROVE, actor)
    run.approved_by, run.approved_at = actor, database_now()
    run.save(update_fields=["status", "approved_by", "approved_at"])
    allocations = _offer(run)
    _reserve(actor, run, allocations)
    _settle_applications(actor, run, allocations)
    _supersede_others(run)
    # Whoever withdrew after the freeze leaves room, which the waitlist gets at once.
    promote_waitlisted(run=run)
    details = {"result_sha256": run.result_sha256, "offers": len(allocations), "spent_krw": run.spent_krw}
    record(actor=actor, verb=RunAction.APPROVE, target=run, before=before, after=run.status, details=details)
    enqueue("matching.announce_run", run_id=run.pk)
    return run


def _offer(run: MatchingRun) -> list[Allocation]:
    now, respond_until = database_now(), offer_deadline(run=run)
    granted = (
        Explanation.objects.filter(run=run, granted__gt=0, application__status__in=PASSED)
        .select_related("application__plan__track")
        .order_by("application_id")
    )
    offers = [
        Allocation(
            run=run,
            application=row.application,
            origin=_origin(row),
            requested_units=row.application.requested_units,
            units=row.granted,
            unit_price_krw=row.application.plan.unit_price_krw,
            amount_krw=row.granted * row.application.plan.unit_price_krw,
            offered_at=now,
            respond_until=respond_until,
        )
        for row in granted
    ]
    return Allocation.objects.bulk_create(offers, batch_size=2000)


def _origin(row: Explanation) -> AllocationOrigin:
    if row.override_reason:
        return AllocationOrigin.OVERRIDE
    return AllocationOrigin.PREDETERMINED if row.is_predetermined else AllocationOrigin.RUN


def _reserve(actor: User, run: MatchingRun, allocations: list[Allocation]) -> None:
    by_track: dict[int, int] = {}
    for allocation in allocations:
        track_id = allocation.application.plan.track_id
        by_track[track_id] = by_track.get(track_id, 0) + allocation.amount_krw
    for track_id, amount_krw in sorted(by_track.items()):
        pilots.reserve(
            actor=actor,
            round_id=run.round_id,
            track_id=track_id,
            amount_krw=amount_krw,
            reference=run,
            key=f"matching.run:{run.pk}:track:{track_id}",
        )


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


def announce_run(*, run_id: int) -> None:
    """Tell every applicant and supplier of an approved run, in small transactions; repeating tells nobody twice."""
    run = MatchingRun.objects.approved().filter(pk=run_id).first()
    if run is None:
        return
    while _tell_batch(run):
        continue
    _tell_suppliers(run)


@transaction.atomic
def _tell_batch(run: MatchingRun) -> int:
    rows = list(
        Explanation.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(run=run, told_at=None)
        .select_related("application__institution", "application__plan__product")
        .order_by("pk")[:TELL_BATCH]
    )
    offers = {
        offer.application_id: offer
        for offer in Allocation.objects.filter(run=run, application__in=[row.application_id for row in rows])
    }
    for row in rows:
        _tell_applicant(row, offers.get(row.application_id))
        row.told_at = database_now()
    Explanation.objects.bulk_update(rows, ["told_at"])
    return len(rows)


def _tell_applicant(row: Explanation, offer: Allocation | None) -> None:
    application = row.application
    product = application.plan.product.name
    people = members_of(organization_id=application.institution_id)
    if offer is not None:
        notify_all(
            recipients=people,
            kind=Fact.OFFER_MADE,
            url=f"/my/matches/{offer.pk}/",
            application=application.number,
            product=product,
            units=offer.units,
            requested=offer.requested_units,
            respond_until=sentences.moment(value=offer.respond_until),
        )
        return
    kind = Fact.NOT_MATCHED if row.waitlist_position is None else Fact.WAITLISTED
    for person in people:
        notify(
            recipient=person,
            kind=kind,
            url=f"/my/matches/outcomes/{row.pk}/",
            application=application.number,
            product=product,
            position=row.waitlist_position,
            reasons=sentences.reasons_in(language=person.language, row=row),
        )


@transaction.atomic
def _tell_suppliers(run: MatchingRun) -> None:
    locked = locked_run(run_id=run.pk)
    if locked.suppliers_told_at is not None:
        return
    offers = (
        Allocation.objects.filter(run=run)
        .exclude(origin=AllocationOrigin.WAITLIST)
        .select_related("application__plan__product")
        .order_by("application__plan_id", "pk")
    )
    by_plan: dict[int, list[Allocation]] = {}
    for offer in offers:
        by_plan.setdefault(offer.application.plan_id, []).append(offer)
    for plan_id, line_up in by_plan.items():
        tell_supplier(plan_id=plan_id, line_up=line_up)
    locked.suppliers_told_at = database_now()
    locked.save(update_fields=["suppliers_told_at"])
