from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import members_of, pps_staff
from core.audit import record
from core.calendar import add_working_days, today
from core.clock import database_now
from core.errors import NotPermitted
from core.models import Receipt
from core.notifications import notify_all
from core.receipts import issue_receipt
from core.uploads import attach_files
from core.workflow import SYSTEM, System
from matching import perms
from matching.enums import (
    ChecklistItem,
    ContractAction,
    ContractStatus,
    Fact,
    InspectionResult,
    LineAction,
    LineStatus,
)
from matching.errors import DeliveryRefused
from matching.models import Contract, ContractLine, Delivery, Inspection
from matching.selectors import PlaceUnits, places_of_line
from matching.services.contracts import contract_admin_url, locked_contract
from matching.signals import line_accepted, line_delivered
from matching.workflow import CONTRACT_WORKFLOW, LINE_WORKFLOW
from pilots.selectors import rules_of

DELIVERABLE = frozenset({LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED})


def _locked_line(line_id: int) -> tuple[Contract, ContractLine]:
    """The contract first, then the line, so that two lines of one contract never wait for each other."""
    contract = locked_contract(contract_id=ContractLine.objects.values_list("contract_id", flat=True).get(pk=line_id))
    line = ContractLine.objects.select_for_update(of=("self",)).select_related("institution").get(pk=line_id)
    line.contract = contract
    return contract, line


def delivered_units(*, line: ContractLine) -> int:
    """Units that have arrived in the present attempt."""
    total = line.deliveries.filter(attempt=line.attempt).aggregate(total=Sum("units"))["total"]
    return total or 0


@transaction.atomic
def record_delivery(
    *,
    actor: User,
    line_id: int,
    units: int,
    delivered_on: date,
    site_id: int | None = None,
    serials: Sequence[str] = (),
    note: str = "",
    file_ids: Sequence[str] = (),
) -> Receipt:
    """The supplier brought units to a site. Once all are there, the institution is asked to inspect.

    Args:
        site_id: which of the line's further sites; None for its own.

    Raises:
        DeliveryRefused: more units than are owed, a date in the future or before signing, serials that do not fit.
    """
    contract, line = _locked_line(line_id)
    if not perms.may_deliver(actor, line):
        raise NotPermitted
    place = _place(line, site_id)
    _check_delivery(contract, line, place, units, delivered_on, serials)
    delivery = Delivery.objects.create(
        line=line,
        site=place.site,
        attempt=line.attempt,
        units=units,
        delivered_on=delivered_on,
        serials=list(serials),
        note=note,
        recorded_by=actor,
        recorded_at=database_now(),
    )
    attach_files(actor=actor, file_ids=list(file_ids), target=line, purpose="matching.delivery")
    if contract.status == ContractStatus.SIGNED:
        before = CONTRACT_WORKFLOW.advance(contract, ContractAction.BEGIN_DELIVERY, SYSTEM)
        contract.save(update_fields=["status"])
        record(actor=SYSTEM, verb=ContractAction.BEGIN_DELIVERY, target=contract, before=before, after=contract.status)
    if delivered_units(line=line) == line.units:
        complete_line(actor=actor, line=line, delivered_on=delivered_on)
    else:
        record(actor=actor, verb="deliver_part", target=line, details={"units": units})
    return _delivery_receipt(actor, delivery, line, place)


def _place(line: ContractLine, site_id: int | None) -> PlaceUnits:
    for place in places_of_line(line=line):
        if (place.site.pk if place.site else None) == site_id:
            return place
    raise DeliveryRefused(_("This line has no units for that site. Choose one of its sites."))


def _check_delivery(
    contract: Contract,
    line: ContractLine,
    place: PlaceUnits,
    units: int,
    delivered_on: date,
    serials: Sequence[str],
) -> None:
    if contract.status not in {ContractStatus.SIGNED, ContractStatus.IN_DELIVERY}:
        raise DeliveryRefused(_("The contract is not in force, so nothing can be delivered under it."))
    if line.status not in DELIVERABLE:
        raise DeliveryRefused(_("Every unit of this line is delivered already."))
    if place.owed == 0:
        raise DeliveryRefused(_("Every unit of this site is delivered already. Choose another site of the line."))
    if not 1 <= units <= place.owed:
        text = _("Enter between 1 and %(owed)s units; that is what is still owed.")
        raise DeliveryRefused(text % {"owed": place.owed})
    if delivered_on > today():
        raise DeliveryRefused(_("The day of delivery cannot lie in the future."))
    if contract.signed_on is not None and delivered_on < contract.signed_on:
        raise DeliveryRefused(_("The day of delivery cannot lie before the contract was signed."))
    if serials and len(set(serials)) != units:
        raise DeliveryRefused(
            _("Enter one serial number per unit, each once: %(units)s are needed.") % {"units": units}
        )


