from datetime import timedelta

import pytest
from django.db import Error, transaction
from django.utils import timezone

from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification, OutboxMessage
from pilots import selectors, services, signals
from pilots.enums import AnnualPlanStatus, ApplicationStatus, RoundStatus
from pilots.errors import BudgetExceeded, Incomplete, RoundClosed, RuleBroken, RuleSetLocked
from pilots.models import AnnualPlan, PilotApplication, PilotRound, RuleSet
from pilots.services.scheduling import Schedule, TrackBudget
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory
from tests.pilots.factories import (
    AnnualPlanFactory,
    ApplicationFactory,
    PlanFactory,
    RoundFactory,
    RuleSetFactory,
    TrackFactory,
    rule_body,
)

pytestmark = pytest.mark.django_db
BILLION = 1_000_000_000


@pytest.fixture
def heard():
    """What the named signals said."""
    said = []
    names = [name for name in vars(signals) if name.startswith("round_")]

    def listen(name):
        def receive(*, round_id, **kwargs):
            said.append((name, round_id))

        getattr(signals, name).connect(receive, weak=False, dispatch_uid=f"test.{name}")

    for name in names:
        listen(name)
    yield said
    for name in names:
        getattr(signals, name).disconnect(dispatch_uid=f"test.{name}")


def schedule(start=1):
    now = timezone.now()
    return Schedule(*(now + timedelta(days=start + number) for number in range(4)))


def plan_round(actor=None, plan=None, **changes):
    values = {
        "actor": actor or PpsUserFactory(),
        "annual_plan_id": (plan or AnnualPlanFactory()).pk,
        "rule_set_id": RuleSetFactory().pk,
        "title_ko": "2026년 제1차 시범구매",
        "title_en": "First pilot purchase of 2026",
        "budget_krw": 5 * BILLION,
        "schedule": schedule(),
        "tracks": [TrackBudget(TrackFactory().pk, 4 * BILLION, BILLION)],
    }
    return services.plan_round(**(values | changes))


def test_a_planned_round_gets_a_number_money_and_days():
    plan = AnnualPlanFactory(year=2026)

    first, second = plan_round(plan=plan), plan_round(plan=plan)

    assert (first.number, second.number) == ("2026-1", "2026-2")
    assert selectors.balances(round_id=first.pk).planned == 5 * BILLION
    assert selectors.balances(round_id=first.pk, track_id=TrackFactory().pk).planned == 4 * BILLION
    assert first.review_due_on < first.result_due_on
    assert AuditEntry.objects.filter(verb="plan").count() == 2


def test_an_institution_cannot_plan_rounds():
    with pytest.raises(NotPermitted):
        plan_round(actor=InstitutionUserFactory())


def test_rounds_cannot_be_given_more_than_the_year_has():
    plan = AnnualPlanFactory(total_krw=9 * BILLION)
    plan_round(plan=plan)

    with pytest.raises(RuleBroken):
        plan_round(plan=plan)


def test_a_track_without_money_in_the_year_gets_none_in_the_round():
    with pytest.raises(RuleBroken):
        plan_round(tracks=[TrackBudget(TrackFactory(code="citizen").pk, BILLION)])


def test_times_must_follow_each_other():
    now = timezone.now()

    with pytest.raises(Incomplete):
        plan_round(schedule=Schedule(now, now + timedelta(days=3), now + timedelta(days=2), now + timedelta(days=4)))


def test_the_intake_waits_for_the_confirmed_plan():
    pilot_round = plan_round(plan=AnnualPlanFactory(confirmed=False))

    with pytest.raises(IllegalTransition):
        services.open_intake(actor=PpsUserFactory(), round_id=pilot_round.pk)


