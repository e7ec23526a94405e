from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import members_of, pps_staff
from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.errors import NotPermitted
from core.notifications import notify_all
from core.numbering import next_number
from core.workflow import SYSTEM
from matching import perms
from matching.enums import (
    AllocationAction,
    AllocationStatus,
    ContractAction,
    Fact,
    LegalGround,
    LineAction,
    LineStatus,
)
from matching.errors import ContractRefused, LineUpOpen, SamePerson
from matching.models import Allocation, Contract, ContractLine, LineSite
from matching.selectors import PlaceUnits, places_of_offer
from matching.signals import contract_signed, contract_terminated
from matching.workflow import ALLOCATION_WORKFLOW, CONTRACT_WORKFLOW, LINE_WORKFLOW
from pilots import services as pilots
from pilots.enums import Bucket, RoundStatus
from pilots.models import PilotRound, PilotUsePlan
from products.models import Product


@dataclass(frozen=True, slots=True)
class NewLine:
    """What one institution shall receive. ``allocation_id`` says that the money is reserved already."""

    institution_id: int
    units: int
    unit_price_krw: int
    site_name: str = ""
    site_address: str = ""
    site_province_id: str | None = None
    is_security_site: bool = False
    due_on: date | None = None
    application_id: int | None = None
    allocation_id: int | None = None
    further_sites: Sequence[PlaceUnits] = ()

    @property
    def amount_krw(self) -> int:
        return self.units * self.unit_price_krw


def locked_contract(*, contract_id: int) -> Contract:
    """The contract under its row lock, with what decisions and notices need."""
    return (
        Contract.objects.select_for_update(of=("self",))
        .select_related("round", "product", "supplier", "prepared_by", "end_requested_by")
        .get(pk=contract_id)
    )


def contract_admin_url(*, contract: Contract) -> str:
    """The contract's page in the admin."""
    return f"/admin/matching/contract/{contract.pk}/change/"


@transaction.atomic
def prepare_contract(
    *,
    actor: User,
    plan_id: int,
    delivery_due_on: date,
    procurement_request_no: str = "",
    special_conditions: str = "",
    guarantee_krw: int = 0,
) -> Contract:
    """Write the contract for a product of a round, one line per institution that confirmed.

    Raises:
        RoundNotReady: the result is not public yet.
        LineUpOpen: an offer of the product is unanswered.
        ContractRefused: nobody confirmed, or there is a contract already.
    """
    plan = PilotUsePlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    offers = Allocation.objects.filter(application__plan=plan)
    if offers.filter(status=AllocationStatus.OFFERED).exists():
        raise LineUpOpen(_("Some offers of this product are still unanswered. Wait for them or for their deadline."))
    confirmed = list(
        offers.select_for_update(of=("self",))
        .filter(status=AllocationStatus.CONFIRMED)
        .select_related("application")
        .prefetch_related("application__further_sites")
        .order_by("application__number")
    )
    if not confirmed:
        raise ContractRefused(_("No institution has confirmed a match for this product."))
    return create_contract(
        actor=actor,
        round_id=plan.round_id,
        track_id=plan.track_id,
        product_id=plan.product_id,
        supplier_id=plan.supplier_id,
        plan_id=plan.pk,
        delivery_due_on=delivery_due_on,
        procurement_request_no=procurement_request_no,
        special_conditions=special_conditions,
        guarantee_krw=guarantee_krw,
        lines=[_line_of(offer) for offer in confirmed],
    )


def _line_of(offer: Allocation) -> NewLine:
    """The line of a confirmed offer; its places are filled in the order in which the application names them."""
    application = offer.application
    return NewLine(
        institution_id=application.institution_id,
        units=offer.units,
        unit_price_krw=offer.unit_price_krw,
        site_name=application.site_name,
        site_address=application.site_address,
        site_province_id=application.site_province_id,
        is_security_site=application.is_security_site,
        application_id=application.pk,
        allocation_id=offer.pk,
        further_sites=[place for place in places_of_offer(offer=offer) if not place.is_first],
    )