def complete_line(*, actor: User | System, line: ContractLine, delivered_on: date) -> None:
    """Every unit of the locked line has arrived: the time to inspect begins and the institution is told."""
    before = LINE_WORKFLOW.advance(line, LineAction.DELIVER, actor)
    line.delivered_on = delivered_on
    days = rules_of(round_id=line.contract.round_id).deadline("inspection")
    line.inspect_by = add_working_days(today(), days)
    line.save(update_fields=["status", "delivered_on", "inspect_by"])
    record(actor=actor, verb=LineAction.DELIVER, target=line, before=before, after=line.status)
    notify_all(
        recipients=members_of(organization_id=line.institution_id),
        kind=Fact.DELIVERED,
        url=f"/my/deliveries/{line.pk}/",
        product=line.contract.product.name,
        contract=line.contract.number,
        units=line.units,
        inspect_by=line.inspect_by.isoformat(),
    )
    line_delivered.send(sender=ContractLine, line_id=line.pk)


def _delivery_receipt(actor: User, delivery: Delivery, line: ContractLine, place: PlaceUnits) -> Receipt:
    return issue_receipt(
        actor=actor,
        kind="matching.delivery",
        target=delivery,
        title=_("Delivery record"),
        lines=[
            (_("Contract"), line.contract.number),
            (_("Product"), line.contract.product.name),
            (_("Institution"), line.institution.name),
            (_("Site"), place.name or "–"),
            (_("Units"), f"{delivery.units} / {line.units}"),
            (_("Delivered on"), delivery.delivered_on.isoformat()),
            (_("Serial numbers"), ", ".join(delivery.serials) or "–"),
        ],
    )


@transaction.atomic
def record_inspection(
    *,
    actor: User | System,
    line_id: int,
    result: str,
    checklist: dict[str, str],
    defects: str = "",
    inspector_name: str,
    inspected_on: date,
    file_ids: Sequence[str] = (),
) -> Inspection:
    """The institution accepts or rejects what was delivered. ``SYSTEM`` acts for a guest with an invitation link.

    Args:
        checklist: an answer (``yes``, ``no`` or ``na``) per :class:`ChecklistItem`.

    Raises:
        DeliveryRefused: accepted with an unmet point, rejected without defects, or a date that cannot be.
    """
    contract, line = _locked_line(line_id)
    _check_inspection(line, result, checklist, defects, inspected_on)
    action = LineAction.ACCEPT if result == InspectionResult.ACCEPTED else LineAction.REJECT
    before = LINE_WORKFLOW.advance(line, action, actor)
    inspection = Inspection.objects.create(
        line=line,
        attempt=line.attempt,
        result=result,
        checklist=checklist,
        defects=defects,
        inspector_name=inspector_name,
        inspected_on=inspected_on,
        recorded_by=actor if isinstance(actor, User) else None,
        recorded_at=database_now(),
    )
    if isinstance(actor, User):
        attach_files(actor=actor, file_ids=list(file_ids), target=line, purpose="matching.inspection")
    if action == LineAction.ACCEPT:
        line.accepted_on = inspected_on
    else:
        line.attempt += 1
    line.save(update_fields=["status", "accepted_on", "attempt"])
    record(actor=actor, verb=action, target=line, before=before, after=line.status, reason=defects)
    if action == LineAction.ACCEPT:
        _after_acceptance(contract, line)
    else:
        _tell_rejection(contract, line, defects)
    if isinstance(actor, User):
        _inspection_receipt(actor, inspection, line)
    return inspection