def test_the_intake_fixes_the_rules(heard):
    pilot_round = RoundFactory()

    services.open_intake(actor=PpsUserFactory(), round_id=pilot_round.pk)

    rule_set = RuleSet.objects.get(pk=pilot_round.rule_set_id)
    assert rule_set.is_locked
    assert heard == [("round_intake_opened", pilot_round.pk)]
    with pytest.raises(RuleSetLocked):
        services.save_rule_set(
            actor=PpsUserFactory(),
            name=rule_set.name,
            effective_on=rule_set.effective_on,
            body=rule_body(),
            rule_set_id=rule_set.pk,
        )
    with pytest.raises(Error), transaction.atomic():
        RuleSet.objects.filter(pk=rule_set.pk).update(body=rule_body(youth_permille=5))


def test_a_rule_set_that_breaks_the_format_is_not_saved():
    with pytest.raises(Incomplete):
        services.save_rule_set(
            actor=PpsUserFactory(), name="x", effective_on=timezone.localdate(), body={"format": "pilot-rules/1"}
        )


def test_opening_needs_an_approved_plan_and_none_that_waits(heard):
    reviewer, pilot_round = PpsUserFactory(), RoundFactory(intake=True)

    with pytest.raises(Incomplete):
        services.open_round(actor=reviewer, round_id=pilot_round.pk)
    plan = PlanFactory(round=pilot_round, submitted=True)
    with pytest.raises(Incomplete):
        services.open_round(actor=reviewer, round_id=pilot_round.pk)
    services.approve_plan(actor=reviewer, plan_id=plan.pk)
    opened = services.open_round(actor=reviewer, round_id=pilot_round.pk)

    assert (opened.status, opened.opened_at is not None) == (RoundStatus.OPEN, True)
    assert heard == [("round_opened", pilot_round.pk)]


def test_institutions_are_told_of_the_opening(run_outbox):
    user = InstitutionUserFactory()
    plan = PlanFactory(round=RoundFactory(intake=True), approved=True)

    services.open_round(actor=PpsUserFactory(), round_id=plan.round_id)
    run_outbox()

    row = Notification.objects.get(recipient=user)
    assert (row.kind, row.params["round"]) == ("pilots.round_opened", plan.round.number)


