"""An executed round: matched, accepted, contracted, delivered, used, reported, judged, read."""

from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from core.calendar import today
from core.errors import DomainError
from demo.people import Cast
from feedback import services as feedback
from feedback.enums import ContinuePlan, IncidentKind, PurchaseIntention
from feedback.models import PilotReport, PilotUse, Verdict
from feedback.selectors import line_calculation
from feedback.services import Improvement, Measured, ReportInput
from feedback.services.rules import rules_for
from matching import services
from matching.enums import AllocationStatus, ChecklistItem, ContractStatus, LineStatus
from matching.models import Allocation, Contract, ContractLine, MatchingRun
from pilots.models import PilotRound, PilotUsePlan
from pilots.services import freeze_round

GOOD = {item.value: "yes" for item in ChecklistItem}
BAD = {**GOOD, "condition": "no"}


def match(cast: Cast, pilot_round: PilotRound) -> MatchingRun:
    """Freeze, solve, propose, approve and publish."""
    matcher, approver = cast.desks["matcher"], cast.desks["approver"]
    freeze_round(actor=matcher, round_id=pilot_round.pk)
    run = services.start_run(actor=matcher, round_id=pilot_round.pk)
    services.solve_run(run_id=run.pk, worker="demo")
    services.propose_run(actor=matcher, run_id=run.pk, note="검산을 마쳤습니다.")
    services.approve_run(actor=approver, run_id=run.pk)
    services.publish_result(actor=approver, run_id=run.pk)
    run.refresh_from_db()
    return run


def answer(cast: Cast, run: MatchingRun) -> None:
    """Most accept, one institution declines, one line-up is left unanswered."""
    plan_ids: list[int] = []
    for number, offer in enumerate(_offers(run)):
        application = offer.application
        officer = cast.officer(application.institution)
        if application.plan_id not in plan_ids:
            plan_ids.append(application.plan_id)
        if number == 3:
            services.decline_offer(actor=officer, allocation_id=offer.pk, reason="설치 장소가 철거됩니다.")
        elif number != 7:
            services.accept_offer(actor=officer, allocation_id=offer.pk)
    for plan_id in plan_ids[:-1]:
        plan = PilotUsePlan.objects.select_related("supplier").get(pk=plan_id)
        services.accept_line_up(actor=cast.officer(plan.supplier), plan_id=plan_id)


def _offers(run: MatchingRun) -> list[Allocation]:
    rows = Allocation.objects.filter(run=run, status=AllocationStatus.OFFERED)
    return list(rows.select_related("application__institution", "application__plan").order_by("pk"))


def contracts(cast: Cast, pilot_round: PilotRound) -> list[Contract]:
    """A contract for every product whose parties have answered; one is left unsigned."""
    officer, approver = cast.desks["contract"], cast.desks["approver"]
    made = []
    for plan in PilotUsePlan.objects.filter(round=pilot_round, status="approved").order_by("pk"):
        try:
            contract = services.prepare_contract(
                actor=officer, plan_id=plan.pk, delivery_due_on=today() + timedelta(days=45)
            )
        except DomainError:
            continue  # nobody was matched, or an answer is still open
        made.append(contract)
    for contract in made[:-1]:
        services.sign_contract(actor=approver, contract_id=contract.pk, signed_on=today() - timedelta(days=260))
    Contract.objects.filter(pk__in=[c.pk for c in made[:-1]]).update(delivery_due_on=today() - timedelta(days=200))
    return list(Contract.objects.filter(pk__in=[c.pk for c in made[:-1]]).order_by("pk"))


