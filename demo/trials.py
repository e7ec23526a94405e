"""Pilot use of one institution: start, log, end, report, verdict. The stories in ``stories.py`` use these steps."""

from datetime import timedelta
from decimal import Decimal

from accounts.enums import InstitutionKind
from core.calendar import today
from demo import execution, words
from demo.people import Cast
from demo.timeline import Story, together
from feedback import services
from feedback.enums import ContinuePlan, PurchaseIntention, TransferMethod
from feedback.models import PilotReport, PilotUse, Verdict
from feedback.selectors import line_calculation
from feedback.services import Improvement, Measured, ReportInput
from feedback.services.rules import rules_for
from matching.models import Contract

RATINGS = ("performance", "quality", "convenience", "safety", "maintenance", "price")
REQUESTS = ("소음을 줄여 주십시오.", "설명서에 그림을 더 넣어 주십시오.", "전원 선을 길게 해 주십시오.")


def uses_of(row: Contract) -> list[PilotUse]:
    """The pilot uses of a contract in the order of its lines."""
    rows = PilotUse.objects.filter(line__contract=row).select_related("institution", "supplier", "product", "line")
    return list(rows.order_by("line__sequence"))


def start(cast: Cast, use: PilotUse, *, ago: int | None = None) -> Story[PilotUse]:
    """The institution begins, on the day of the acceptance unless told otherwise, and writes its first week down."""
    officer = cast.officer(use.institution)
    yield cast.clock.since(use.accepted_on) if ago is None else ago
    use = services.start_use(actor=officer, use_id=use.pk, started_on=today())
    first = use.started_on or today()
    yield cast.clock.since(first + timedelta(days=7))
    services.record_log(
        actor=officer,
        use_id=use.pk,
        from_on=first,
        until_on=min(first + timedelta(days=6), today()),
        used_hours=Decimal("38.5"),
        user_count=12,
        note="첫 주는 두 사람이 함께 썼습니다.",
    )
    return use


def finish(cast: Cast, use: PilotUse) -> Story[PilotReport]:
    """The period is over; the report is due."""
    yield cast.clock.since(use.ends_on or today())
    services.end_use(actor=cast.officer(use.institution), use_id=use.pk, ended_on=min(use.ends_on or today(), today()))
    return PilotReport.objects.get(use=use)


def report(cast: Cast, use: PilotUse, *, weak: bool = False, is_late: bool = False) -> Story[PilotReport]:
    """Start, use to the end, and hand the report in; in time unless told otherwise."""
    officer = cast.officer(use.institution)
    row = yield from finish(cast, (yield from start(cast, use)))
    yield cast.clock.since(row.due_on + timedelta(days=4 if is_late else -3))
    services.save_report(actor=officer, report_id=row.pk, content=_content(use, weak))
    services.submit_report(actor=officer, report_id=row.pk)
    row.refresh_from_db()
    return row


def accepted_report(cast: Cast, use: PilotUse, *, weak: bool = False, is_late: bool = False) -> Story[PilotReport]:
    """A report that PPS has taken a few days later."""
    row = yield from report(cast, use, weak=weak, is_late=is_late)
    yield cast.clock.since(today() + timedelta(days=5))
    return services.accept_report(actor=cast.desks["inspector"], report_id=row.pk)


def reply(cast: Cast, row: PilotReport) -> None:
    """The company answers the institution."""
    services.reply_to_report(
        actor=cast.officer(row.use.supplier),
        report_id=row.pk,
        body="의견 주셔서 감사합니다. 다음 판에서 소음을 줄이겠습니다.",
    )


def propose(cast: Cast, use: PilotUse) -> Verdict:
    """A verdict on one institution's use, as the calculation suggests it."""
    suggestion = line_calculation(use=use, rules=rules_for(on=today()))
    return services.propose_line_verdict(
        actor=cast.desks["inspector"], use_id=use.pk, outcome=suggestion.suggested, reason="계산 결과와 같습니다."
    )


def judged_and_paid(
    cast: Cast, row: Contract, outcome: str, *, is_late: bool = False, closes: bool = False
) -> Story[Verdict]:
    """The claim is paid while the institutions are using the product."""
    outcomes: list[Verdict] = []

    def judging() -> Story[None]:
        outcomes.append((yield from judged(cast, row, outcome, is_late=is_late)))

    yield from together(judging(), execution.pay(cast, row, closes=closes))
    return outcomes[0]


def judged(cast: Cast, row: Contract, outcome: str, *, is_late: bool = False) -> Story[Verdict]:
    """Every institution reports and is judged, then the product."""
    weak = outcome != "success"
    yield from together(*[accepted_report(cast, use, weak=weak, is_late=is_late) for use in uses_of(row)])
    yield cast.clock.since(today() + timedelta(days=3))
    proposed = [propose(cast, use) for use in uses_of(row)]
    yield cast.clock.since(today() + timedelta(days=2))
    for verdict in proposed:
        services.approve_verdict(actor=cast.desks["approver"], verdict_id=verdict.pk)
    return judge_product(cast, row, outcome)


