"""The waitlist: whatever a decline, a lapse or a withdrawal sets free goes to the next in order."""

from django.db import transaction

from accounts.selectors import members_of
from core.audit import record
from core.notifications import notify, notify_all
from core.workflow import SYSTEM
from matching.enums import AllocationOrigin
from matching.models import Allocation, Contract, Explanation, MatchingRun
from matching.selectors import headroom, latest_approved, letters
from matching.services.offering import offer_deadline, offer_for
from pilots import services as pilots
from pilots.enums import ApplicationStatus
from pilots.errors import BudgetExceeded


def promote_waitlisted(*, run: MatchingRun, plan_id: int | None = None) -> list[Allocation]:
    """Offer what is free to waitlisted applications, those of ``plan_id`` first; returns the new offers.

    Runs under the row lock of the round's first result, inside the service that set something free. The order is that
    of the latest approved result: a correction has a waitlist of its own.
    """
    run = latest_approved(round_id=run.round_id) or run
    waiting = list(
        Explanation.objects.waitlisted()
        .filter(run=run, application__status=ApplicationStatus.WAITLISTED)
        .select_related("application__plan__product", "application__plan__track")
    )
    if not waiting:
        return []
    closed = set(Contract.objects.in_force().filter(round=run.round).values_list("plan_id", flat=True))
    waiting.sort(key=lambda row: (row.application.plan_id != plan_id, row.waitlist_position, -row.score, row.pk))
    room = headroom(run=run)
    promoted = []
    for row in waiting:
        if row.application.plan_id in closed:
            continue
        units = room.fit(row.application_id)
        offer = _promote(run, row, units) if units else None
        if offer is not None:
            room.take(row.application_id, units)
            promoted.append(offer)
    return promoted


def _promote(run: MatchingRun, row: Explanation, units: int) -> Allocation | None:
    application = row.application
    offer = offer_for(
        run=run, row=row, units=units, origin=AllocationOrigin.WAITLIST, respond_until=offer_deadline(run=run)
    )
    try:
        _insert_with_money(run, offer, application.plan.track_id)
    except BudgetExceeded:
        return None
    pilots.record_match(actor=SYSTEM, application_id=application.pk, units=units)
    record(actor=SYSTEM, verb="promote", target=offer, after=offer.status, details={"units": units})
    # Before the result is published nobody has been told anything yet; the letters then say it all at once.
    if run.published_at is not None:
        _tell(row, offer)
    elif row.told_at is not None:
        row.told_at = None
        row.save(update_fields=["told_at"])
    return offer


@transaction.atomic
def _insert_with_money(run: MatchingRun, offer: Allocation, track_id: int) -> None:
    offer.save(force_insert=True)
    pilots.reserve(
        actor=SYSTEM,
        round_id=run.round_id,
        track_id=track_id,
        amount_krw=offer.amount_krw,
        reference=offer,
        key=f"matching.allocation:{offer.pk}:reserve",
    )


def _tell(row: Explanation, offer: Allocation) -> None:
    plan = row.application.plan
    for person in members_of(organization_id=row.application.institution_id):
        letter = letters.applicant_letter(row=row, offer=offer, language=person.language)
        notify(recipient=person, kind=letter.kind, url=letter.url, **letter.params)
    asked = letters.supplier_letter(plan=plan, offers=[offer])
    notify_all(recipients=members_of(organization_id=plan.supplier_id), kind=asked.kind, url=asked.url, **asked.params)