def _check_inspection(
    line: ContractLine, result: str, checklist: dict[str, str], defects: str, inspected_on: date
) -> None:
    unmet = [item for item in ChecklistItem.values if checklist.get(item) not in {"yes", "na"}]
    if result == InspectionResult.ACCEPTED and unmet:
        raise DeliveryRefused(_("A point of the checklist is not met. Reject the delivery and describe the defect."))
    if result == InspectionResult.ACCEPTED and defects:
        raise DeliveryRefused(_("You described a defect. Reject the delivery, or clear the description."))
    if result == InspectionResult.REJECTED and not defects:
        raise DeliveryRefused(_("Describe the defect, so that the supplier knows what to put right."))
    if inspected_on > today():
        raise DeliveryRefused(_("The day of inspection cannot lie in the future."))
    if line.delivered_on is not None and inspected_on < line.delivered_on:
        raise DeliveryRefused(_("The day of inspection cannot lie before the delivery."))


def _after_acceptance(contract: Contract, line: ContractLine) -> None:
    notify_all(
        recipients=members_of(organization_id=contract.supplier_id),
        kind=Fact.DELIVERY_ACCEPTED,
        url=f"/my/deliveries/{line.pk}/",
        product=contract.product.name,
        institution=line.institution.name,
        units=line.units,
    )
    line_accepted.send(sender=ContractLine, line_id=line.pk)
    if contract.lines.open().exists():
        return
    before = CONTRACT_WORKFLOW.advance(contract, ContractAction.ACCEPT, SYSTEM)
    contract.accepted_at = database_now()
    contract.save(update_fields=["status", "accepted_at"])
    record(actor=SYSTEM, verb=ContractAction.ACCEPT, target=contract, before=before, after=contract.status)
    notify_all(
        recipients=pps_staff(role=PpsRole.CONTRACT),
        kind=Fact.READY_TO_PAY,
        url=contract_admin_url(contract=contract),
        contract=contract.number,
        product=contract.product.name,
    )


def _tell_rejection(contract: Contract, line: ContractLine, defects: str) -> None:
    facts = {
        "product": contract.product.name,
        "institution": line.institution.name,
        "defects": defects,
        "rejections": line.attempt - 1,
    }
    notify_all(
        recipients=members_of(organization_id=contract.supplier_id),
        kind=Fact.DELIVERY_REJECTED,
        url=f"/my/deliveries/{line.pk}/",
        **facts,
    )
    notify_all(
        recipients=pps_staff(role=PpsRole.INSPECTOR),
        kind=Fact.DELIVERY_REJECTED,
        url=contract_admin_url(contract=contract),
        **facts,
    )


def _inspection_receipt(actor: User, inspection: Inspection, line: ContractLine) -> None:
    issue_receipt(
        actor=actor,
        kind="matching.inspection",
        target=inspection,
        title=_("Inspection record"),
        lines=[
            (_("Contract"), line.contract.number),
            (_("Product"), line.contract.product.name),
            (_("Institution"), line.institution.name),
            (_("Units"), line.units),
            (_("Result"), inspection.get_result_display()),
            (_("Inspector"), inspection.inspector_name),
            (pgettext("delivery", "Inspected on"), inspection.inspected_on.isoformat()),
        ],
    )


REMIND_EVERY = timedelta(days=7)


def remind_of_deliveries() -> int:
    """Tell suppliers of overdue deliveries and institutions of overdue inspections, once a week; returns how many."""
    day = today()
    not_lately = Q(reminded_on=None) | Q(reminded_on__lte=day - REMIND_EVERY)
    late = ContractLine.objects.filter(not_lately).filter(
        Q(pk__in=ContractLine.objects.overdue(on=day).values("pk"))
        | Q(status=LineStatus.DELIVERED, inspect_by__lt=day)
    )
    line_ids = list(late.order_by("pk").values_list("pk", flat=True))
    for line_id in line_ids:
        _remind(line_id, day)
    return len(line_ids)


@transaction.atomic
def _remind(line_id: int, day: date) -> None:
    contract, line = _locked_line(line_id)
    is_delivered = line.status == LineStatus.DELIVERED
    notify_all(
        recipients=members_of(organization_id=line.institution_id if is_delivered else contract.supplier_id),
        kind=Fact.INSPECTION_OVERDUE if is_delivered else Fact.DELIVERY_OVERDUE,
        url=f"/my/deliveries/{line.pk}/",
        product=contract.product.name,
        institution=line.institution.name,
        due_on=(line.inspect_by if is_delivered and line.inspect_by else line.due_on).isoformat(),
    )
    line.reminded_on = day
    line.save(update_fields=["reminded_on"])
