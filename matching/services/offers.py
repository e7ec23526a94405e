from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import members_of, pps_staff
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from core.models import Receipt
from core.notifications import notify_all
from core.receipts import issue_receipt
from core.workflow import SYSTEM
from matching import perms
from matching.enums import AllocationAction, AllocationStatus, Fact, Response
from matching.errors import AlreadyAnswered, AnswerTooLate, RoundNotReady
from matching.models import Allocation, MatchingRun
from matching.services.promotion import promote_waitlisted
from matching.services.runs import locked_run
from matching.workflow import ALLOCATION_WORKFLOW
from pilots import services as pilots
from pilots.enums import ApplicationStatus, Bucket
from pilots.models import PilotApplication


def _locked_offers(**conditions: object) -> list[Allocation]:
    return list(
        Allocation.objects.select_for_update(of=("self",))
        .select_related("run", "application__institution", "application__plan__product", "application__plan__supplier")
        .filter(**conditions)
        .order_by("pk")
    )


def _check_open(offer: Allocation, response: str) -> None:
    if offer.run.published_at is None:
        raise RoundNotReady(_("The result is not public yet, so nobody can answer its offers."))
    if response != Response.PENDING:
        raise AlreadyAnswered(_("Your organization has answered this offer already."))
    if offer.status != AllocationStatus.OFFERED:
        raise AlreadyAnswered(_("This offer is closed: %(status)s.") % {"status": offer.get_status_display()})
    if database_now() >= offer.respond_until:
        raise AnswerTooLate(_("The deadline for an answer has passed, so the offer lapses."))


def _offer(allocation_id: int) -> Allocation:
    return _locked_offers(pk=allocation_id)[0]


@transaction.atomic
def accept_offer(*, actor: User, allocation_id: int) -> Receipt:
    """The institution takes the offered units, with the duties to use, report and keep.

    Raises:
        AlreadyAnswered: somebody answered before, or the offer is closed.
        AnswerTooLate: the deadline has passed.
    """
    offer = _offer(allocation_id)
    if not perms.may_answer_as_institution(actor, offer):
        raise NotPermitted
    _check_open(offer, offer.institution_response)
    offer.institution_response = Response.ACCEPTED
    offer.institution_responded_at, offer.institution_responded_by = database_now(), actor
    _confirm_if_both(actor, offer)
    offer.save()
    record(actor=actor, verb="accept_as_institution", target=offer, after=offer.status)
    return issue_receipt(
        actor=actor,
        kind="matching.acceptance",
        target=offer,
        title=_("Acceptance of a pilot-use match"),
        lines=[
            (_("Application"), offer.application.number),
            (_("Product"), offer.application.plan.product.name),
            (_("Institution"), offer.application.institution.name),
            (_("Units asked for"), offer.requested_units),
            (_("Units accepted"), offer.units),
        ],
    )


@transaction.atomic
def accept_line_up(*, actor: User, plan_id: int) -> Receipt:
    """The supplier takes every unanswered offer of its product at the plan's price.

    Raises:
        AlreadyAnswered: there is nothing left to answer.
        AnswerTooLate: the deadline has passed.
    """
    offers = _pending_of_supplier(actor, plan_id)
    for offer in offers:
        offer.supplier_response = Response.ACCEPTED
        offer.supplier_responded_at, offer.supplier_responded_by = database_now(), actor
        _confirm_if_both(actor, offer)
        offer.save()
        record(actor=actor, verb="accept_as_supplier", target=offer, after=offer.status)
    plan = offers[0].application.plan
    lines = [(offer.application.institution.name, _("%(units)s units") % {"units": offer.units}) for offer in offers]
    return issue_receipt(
        actor=actor,
        kind="matching.line_up",
        target=plan,
        title=_("Acceptance of the institutions matched to a product"),
        lines=[(_("Product"), plan.product.name), (_("Supplier"), plan.supplier.name), *lines],
    )


def _pending_of_supplier(actor: User, plan_id: int) -> list[Allocation]:
    offers = _locked_offers(
        application__plan_id=plan_id, status=AllocationStatus.OFFERED, supplier_response=Response.PENDING
    )
    if not offers:
        raise AlreadyAnswered(_("There is no open offer to answer for this product."))
    if not perms.may_answer_as_supplier(actor, offers[0]):
        raise NotPermitted
    for offer in offers:
        _check_open(offer, offer.supplier_response)
    return offers


def _confirm_if_both(actor: User, offer: Allocation) -> None:
    if not offer.institution_response == offer.supplier_response == Response.ACCEPTED:
        return
    ALLOCATION_WORKFLOW.advance(offer, AllocationAction.CONFIRM, actor)
    offer.settled_at = database_now()
    pilots.record_confirmed(actor=actor, application_id=offer.application_id)
    both = [offer.application.institution_id, offer.application.plan.supplier_id]
    for organization_id in both:
        notify_all(
            recipients=members_of(organization_id=organization_id),
            kind=Fact.OFFER_CONFIRMED,
            url=f"/my/matches/{offer.pk}/",
            product=offer.application.plan.product.name,
            institution=offer.application.institution.name,
            units=offer.units,
        )


