import json
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification
from pilots import selectors, services
from pilots.enums import ApplicationStatus, Fact, ObjectionStatus, ReviewDecision, ReviewReason
from pilots.errors import Incomplete, RuleBroken
from pilots.models import FrozenInstance, Objection, PilotApplication, ScaleReview
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, TrackFactory, account, rule_body

pytestmark = pytest.mark.django_db


def under_review(**more):
    return ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True, **more)


def decide(application, actor=None, **values):
    return services.decide_application(
        actor=actor or PpsUserFactory(), application_id=application.pk, **({"decision": "pass"} | values)
    )


def test_passing_stores_the_score_with_its_parts():
    application = under_review(follow_up_budget_krw=15_000_000)

    passed = decide(application)

    review = ScaleReview.objects.get()
    assert (passed.status, passed.reviewed_units) == (ApplicationStatus.REVIEW_PASSED, 10)
    assert review.score == 500 + 100 + 100
    assert {row["code"]: row["points"] for row in review.score_parts} == {
        "BASE": 500,
        "RANK": 100,
        "S2": 0,
        "S3": 0,
        "S6": 100,
        "S7": 0,
        "S8": 0,
        "S9": 0,
        "S10": 0,
    }


def test_the_record_of_an_institution_enters_its_score():
    application = under_review()
    services.record_institution_standing(
        institution_id=application.institution_id, points=-3, reason="보고서 지연", reference="report:1"
    )
    services.record_institution_standing(
        institution_id=application.institution_id, points=-3, reason="보고서 지연", reference="report:1"
    )

    decide(application)

    assert ScaleReview.objects.get().score == 500 + 100 - 15


def test_points_are_changed_only_with_a_reason():
    application = under_review()

    with pytest.raises(Incomplete):
        decide(application, overrides={"S6": (40, "")})
    decide(application, overrides={"S6": (40, "예산 확보 공문을 확인했습니다.")})

    sheet = {row["code"]: row for row in ScaleReview.objects.get().score_parts}
    assert sheet["S6"] == {"code": "S6", "computed": 0, "points": 40, "reason": "예산 확보 공문을 확인했습니다."}


@pytest.mark.parametrize("units", [None, 1, 10, 11])
def test_an_adjusted_quantity_lies_between_the_suppliers_minimum_and_the_request(units):
    application = under_review()

    with pytest.raises(RuleBroken):
        decide(application, decision=ReviewDecision.ADJUST, units=units, reason_code=ReviewReason.ABOVE_CEILING)


def test_an_adjustment_is_told_with_the_new_quantity():
    application = under_review()

    adjusted = decide(
        application, decision=ReviewDecision.ADJUST, units=6, reason_code=ReviewReason.QUANTITY_NOT_JUSTIFIED
    )

    assert (adjusted.status, adjusted.reviewed_units) == (ApplicationStatus.REVIEW_ADJUSTED, 6)
    assert Notification.objects.get(recipient=application.officer).params["units"] == 6


@pytest.mark.parametrize("values", [{"reason_code": ""}, {"reason_code": "other", "message": " "}])
def test_a_rejection_needs_a_reason_and_a_message(values):
    with pytest.raises(Incomplete):
        decide(under_review(), decision=ReviewDecision.REJECT, **values)


def test_an_institution_cannot_review():
    application = under_review()

    with pytest.raises(NotPermitted):
        decide(application, actor=application.officer)


def test_several_are_passed_in_one_step_but_none_that_claims_to_need_no_matching():
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    plain = [ApplicationFactory(plan=plan, under_review=True) for _n in range(2)]
    exempt = ApplicationFactory(plan=plan, under_review=True, is_exempt=True, exempt_reason="demand_proposed")

    passed = services.pass_all(
        actor=PpsUserFactory(), round_id=plan.round_id, application_ids=[row.pk for row in (*plain, exempt)]
    )

    assert [row.pk for row in passed] == [row.pk for row in plain]
    exempt.refresh_from_db()
    assert exempt.status == ApplicationStatus.UNDER_REVIEW


