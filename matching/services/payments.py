from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import members_of
from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.notifications import notify_all
from matching.enums import ContractAction, Fact
from matching.errors import ContractRefused
from matching.models import Contract, Payment
from matching.services.contracts import locked_contract, move_money
from matching.signals import contract_paid
from matching.workflow import CONTRACT_WORKFLOW
from pilots import services as pilots
from pilots.enums import Bucket


@transaction.atomic
def record_payment(
    *,
    actor: User,
    contract_id: int,
    claimed_on: date,
    paid_on: date,
    tax_invoice_no: str,
    late_penalty_krw: int = 0,
) -> Payment:
    """Record that an accepted contract was paid; a late-delivery penalty stays with the track.

    Raises:
        ContractRefused: dates that cannot be, a penalty above the amount, or a tax invoice used before.
    """
    contract = locked_contract(contract_id=contract_id)
    before = CONTRACT_WORKFLOW.advance(contract, ContractAction.PAY, actor)
    _check(contract, claimed_on, paid_on, tax_invoice_no, late_penalty_krw)
    contract.save(update_fields=["status"])
    payment = Payment.objects.create(
        contract=contract,
        amount_krw=contract.total_krw - late_penalty_krw,
        late_penalty_krw=late_penalty_krw,
        claimed_on=claimed_on,
        paid_on=paid_on,
        tax_invoice_no=tax_invoice_no,
        recorded_by=actor,
        recorded_at=database_now(),
    )
    _settle(actor, contract, payment)
    record(
        actor=actor,
        verb=ContractAction.PAY,
        target=contract,
        before=before,
        after=contract.status,
        details={"amount_krw": payment.amount_krw, "late_penalty_krw": late_penalty_krw},
    )
    notify_all(
        recipients=members_of(organization_id=contract.supplier_id),
        kind=Fact.CONTRACT_PAID,
        url=f"/my/contracts/{contract.pk}/",
        contract=contract.number,
        product=contract.product.name,
        amount_krw=payment.amount_krw,
    )
    contract_paid.send(sender=Contract, contract_id=contract.pk)
    return payment


def _settle(actor: User, contract: Contract, payment: Payment) -> None:
    """What was paid is spent; what the penalty kept back is released."""
    move_money(
        move=pilots.spend,
        actor=actor,
        contract=contract,
        amount_krw=payment.amount_krw,
        step="spend",
        reference=payment,
    )
    move_money(
        move=pilots.release,
        actor=actor,
        contract=contract,
        amount_krw=payment.late_penalty_krw,
        step="penalty",
        reference=payment,
        bucket=Bucket.COMMITTED,
    )


def _check(contract: Contract, claimed_on: date, paid_on: date, tax_invoice_no: str, late_penalty_krw: int) -> None:
    if paid_on > today():
        raise ContractRefused(_("The day of payment cannot lie in the future."))
    if paid_on < claimed_on:
        raise ContractRefused(_("The day of payment cannot lie before the claim."))
    if late_penalty_krw > contract.total_krw:
        raise ContractRefused(_("The penalty cannot be above the contract amount."))
    if Payment.objects.filter(tax_invoice_no=tax_invoice_no).exists():
        raise ContractRefused(_("A payment with this tax invoice number is recorded already."))