SUMMARIES = {
    "success": (
        "모든 기관에서 목표를 달성하여 성공으로 판정하였습니다.",
        "측정 정확도와 고장 시간이 모두 목표를 넘었습니다.",
        "기관의 만족도가 높고 목표를 달성하였습니다.",
        "목표를 달성하였고 추가 구매 의사도 확인하였습니다.",
    ),
    "insufficient": (
        "일부 목표에 미치지 못하여 보완이 필요합니다.",
        "고장 시간이 목표보다 길어 시정조치를 요구하였습니다.",
    ),
    "failure": ("보완이 이루어지지 않아 실패로 판정하였습니다.",),
}


def judge_product(cast: Cast, row: Contract, outcome: str) -> Verdict:
    """The verdict on the product, proposed by one person and approved by another."""
    verdict = services.propose_product_verdict(
        actor=cast.desks["inspector"],
        contract_id=row.pk,
        outcome=outcome,
        reason="기관별 판정을 모은 결과입니다.",
        public_summary=SUMMARIES[outcome][row.pk % len(SUMMARIES[outcome])],
    )
    return services.approve_verdict(actor=cast.desks["approver"], verdict_id=verdict.pk)


def certificate(cast: Cast, verdict: Verdict) -> Story[int]:
    """The company takes its track-record certificate once nobody can appeal any more."""
    yield cast.clock.after(cast.clock.since(verdict.appeal_until or today()))
    return services.issue_certificate(actor=cast.officer(verdict.supplier), verdict_id=verdict.pk).pk


def purchase(cast: Cast, use: PilotUse, *, units: int = 3, ago: int = 28) -> Story[int]:
    """The company notes that the institution bought more."""
    yield ago
    row = services.record_purchase(
        actor=cast.officer(use.supplier),
        product_id=use.product_id,
        institution_id=use.institution_id,
        purchased_on=today(),
        units=units,
        amount_krw=units * use.line.unit_price_krw,
        channel="shopping_mall",
        document_no=f"쇼핑몰-{use.pk:05d}-{units}",
    )
    return row.pk


def transfer(cast: Cast, use: PilotUse, method: str = "", reason: str = "") -> int:
    """PPS prepares what becomes of the goods; the institution keeps them unless a method says otherwise."""
    is_central = use.institution.institution_kind == InstitutionKind.CENTRAL
    keeping = TransferMethod.MANAGEMENT_TRANSFER if is_central else TransferMethod.FREE_TRANSFER
    row = services.prepare_transfer(
        actor=cast.desks["contract"],
        use_id=use.pk,
        method=method or keeping,
        assets=f"{use.product.name} {use.units}대",
        book_value_krw=use.line.amount_krw * 8 // 10,
        reason=reason,
    )
    return row.pk


def _content(use: PilotUse, weak: bool) -> ReportInput:
    wants_more = use.pk % 2 == 1
    rating = 2 if weak else 4 + use.pk % 2
    summary, strengths, review = (words.BLAME if weak else words.PRAISE)[use.pk % (3 if weak else 8)]
    measured = {kpi.pk: Measured(_value(kpi, weak), "기기 기록에서 계산했습니다.") for kpi in use.kpis.all()}
    return ReportInput(
        answers={
            "used_days": 82,
            "used_hours": Decimal(410),
            "user_count": 18,
            **{f"rating_{name}": rating for name in RATINGS},
            "satisfaction": rating,
            "public_summary": summary,
            "public_strengths": strengths,
            "public_limits": "겨울에는 전원 보온이 필요합니다.",
            "private_defects": "한 번 전원이 꺼졌고 당일 고쳤습니다.",
            "private_notes": "보고서 화면을 더 빨리 열 수 있으면 좋겠습니다.",
            "purchase_intention": PurchaseIntention.YES if wants_more else PurchaseIntention.NO,
            "purchase_units": 4 if wants_more else None,
            "purchase_when": "내년 상반기" if wants_more else "",
            "purchase_budget_krw": 40_000_000 if wants_more else None,
            "continue_plan": ContinuePlan.CONTINUE,
            "continue_note": "운영 예산을 확보하였습니다.",
            "may_publish": use.pk % 5 != 3,
            "signed_by_name": "시설과장",
        },
        kpis=measured,
        improvements=[Improvement("점검 시간", Decimal(120), Decimal(55), "분")],
        requests=REQUESTS,
        stars=rating,
        review=review,
    )


def _value(kpi: object, weak: bool) -> Decimal:
    target: Decimal = kpi.target  # type: ignore[attr-defined]
    is_floor = kpi.comparison == "at_least"  # type: ignore[attr-defined]
    better = target + (2 if is_floor else -1)
    worse = target - 8 if is_floor else target + 6
    return worse if weak else better