@transaction.atomic
def decline_offer(*, actor: User, allocation_id: int, reason: str) -> Allocation:
    """The institution gives the offer up; its units and money go to the waitlist.

    Raises:
        AlreadyAnswered: somebody answered before, or the offer is closed.
    """
    run = _run_of(Allocation.objects.values_list("run_id", flat=True).get(pk=allocation_id))
    offer = _offer(allocation_id)
    if not perms.may_answer_as_institution(actor, offer):
        raise NotPermitted
    _check_open(offer, offer.institution_response)
    offer.institution_response = Response.DECLINED
    offer.institution_responded_at, offer.institution_responded_by = database_now(), actor
    _close(actor, offer, AllocationAction.DECLINE, reason)
    _tell_closed(offer, Fact.OFFER_DECLINED, offer.application.plan.supplier_id, reason)
    promote_waitlisted(run=run, plan_id=offer.application.plan_id)
    return offer


@transaction.atomic
def decline_line_up(*, actor: User, plan_id: int, reason: str) -> list[Allocation]:
    """The supplier gives its product up in this round: open offers end and its waitlist is dissolved.

    Raises:
        AlreadyAnswered: there is nothing left to answer.
    """
    run_id = (
        Allocation.objects.filter(application__plan_id=plan_id, status=AllocationStatus.OFFERED)
        .values_list("run_id", flat=True)
        .first()
    )
    if run_id is None:
        raise AlreadyAnswered(_("There is no open offer to answer for this product."))
    run = _run_of(run_id)
    offers = _pending_of_supplier(actor, plan_id)
    for offer in offers:
        offer.supplier_response = Response.DECLINED
        offer.supplier_responded_at, offer.supplier_responded_by = database_now(), actor
        _close(actor, offer, AllocationAction.DECLINE, reason)
        _tell_closed(offer, Fact.OFFER_DECLINED, offer.application.institution_id, reason)
    _dissolve_waitlist(plan_id)
    promote_waitlisted(run=run)
    return offers


def _run_of(run_id: int) -> MatchingRun:
    """The row of the round's first result serialises everything that moves units between applicants."""
    first_id = MatchingRun.objects.values_list("corrects_id", flat=True).get(pk=run_id)
    return locked_run(run_id=first_id or run_id)


def _close(actor: object, offer: Allocation, action: AllocationAction, reason: str) -> None:
    """End an offer: the application is declined and the reserved money returns to its track."""
    before = ALLOCATION_WORKFLOW.advance(offer, action, actor)
    offer.decline_reason, offer.settled_at = reason, database_now()
    offer.save()
    pilots.record_declined(actor=actor, application_id=offer.application_id, reason=reason)
    pilots.release(
        actor=actor,
        round_id=offer.run.round_id,
        track_id=offer.application.plan.track_id,
        amount_krw=offer.amount_krw,
        bucket=Bucket.RESERVED,
        reference=offer,
        key=f"matching.allocation:{offer.pk}:release",
    )
    record(actor=actor, verb=action, target=offer, before=before, after=offer.status, reason=reason)


def _tell_closed(offer: Allocation, kind: Fact, organization_id: int, reason: str) -> None:
    params = {
        "product": offer.application.plan.product.name,
        "institution": offer.application.institution.name,
        "units": offer.units,
        "reason": reason,
    }
    notify_all(
        recipients=members_of(organization_id=organization_id), kind=kind, url=f"/my/matches/{offer.pk}/", **params
    )
    notify_all(
        recipients=pps_staff(role=PpsRole.MATCHER),
        kind=kind,
        url=f"/admin/matching/allocation/{offer.pk}/change/",
        **params,
    )


def _dissolve_waitlist(plan_id: int) -> None:
    waiting = PilotApplication.objects.filter(plan_id=plan_id, status=ApplicationStatus.WAITLISTED)
    for application_id in waiting.order_by("pk").values_list("pk", flat=True):
        pilots.record_not_matched(actor=SYSTEM, application_id=application_id)


def lapse_offers() -> int:
    """End the offers whose deadline has passed; returns how many. Each run is one transaction."""
    overdue = Allocation.objects.overdue(at=database_now()).order_by("run_id")
    run_ids = sorted(set(overdue.values_list("run_id", flat=True)))
    return sum(_lapse_of_run(run_id) for run_id in run_ids)


@transaction.atomic
def _lapse_of_run(run_id: int) -> int:
    run = _run_of(run_id)
    offers = _locked_offers(
        run_id=run_id,
        run__published_at__isnull=False,
        status=AllocationStatus.OFFERED,
        respond_until__lt=database_now(),
    )
    silent_plans = set()
    for offer in offers:
        silent = []
        if offer.institution_response == Response.PENDING:
            offer.institution_response = Response.LAPSED
            silent.append(offer.application.institution_id)
        if offer.supplier_response == Response.PENDING:
            offer.supplier_response = Response.LAPSED
            silent.append(offer.application.plan.supplier_id)
            silent_plans.add(offer.application.plan_id)
        _close(SYSTEM, offer, AllocationAction.LAPSE, "")
        for organization_id in {offer.application.institution_id, offer.application.plan.supplier_id}:
            _tell_closed_parties(offer, organization_id)
    # A supplier that did not answer has left the round with this product, as if it had declined.
    for plan_id in sorted(silent_plans):
        _dissolve_waitlist(plan_id)
    if offers:
        promote_waitlisted(run=run)
    return len(offers)


def _tell_closed_parties(offer: Allocation, organization_id: int) -> None:
    notify_all(
        recipients=members_of(organization_id=organization_id),
        kind=Fact.OFFER_LAPSED,
        url=f"/my/matches/{offer.pk}/",
        product=offer.application.plan.product.name,
        institution=offer.application.institution.name,
        units=offer.units,
    )
