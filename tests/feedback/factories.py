"""A world around one accepted contract line, moved through its stages by the real services."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
from django.utils import timezone

from accounts.models import Organization, User
from core.calendar import today
from feedback import services
from feedback.enums import ContinuePlan, Outcome, PurchaseIntention, TransferMethod
from feedback.models import CorrectiveAction, PilotReport, PilotUse, Verdict
from feedback.services import Improvement, Measured, ReportInput
from matching.enums import ContractStatus, LineStatus
from matching.models import Contract, ContractLine
from pilots.enums import PlanStatus, RoundStatus
from pilots.models import AnnualPlan, PilotRound, PilotUsePlan, PlanKpi, RuleSet, Track
from products.models import Product
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.products.factories import ProductFactory

PRIVATE_TEXT = "비공개: 펌프가 두 번 멈췄습니다"
PUBLIC_TEXT = "민원 응답 시간이 절반으로 줄었습니다. 문의 hong@example.org 010-1234-5678"


def make_round(number: str = "2026-1", *, overseas: bool = False) -> tuple[PilotRound, Track]:
    """An executing round; made once per number."""
    track, _ = Track.objects.get_or_create(
        code="overseas" if overseas else "new_growth",
        defaults={"name_ko": "해외" if overseas else "신성장", "name_en": "Track", "is_overseas": overseas},
    )
    existing = PilotRound.objects.filter(number=number).first()
    if existing:
        return existing, track
    now = timezone.now()
    with pgtrigger.ignore():
        plan, _ = AnnualPlan.objects.get_or_create(year=2026, version=1, defaults={"total_krw": 10**10})
        rules, _ = RuleSet.objects.get_or_create(
            name="feedback tests", defaults={"effective_on": date(2026, 1, 1), "body": {}, "sha256": "0" * 64}
        )
        found = PilotRound.objects.create(
            number=number,
            year=2026,
            sequence=PilotRound.objects.count() + 1,
            plan=plan,
            rule_set=rules,
            title_ko="시범구매",
            title_en="Pilot purchase",
            budget_krw=10**9,
            intake_opens_at=now - timedelta(days=400),
            intake_closes_at=now - timedelta(days=390),
            opens_at=now - timedelta(days=380),
            closes_at=now - timedelta(days=350),
            status=RoundStatus.EXECUTING,
            result_published_at=now - timedelta(days=300),
        )
    return found, track


def make_contract(*, product: Product | None = None, kpi_count: int = 2, overseas: bool = False) -> Contract:
    """A signed contract on an approved plan with agreed indicators."""
    product = product or ProductFactory(designated=True)
    round_, track = make_round(f"2026-{PilotRound.objects.count() + 1}", overseas=overseas)
    officer = SupplierUserFactory(organization=product.supplier)
    staff = [PpsUserFactory(), PpsUserFactory()]
    with pgtrigger.ignore():
        plan = PilotUsePlan.objects.create(
            number=f"P-{round_.pk}-{product.pk}",
            round=round_,
            product=product,
            supplier=product.supplier,
            officer=officer,
            track=track,
            unit_price_krw=1_000_000,
            max_units=20,
            pilot_months=3,
            status=PlanStatus.APPROVED,
            submitted_at=timezone.now(),
            approved_at=timezone.now(),
            approved_by=staff[0],
        )
        for number in range(1, kpi_count + 1):
            PlanKpi.objects.create(
                plan=plan,
                name=f"지표 {number}",
                unit="%",
                target=Decimal(80),
                measuring_method="자동 기록",
                order=number,
            )
        return Contract.objects.create(
            number=f"C-{round_.pk}",
            round=round_,
            track=track,
            plan=plan,
            product=product,
            supplier=product.supplier,
            status=ContractStatus.ACCEPTED,
            total_krw=3_000_000,
            delivery_due_on=today() - timedelta(days=200),
            prepared_by=staff[0],
            prepared_at=timezone.now(),
            approved_by=staff[1],
            signed_on=today() - timedelta(days=250),
        )


def make_line(
    *,
    contract: Contract | None = None,
    institution: Organization | None = None,
    units: int = 3,
    security: bool = False,
) -> ContractLine:
    """A line whose delivery was accepted 200 days ago."""
    contract = contract or make_contract()
    institution = institution or InstitutionUserFactory().current_organization
    with pgtrigger.ignore():
        return ContractLine.objects.create(
            contract=contract,
            sequence=contract.lines.count() + 1,
            institution=institution,
            status=LineStatus.ACCEPTED,
            units=units,
            unit_price_krw=1_000_000,
            amount_krw=units * 1_000_000,
            site_name="본관",
            site_address="부산광역시 해운대구 비밀로 7",
            is_security_site=security,
            due_on=today() - timedelta(days=210),
            delivered_on=today() - timedelta(days=205),
            accepted_on=today() - timedelta(days=200),
        )


def report_input(
    use: PilotUse, *, measured: int = 90, rating: int = 4, may_publish: bool = True, **answers: Any
) -> ReportInput:
    """A complete report."""
    return ReportInput(
        answers={
            "used_days": 88,
            "used_hours": Decimal("420.5"),
            "user_count": 35,
            **{
                f"rating_{name}": rating for name in ("performance", "quality", "convenience", "safety", "maintenance")
            },
            "rating_price": rating,
            "satisfaction": 5,
            "public_summary": PUBLIC_TEXT,
            "public_strengths": "설치가 쉽습니다.",
            "public_limits": "전원이 필요합니다.",
            "private_defects": PRIVATE_TEXT,
            "private_notes": PRIVATE_TEXT,
            "purchase_intention": PurchaseIntention.YES,
            "purchase_units": 10,
            "purchase_when": "비공개: 내년 상반기",
            "purchase_budget_krw": 123_456_789,
            "continue_plan": ContinuePlan.EXPAND,
            "continue_note": "비공개: 예산 확보",
            "may_publish": may_publish,
            "signed_by_name": "비공개결재자",
            **answers,
        },
        kpis={kpi.pk: Measured(Decimal(measured), "현장 측정") for kpi in use.kpis.all()},
        improvements=[Improvement("민원 응답", Decimal(20), Decimal(10), "분")],
        requests=["비공개: 소음을 줄여 주십시오."],
        stars=5,
        review="쓰기 쉽고 튼튼합니다. 02-123-4567",
    )


@dataclass
class World:
    """A use and the people around it."""

    use: PilotUse
    institution: User
    supplier: User
    reviewer: User = field(default_factory=PpsUserFactory)
    approver: User = field(default_factory=PpsUserFactory)

    @property
    def report(self) -> PilotReport:
        return PilotReport.objects.get(use=self.use)

    def reload(self) -> "World":
        self.use = PilotUse.objects.get(pk=self.use.pk)
        return self

    def start(self, *, days_ago: int = 0) -> "World":
        first = max(self.use.accepted_on, today() - timedelta(days=days_ago))
        services.start_use(actor=self.institution, use_id=self.use.pk, started_on=first)
        return self.reload()

    def end(self) -> "World":
        self.start(days_ago=98)
        assert self.use.ends_on is not None
        services.end_use(actor=self.institution, use_id=self.use.pk, ended_on=self.use.ends_on)
        return self.reload()

    def submit(self, **content: Any) -> "World":
        return self.end().submit_only(**content)

    def submit_only(self, **content: Any) -> "World":
        services.save_report(
            actor=self.institution, report_id=self.report.pk, content=report_input(self.use, **content)
        )
        services.submit_report(actor=self.institution, report_id=self.report.pk)
        return self.reload()

    def accept(self, **content: Any) -> "World":
        self.submit(**content)
        services.accept_report(actor=self.reviewer, report_id=self.report.pk)
        return self.reload()

    def judge(self, outcome: str = Outcome.SUCCESS, **content: Any) -> "World":
        self.accept(**content)
        self.judge_line(outcome)
        return self.reload()

    def judge_line(self, outcome: str = Outcome.SUCCESS) -> Verdict:
        verdict = services.propose_line_verdict(
            actor=self.reviewer, use_id=self.use.pk, outcome=outcome, reason="지표", public_summary="목표 달성"
        )
        return services.approve_verdict(actor=self.approver, verdict_id=verdict.pk)

    def judge_product(self, outcome: str = Outcome.SUCCESS) -> Verdict:
        verdict = services.propose_product_verdict(
            actor=self.reviewer,
            contract_id=self.use.line.contract_id,
            outcome=outcome,
            reason="종합",
            public_summary="효과 확인 02-987-6543",
        )
        return services.approve_verdict(actor=self.approver, verdict_id=verdict.pk)

    def transfer(self) -> "World":
        self.judge()
        transfer = services.prepare_transfer(
            actor=self.reviewer,
            use_id=self.use.pk,
            method=TransferMethod.FREE_TRANSFER,
            assets="측정기 3대",
            book_value_krw=2_700_000,
        )
        services.complete_transfer(actor=self.institution, transfer_id=transfer.pk)
        return self.reload()

    def insufficient_product(self) -> CorrectiveAction:
        self.judge(Outcome.INSUFFICIENT, measured=10)
        verdict = self.judge_product(Outcome.INSUFFICIENT)
        return CorrectiveAction.objects.get(verdict=verdict)


def make_world(
    *, contract: Contract | None = None, institution: User | None = None, security: bool = False, units: int = 3
) -> World:
    """An opened use with a signed-in person for each side."""
    institution = institution or InstitutionUserFactory()
    line = make_line(contract=contract, institution=institution.current_organization, security=security, units=units)
    use = services.open_use(line_id=line.pk)
    assert use is not None
    supplier = SupplierUserFactory(organization=use.supplier)
    return World(use=use, institution=institution, supplier=supplier)