def test_a_claim_to_need_no_matching_may_be_refused():
    application = under_review(is_exempt=True, exempt_reason="demand_proposed")

    decided = decide(application, keeps_exemption=False)

    assert (decided.is_exempt, decided.exempt_reason) == (False, "")


def test_a_mistaken_decision_is_taken_back_with_a_reason():
    application, actor = under_review(), PpsUserFactory()
    decide(application, actor=actor)

    with pytest.raises(Incomplete):
        services.take_back_decision(actor=actor, application_id=application.pk, reason="")
    again = services.take_back_decision(actor=actor, application_id=application.pk, reason="수량 오기")

    assert (again.status, again.reviewed_units) == (ApplicationStatus.UNDER_REVIEW, None)
    assert AuditEntry.objects.get(verb="reopen").reason == "수량 오기"
    assert decide(application).status == ApplicationStatus.REVIEW_PASSED


def test_a_question_is_answered_once_by_the_institution():
    application = under_review()
    question = services.ask_question(actor=PpsUserFactory(), application_id=application.pk, question="설치 장소는?")

    with pytest.raises(NotPermitted):
        services.answer_question(actor=InstitutionUserFactory(), question_id=question.pk, answer="1층")
    services.answer_question(actor=application.officer, question_id=question.pk, answer="1층 민원실")
    with pytest.raises(IllegalTransition):
        services.answer_question(actor=application.officer, question_id=question.pk, answer="2층")

    question.refresh_from_db()
    assert question.answer == "1층 민원실"


def test_an_objection_is_decided_by_somebody_else_and_reopens_the_review():
    application, reviewer = under_review(), PpsUserFactory()
    decide(application, actor=reviewer, decision="reject", reason_code="other", message="목적이 불분명합니다.")
    objection = services.raise_objection(
        actor=application.officer, application_id=application.pk, text="목적을 다시 설명드립니다."
    )

    with pytest.raises(NotPermitted):
        services.uphold_objection(actor=reviewer, objection_id=objection.pk, text="인용")
    decided = services.uphold_objection(actor=PpsUserFactory(), objection_id=objection.pk, text="인용")

    application.refresh_from_db()
    assert (decided.status, application.status) == (ObjectionStatus.UPHELD, ApplicationStatus.UNDER_REVIEW)


def test_a_dismissed_objection_leaves_the_decision():
    application = under_review()
    decide(application)
    objection = services.raise_objection(actor=application.officer, application_id=application.pk, text="더 주십시오.")

    services.dismiss_objection(actor=PpsUserFactory(), objection_id=objection.pk, text="기각")

    application.refresh_from_db()
    assert application.status == ApplicationStatus.REVIEW_PASSED


@pytest.mark.parametrize("side", ["institution", "supplier"])
def test_only_the_side_that_objected_is_told_the_answer(side):
    application = under_review()
    decide(application)
    people = {"institution": application.officer, "supplier": application.plan.officer}
    objection = services.raise_objection(actor=people[side], application_id=application.pk, text="이의")

    services.dismiss_objection(actor=PpsUserFactory(), objection_id=objection.pk, text="기각합니다.")

    told = Notification.objects.filter(kind=Fact.OBJECTION_DECIDED)
    assert [row.recipient for row in told] == [people[side]]


def test_each_side_may_object_until_the_day_and_while_none_of_its_own_waits():
    application = under_review()
    decide(application)
    plan, supplier = application.plan, application.plan.officer

    def offered():
        row = PilotApplication.objects.get(pk=application.pk)
        shown = selectors.application_actions(application=row, actor=row.officer)["may_object"]
        return shown, selectors.objectionable_ids(actor=supplier, plan=plan) == {row.pk}

    assert offered() == (True, True)
    services.raise_objection(actor=supplier, application_id=application.pk, text="수량이 적습니다.")
    assert offered() == (True, False)
    services.raise_objection(actor=application.officer, application_id=application.pk, text="더 주십시오.")
    assert offered() == (False, False)
    Objection.objects.all().delete()
    assert offered() == (True, True)
    ScaleReview.objects.update(reviewed_at=timezone.now() - timedelta(days=60))
    assert offered() == (False, False)


