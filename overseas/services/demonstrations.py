"""From agreement to evaluated test result. Guests act through their link; the portal records it for them."""

from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import members_of, pps_staff
from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.errors import NotPermitted
from core.notifications import notify_all
from core.workflow import SYSTEM
from matching import services as matching
from matching.enums import ChecklistItem, InspectionResult, LineStatus
from matching.models import Contract, ContractLine
from matching.services import NewLine
from overseas import perms
from overseas.enums import DemonstrationAction, Evaluation, Fact
from overseas.errors import DemonstrationRefused, SamePerson
from overseas.models import Demonstration, LocalCertificate, TestResult
from overseas.signals import demonstration_evaluated
from overseas.workflow import DEMONSTRATION_WORKFLOW
from pilots.enums import HistoryKind, HistoryOutcome
from pilots.services import record_pilot_history


def locked_demonstration(*, demonstration_id: int) -> Demonstration:
    """The demonstration under its row lock, with what decisions and notices need."""
    return (
        Demonstration.objects.select_for_update(of=("self",))
        .select_related(
            "application__product", "application__supplier", "application__call__round", "institution", "contract"
        )
        .get(pk=demonstration_id)
    )


def _move(
    actor: Any, demonstration_id: int, action: DemonstrationAction, reason: str = "", **facts: Any
) -> Demonstration:
    demonstration = locked_demonstration(demonstration_id=demonstration_id)
    before = DEMONSTRATION_WORKFLOW.advance(demonstration, action, actor)
    for name, value in facts.items():
        setattr(demonstration, name, value)
    demonstration.save(update_fields=["status", *facts])
    record(actor=actor, verb=action, target=demonstration, before=before, after=demonstration.status, reason=reason)
    return demonstration


def _tell(demonstration: Demonstration, kind: Fact, *roles: PpsRole, **params: Any) -> None:
    """The company, and the PPS desks whose turn it is."""
    application = demonstration.application
    facts = {
        "number": application.number,
        "product": application.product.name,
        "institution": demonstration.institution.name,
        **params,
    }
    notify_all(
        recipients=members_of(organization_id=application.supplier_id),
        kind=kind,
        url=reverse("overseas:application", args=[application.pk]),
        **facts,
    )
    for role in roles:
        notify_all(
            recipients=pps_staff(role=role),
            kind=kind,
            url=f"/admin/overseas/demonstration/{demonstration.pk}/change/",
            **facts,
        )


@transaction.atomic
def give_agreement(*, demonstration_id: int, name: str, agrees: bool, reason: str = "") -> Demonstration:
    """The institution abroad agrees or declines through its link.

    Raises:
        DemonstrationRefused: declined without a reason.
    """
    if agrees:
        demonstration = _move(
            SYSTEM, demonstration_id, DemonstrationAction.AGREE, name, agreed_by_name=name, agreed_at=database_now()
        )
    else:
        if not reason.strip():
            raise DemonstrationRefused(_("Please say why you decline."))
        demonstration = _move(SYSTEM, demonstration_id, DemonstrationAction.DECLINE, reason, decline_reason=reason)
    _tell(demonstration, Fact.AGREEMENT_GIVEN, PpsRole.CONTRACT, agreed=agrees, by=name)
    return demonstration


@transaction.atomic
def prepare_overseas_contract(*, actor: User, demonstration_id: int, delivery_due_on: date) -> Demonstration:
    """Write the contract for an agreed demonstration; its money comes from the overseas track of the call's round.

    Raises:
        NotPermitted: the actor is no contract officer.
        DemonstrationRefused: there is a contract already, or the institution has not agreed.
        BudgetExceeded: the overseas track has less than the contract costs.
    """
    if not perms.may_contract(actor):
        raise NotPermitted
    demonstration = locked_demonstration(demonstration_id=demonstration_id)
    if demonstration.status != "agreed" or (demonstration.contract and not demonstration.contract.is_ended_early):
        raise DemonstrationRefused(_("A contract can be written once the institution has agreed, and only once."))
    application = demonstration.application
    demonstration.contract = matching.create_contract(
        actor=actor,
        round_id=application.call.round_id,
        track_id=application.call.track_id,
        product_id=application.product_id,
        supplier_id=application.supplier_id,
        delivery_due_on=delivery_due_on,
        lines=[
            NewLine(
                institution_id=demonstration.institution_id,
                units=application.units,
                unit_price_krw=application.unit_price_krw,
                site_name=demonstration.institution.name,
                site_address=demonstration.institution.address,
            )
        ],
    )
    demonstration.save(update_fields=["contract"])
    record(actor=actor, verb="contract", target=demonstration, details={"contract": demonstration.contract.number})
    return demonstration


@transaction.atomic
def mark_contracted(*, contract_id: int) -> Demonstration | None:
    """The contract of a demonstration was signed; other contracts are nothing to do."""
    found = Demonstration.objects.filter(contract_id=contract_id).first()
    return _move(SYSTEM, found.pk, DemonstrationAction.CONTRACT) if found else None


def line_of(*, demonstration: Demonstration) -> ContractLine | None:
    """The contract line that the institution abroad receives."""
    if demonstration.contract_id is None:
        return None
    return ContractLine.objects.filter(contract_id=demonstration.contract_id).first()


