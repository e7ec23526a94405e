from collections import Counter
from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import pps_staff
from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.errors import NotPermitted
from core.notifications import notify_all
from core.workflow import SYSTEM
from matching import perms
from matching.enums import AmendmentAction, AmendmentKind, AmendmentStatus, ContractStatus, Fact, LineStatus
from matching.errors import ContractRefused, SamePerson
from matching.models import Contract, ContractAmendment, ContractLine, LineSite
from matching.rules.places import spread
from matching.services.contracts import contract_admin_url, locked_contract, move_money, tell_parties
from matching.services.deliveries import complete_line
from matching.workflow import AMENDMENT_WORKFLOW
from pilots import services as pilots
from pilots.enums import Bucket

CHANGEABLE = frozenset({ContractStatus.SIGNED, ContractStatus.IN_DELIVERY})
UNDELIVERED = frozenset({LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED})


@transaction.atomic
def propose_amendment(
    *,
    actor: User,
    line_id: int,
    kind: str,
    reason: str,
    units: int | None = None,
    due_on: date | None = None,
    site_id: int | None = None,
    site_name: str = "",
    site_address: str = "",
    site_province_id: str | None = None,
) -> ContractAmendment:
    """Ask for a change of one line's quantity, date or site; it counts once a second person has approved it.

    Args:
        site_id: which of several sites moves; None for the line's own.

    Raises:
        ContractRefused: the line is delivered, the contract not in force, or the change missing or empty.
    """
    if not perms.may_prepare_contract(actor):
        raise NotPermitted
    contract = locked_contract(contract_id=ContractLine.objects.values_list("contract_id", flat=True).get(pk=line_id))
    line = ContractLine.objects.select_for_update(of=("self",)).get(pk=line_id, contract=contract)
    _check_changeable(contract, line)
    _check_change(line, kind, units, due_on, site_name)
    moved = line.further_sites.filter(pk=site_id or 0).first() if kind == AmendmentKind.SITE else None
    amendment = ContractAmendment.objects.create(
        contract=contract,
        sequence=contract.amendments.count() + 1,
        line=line,
        kind=kind,
        reason=reason,
        units_before=line.units,
        units_after=units if kind == AmendmentKind.QUANTITY else None,
        due_before_on=line.due_on,
        due_after_on=due_on if kind == AmendmentKind.DUE_DATE else None,
        site=moved,
        site_before=f"{moved.name} {moved.address}" if moved else f"{line.site_name} {line.site_address}".strip(),
        site_name_after=site_name if kind == AmendmentKind.SITE else "",
        site_address_after=site_address if kind == AmendmentKind.SITE else "",
        site_province_after_id=site_province_id if kind == AmendmentKind.SITE else None,
        proposed_by=actor,
        proposed_at=database_now(),
    )
    record(actor=actor, verb="propose", target=amendment, after=amendment.status, reason=reason)
    notify_all(
        recipients=pps_staff(role=PpsRole.APPROVER).exclude(pk=actor.pk),
        kind=Fact.AMENDMENT_PROPOSED,
        url=contract_admin_url(contract=contract),
        contract=contract.number,
        reason=reason,
    )
    return amendment


def _check_changeable(contract: Contract, line: ContractLine) -> None:
    if contract.status not in CHANGEABLE:
        raise ContractRefused(_("Only a signed contract that is not fully accepted can be amended."))
    if line.status not in UNDELIVERED:
        raise ContractRefused(_("This line is delivered already and cannot be amended."))
    if line.amendments.filter(status=AmendmentStatus.PROPOSED).exists():
        raise ContractRefused(_("An amendment of this line awaits approval already."))


def _check_change(line: ContractLine, kind: str, units: int | None, due_on: date | None, site_name: str) -> None:
    if kind == AmendmentKind.QUANTITY and (not units or units == line.units):
        raise ContractRefused(_("Enter the new number of units, at least 1 and different from the present one."))
    if kind == AmendmentKind.DUE_DATE and (due_on is None or due_on <= today()):
        raise ContractRefused(_("Enter a new delivery date that lies in the future."))
    if kind == AmendmentKind.SITE and not site_name:
        raise ContractRefused(_("Enter the new site."))


def _locked_amendment(amendment_id: int) -> ContractAmendment:
    contract_id = ContractAmendment.objects.values_list("contract_id", flat=True).get(pk=amendment_id)
    locked_contract(contract_id=contract_id)
    return (
        ContractAmendment.objects.select_for_update(of=("self",))
        .select_related("contract__product", "line", "proposed_by", "site")
        .get(pk=amendment_id)
    )


