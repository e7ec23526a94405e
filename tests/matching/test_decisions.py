"""Second persons, answers of both sides, the waitlist, and the money behind it all."""

from datetime import timedelta

import pytest

from core.clock import database_now
from core.errors import IllegalTransition, NotPermitted
from core.models import Notification
from matching import selectors, services
from matching.enums import AllocationOrigin, AllocationStatus, Response, RunStatus
from matching.errors import AlreadyAnswered, AnswerTooLate, LineUpOpen, SamePerson
from matching.models import Allocation
from pilots.enums import ApplicationStatus
from pilots.errors import BudgetExceeded
from pilots.models import LedgerEntry, PilotApplication
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.matching.factories import approve, confirm_all, make_world, officer_of, publish, solve
from tests.pilots.factories import account

pytestmark = pytest.mark.django_db
PRICE = 3_000_000


def status_of(application):
    return PilotApplication.objects.get(pk=application.pk).status


def money(world):
    balance = account(world.pilot_round, world.plans[0].track)
    return balance.reserved_krw, balance.committed_krw, balance.spent_krw


def test_the_proposer_cannot_approve():
    world = solve(make_world())
    both = PpsUserFactory()
    services.propose_run(actor=both, run_id=world.run.pk)

    with pytest.raises(SamePerson):
        services.approve_run(actor=both, run_id=world.run.pk)

    world.run.refresh_from_db()
    assert (world.run.status, Allocation.objects.count(), money(world)) == (RunStatus.PROPOSED, 0, (0, 0, 0))


def test_approving_takes_the_role_of_an_approver():
    world = solve(make_world())
    services.propose_run(actor=world.matcher, run_id=world.run.pk)

    with pytest.raises(NotPermitted):
        services.approve_run(actor=world.officer, run_id=world.run.pk)


def test_approving_twice_makes_no_second_offer():
    world = approve(make_world())

    with pytest.raises(IllegalTransition):
        services.approve_run(actor=PpsUserFactory(), run_id=world.run.pk)

    assert (Allocation.objects.count(), money(world)[0]) == (2, 15 * PRICE)


def test_a_returned_result_can_be_proposed_again():
    world = solve(make_world())
    services.propose_run(actor=world.matcher, run_id=world.run.pk)

    services.return_run(actor=world.approver, run_id=world.run.pk, reason="청년기업 비중을 설명해 주세요.")

    world.run.refresh_from_db()
    assert (world.run.status, world.run.proposed_by) == (RunStatus.SOLVED, None)
    assert services.propose_run(actor=world.matcher, run_id=world.run.pk).status == RunStatus.PROPOSED


def test_approval_supersedes_the_other_runs_of_the_round():
    world = solve(make_world())
    other = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    services.solve_run(run_id=other.pk, worker="test")
    services.propose_run(actor=world.matcher, run_id=other.pk)

    services.approve_run(actor=world.approver, run_id=other.pk)

    world.run.refresh_from_db()
    assert world.run.status == RunStatus.SUPERSEDED


def test_a_ledger_with_less_than_the_award_stops_the_approval_whole():
    world = solve(make_world())
    services.propose_run(actor=world.matcher, run_id=world.run.pk)
    balance = account(world.pilot_round, world.plans[0].track)
    type(balance).objects.filter(pk=balance.pk).update(planned_krw=15 * PRICE - 1)

    with pytest.raises(BudgetExceeded):
        services.approve_run(actor=world.approver, run_id=world.run.pk)

    assert (Allocation.objects.count(), LedgerEntry.objects.filter(kind="reserve").count()) == (0, 0)
    assert status_of(world.applications[0]) == ApplicationStatus.REVIEW_PASSED


def test_both_sides_must_accept():
    world = publish(make_world())
    offer = world.offers[0]

    services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)
    offer.refresh_from_db()
    assert offer.status == AllocationStatus.OFFERED

    services.accept_line_up(actor=world.plans[0].officer, plan_id=world.plans[0].pk)
    offer.refresh_from_db()
    assert offer.status == AllocationStatus.CONFIRMED
    assert status_of(offer.application) == ApplicationStatus.CONFIRMED


def test_a_second_click_accepts_nothing_twice():
    world = publish(make_world())
    offer = world.offers[0]
    services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)

    with pytest.raises(AlreadyAnswered):
        services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)

    services.accept_line_up(actor=world.plans[0].officer, plan_id=world.plans[0].pk)
    with pytest.raises(AlreadyAnswered):
        services.accept_line_up(actor=world.plans[0].officer, plan_id=world.plans[0].pk)
    assert Notification.objects.filter(kind="matching.offer_confirmed").count() == 2


@pytest.mark.parametrize("stranger", [InstitutionUserFactory, SupplierUserFactory, PpsUserFactory])
def test_nobody_else_answers_for_an_institution_or_a_supplier(stranger):
    world = publish(make_world())
    person, offer = stranger(), world.offers[0]

    with pytest.raises(NotPermitted):
        services.accept_offer(actor=person, allocation_id=offer.pk)
    with pytest.raises(NotPermitted):
        services.decline_offer(actor=person, allocation_id=offer.pk, reason="…")
    with pytest.raises(NotPermitted):
        services.accept_line_up(actor=person, plan_id=world.plans[0].pk)