@transaction.atomic
def create_contract(
    *,
    actor: User,
    round_id: int,
    track_id: int,
    product_id: int,
    supplier_id: int,
    delivery_due_on: date,
    lines: Sequence[NewLine],
    plan_id: int | None = None,
    procurement_request_no: str = "",
    special_conditions: str = "",
    guarantee_krw: int = 0,
) -> Contract:
    """Write a contract for signature; money of lines without an allocation is reserved now.

    Raises:
        ContractRefused: no lines, a date in the past, a result that is not public, or a contract exists already.
        BudgetExceeded: the track has less than the lines cost.
    """
    if not perms.may_prepare_contract(actor):
        raise NotPermitted
    pilot_round = PilotRound.objects.get(pk=round_id)
    _check_new(pilot_round, plan_id, delivery_due_on, lines)
    contract = Contract.objects.create(
        number=f"C-{pilot_round.number}-{next_number(f'matching.contract:{round_id}'):03d}",
        round=pilot_round,
        track_id=track_id,
        plan_id=plan_id,
        product=Product.objects.get(pk=product_id),
        supplier_id=supplier_id,
        total_krw=sum(line.amount_krw for line in lines),
        procurement_request_no=procurement_request_no,
        legal_ground=LegalGround.PILOT_PURCHASE if plan_id else LegalGround.OVERSEAS,
        special_conditions=special_conditions,
        guarantee_krw=guarantee_krw,
        delivery_due_on=delivery_due_on,
        prepared_by=actor,
        prepared_at=database_now(),
    )
    rows = ContractLine.objects.bulk_create(
        ContractLine(
            contract=contract,
            sequence=sequence,
            allocation_id=line.allocation_id,
            application_id=line.application_id,
            institution_id=line.institution_id,
            units=line.units,
            unit_price_krw=line.unit_price_krw,
            amount_krw=line.amount_krw,
            site_name=line.site_name,
            site_address=line.site_address,
            site_province_id=line.site_province_id,
            is_security_site=line.is_security_site,
            due_on=line.due_on or delivery_due_on,
        )
        for sequence, line in enumerate(lines, start=1)
    )
    LineSite.objects.bulk_create(
        LineSite(
            line=row,
            order=order,
            name=place.name,
            address=place.address,
            province_id=str(place.province_id),
            units=place.units,
        )
        for row, line in zip(rows, lines, strict=True)
        for order, place in enumerate(line.further_sites, start=1)
    )
    unreserved = sum(line.amount_krw for line in lines if line.allocation_id is None)
    if unreserved:
        move_money(move=pilots.reserve, actor=actor, contract=contract, amount_krw=unreserved, step="reserve")
    details = {"lines": len(lines), "total_krw": contract.total_krw}
    record(actor=actor, verb="prepare", target=contract, after=contract.status, details=details)
    notify_all(
        recipients=pps_staff(role=PpsRole.APPROVER).exclude(pk=actor.pk),
        kind=Fact.CONTRACT_PREPARED,
        url=contract_admin_url(contract=contract),
        contract=contract.number,
        product=contract.product.name,
    )
    return contract


def _check_new(pilot_round: PilotRound, plan_id: int | None, delivery_due_on: date, lines: Sequence[NewLine]) -> None:
    if not lines:
        raise ContractRefused(_("A contract needs at least one receiving institution."))
    if delivery_due_on <= today():
        raise ContractRefused(_("The delivery date must lie in the future."))
    if plan_id is not None:
        if pilot_round.status not in {RoundStatus.RESULT_PUBLISHED, RoundStatus.EXECUTING}:
            raise ContractRefused(_("Publish the result of the round first, then prepare its contracts."))
        if Contract.objects.in_force().filter(plan_id=plan_id).exists():
            raise ContractRefused(_("This product already has a contract in this round."))