def test_a_round_closes_when_its_time_has_passed_and_not_before(heard):
    early, due = RoundFactory(open=True), RoundFactory(open=True)
    PilotRound.objects.filter(pk=due.pk).update(closes_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(RoundClosed):
        services.close_round(actor=PpsUserFactory(), round_id=early.pk)
    closed = services.close_due_rounds()

    assert [row.pk for row in closed] == [due.pk]
    assert services.close_due_rounds() == []
    assert heard == [("round_closed", due.pk)]
    assert OutboxMessage.objects.filter(task="pilots.announce_demand").count() == 1


def test_the_supplier_is_told_the_demand_after_the_closing(run_outbox):
    application = ApplicationFactory(submitted=True)
    PilotRound.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

    services.close_due_rounds()
    run_outbox()

    row = Notification.objects.get(recipient=application.plan.officer, kind="pilots.product_demand")
    assert row.params["count"] == 1


def test_an_extension_holds_for_everybody_and_needs_a_reason(heard):
    pilot_round, actor = RoundFactory(open=True), PpsUserFactory()
    later = pilot_round.closes_at + timedelta(days=7)

    with pytest.raises(Incomplete):
        services.extend_round(actor=actor, round_id=pilot_round.pk, reason=" ", closes_at=later)
    with pytest.raises(Incomplete):
        services.extend_round(
            actor=actor, round_id=pilot_round.pk, reason="연장", closes_at=pilot_round.closes_at - timedelta(days=1)
        )
    extended = services.extend_round(actor=actor, round_id=pilot_round.pk, reason="시스템 점검", closes_at=later)

    assert extended.closes_at == later
    assert heard == [("round_schedule_changed", pilot_round.pk)]


def test_a_time_that_has_passed_cannot_be_extended():
    pilot_round = RoundFactory(open=True)
    PilotRound.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(RoundClosed):
        services.extend_round(
            actor=PpsUserFactory(),
            round_id=pilot_round.pk,
            reason="연장",
            closes_at=timezone.now() + timedelta(days=1),
        )


def test_the_review_begins_with_everything_submitted_in_time():
    plan = PlanFactory(round=RoundFactory(closed=True), approved=True)
    submitted, draft = ApplicationFactory(plan=plan, submitted=True), ApplicationFactory(plan=plan)

    services.start_review(actor=PpsUserFactory(), round_id=plan.round_id)

    submitted.refresh_from_db()
    draft.refresh_from_db()
    assert (submitted.status, draft.status) == (ApplicationStatus.UNDER_REVIEW, ApplicationStatus.DRAFT)


def test_a_cancelled_round_makes_its_applications_invalid_and_says_why(heard, run_outbox):
    application = ApplicationFactory(submitted=True)

    with pytest.raises(Incomplete):
        services.cancel_round(actor=PpsUserFactory(), round_id=application.round_id, reason="")
    services.cancel_round(actor=PpsUserFactory(), round_id=application.round_id, reason="예산 삭감")
    run_outbox()

    application.refresh_from_db()
    assert (application.status, application.invalid_reason) == (ApplicationStatus.INVALID, "예산 삭감")
    assert heard == [("round_cancelled", application.round_id)]
    assert Notification.objects.filter(recipient=application.officer, kind="pilots.round_cancelled").count() == 1


def test_a_published_round_cannot_be_cancelled():
    application = ApplicationFactory(plan__round=RoundFactory(matching=True), matched=True)
    services.publish_result(actor=PpsUserFactory(), round_id=application.round_id)

    with pytest.raises(IllegalTransition):
        services.cancel_round(actor=PpsUserFactory(), round_id=application.round_id, reason="취소")


def test_a_result_is_published_only_when_every_application_has_an_outcome(heard):
    application = ApplicationFactory(plan__round=RoundFactory(matching=True), passed=True)
    actor = PpsUserFactory()

    with pytest.raises(Incomplete):
        services.publish_result(actor=actor, round_id=application.round_id)
    services.record_match(actor=actor, application_id=application.pk, units=5)
    services.publish_result(actor=actor, round_id=application.round_id)
    services.start_executing(actor=actor, round_id=application.round_id)
    completed = services.complete_round(actor=actor, round_id=application.round_id)

    assert completed.status == RoundStatus.COMPLETED
    assert heard == [("round_result_published", application.round_id)]


def test_a_new_version_of_the_plan_supersedes_the_old_one_for_its_rounds():
    old = AnnualPlanFactory(year=2026)
    pilot_round = RoundFactory(plan=old)
    author, council = PpsUserFactory(), PpsUserFactory()
    draft = {"actor": author, "year": 2026, "tracks": [(TrackFactory().pk, 20 * BILLION)]}

    with pytest.raises(Incomplete):
        services.draft_annual_plan(total_krw=20 * BILLION, **draft)
    new = services.draft_annual_plan(total_krw=20 * BILLION, reason="추가경정예산", **draft)
    with pytest.raises(NotPermitted):
        services.confirm_annual_plan(actor=author, annual_plan_id=new.pk)
    services.confirm_annual_plan(actor=council, annual_plan_id=new.pk)

    assert AnnualPlan.objects.get(pk=old.pk).status == AnnualPlanStatus.SUPERSEDED
    assert PilotRound.objects.get(pk=pilot_round.pk).plan_id == new.pk


def cut(total_krw, *tracks):
    return services.draft_annual_plan(
        actor=PpsUserFactory(), year=2026, total_krw=total_krw, tracks=tracks, reason="추가경정예산 감액"
    )


def confirm(plan):
    return services.confirm_annual_plan(actor=PpsUserFactory(), annual_plan_id=plan.pk)


def test_a_plan_is_not_cut_below_what_rounds_have_and_the_refusal_says_what_is_free():
    pilot_round = RoundFactory(plan=AnnualPlanFactory(year=2026))
    track = TrackFactory()
    services.reserve(actor=None, round_id=pilot_round.pk, track_id=track.pk, amount_krw=4 * BILLION, key="a")

    with pytest.raises(RuleBroken) as refused:
        confirm(cut(7 * BILLION, (track.pk, 7 * BILLION)))

    assert "₩3,000,000,000" in str(refused.value)  # too much in rounds
    assert f"{pilot_round.number} ₩6,000,000,000" in str(refused.value)  # free in the round


def test_a_plan_is_cut_in_mid_year_once_the_rounds_give_back_what_is_free():
    """10 billion in a round, 4 of it bound: the round goes down to 5, then the year's plan goes down to 7."""
    pilot_round = RoundFactory(plan=AnnualPlanFactory(year=2026))
    track, actor = TrackFactory(), PpsUserFactory()
    services.reserve(actor=None, round_id=pilot_round.pk, track_id=track.pk, amount_krw=4 * BILLION, key="a")
    services.commit_funds(actor=None, round_id=pilot_round.pk, track_id=track.pk, amount_krw=4 * BILLION, key="b")
    plan = cut(7 * BILLION, (track.pk, 7 * BILLION))

    for track_id in (track.pk, None):
        services.change_budget(
            actor=actor, round_id=pilot_round.pk, track_id=track_id, amount_krw=5 * BILLION, reason="감액"
        )
    confirmed = confirm(plan)

    assert confirmed.status == AnnualPlanStatus.CONFIRMED
    total, line = selectors.plan_room(plan=confirmed)
    assert [(row.amount, row.given, row.bound, row.left) for row in (total, line)] == [
        (7 * BILLION, 5 * BILLION, 4 * BILLION, 2 * BILLION)
    ] * 2
    assert selectors.balances(round_id=pilot_round.pk) == selectors.Balance(5 * BILLION, 0, 4 * BILLION, 0)
    assert selectors.unbalanced(round_id=pilot_round.pk) == []


def test_a_plan_never_goes_below_what_is_bound():
    pilot_round = RoundFactory(plan=AnnualPlanFactory(year=2026))
    track = TrackFactory()
    services.reserve(actor=None, round_id=pilot_round.pk, track_id=track.pk, amount_krw=4 * BILLION, key="a")

    with pytest.raises(RuleBroken, match="₩4,000,000,000"):
        confirm(cut(3 * BILLION, (track.pk, 3 * BILLION)))
    with pytest.raises(BudgetExceeded):
        services.change_budget(
            actor=PpsUserFactory(), round_id=pilot_round.pk, track_id=None, amount_krw=3 * BILLION, reason="감액"
        )


def test_a_track_is_not_cut_below_what_rounds_have_of_it():
    RoundFactory(plan=AnnualPlanFactory(year=2026))
    citizen = TrackFactory(code="citizen", name_ko="국민체감", name_en="Citizens")

    with pytest.raises(RuleBroken, match=TrackFactory().name):
        confirm(cut(20 * BILLION, (TrackFactory().pk, 9 * BILLION), (citizen.pk, 11 * BILLION)))


def test_rounds_together_stay_within_what_the_plan_gives_a_track():
    plan = AnnualPlanFactory(total_krw=20 * BILLION, track_budget=6 * BILLION)
    track = TrackFactory()
    plan_round(plan=plan, budget_krw=5 * BILLION, tracks=[TrackBudget(track.pk, 5 * BILLION)])

    with pytest.raises(RuleBroken, match="₩1,000,000,000"):
        plan_round(plan=plan, budget_krw=5 * BILLION, tracks=[TrackBudget(track.pk, 5 * BILLION)])


def test_reminders_go_to_institutions_with_unfinished_drafts_once_a_day():
    application = ApplicationFactory()
    PilotRound.objects.update(closes_at=timezone.now() + timedelta(days=1))

    services.nightly()
    services.nightly()

    assert Notification.objects.filter(recipient=application.officer, kind="pilots.closing_soon").count() == 1
    assert PilotApplication.objects.get().status == ApplicationStatus.DRAFT