@transaction.atomic
def accept_delivery(*, demonstration_id: int, name: str, accepts: bool, defects: str = "") -> Demonstration:
    """The institution abroad inspects what arrived, through its link.

    Raises:
        DemonstrationRefused: nothing has been delivered yet, or it was rejected without naming the defects.
    """
    demonstration = locked_demonstration(demonstration_id=demonstration_id)
    line = line_of(demonstration=demonstration)
    if line is None or line.status != LineStatus.DELIVERED:
        raise DemonstrationRefused(_("The supplier has not recorded a delivery to inspect."))
    if not accepts and not defects.strip():
        raise DemonstrationRefused(_("Please name the defects."))
    checklist = {item.value: "yes" for item in ChecklistItem}
    if not accepts:
        checklist[next(iter(checklist))] = "no"
    matching.record_inspection(
        actor=SYSTEM,
        line_id=line.pk,
        result=InspectionResult.ACCEPTED if accepts else InspectionResult.REJECTED,
        checklist=checklist,
        defects="" if accepts else defects,
        inspector_name=name,
        inspected_on=today(),
    )
    if not accepts:
        return demonstration
    demonstration = _move(SYSTEM, demonstration_id, DemonstrationAction.ACCEPT, name, accepted_on=today())
    _tell(demonstration, Fact.DELIVERY_ACCEPTED, PpsRole.CONTRACT, by=name)
    return demonstration


@transaction.atomic
def report_result(
    *,
    demonstration_id: int,
    used_from: date,
    used_until: date,
    summary: str,
    measured: str,
    rating: int,
    reporter_name: str,
    problems: str = "",
    wants_more: bool = False,
    may_publish: bool = False,
) -> TestResult:
    """The institution abroad hands in its test result, once.

    Raises:
        DemonstrationRefused: the period is not in order or not over, or the rating is not 1 to 5.
    """
    if used_from > used_until:
        raise DemonstrationRefused(_("The use must end after it began."))
    if used_until > today():
        raise DemonstrationRefused(_("The use that is reported cannot end in the future."))
    if not 1 <= rating <= 5:
        raise DemonstrationRefused(_("The rating is a whole number from 1 to 5."))
    demonstration = _move(SYSTEM, demonstration_id, DemonstrationAction.REPORT, reporter_name)
    result = TestResult.objects.create(
        demonstration=demonstration,
        used_from=used_from,
        used_until=used_until,
        summary=summary,
        measured=measured,
        problems=problems,
        rating=rating,
        wants_more=wants_more,
        may_publish=may_publish,
        reporter_name=reporter_name,
        submitted_at=database_now(),
    )
    _tell(demonstration, Fact.RESULT_REPORTED, PpsRole.REVIEWER, by=reporter_name)
    return result


@transaction.atomic
def propose_evaluation(*, actor: User, demonstration_id: int, evaluation: str, summary: str) -> Demonstration:
    """Propose how the demonstration is judged; a second person approves."""
    return _move(
        actor,
        demonstration_id,
        DemonstrationAction.PROPOSE,
        summary,
        evaluation=Evaluation(evaluation),
        evaluation_summary=summary,
        proposed_by=actor,
    )


@transaction.atomic
def return_evaluation(*, actor: User, demonstration_id: int, reason: str) -> Demonstration:
    """Send a proposed evaluation back."""
    return _move(actor, demonstration_id, DemonstrationAction.RETURN, reason)


@transaction.atomic
def approve_evaluation(*, actor: User, demonstration_id: int) -> Demonstration:
    """Make the evaluation count and public.

    Raises:
        SamePerson: whoever proposed does not also approve.
    """
    if locked_demonstration(demonstration_id=demonstration_id).proposed_by_id == actor.pk:
        raise SamePerson(_("You proposed this evaluation. Another person must approve it."))
    demonstration = _move(
        actor, demonstration_id, DemonstrationAction.EVALUATE, evaluated_by=actor, evaluated_at=database_now()
    )
    if demonstration.contract is not None:
        record_pilot_history(
            actor=actor,
            product_id=demonstration.application.product_id,
            year=demonstration.application.call.round.year,
            reference=demonstration.contract.number,
            kind=HistoryKind.OVERSEAS,
            outcome=HistoryOutcome(demonstration.evaluation),
        )
    _tell(demonstration, Fact.DEMONSTRATION_EVALUATED, evaluation=demonstration.evaluation)
    demonstration_evaluated.send(sender=Demonstration, demonstration_id=demonstration.pk)
    return demonstration


@transaction.atomic
def cancel_demonstration(*, actor: User, demonstration_id: int, reason: str) -> Demonstration:
    """End a demonstration before its use.

    Raises:
        DemonstrationRefused: a contract is in force; it is ended first.
    """
    contract: Contract | None = locked_demonstration(demonstration_id=demonstration_id).contract
    if contract is not None and not contract.is_ended_early:
        raise DemonstrationRefused(_("End the contract first; then its money is free again."))
    return _move(actor, demonstration_id, DemonstrationAction.CANCEL, reason, decline_reason=reason)


@transaction.atomic
def record_certificate(
    *,
    actor: User,
    demonstration_id: int,
    name: str,
    body: str,
    certificate_no: str,
    valid_until: date | None = None,
) -> LocalCertificate:
    """Keep a certificate that came of the demonstration.

    Raises:
        NotPermitted: the actor is neither the company nor a reviewer.
        DemonstrationRefused: this certificate is recorded already.
    """
    demonstration = locked_demonstration(demonstration_id=demonstration_id)
    if not (perms.may_review(actor) or perms.may_apply(actor, demonstration.application)):
        raise NotPermitted
    certificate, created = LocalCertificate.objects.get_or_create(
        demonstration=demonstration,
        body=body,
        certificate_no=certificate_no,
        defaults={"name": name, "valid_until": valid_until},
    )
    if not created:
        raise DemonstrationRefused(_("This certificate is recorded already."))
    record(actor=actor, verb="certificate", target=demonstration, details={"certificate": certificate.certificate_no})
    return certificate
