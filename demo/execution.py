"""The steps of an executed round: matching, answers, contracts, deliveries. The stories in ``stories.py`` use them."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.calendar import today
from demo.people import Cast
from matching import services
from matching.enums import AllocationStatus, ChecklistItem
from matching.models import Allocation, Contract, ContractLine, MatchingRun
from pilots.models import PilotRound, PilotUsePlan
from pilots.services import freeze_round

GOOD = {item.value: "yes" for item in ChecklistItem}
BAD = {**GOOD, "condition": "no"}


def days_ago(days: int) -> date:
    """A day in the past."""
    return today() - timedelta(days=days)


def solved(cast: Cast, pilot_round: PilotRound) -> MatchingRun:
    """A run of the engine over the frozen round."""
    run = services.start_run(actor=cast.desks["matcher"], round_id=pilot_round.pk)
    services.solve_run(run_id=run.pk, worker="demo")
    run.refresh_from_db()
    return run


def match(cast: Cast, pilot_round: PilotRound) -> MatchingRun:
    """Freeze, solve, propose, approve and publish."""
    matcher, approver = cast.desks["matcher"], cast.desks["approver"]
    freeze_round(actor=matcher, round_id=pilot_round.pk)
    run = solved(cast, pilot_round)
    services.propose_run(actor=matcher, run_id=run.pk, note="검산을 마쳤습니다.")
    services.approve_run(actor=approver, run_id=run.pk)
    services.publish_result(actor=approver, run_id=run.pk)
    run.refresh_from_db()
    return run


def offers_of(plan: PilotUsePlan) -> list[Allocation]:
    """The offers of a product that wait for an answer."""
    rows = Allocation.objects.filter(application__plan=plan, status=AllocationStatus.OFFERED)
    return list(rows.select_related("application__institution").order_by("pk"))


def accept(cast: Cast, offers: list[Allocation]) -> None:
    """The institutions take what they are offered."""
    for offer in offers:
        services.accept_offer(actor=cast.officer(offer.application.institution), allocation_id=offer.pk)


def accept_all(cast: Cast, plan: PilotUsePlan) -> None:
    """Both sides of a product accept."""
    accept(cast, offers_of(plan))
    services.accept_line_up(actor=cast.officer(plan.supplier), plan_id=plan.pk)


def lapse(plan: PilotUsePlan) -> None:
    """Let the time for an answer run out."""
    now = timezone.now()
    Allocation.objects.filter(application__plan=plan, status=AllocationStatus.OFFERED).update(
        offered_at=now - timedelta(days=20), respond_until=now - timedelta(days=12)
    )
    services.lapse_offers()


def contract(cast: Cast, plan: PilotUsePlan) -> Contract:
    """The contract of a product, written and not yet signed."""
    return services.prepare_contract(
        actor=cast.desks["contract"],
        plan_id=plan.pk,
        delivery_due_on=today() + timedelta(days=45),
        procurement_request_no=f"조달요구-{plan.pk:05d}",
    )


def signed(cast: Cast, plan: PilotUsePlan, *, ago: int = 260, due_ago: int = 200) -> Contract:
    """A contract signed ``ago`` days in the past; it was, or is, to be delivered ``due_ago`` days ago."""
    written = contract(cast, plan)
    written = services.sign_contract(actor=cast.desks["approver"], contract_id=written.pk, signed_on=days_ago(ago))
    due = days_ago(due_ago)
    Contract.objects.filter(pk=written.pk).update(delivery_due_on=due)
    ContractLine.objects.filter(contract=written).update(due_on=due)
    written.refresh_from_db()
    return written


def lines_of(row: Contract) -> list[ContractLine]:
    """The lines of a contract in order."""
    return list(row.lines.select_related("institution", "contract__supplier").order_by("sequence"))


def deliver(cast: Cast, line: ContractLine, *, ago: int = 210) -> None:
    """Everything of a line is brought."""
    services.record_delivery(
        actor=cast.officer(line.contract.supplier),
        line_id=line.pk,
        units=line.units,
        delivered_on=days_ago(ago),
        serials=[f"SN-{line.pk}-{unit + 1:02d}" for unit in range(line.units)],
        note="설치와 교육을 마쳤습니다.",
    )


def inspect(cast: Cast, line: ContractLine, *, ago: int = 205, defects: str = "") -> None:
    """The institution accepts a delivery, or rejects it for its defects."""
    officer: User = cast.officer(line.institution)
    services.record_inspection(
        actor=officer,
        line_id=line.pk,
        result="rejected" if defects else "accepted",
        checklist=BAD if defects else GOOD,
        defects=defects,
        inspector_name="검수 담당",
        inspected_on=days_ago(ago),
    )


@transaction.atomic
def accepted(cast: Cast, plan: PilotUsePlan, *, ago: int = 205) -> Contract:
    """A contract whose every line is accepted."""
    accept_all(cast, plan)
    row = signed(cast, plan, ago=ago + 55, due_ago=ago)
    for line in lines_of(row):
        deliver(cast, line, ago=ago + 5)
        inspect(cast, line, ago=ago)
    row.refresh_from_db()
    return row


def pay(cast: Cast, row: Contract, *, ago: int = 190) -> None:
    """The claim is paid."""
    services.record_payment(
        actor=cast.desks["contract"],
        contract_id=row.pk,
        claimed_on=days_ago(ago + 5),
        paid_on=days_ago(ago),
        tax_invoice_no=f"2026-DEMO-{row.pk:06d}",
    )