def deliver(cast: Cast, signed: list[Contract]) -> None:
    """Deliveries in every state: awaited, delivered, rejected, accepted; most contracts are paid."""
    for number, contract in enumerate(signed):
        for place, line in enumerate(contract.lines.select_related("institution").order_by("pk")):
            if number == len(signed) - 1:
                continue  # the last contract is still awaited, and overdue
            _deliver_line(cast, contract, line, number, place)
        contract.refresh_from_db()
        if contract.status == ContractStatus.ACCEPTED and number % 4:
            services.record_payment(
                actor=cast.desks["contract"],
                contract_id=contract.pk,
                claimed_on=today() - timedelta(days=196),
                paid_on=today() - timedelta(days=192),
                tax_invoice_no=f"2026-DEMO-{contract.pk:06d}",
            )


def _deliver_line(cast: Cast, contract: Contract, line: ContractLine, number: int, place: int) -> None:
    owner, officer = cast.officer(contract.supplier), cast.officer(line.institution)
    services.record_delivery(
        actor=owner,
        line_id=line.pk,
        units=line.units,
        delivered_on=today() - timedelta(days=210),
        serials=[f"SN-{line.pk}-{unit + 1}" for unit in range(min(line.units, 5))],
        note="설치와 교육을 마쳤습니다.",
    )
    if number == 1 and place == 0:
        _inspect(officer, line, "rejected", "외함에 흠집이 있습니다.")
        return
    if number != 2 or place:
        _inspect(officer, line, "accepted")


def _inspect(officer: User, line: ContractLine, result: str, defects: str = "") -> None:
    services.record_inspection(
        actor=officer,
        line_id=line.pk,
        result=result,
        checklist=BAD if defects else GOOD,
        defects=defects,
        inspector_name="검수 담당",
        inspected_on=today() - timedelta(days=205),
    )
    if result == "accepted":
        ContractLine.objects.filter(pk=line.pk, status=LineStatus.ACCEPTED).update(
            accepted_on=today() - timedelta(days=205)
        )


def use(cast: Cast) -> None:
    """Pilot use and what follows, at different stages."""
    for number, row in enumerate(PilotUse.objects.select_related("institution", "supplier").order_by("pk")):
        officer = cast.officer(row.institution)
        stage = number % 8
        if stage == 0:
            continue
        try:
            _use_one(cast, row, officer, stage, number)
        except DomainError:
            continue  # a rule of the programme stops this invented case here


def _use_one(cast: Cast, row: PilotUse, officer: User, stage: int, number: int) -> None:
    first = max(row.accepted_on, today() - timedelta(days=200))
    if stage == 1:
        feedback.start_use(actor=officer, use_id=row.pk, started_on=today() - timedelta(days=10))
        return
    feedback.start_use(actor=officer, use_id=row.pk, started_on=first)
    row.refresh_from_db()
    feedback.record_log(
        actor=officer,
        use_id=row.pk,
        from_on=first,
        until_on=first + timedelta(days=6),
        used_hours=Decimal("38.5"),
        user_count=12,
        note="첫 주는 두 사람이 함께 썼습니다.",
    )
    if stage == 2:
        feedback.report_incident(
            actor=officer,
            use_id=row.pk,
            kind=IncidentKind.values[0],
            occurred_on=first + timedelta(days=4),
            description="전원 장치가 꺼졌습니다.",
        )
        return
    if row.ends_on and row.ends_on <= today():
        feedback.end_use(actor=officer, use_id=row.pk, ended_on=row.ends_on)
    if stage > 3:
        _report(cast, row, officer, stage, number)


def _report(cast: Cast, row: PilotUse, officer: User, stage: int, number: int) -> None:
    report = PilotReport.objects.get(use=row)
    feedback.save_report(actor=officer, report_id=report.pk, content=_content(row, number))
    feedback.submit_report(actor=officer, report_id=report.pk)
    if stage == 4:
        return
    reviewer = cast.desks["inspector"]
    if stage == 5 and number % 2:
        feedback.return_report(actor=reviewer, report_id=report.pk, reason="고장 시간의 근거를 덧붙여 주십시오.")
        return
    feedback.accept_report(actor=reviewer, report_id=report.pk)
    feedback.reply_to_report(
        actor=cast.officer(row.supplier),
        report_id=report.pk,
        body="의견 주셔서 감사합니다. 다음 판에서 소음을 줄이겠습니다.",
    )


