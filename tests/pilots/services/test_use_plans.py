from datetime import timedelta

import pytest
from django.utils import timezone

from core.calendar import add_working_days, today
from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification, Receipt
from pilots import services
from pilots.enums import ApplicationStatus, PlanStatus
from pilots.errors import Incomplete, RoundClosed, RuleBroken
from pilots.models import PilotRound, PilotUsePlan, ProductHistory
from products.models import Designation
from tests.accounts.factories import PpsUserFactory, SupplierUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, RuleSetFactory, rule_body
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db


def intake_plan(**more):
    return PlanFactory(round=RoundFactory(intake=True), **more)


def test_a_plan_is_prefilled_from_its_product_and_begun_once():
    user = SupplierUserFactory()
    product = ProductFactory(supplier=user.current_organization, designated=True, safety_note="전기 안전")
    pilot_round = RoundFactory(intake=True)

    first = services.start_use_plan(actor=user, round_id=pilot_round.pk, product_id=product.pk)
    again = services.start_use_plan(actor=user, round_id=pilot_round.pk, product_id=product.pk)

    assert first.pk == again.pk
    assert (first.unit_price_krw, first.safety) == (3_000_000, "전기 안전")


@pytest.mark.parametrize("history", ["pilot"])
def test_a_product_with_an_earlier_pilot_is_kept_out(history):
    user = SupplierUserFactory()
    product = ProductFactory(supplier=user.current_organization, designated=True)
    services.record_pilot_history(product_id=product.pk, year=2024, reference="2024-1", kind=history)

    with pytest.raises(RuleBroken):
        services.start_use_plan(actor=user, round_id=RoundFactory(intake=True).pk, product_id=product.pk)


def test_an_insufficient_result_gets_a_second_chance_where_the_rules_say_so():
    user = SupplierUserFactory()
    product = ProductFactory(supplier=user.current_organization, designated=True)
    services.record_pilot_history(product_id=product.pk, year=2024, reference="2024-1")
    services.record_pilot_history(product_id=product.pk, year=2024, reference="2024-1", outcome="insufficient")
    rules = RuleSetFactory(body=rule_body(exclusions={"second_chance": True}))

    plan = services.start_use_plan(
        actor=user, round_id=RoundFactory(intake=True, rule_set=rules).pk, product_id=product.pk
    )

    assert plan.status == PlanStatus.DRAFT
    assert ProductHistory.objects.count() == 1


def test_a_product_without_designation_is_kept_out():
    user = SupplierUserFactory()
    product = ProductFactory(supplier=user.current_organization)

    with pytest.raises(RuleBroken):
        services.start_use_plan(actor=user, round_id=RoundFactory(intake=True).pk, product_id=product.pk)


def test_a_designation_that_ends_before_the_pilot_is_not_enough():
    plan = intake_plan()
    Designation.objects.filter(product=plan.product).update(valid_until=today() + timedelta(days=60))

    with pytest.raises(Incomplete):
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)


def test_a_lease_costs_its_fee_times_the_months():
    plan = PlanFactory(round=RoundFactory(intake=True, acquisition_mode="lease"))

    services.save_use_plan(actor=plan.officer, plan_id=plan.pk, values={"monthly_fee_krw": 200_000, "pilot_months": 6})

    plan.refresh_from_db()
    assert plan.unit_price_krw == 1_200_000


def test_submitting_gives_a_number_a_receipt_and_tells_the_reviewers():
    reviewer, plan = PpsUserFactory(), intake_plan()

    services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    plan.refresh_from_db()
    assert (plan.status, plan.number) == (PlanStatus.SUBMITTED, f"PL-{plan.round.number}-0001")
    assert Receipt.objects.get().target_id == str(plan.pk)
    assert Notification.objects.get(recipient=reviewer).kind == "pilots.plan_submitted"


def test_a_plan_comes_once_however_often_it_is_submitted():
    plan = intake_plan()
    services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    with pytest.raises(IllegalTransition):
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    assert Receipt.objects.count() == 1


def test_another_supplier_cannot_submit_it():
    plan = intake_plan()

    with pytest.raises(NotPermitted):
        services.submit_use_plan(actor=SupplierUserFactory(), plan_id=plan.pk)


def test_what_is_missing_is_named():
    plan = intake_plan(training="", unit_price_krw=0)
    plan.kpis.all().delete()

    with pytest.raises(Incomplete):
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    assert len(services.plan_gaps(plan=PilotUsePlan.objects.get())) == 3