def test_a_stranger_cannot_object():
    application = under_review()
    decide(application)

    with pytest.raises(NotPermitted):
        services.raise_objection(actor=InstitutionUserFactory(), application_id=application.pk, text="이의")


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_review_page_costs_the_same_for_one_or_many(client, item_count, django_assert_num_queries):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    for _n in range(item_count):
        ApplicationFactory(plan=plan, under_review=True)
    rules = selectors.rules_of_round(pilot_round=plan.round)

    with django_assert_num_queries(10):
        page = selectors.review_page(plan=plan)
        lines = selectors.review_lines(plan=plan, rules=rules, applications=list(page.object_list))
        selectors.capacities(plan=plan, rules=rules)

    assert len(lines) == item_count


# Freezing


def test_freezing_waits_for_every_decision():
    application = under_review()

    with pytest.raises(Incomplete):
        services.freeze_round(actor=PpsUserFactory(), round_id=application.round_id)


def test_freezing_waits_for_objections():
    application = under_review()
    decide(application)
    services.raise_objection(actor=application.officer, application_id=application.pk, text="이의")

    with pytest.raises(Incomplete):
        services.freeze_round(actor=PpsUserFactory(), round_id=application.round_id)


def test_the_frozen_instance_says_what_matching_works_on():
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    low = ApplicationFactory(plan=plan, passed=True, score=500)
    high = ApplicationFactory(plan=plan, passed=True, score=900)

    row = services.freeze_round(actor=PpsUserFactory(), round_id=plan.round_id)

    document = json.loads(selectors.frozen_bytes(frozen_id=row.pk))
    assert document["format"] == "pilot-matching/1"
    assert document["budget_krw"] == plan.round.budget_krw
    assert [a["score"] for a in document["applications"]] == [900, 500]
    assert selectors.frozen_application_ids(frozen_id=row.pk) == {"A0001": high.pk, "A0002": low.pk}
    assert selectors.frozen_plan_ids(frozen_id=row.pk) == {"P0001": plan.pk}
    assert row.rule_set_sha256 == plan.round.rule_set.sha256


def test_the_frozen_instance_never_changes():
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), passed=True)
    frozen = services.freeze_round(actor=PpsUserFactory(), round_id=application.round_id)

    again = services.build_instance(pilot_round=application.round)

    assert again.sha256 == frozen.sha256
    assert FrozenInstance.objects.count() == 1


def test_awards_without_matching_that_break_a_limit_stop_the_freeze():
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True, max_units=15)
    for _n in range(2):
        ApplicationFactory(plan=plan, passed=True, is_exempt=True, exempt_reason="demand_proposed")

    with pytest.raises(RuleBroken):
        services.freeze_round(actor=PpsUserFactory(), round_id=plan.round_id)


def test_the_instance_is_read_by_the_matching_engine():
    instance = pytest.importorskip("matching.engine.instance")
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    for score in (500, 900, 700):
        ApplicationFactory(plan=plan, passed=True, score=score)
    row = services.freeze_round(actor=PpsUserFactory(), round_id=plan.round_id)

    parsed = instance.parse(selectors.frozen_bytes(frozen_id=row.pk))

    assert parsed.applications.ids == ["A0001", "A0002", "A0003"]


# What becomes of an application


@pytest.mark.parametrize("units", [3, 11])
def test_a_match_lies_within_what_the_review_allows(units):
    application = ApplicationFactory(plan__round=RoundFactory(matching=True), passed=True)

    with pytest.raises(RuleBroken):
        services.record_match(actor=PpsUserFactory(), application_id=application.pk, units=units)


def test_a_match_is_confirmed_or_declined():
    actor, pilot_round = PpsUserFactory(), RoundFactory(matching=True)
    first, second = (
        ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), passed=True) for _n in range(2)
    )
    for row in (first, second):
        services.record_match(actor=actor, application_id=row.pk, units=8)

    confirmed = services.record_confirmed(actor=first.officer, application_id=first.pk)
    declined = services.record_declined(actor=second.officer, application_id=second.pk, reason="예산 없음")

    assert (confirmed.status, declined.status) == (ApplicationStatus.CONFIRMED, ApplicationStatus.DECLINED)


