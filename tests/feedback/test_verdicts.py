from datetime import date, timedelta

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.utils import translation

from core.calendar import add_working_days, today
from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry
from feedback import selectors, services
from feedback.enums import CorrectionStatus, IncidentKind, Outcome, UseStatus, VerdictLevel, VerdictStatus
from feedback.errors import AlreadyDone, DateOutOfRange, NotEligible, SamePerson
from feedback.models import CorrectiveAction, FeedbackRules, Incident, Verdict
from pilots.models import ProductHistory
from products.models import Designation
from tests.accounts.factories import PpsUserFactory, SupplierUserFactory
from tests.feedback.factories import make_contract, make_world

pytestmark = pytest.mark.django_db


def suggestion(world):
    return selectors.line_calculation(use=world.use, rules=services.rules_for(on=today()))


@pytest.mark.parametrize(
    ("measured", "rating", "outcome"),
    [
        (90, 4, Outcome.SUCCESS),
        (80, 3, Outcome.SUCCESS),
        (79, 5, Outcome.INSUFFICIENT),
        (90, 2, Outcome.INSUFFICIENT),
    ],
)
def test_the_calculation_follows_indicators_and_ratings(measured, rating, outcome):
    world = make_world().accept(measured=measured, rating=rating)

    assert suggestion(world).suggested == outcome


def test_both_sides_read_why_pilot_use_ended_in_words():
    stored = Verdict(calculation={"steps": [{"code": "regular_end", "found": "site_lost", "needed": "completed"}]})

    with translation.override("ko"):
        (row,) = selectors.calculation_rows(verdict=stored)

    assert (row["found"], row["needed"]) == ("설치 장소를 더 이상 사용할 수 없음", "예정대로 기간 종료")
    assert selectors.told(value="7/10 (70%)") == "7/10 (70%)"


def test_a_safety_failure_of_the_product_suggests_a_failure():
    world = make_world().accept()
    Incident.objects.create(
        use=world.use,
        kind=IncidentKind.SAFETY_ACCIDENT,
        occurred_on=today(),
        description="과열",
        reported_by=world.institution,
        is_product_fault=True,
    )

    assert suggestion(world).suggested == Outcome.FAILURE


def test_a_verdict_stores_the_calculation_and_the_rules_it_used():
    world = make_world().accept()

    verdict = services.propose_line_verdict(
        actor=world.reviewer, use_id=world.use.pk, outcome=Outcome.SUCCESS, reason="지표 달성"
    )

    assert verdict.calculation["suggested"] == "success"
    assert [step["is_met"] for step in verdict.calculation["steps"]] == [True] * 4
    assert verdict.calculation["rules"]["sha256"] == verdict.rules.sha256
    with pytest.raises(InternalError), transaction.atomic():
        FeedbackRules.objects.filter(pk=verdict.rules_id).update(success_kpi_percent=1)


def test_no_verdict_before_the_report_is_accepted():
    world = make_world().submit()

    with pytest.raises(NotEligible):
        services.propose_line_verdict(
            actor=world.reviewer, use_id=world.use.pk, outcome=Outcome.SUCCESS, reason="미리"
        )


def test_four_eyes():
    world = make_world().accept()
    verdict = services.propose_line_verdict(
        actor=world.reviewer, use_id=world.use.pk, outcome=Outcome.SUCCESS, reason="지표 달성"
    )

    with pytest.raises(SamePerson):
        services.approve_verdict(actor=world.reviewer, verdict_id=verdict.pk)
    for outsider in (world.supplier, world.institution, PpsUserFactory(roles=["reviewer"])):
        with pytest.raises(NotPermitted):
            services.approve_verdict(actor=outsider, verdict_id=verdict.pk)
    services.approve_verdict(actor=world.approver, verdict_id=verdict.pk)

    verdict.refresh_from_db()
    assert (verdict.status, verdict.approved_by) == (VerdictStatus.APPROVED, world.approver)
    assert world.reload().use.status == UseStatus.EVALUATED
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.filter(pk=verdict.pk).update(approved_by=world.reviewer)


def test_a_proposal_is_rejected_or_taken_back_and_another_follows():
    world = make_world().accept()
    values = {"use_id": world.use.pk, "outcome": Outcome.SUCCESS, "reason": "지표"}
    first = services.propose_line_verdict(actor=world.reviewer, **values)
    with pytest.raises(AlreadyDone):
        services.propose_line_verdict(actor=world.reviewer, **values)

    services.reject_verdict(actor=world.reviewer, verdict_id=first.pk, reason="잘못 입력")
    second = services.propose_line_verdict(actor=world.reviewer, **values)
    services.reject_verdict(actor=world.approver, verdict_id=second.pk, reason="근거 부족")

    first.refresh_from_db()
    second.refresh_from_db()
    assert [(v.status, v.is_taken_back) for v in (first, second)] == [("rejected", True), ("rejected", False)]


def test_a_failure_needs_its_ground():
    world = make_world().accept(measured=10)

    with pytest.raises(NotEligible):
        services.propose_line_verdict(
            actor=world.reviewer, use_id=world.use.pk, outcome=Outcome.FAILURE, reason="나쁨"
        )

    Incident.objects.create(
        use=world.use,
        kind=IncidentKind.SAFETY_ACCIDENT,
        occurred_on=today(),
        description="과열",
        reported_by=world.institution,
        is_product_fault=True,
    )
    assert world.judge_line(Outcome.FAILURE).outcome == Outcome.FAILURE


