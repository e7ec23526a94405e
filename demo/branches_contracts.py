"""Contracts that do not run smoothly: awaited, failed, terminated, amended, delivered in vain."""

from datetime import timedelta

from core.calendar import today
from demo import execution
from demo.people import Cast
from demo.timeline import Story
from matching import services
from matching.models import ContractLine
from pilots.models import PilotUsePlan

# The day on which both sides of a product accept its matches
ANSWERED = 292


def delivery_due(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """Brought to the demo institution, which has to inspect it; the other sites are still to be supplied."""
    yield ANSWERED
    execution.accept_all(cast, plan)
    row = yield from execution.signed(cast, plan, ago=30, due_ago=-15)
    for line in execution.lines_of(row):
        if line.institution_id == cast.institutions[0].pk:
            yield from execution.deliver(cast, line, ago=2)


def failed(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """The contract is given up before it is signed."""
    yield ANSWERED
    execution.accept_all(cast, plan)
    yield ANSWERED - 20
    row = execution.contract(cast, plan, due_on=cast.clock.day(ANSWERED - 90))
    yield ANSWERED - 45
    services.fail_contract(
        actor=cast.desks["contract"], contract_id=row.pk, reason="계약보증금이 기한까지 제출되지 않았습니다."
    )


def terminated(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """A signed contract ends early."""
    yield ANSWERED
    execution.accept_all(cast, plan)
    row = yield from execution.signed(cast, plan)
    yield 180
    services.request_termination(
        actor=cast.desks["contract"], contract_id=row.pk, reason="납품 기한이 지났고 이행 계획이 없습니다."
    )
    yield 176
    services.terminate_contract(actor=cast.desks["approver"], contract_id=row.pk)


def amended(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """Overdue; one change is approved, one turned down, one waits for the second person."""
    yield ANSWERED
    execution.accept_all(cast, plan)
    row = yield from execution.signed(cast, plan, ago=70, due_ago=10)
    approver = cast.desks["approver"]
    approved, rejected, waiting = execution.lines_of(row)
    yield 30
    change = _propose(cast, approved, kind="site", site_name="별관 2층", site_address=approved.site_address)
    yield 28
    services.approve_amendment(actor=approver, amendment_id=change)
    change = _propose(cast, rejected, kind="quantity", units=rejected.units + 1)
    yield 26
    services.reject_amendment(actor=approver, amendment_id=change, reason="예산 범위를 넘습니다.")
    yield 1
    _propose(cast, waiting, kind="due_date", due_on=today() + timedelta(days=20))


def _propose(cast: Cast, line: ContractLine, **change: object) -> int:
    row = services.propose_amendment(
        actor=cast.desks["contract"],
        line_id=line.pk,
        reason="사용 기관이 요청하였습니다.",
        **change,  # type: ignore[arg-type]
    )
    return row.pk


def rejected_delivery(cast: Cast, plan: PilotUsePlan) -> Story[None]:
    """One site sends the goods back, the other takes a second attempt."""
    yield ANSWERED
    execution.accept_all(cast, plan)
    row = yield from execution.signed(cast, plan, ago=80, due_ago=20)
    first, second = execution.lines_of(row)
    for line in (first, second):
        yield from execution.deliver(cast, line, ago=30)
    for line in (first, second):
        yield from execution.inspect(cast, line, ago=28, defects="외함에 흠집이 있습니다.")
    yield from execution.deliver(cast, second, ago=12)
    yield from execution.inspect(cast, second, ago=10)