def _decide(actor: User, amendment: ContractAmendment, action: AmendmentAction, reason: str) -> None:
    if not perms.is_second_person(actor, amendment.proposed_by_id):
        raise SamePerson(_("You proposed this amendment. A second person must decide."))
    before = AMENDMENT_WORKFLOW.advance(amendment, action, actor)
    amendment.decided_by, amendment.decided_at = actor, database_now()
    amendment.save(update_fields=["status", "decided_by", "decided_at"])
    record(actor=actor, verb=action, target=amendment, before=before, after=amendment.status, reason=reason)
    tell_parties(
        contract=amendment.contract, kind=Fact.AMENDMENT_DECIDED, decision=amendment.status, reason=amendment.reason
    )


@transaction.atomic
def approve_amendment(*, actor: User, amendment_id: int) -> ContractAmendment:
    """Put a proposed change into force; a changed quantity moves the money.

    Raises:
        SamePerson: the proposer cannot approve.
        BudgetExceeded: the track has less than a larger quantity costs.
    """
    amendment = _locked_amendment(amendment_id)
    _decide(actor, amendment, AmendmentAction.APPROVE, "")
    line = ContractLine.objects.select_for_update(of=("self",)).get(pk=amendment.line_id)
    if line.status not in UNDELIVERED or amendment.contract.status not in CHANGEABLE:
        raise ContractRefused(_("The line was delivered in the meantime, so the amendment has no object any more."))
    if amendment.kind == AmendmentKind.QUANTITY:
        _change_units(actor, amendment, line)
    elif amendment.kind == AmendmentKind.DUE_DATE and amendment.due_after_on is not None:
        line.due_on = amendment.due_after_on
    elif amendment.kind == AmendmentKind.SITE:
        _move_site(amendment, line)
    line.save()
    _complete_if_all_arrived(line)
    return amendment


def _complete_if_all_arrived(line: ContractLine) -> None:
    """A line that is cut to what has been delivered owes nothing more: it can be inspected."""
    arrived = line.deliveries.filter(attempt=line.attempt)
    if arrived and sum(row.units for row in arrived) == line.units:
        complete_line(actor=SYSTEM, line=line, delivered_on=max(row.delivered_on for row in arrived))


def _move_site(amendment: ContractAmendment, line: ContractLine) -> None:
    """The line's own site, or the further one that the amendment names; without a province it stays in the old one."""
    name, address, province = (
        amendment.site_name_after,
        amendment.site_address_after,
        amendment.site_province_after_id,
    )
    if amendment.site is None:
        line.site_name, line.site_address = name, address
        line.site_province_id = province or line.site_province_id
        return
    site = amendment.site
    site.name, site.address, site.province_id = name, address, province or site.province_id
    site.save(update_fields=["name", "address", "province"])


def _spread_anew(line: ContractLine, units: int) -> None:
    """Fewer units are taken from the last places first, never from what has arrived; more go to the first."""
    sites = list(line.further_sites.order_by("order"))
    came: Counter[int | None] = Counter()
    for row in line.deliveries.filter(attempt=line.attempt):
        came[row.site_id] += row.units
    wanted = [line.units - sum(site.units for site in sites), *(site.units for site in sites)]
    at_least = [came[None], *(came[site.pk] for site in sites)]
    for site, given in zip(sites, spread(units=units, wanted=wanted, at_least=at_least)[1:], strict=True):
        site.units = given
    LineSite.objects.bulk_update(sites, ["units"])


def _change_units(actor: User, amendment: ContractAmendment, line: ContractLine) -> None:
    contract = amendment.contract
    units = amendment.units_after or line.units
    delivered = sum(line.deliveries.filter(attempt=line.attempt).values_list("units", flat=True))
    if units < delivered:
        raise ContractRefused(_("%(units)s units are delivered already.") % {"units": delivered})
    change = (units - line.units) * line.unit_price_krw
    if change > 0:
        _move(actor, amendment, pilots.reserve, change, "reserve")
        _move(actor, amendment, pilots.commit_funds, change, "commit")
    else:
        _move(actor, amendment, pilots.release, -change, "release", bucket=Bucket.COMMITTED)
    _spread_anew(line, units)
    line.units, line.amount_krw = units, units * line.unit_price_krw
    contract.total_krw += change
    contract.save(update_fields=["total_krw"])


def _move(
    actor: User,
    amendment: ContractAmendment,
    move: Callable[..., object],
    amount_krw: int,
    step: str,
    **more: object,
) -> None:
    move_money(
        move=move,
        actor=actor,
        contract=amendment.contract,
        amount_krw=amount_krw,
        step=f"amendment:{amendment.sequence}:{step}",
        reference=amendment,
        **more,
    )


@transaction.atomic
def reject_amendment(*, actor: User, amendment_id: int, reason: str) -> ContractAmendment:
    """Turn a proposed change down."""
    amendment = _locked_amendment(amendment_id)
    _decide(actor, amendment, AmendmentAction.REJECT, reason)
    return amendment
