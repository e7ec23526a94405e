"""The steps of an executed round: matching, answers, contracts, deliveries. The stories in ``stories.py`` use them."""

from datetime import date
from itertools import islice

from core.calendar import add_working_days, deadline_at, today
from demo.people import Cast
from demo.timeline import Story
from matching import selectors, services
from matching.enums import AllocationStatus, ChecklistItem
from matching.models import Allocation, Contract, ContractLine, MatchingRun
from pilots.models import PilotRound, PilotUsePlan
from pilots.services import freeze_round

GOOD = {item.value: "yes" for item in ChecklistItem}
BAD = {**GOOD, "condition": "no"}


def solved(cast: Cast, pilot_round: PilotRound) -> MatchingRun:
    """A run of the engine over the frozen round."""
    run = services.start_run(actor=cast.desks["matcher"], round_id=pilot_round.pk)
    services.solve_run(run_id=run.pk, worker="demo")
    run.refresh_from_db()
    return run


def match(cast: Cast, pilot_round: PilotRound, *, ago: int) -> Story[MatchingRun]:
    """Freeze, solve, propose, approve and publish."""
    matcher, approver = cast.desks["matcher"], cast.desks["approver"]
    yield ago + 2
    freeze_round(actor=matcher, round_id=pilot_round.pk)
    run = solved(cast, pilot_round)
    services.propose_run(actor=matcher, run_id=run.pk, note="검산을 마쳤습니다.")
    yield ago
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


def keep_open(cast: Cast, plan: PilotUsePlan) -> None:
    """Give the answers that are still owed until next week: a visitor must find something to answer."""
    until = deadline_at(add_working_days(cast.clock.today, 5))
    Allocation.objects.filter(application__plan=plan, status=AllocationStatus.OFFERED).update(respond_until=until)


def contract(cast: Cast, plan: PilotUsePlan, *, due_on: date) -> Contract:
    """The contract of a product, written and not yet signed."""
    return services.prepare_contract(
        actor=cast.desks["contract"],
        plan_id=plan.pk,
        delivery_due_on=due_on,
        procurement_request_no=f"조달요구-{plan.pk:05d}",
    )


def signed(cast: Cast, plan: PilotUsePlan, *, ago: int = 260, due_ago: int = 200) -> Story[Contract]:
    """A contract signed ``ago`` days in the past; it was, or is, to be delivered ``due_ago`` days ago."""
    yield ago + 9
    written = contract(cast, plan, due_on=cast.clock.at(due_ago, 18).date())
    yield ago
    return services.sign_contract(actor=cast.desks["approver"], contract_id=written.pk, signed_on=today())


def lines_of(row: Contract) -> list[ContractLine]:
    """The lines of a contract in order."""
    return list(row.lines.select_related("institution", "contract__supplier").order_by("sequence"))


def deliver(cast: Cast, line: ContractLine, *, ago: int = 210) -> Story[None]:
    """Everything of a line is brought, to each of its places."""
    yield ago
    serials = iter(f"SN-{line.pk}-{unit + 1:02d}" for unit in range(line.units))
    for place in selectors.places_of_line(line=line):
        services.record_delivery(
            actor=cast.officer(line.contract.supplier),
            line_id=line.pk,
            site_id=place.site.pk if place.site else None,
            units=place.units,
            delivered_on=today(),
            serials=list(islice(serials, place.units)),
            note="설치와 교육을 마쳤습니다.",
        )


def inspect(cast: Cast, line: ContractLine, *, ago: int = 205, defects: str = "") -> Story[None]:
    """The institution accepts a delivery, or rejects it for its defects."""
    yield ago
    services.record_inspection(
        actor=cast.officer(line.institution),
        line_id=line.pk,
        result="rejected" if defects else "accepted",
        checklist=BAD if defects else GOOD,
        defects=defects,
        inspector_name="검수 담당",
        inspected_on=today(),
    )


def accepted(cast: Cast, plan: PilotUsePlan, *, ago: int = 205) -> Story[Contract]:
    """A contract whose every line is accepted."""
    accept_all(cast, plan)
    row = yield from signed(cast, plan, ago=ago + 55, due_ago=ago)
    for line in lines_of(row):
        yield from deliver(cast, line, ago=ago + 5)
    for line in lines_of(row):
        yield from inspect(cast, line, ago=ago)
    row.refresh_from_db()
    return row


def pay(cast: Cast, row: Contract, *, ago: int = 190, closes: bool = False) -> Story[None]:
    """The claim is paid, and the contract closed if it ``closes``."""
    yield ago
    services.record_payment(
        actor=cast.desks["contract"],
        contract_id=row.pk,
        claimed_on=today(),
        paid_on=today(),
        tax_invoice_no=f"{today().year}-DEMO-{row.pk:06d}",
    )
    if closes:
        services.close_contract(actor=cast.desks["contract"], contract_id=row.pk)