def move_money(
    *,
    move: Callable[..., object],
    actor: object,
    contract: Contract,
    amount_krw: int,
    step: str,
    reference: models.Model | None = None,
    **more: object,
) -> None:
    """Make one movement in the account of a contract's track; ``step`` names it once and for all."""
    if amount_krw:
        move(
            actor=actor,
            round_id=contract.round_id,
            track_id=contract.track_id,
            amount_krw=amount_krw,
            reference=reference or contract,
            key=f"matching.contract:{contract.pk}:{step}",
            **more,
        )


@transaction.atomic
def sign_contract(*, actor: User, contract_id: int, signed_on: date | None = None) -> Contract:
    """Sign for PPS: the money is committed and the supplier may deliver.

    Raises:
        SamePerson: whoever prepared the contract cannot sign it.
        ContractRefused: the date of signature lies in the future.
    """
    contract = locked_contract(contract_id=contract_id)
    if not perms.is_second_person(actor, contract.prepared_by_id):
        raise SamePerson(_("You prepared this contract. A second person must sign it."))
    signed_on = signed_on or today()
    if signed_on > today():
        raise ContractRefused(_("The date of signature cannot lie in the future."))
    before = CONTRACT_WORKFLOW.advance(contract, ContractAction.SIGN, actor)
    contract.approved_by, contract.signed_on = actor, signed_on
    contract.save(update_fields=["status", "approved_by", "signed_on"])
    move_money(move=pilots.commit_funds, actor=actor, contract=contract, amount_krw=contract.total_krw, step="commit")
    if contract.round.status == RoundStatus.RESULT_PUBLISHED:
        pilots.start_executing(actor=SYSTEM, round_id=contract.round_id)
    record(actor=actor, verb=ContractAction.SIGN, target=contract, before=before, after=contract.status)
    tell_parties(contract=contract, kind=Fact.CONTRACT_SIGNED)
    contract_signed.send(sender=Contract, contract_id=contract.pk)
    return contract


def tell_parties(*, contract: Contract, kind: Fact, **params: object) -> None:
    """Tell the supplier and every receiving institution a fact about their contract."""
    facts = {"contract": contract.number, "product": contract.product.name, **params}
    notify_all(
        recipients=members_of(organization_id=contract.supplier_id),
        kind=kind,
        url=f"/my/contracts/{contract.pk}/",
        **facts,
    )
    for line in contract.lines.order_by("sequence"):
        notify_all(
            recipients=members_of(organization_id=line.institution_id),
            kind=kind,
            url=f"/my/deliveries/{line.pk}/",
            **facts,
        )


@transaction.atomic
def fail_contract(*, actor: User, contract_id: int, reason: str) -> Contract:
    """Give a contract up before it is signed: price not agreed, guarantee missing, designation lapsed."""
    contract = locked_contract(contract_id=contract_id)
    before = CONTRACT_WORKFLOW.advance(contract, ContractAction.FAIL, actor)
    contract.end_reason, contract.ended_at = reason, database_now()
    contract.save(update_fields=["status", "end_reason", "ended_at"])
    move_money(
        move=pilots.release,
        actor=actor,
        contract=contract,
        amount_krw=contract.total_krw,
        step="release",
        bucket=Bucket.RESERVED,
    )
    _cancel_open_lines(contract, reason)
    record(actor=actor, verb=ContractAction.FAIL, target=contract, before=before, after=contract.status, reason=reason)
    tell_parties(contract=contract, kind=Fact.CONTRACT_ENDED, reason=reason)
    return contract