def test_only_an_exempt_application_is_confirmed_without_matching():
    pilot_round, actor = RoundFactory(matching=True), PpsUserFactory()
    plain = ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), passed=True)
    exempt = ApplicationFactory(
        plan=PlanFactory(round=pilot_round, approved=True),
        passed=True,
        is_exempt=True,
        exempt_reason="demand_proposed",
    )

    with pytest.raises(IllegalTransition):
        services.record_confirmed(actor=actor, application_id=plain.pk)
    confirmed = services.record_confirmed(actor=actor, application_id=exempt.pk)

    assert (confirmed.status, confirmed.granted_units) == (ApplicationStatus.CONFIRMED, 10)


def test_outcomes_of_a_run_are_entered_in_one_step():
    plan = PlanFactory(round=RoundFactory(matching=True), approved=True)
    a, b, c = (ApplicationFactory(plan=plan, passed=True) for _n in range(3))

    services.record_outcomes(
        actor=PpsUserFactory(),
        round_id=plan.round_id,
        matched={a.pk: 7},
        waitlisted=[b.pk],
        not_matched=[c.pk],
    )

    found = dict(PilotApplication.objects.values_list("pk", "status"))
    assert found == {a.pk: "matched", b.pk: "waitlisted", c.pk: "not_matched"}
    assert AuditEntry.objects.get(verb="record_outcomes").details["matched"] == {str(a.pk): 7}


def test_outcomes_of_another_round_are_refused_whole():
    mine = ApplicationFactory(plan__round=RoundFactory(matching=True), passed=True)
    other = ApplicationFactory(plan__round=RoundFactory(matching=True), passed=True)

    with pytest.raises(RuleBroken):
        services.record_outcomes(actor=PpsUserFactory(), round_id=mine.round_id, matched={mine.pk: 5, other.pk: 5})

    mine.refresh_from_db()
    assert mine.status == ApplicationStatus.REVIEW_PASSED


def test_capacity_shows_what_is_left():
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True, max_units=15)
    for _n in range(2):
        ApplicationFactory(plan=plan, under_review=True)
    rules = selectors.rules_of_round(pilot_round=plan.round)

    rows = selectors.capacities(plan=plan, rules=rules)

    assert [(row.asked, row.limit, row.is_exceeded) for row in rows] == [
        (20, 15, True),
        (2, 5, False),
        (60_000_000, 300_000_000, False),
        (60_000_000, account(plan.round, TrackFactory()).planned_krw, False),
        (60_000_000, 10_000_000_000, False),
    ]


def test_the_capacity_of_a_track_counts_all_its_products_and_no_rejected_application():
    pilot_round = RoundFactory(reviewing=True)
    first, second = (PlanFactory(round=pilot_round, approved=True) for _n in range(2))
    for plan in (first, second, second):
        last = ApplicationFactory(plan=plan, under_review=True)
    decide(last, decision=ReviewDecision.REJECT, reason_code=ReviewReason.OTHER, message="목적 불분명")

    rows = selectors.capacities(plan=first, rules=selectors.rules_of_round(pilot_round=pilot_round))

    assert [row.asked for row in rows] == [10, 1, 30_000_000, 60_000_000, 60_000_000]


def test_an_institution_that_asks_beyond_its_ceiling_is_remarked():
    rules = rule_body(ceilings={"institution_krw": 29_999_999, "institution_products": 1})
    plan = PlanFactory(round=RoundFactory(reviewing=True, rule_set__body=rules), approved=True)
    application = ApplicationFactory(plan=plan, under_review=True)

    (line,) = selectors.review_lines(
        plan=plan, rules=selectors.rules_of_round(pilot_round=plan.round), applications=[application]
    )

    assert [remark for remark in line.remarks if "₩30,000,000" in remark]
    assert len(line.remarks) == 1