def test_a_price_above_the_ceiling_is_refused():
    plan = intake_plan(unit_price_krw=150_000_001, min_units=2)

    with pytest.raises(Incomplete):
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)


def test_after_the_intake_a_draft_is_kept_but_not_taken():
    plan = intake_plan()
    PilotRound.objects.update(intake_closes_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(RoundClosed):
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT


def test_a_returned_plan_comes_again_within_its_own_days():
    plan, reviewer = intake_plan(submitted=True), PpsUserFactory()

    with pytest.raises(Incomplete):
        services.return_plan(actor=reviewer, plan_id=plan.pk, reason=" ")
    returned = services.return_plan(actor=reviewer, plan_id=plan.pk, reason="가격 근거를 보완해 주십시오.")
    PilotRound.objects.update(intake_closes_at=timezone.now() - timedelta(seconds=1))
    again = services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    assert returned.correction_due_on == add_working_days(today(), 5)
    assert (again.status, again.number, again.return_reason) == (PlanStatus.SUBMITTED, plan.number, "")
    assert Notification.objects.get(recipient=plan.officer).params["reason"] == "가격 근거를 보완해 주십시오."


def test_after_those_days_a_returned_plan_is_late():
    plan = intake_plan(submitted=True)
    services.return_plan(actor=PpsUserFactory(), plan_id=plan.pk, reason="보완")
    PilotRound.objects.update(intake_closes_at=timezone.now() - timedelta(seconds=1))
    PilotUsePlan.objects.update(correction_due_on=today() - timedelta(days=1))

    with pytest.raises(RoundClosed):
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)


def test_a_plan_is_approved_by_pps_only():
    plan = intake_plan(submitted=True)

    with pytest.raises(NotPermitted):
        services.approve_plan(actor=plan.officer, plan_id=plan.pk)
    approved = services.approve_plan(actor=PpsUserFactory(), plan_id=plan.pk)

    assert (approved.status, approved.approved_at is not None) == (PlanStatus.APPROVED, True)
    assert AuditEntry.objects.filter(verb="approve", after="approved").count() == 1


def test_an_approved_plan_can_no_longer_be_changed_or_withdrawn():
    plan = intake_plan(approved=True)

    with pytest.raises(IllegalTransition):
        services.save_use_plan(actor=plan.officer, plan_id=plan.pk, values={"max_units": 5})
    with pytest.raises(IllegalTransition):
        services.withdraw_plan(actor=plan.officer, plan_id=plan.pk)


def test_a_withdrawn_plan_makes_room_for_a_new_one():
    plan = intake_plan()

    services.withdraw_plan(actor=plan.officer, plan_id=plan.pk)
    fresh = services.start_use_plan(actor=plan.officer, round_id=plan.round_id, product_id=plan.product_id)

    assert fresh.pk != plan.pk


def test_excluding_a_product_makes_its_applications_invalid():
    application = ApplicationFactory(submitted=True)

    services.exclude_plan(actor=PpsUserFactory(), plan_id=application.plan_id, reason="지정 취소")

    application.refresh_from_db()
    assert (application.status, application.invalid_reason) == (ApplicationStatus.INVALID, "지정 취소")
    assert Notification.objects.get(recipient=application.officer).kind == "pilots.application_invalid"


def test_a_ceiling_is_raised_by_another_person_with_a_reason():
    plan = PlanFactory(approved=True)

    with pytest.raises(NotPermitted):
        services.raise_ceiling(actor=plan.approved_by, plan_id=plan.pk, ceiling_krw=500_000_000, reason="수량")
    with pytest.raises(Incomplete):
        services.raise_ceiling(actor=PpsUserFactory(), plan_id=plan.pk, ceiling_krw=500_000_000, reason="")
    raised = services.raise_ceiling(actor=PpsUserFactory(), plan_id=plan.pk, ceiling_krw=500_000_000, reason="수량")

    assert raised.ceiling_krw == 500_000_000


def test_a_review_is_handed_over_to_somebody_who_reviews():
    plan, colleague = PlanFactory(approved=True), PpsUserFactory()

    with pytest.raises(NotPermitted):
        services.assign_reviewer(actor=PpsUserFactory(), plan_id=plan.pk, reviewer=plan.officer)
    handed = services.assign_reviewer(actor=PpsUserFactory(), plan_id=plan.pk, reviewer=colleague)

    assert handed.reviewer == colleague