def _cancel_open_lines(contract: Contract, reason: str) -> int:
    """Cancel what is not accepted, with its allocation and application; returns the money of these lines."""
    lines = ContractLine.objects.select_for_update(of=("self",)).filter(contract=contract).open().order_by("sequence")
    freed = 0
    for line in lines:
        before = LINE_WORKFLOW.advance(line, LineAction.CANCEL, SYSTEM)
        line.save(update_fields=["status"])
        record(actor=SYSTEM, verb=LineAction.CANCEL, target=line, before=before, after=line.status)
        freed += line.amount_krw
        if line.allocation_id is not None and line.application_id is not None:
            _cancel_allocation(line.allocation_id)
            pilots.record_declined(actor=SYSTEM, application_id=line.application_id, reason=reason)
    return freed


def _cancel_allocation(allocation_id: int) -> None:
    allocation = Allocation.objects.select_for_update(of=("self",)).get(pk=allocation_id)
    before = ALLOCATION_WORKFLOW.advance(allocation, AllocationAction.CANCEL, SYSTEM)
    allocation.save(update_fields=["status"])
    record(actor=SYSTEM, verb=AllocationAction.CANCEL, target=allocation, before=before, after=allocation.status)


@transaction.atomic
def request_termination(*, actor: User, contract_id: int, reason: str) -> Contract:
    """Ask a second person to end a signed contract early."""
    contract = locked_contract(contract_id=contract_id)
    if not perms.may_prepare_contract(actor):
        raise NotPermitted
    if CONTRACT_WORKFLOW.edges[ContractAction.TERMINATE][0].isdisjoint({contract.status}):
        raise ContractRefused(_("Only a signed contract that is not fully accepted can be terminated."))
    contract.end_requested_by, contract.end_reason = actor, reason
    contract.save(update_fields=["end_requested_by", "end_reason"])
    record(actor=actor, verb="request_termination", target=contract, reason=reason)
    return contract


@transaction.atomic
def terminate_contract(*, actor: User, contract_id: int) -> Contract:
    """End a signed contract early, as a colleague asked. Accepted lines stay and will be paid; the rest is released.

    Raises:
        ContractRefused: nobody asked for it.
        SamePerson: whoever asked cannot decide.
    """
    contract = locked_contract(contract_id=contract_id)
    if contract.end_requested_by_id is None:
        raise ContractRefused(
            _("Nobody has asked to end this contract. A contract officer must give the reason first.")
        )
    if not perms.is_second_person(actor, contract.end_requested_by_id):
        raise SamePerson(_("You asked to end this contract. A second person must decide."))
    has_accepted = contract.lines.filter(status=LineStatus.ACCEPTED).exists()
    action = ContractAction.CURTAIL if has_accepted else ContractAction.TERMINATE
    before = CONTRACT_WORKFLOW.advance(contract, action, actor)
    freed = _cancel_open_lines(contract, contract.end_reason)
    move_money(
        move=pilots.release,
        actor=actor,
        contract=contract,
        amount_krw=freed,
        step="terminate",
        bucket=Bucket.COMMITTED,
    )
    contract.ended_at = database_now()
    if has_accepted:
        contract.total_krw -= freed
        contract.accepted_at = contract.ended_at
    contract.save(update_fields=["status", "total_krw", "accepted_at", "ended_at"])
    record(
        actor=actor,
        verb=action,
        target=contract,
        before=before,
        after=contract.status,
        reason=contract.end_reason,
        details={"released_krw": freed},
    )
    tell_parties(contract=contract, kind=Fact.CONTRACT_ENDED, reason=contract.end_reason)
    contract_terminated.send(sender=Contract, contract_id=contract.pk)
    return contract


@transaction.atomic
def close_contract(*, actor: User, contract_id: int) -> Contract:
    """Put a paid contract away."""
    contract = locked_contract(contract_id=contract_id)
    before = CONTRACT_WORKFLOW.advance(contract, ContractAction.CLOSE, actor)
    contract.ended_at = database_now()
    contract.save(update_fields=["status", "ended_at"])
    record(actor=actor, verb=ContractAction.CLOSE, target=contract, before=before, after=contract.status)
    return contract