def test_the_product_is_judged_once_every_institution_is():
    contract = make_contract()
    worlds = [make_world(contract=contract, units=units) for units in (7, 3)]
    worlds[0].judge()
    with pytest.raises(NotEligible):
        worlds[0].judge_product()
    assert list(selectors.products_to_judge()) == []
    worlds[1].judge(Outcome.INSUFFICIENT, measured=10)
    assert list(selectors.products_to_judge()) == [contract]

    calculation = selectors.product_calculation(contract=contract, rules=selectors.current_rules())
    assert calculation.suggested == Outcome.SUCCESS
    assert calculation.steps[0].found == "7/10 (70%)"
    verdict = worlds[0].judge_product()

    assert (verdict.level, verdict.use) == (VerdictLevel.PRODUCT, None)
    assert ProductHistory.objects.get(product=verdict.product).outcome == "success"
    assert list(selectors.products_to_judge()) == []
    with pytest.raises(AlreadyDone):
        worlds[0].judge_product()


def test_an_insufficient_product_gets_a_corrective_action_and_a_second_chance():
    world = make_world()
    correction = world.insufficient_product()
    assert correction.plan_due_on == add_working_days(today(), 20)
    with pytest.raises(IllegalTransition):
        services.file_evidence(actor=world.supplier, correction_id=correction.pk, evidence="끝")
    with pytest.raises(NotPermitted):
        services.file_plan(
            actor=SupplierUserFactory(), correction_id=correction.pk, plan="남", due_on=date(2099, 1, 1)
        )
    with pytest.raises(DateOutOfRange):
        services.file_plan(actor=world.supplier, correction_id=correction.pk, plan="개선", due_on=today())

    due = today() + timedelta(days=30)
    services.file_plan(actor=world.supplier, correction_id=correction.pk, plan="개선", due_on=due)
    services.file_evidence(actor=world.supplier, correction_id=correction.pk, evidence="사진")
    services.return_evidence(actor=world.reviewer, correction_id=correction.pk, reason="흐림", due_on=due)
    services.file_evidence(actor=world.supplier, correction_id=correction.pk, evidence="선명한 사진")
    services.confirm_correction(actor=world.reviewer, correction_id=correction.pk, decision="확인")
    again = world.judge_product(Outcome.SUCCESS)

    correction.verdict.refresh_from_db()
    assert (correction.verdict.status, again.suggested) == (VerdictStatus.SUPERSEDED, Outcome.SUCCESS)
    assert Designation.objects.get(product=world.use.product).extension_bar_reason == ""


def test_what_is_not_corrected_bars_the_extension_and_grounds_a_failure():
    world = make_world()
    correction = world.insufficient_product()
    with pytest.raises(IllegalTransition):
        services.record_not_corrected(actor=world.reviewer, correction_id=correction.pk, decision="미이행")

    CorrectiveAction.objects.filter(pk=correction.pk).update(plan_due_on=today() - timedelta(days=1))
    services.record_not_corrected(actor=world.reviewer, correction_id=correction.pk, decision="미이행")
    failure = world.judge_product(Outcome.FAILURE)

    correction.refresh_from_db()
    assert correction.status == CorrectionStatus.NOT_CORRECTED
    assert failure.suggested == Outcome.FAILURE
    assert Designation.objects.get(product=world.use.product).extension_bar_reason == "미이행"
    assert ProductHistory.objects.get(product=world.use.product).outcome == "failure"


def test_an_appeal_within_the_window_decided_by_somebody_not_involved():
    world = make_world()
    correction = world.insufficient_product()
    verdict = correction.verdict
    appeal = services.file_appeal(actor=world.supplier, verdict_id=verdict.pk, reason="측정 오류")
    with pytest.raises(AlreadyDone):
        services.file_appeal(actor=world.supplier, verdict_id=verdict.pk, reason="또")
    for involved in (world.reviewer, world.approver, world.supplier):
        with pytest.raises(NotPermitted):
            services.uphold_appeal(actor=involved, appeal_id=appeal.pk, decision="인용")

    services.uphold_appeal(actor=PpsUserFactory(), appeal_id=appeal.pk, decision="인용")

    verdict.refresh_from_db()
    correction.refresh_from_db()
    assert (verdict.status, correction.status) == (VerdictStatus.WITHDRAWN, CorrectionStatus.CANCELLED)
    assert list(selectors.products_to_judge()) == [verdict.contract]


def test_a_dismissed_appeal_leaves_the_verdict():
    world = make_world()
    verdict = world.insufficient_product().verdict
    appeal = services.file_appeal(actor=world.supplier, verdict_id=verdict.pk, reason="측정 오류")

    services.dismiss_appeal(actor=PpsUserFactory(), appeal_id=appeal.pk, decision="기각")

    verdict.refresh_from_db()
    assert verdict.status == VerdictStatus.APPROVED
    assert AuditEntry.objects.get(verb="dismiss").reason == "기각"


def test_no_appeal_after_the_window_nor_against_a_success():
    world = make_world()
    verdict = world.insufficient_product().verdict
    Verdict.objects.filter(pk=verdict.pk).update(appeal_until=today() - timedelta(days=1))
    success = Verdict.objects.filter(use=make_world().judge().use).get()

    with pytest.raises(NotEligible):
        services.file_appeal(actor=world.supplier, verdict_id=verdict.pk, reason="늦음")
    owner = SupplierUserFactory(organization=success.supplier)
    with pytest.raises(NotEligible):
        services.file_appeal(actor=owner, verdict_id=success.pk, reason="성공인데")