def test_a_declined_offer_goes_to_the_next_on_the_waitlist_with_its_money():
    world = publish(make_world())
    first, third = world.offers[0], world.applications[2]

    services.decline_offer(actor=officer_of(first), allocation_id=first.pk, reason="예산 사정")

    promoted = world.offer_of(third)
    assert (promoted.units, promoted.origin, promoted.status) == (
        10,
        AllocationOrigin.WAITLIST,
        AllocationStatus.OFFERED,
    )
    assert status_of(first.application) == ApplicationStatus.DECLINED
    assert status_of(third) == ApplicationStatus.MATCHED
    assert money(world) == (15 * PRICE, 0, 0)


def test_a_promotion_takes_no_more_than_what_is_free():
    world = publish(make_world(wanted=((10, 4, 800), (5, 2, 700), (10, 4, 600))))
    second = world.offers[1]

    services.decline_offer(actor=officer_of(second), allocation_id=second.pk, reason="설치 장소 없음")

    assert world.offer_of(world.applications[2]).units == 5
    assert money(world)[0] == 15 * PRICE


def test_a_promotion_skips_whoever_needs_more_than_is_free():
    world = publish(make_world(wanted=((10, 4, 800), (5, 2, 700), (10, 6, 600), (3, 1, 100))))
    second = world.offers[1]

    services.decline_offer(actor=officer_of(second), allocation_id=second.pk, reason="설치 장소 없음")

    assert status_of(world.applications[2]) == ApplicationStatus.WAITLISTED
    assert world.offer_of(world.applications[3]).units == 3
    assert money(world)[0] == 13 * PRICE


def test_whoever_waits_reads_the_place_after_others_were_asked():
    world = publish(make_world(wanted=((15, 15, 900), (15, 15, 800), (15, 15, 700))))
    second, third = world.applications[1:]
    (before,) = selectors.outcomes_of(actor=third.officer)

    services.decline_offer(actor=officer_of(world.offers[0]), allocation_id=world.offers[0].pk, reason="장소 없음")

    (after,) = selectors.outcomes_of(actor=third.officer)
    assert status_of(second) == ApplicationStatus.MATCHED
    assert (before.waitlist_position, before.place_now) == (2, 2)
    assert (after.waitlist_position, after.place_now) == (2, 1)


def test_an_institution_that_declined_no_longer_counts_among_those_of_the_product():
    world = publish(make_world())
    offer = world.offers[0]
    plan = offer.application.plan
    before = selectors.line_up(actor=plan.officer, plan_id=plan.pk)

    services.decline_offer(actor=officer_of(offer), allocation_id=offer.pk, reason="설치 장소 없음")

    after = selectors.line_up(actor=plan.officer, plan_id=plan.pk)
    assert offer in before.standing
    assert offer not in after.standing
    assert offer in after.offers
    assert after.units == sum(row.units for row in after.standing)


def test_a_supplier_that_declines_takes_its_product_out_of_the_round():
    world = publish(make_world())

    services.decline_line_up(actor=world.plans[0].officer, plan_id=world.plans[0].pk, reason="생산 중단")

    assert [status_of(row) for row in world.applications] == [
        ApplicationStatus.DECLINED,
        ApplicationStatus.DECLINED,
        ApplicationStatus.NOT_MATCHED,
    ]
    assert money(world) == (0, 0, 0)


def test_an_answer_after_the_deadline_is_too_late():
    world = publish(make_world())
    offer = world.offers[0]
    Allocation.objects.filter(pk=offer.pk).update(respond_until=database_now() - timedelta(seconds=1))

    with pytest.raises(AnswerTooLate):
        services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)


def test_unanswered_offers_lapse_and_the_waitlist_moves_up():
    world = publish(make_world())
    first, second = world.offers
    services.accept_line_up(actor=world.plans[0].officer, plan_id=world.plans[0].pk)
    services.accept_offer(actor=officer_of(second), allocation_id=second.pk)
    Allocation.objects.filter(run=world.run).update(respond_until=database_now() - timedelta(seconds=1))

    assert services.lapse_offers() == 1
    assert services.lapse_offers() == 0

    first.refresh_from_db()
    assert (first.status, first.institution_response) == (AllocationStatus.LAPSED, Response.LAPSED)
    assert world.offer_of(world.applications[2]).units == 10
    assert money(world)[0] == 15 * PRICE


def test_a_silent_supplier_ends_the_product_in_this_round():
    world = publish(make_world())
    Allocation.objects.filter(run=world.run).update(respond_until=database_now() - timedelta(seconds=1))

    assert services.lapse_offers() == 2

    assert status_of(world.applications[2]) == ApplicationStatus.NOT_MATCHED
    assert money(world) == (0, 0, 0)


def test_no_contract_while_an_offer_is_open():
    world = publish(make_world())

    with pytest.raises(LineUpOpen):
        services.prepare_contract(
            actor=world.officer, plan_id=world.plans[0].pk, delivery_due_on=database_now().date() + timedelta(days=30)
        )


def test_confirming_moves_no_money():
    world = confirm_all(make_world())

    assert money(world) == (15 * PRICE, 0, 0)