def _content(row: PilotUse, number: int) -> ReportInput:
    weak = number % 9 == 6
    rating = 2 if weak else 4 + number % 2
    ratings = ("performance", "quality", "convenience", "safety", "maintenance", "price")
    measured = {kpi.pk: Measured(_value(kpi, weak), "기기 기록에서 계산했습니다.") for kpi in row.kpis.all()}
    return ReportInput(
        answers={
            "used_days": 82,
            "used_hours": Decimal(410),
            "user_count": 18,
            **{f"rating_{name}": rating for name in ratings},
            "satisfaction": rating,
            "public_summary": "점검 시간이 줄었고 이상을 먼저 알게 되었습니다.",
            "public_strengths": "설치가 쉽고 화면이 알아보기 좋습니다.",
            "public_limits": "겨울에는 전원 보온이 필요합니다.",
            "private_defects": "한 번 전원이 꺼졌고 당일 고쳤습니다.",
            "private_notes": "보고서 화면을 더 빨리 열 수 있으면 좋겠습니다.",
            "purchase_intention": PurchaseIntention.YES if number % 2 else PurchaseIntention.NO,
            "purchase_units": 4 if number % 2 else None,
            "purchase_when": "내년 상반기" if number % 2 else "",
            "purchase_budget_krw": 40_000_000 if number % 2 else None,
            "continue_plan": ContinuePlan.values[0],
            "continue_note": "운영 예산을 확보하였습니다.",
            "may_publish": number % 5 != 3,
            "signed_by_name": "시설과장",
        },
        kpis=measured,
        improvements=[Improvement("점검 시간", Decimal(120), Decimal(55), "분")],
        requests=["소음을 줄여 주십시오."],
        stars=rating,
        review="설치가 쉽고 믿을 만합니다." if not weak else "겨울에 자주 꺼졌습니다.",
    )


def _value(kpi: object, weak: bool) -> Decimal:
    target: Decimal = kpi.target  # type: ignore[attr-defined]
    is_floor = kpi.comparison == "at_least"  # type: ignore[attr-defined]
    better = target + (2 if is_floor else -1)
    worse = target - 8 if is_floor else target + 6
    return worse if weak else better


def judge(cast: Cast) -> None:
    """Verdicts of lines and products, proposed by one person and approved by another; some stay proposed."""
    proposer, approver = cast.desks["inspector"], cast.desks["approver"]
    for number, row in enumerate(PilotUse.objects.filter(report__status="accepted").order_by("pk")):
        suggestion = line_calculation(use=row, rules=rules_for(on=today()))
        try:
            verdict = feedback.propose_line_verdict(
                actor=proposer, use_id=row.pk, outcome=suggestion.suggested, reason="계산 결과와 같습니다."
            )
        except DomainError:
            continue
        if number % 6 != 5:
            feedback.approve_verdict(actor=approver, verdict_id=verdict.pk)
    for contract in Contract.objects.filter(lines__pilot_use__report__status="accepted").distinct().order_by("pk"):
        _judge_product(cast, contract)


def _judge_product(cast: Cast, contract: Contract) -> None:
    try:
        verdict = feedback.propose_product_verdict(
            actor=cast.desks["inspector"],
            contract_id=contract.pk,
            outcome="success",
            reason="기관별 판정이 성공입니다.",
            public_summary="목표를 달성하여 성공으로 판정하였습니다.",
        )
        verdict = feedback.approve_verdict(actor=cast.desks["approver"], verdict_id=verdict.pk)
    except DomainError:
        return  # not every institution has been judged
    Verdict.objects.filter(pk=verdict.pk).update(appeal_until=today() - timedelta(days=1))
    try:
        feedback.issue_certificate(actor=cast.desks["inspector"], verdict_id=verdict.pk)
    except DomainError:
        return
