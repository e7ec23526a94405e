"""Every edge of the five lifecycles, listed by hand, against the tables and against the database."""

import itertools

import pytest
from django.db import Error, connection, transaction

from core.errors import DomainError
from pilots.enums import (
    AnnualPlanStatus,
    ApplicationAction,
    ApplicationStatus,
    PlanAction,
    PlanStatus,
    RoundAction,
    RoundStatus,
)
from pilots.models import PilotApplication, PilotRound, PilotUsePlan, RuleSet
from pilots.workflow import APPLICATION_WORKFLOW, PLAN_WORKFLOW, ROUND_WORKFLOW
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import (
    AnnualPlanFactory,
    ApplicationFactory,
    PlanFactory,
    RoundFactory,
    RuleSetFactory,
    walk,
)

A, P, R = ApplicationStatus, PlanStatus, RoundStatus

ROUND_LEGAL = {
    (R.PLANNED, RoundAction.OPEN_INTAKE): R.PLAN_INTAKE,
    (R.PLAN_INTAKE, RoundAction.OPEN): R.OPEN,
    (R.OPEN, RoundAction.CLOSE): R.CLOSED,
    (R.CLOSED, RoundAction.START_REVIEW): R.REVIEWING,
    (R.REVIEWING, RoundAction.FREEZE): R.MATCHING,
    (R.MATCHING, RoundAction.PUBLISH_RESULT): R.RESULT_PUBLISHED,
    (R.RESULT_PUBLISHED, RoundAction.START_EXECUTING): R.EXECUTING,
    (R.EXECUTING, RoundAction.COMPLETE): R.COMPLETED,
    (R.PLANNED, RoundAction.CANCEL): R.CANCELLED,
    (R.PLAN_INTAKE, RoundAction.CANCEL): R.CANCELLED,
    (R.OPEN, RoundAction.CANCEL): R.CANCELLED,
    (R.CLOSED, RoundAction.CANCEL): R.CANCELLED,
    (R.REVIEWING, RoundAction.CANCEL): R.CANCELLED,
    (R.MATCHING, RoundAction.CANCEL): R.CANCELLED,
}

PLAN_LEGAL = {
    (P.DRAFT, PlanAction.SUBMIT): P.SUBMITTED,
    (P.RETURNED, PlanAction.SUBMIT): P.SUBMITTED,
    (P.SUBMITTED, PlanAction.RETURN): P.RETURNED,
    (P.SUBMITTED, PlanAction.APPROVE): P.APPROVED,
    (P.SUBMITTED, PlanAction.EXCLUDE): P.EXCLUDED,
    (P.RETURNED, PlanAction.EXCLUDE): P.EXCLUDED,
    (P.APPROVED, PlanAction.EXCLUDE): P.EXCLUDED,
    (P.DRAFT, PlanAction.WITHDRAW): P.WITHDRAWN,
    (P.SUBMITTED, PlanAction.WITHDRAW): P.WITHDRAWN,
    (P.RETURNED, PlanAction.WITHDRAW): P.WITHDRAWN,
}

APPLICATION_LEGAL = {
    (A.DRAFT, ApplicationAction.SUBMIT): A.SUBMITTED,
    (A.SUBMITTED, ApplicationAction.START_REVIEW): A.UNDER_REVIEW,
    (A.UNDER_REVIEW, ApplicationAction.PASS): A.REVIEW_PASSED,
    (A.UNDER_REVIEW, ApplicationAction.ADJUST): A.REVIEW_ADJUSTED,
    (A.UNDER_REVIEW, ApplicationAction.REJECT): A.REVIEW_REJECTED,
    (A.REVIEW_PASSED, ApplicationAction.REOPEN): A.UNDER_REVIEW,
    (A.REVIEW_ADJUSTED, ApplicationAction.REOPEN): A.UNDER_REVIEW,
    (A.REVIEW_REJECTED, ApplicationAction.REOPEN): A.UNDER_REVIEW,
    (A.REVIEW_PASSED, ApplicationAction.MATCH): A.MATCHED,
    (A.REVIEW_ADJUSTED, ApplicationAction.MATCH): A.MATCHED,
    (A.WAITLISTED, ApplicationAction.MATCH): A.MATCHED,
    (A.REVIEW_PASSED, ApplicationAction.WAITLIST): A.WAITLISTED,
    (A.REVIEW_ADJUSTED, ApplicationAction.WAITLIST): A.WAITLISTED,
    (A.REVIEW_PASSED, ApplicationAction.NOT_MATCH): A.NOT_MATCHED,
    (A.REVIEW_ADJUSTED, ApplicationAction.NOT_MATCH): A.NOT_MATCHED,
    (A.WAITLISTED, ApplicationAction.NOT_MATCH): A.NOT_MATCHED,
    (A.NOT_MATCHED, ApplicationAction.CORRECT): A.MATCHED,
    (A.NOT_MATCHED, ApplicationAction.RELIST): A.WAITLISTED,
    (A.MATCHED, ApplicationAction.CONFIRM): A.CONFIRMED,
    (A.REVIEW_PASSED, ApplicationAction.CONFIRM): A.CONFIRMED,
    (A.REVIEW_ADJUSTED, ApplicationAction.CONFIRM): A.CONFIRMED,
    (A.MATCHED, ApplicationAction.DECLINE): A.DECLINED,
    (A.CONFIRMED, ApplicationAction.DECLINE): A.DECLINED,
    **{
        (state, action): target
        for state in (A.SUBMITTED, A.UNDER_REVIEW, A.REVIEW_PASSED, A.REVIEW_ADJUSTED, A.WAITLISTED)
        for action, target in (
            (ApplicationAction.WITHDRAW, A.WITHDRAWN),
            (ApplicationAction.INVALIDATE, A.INVALID),
        )
    },
}


def moves(workflow):
    """The table itself, as (state, action) -> state."""
    return {(source, action): target for action, (sources, target) in workflow.edges.items() for source in sources}


@pytest.mark.parametrize(
    ("workflow", "legal"),
    [
        (ROUND_WORKFLOW, ROUND_LEGAL),
        (PLAN_WORKFLOW, PLAN_LEGAL),
        (APPLICATION_WORKFLOW, APPLICATION_LEGAL),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_table_is_the_one_written_here_by_hand(workflow, legal):
    assert moves(workflow) == legal


@pytest.mark.parametrize(("state", "action"), list(itertools.product(R, RoundAction)))
def test_a_round_takes_every_legal_step_and_no_other(state, action):
    pilot_round = PilotRound(status=state, plan=AnnualPlanFactory.build(status=AnnualPlanStatus.CONFIRMED))
    everything = PpsUserFactory.build()
    everything.role_codes = lambda: {"reviewer", "matcher", "approver", "contract", "admin"}

    if (state, action) in ROUND_LEGAL:
        ROUND_WORKFLOW.advance(pilot_round, action, everything)
        assert pilot_round.status == ROUND_LEGAL[state, action]
    else:
        with pytest.raises(DomainError):
            ROUND_WORKFLOW.advance(pilot_round, action, everything)
        assert pilot_round.status == state


def refused(work):
    """Whether the database refuses what ``work`` does."""
    try:
        with transaction.atomic():
            work()
    except Error:
        return True
    return False


def by_save(row, state):
    row.status = state
    row.save(update_fields=["status"])


def by_update(row, state):
    type(row)._default_manager.filter(pk=row.pk).update(status=state)


def by_sql(row, state):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET status = %s WHERE id = %s", [str(state), row.pk])


ROUND_PATH = [R.PLANNED, R.PLAN_INTAKE, R.OPEN, R.CLOSED, R.REVIEWING, R.MATCHING]


@pytest.mark.django_db
@pytest.mark.parametrize("way", [by_save, by_update, by_sql])
@pytest.mark.parametrize("at", range(len(ROUND_PATH)), ids=[str(s) for s in ROUND_PATH])
def test_the_database_refuses_every_other_step_of_a_round(at, way):
    pilot_round = RoundFactory()
    walk(pilot_round, *ROUND_PATH[1 : at + 1])
    legal = {target for (source, _a), target in ROUND_LEGAL.items() if source == ROUND_PATH[at]}

    outcomes = {
        state: refused(lambda state=state: way(PilotRound.objects.get(pk=pilot_round.pk), state))
        for state in R
        if state not in legal and state != ROUND_PATH[at]
    }

    assert set(outcomes.values()) == {True}


@pytest.mark.django_db
@pytest.mark.parametrize("way", [by_save, by_update, by_sql])
@pytest.mark.parametrize(
    ("trait", "state"), [({}, A.DRAFT), ({"submitted": True}, A.SUBMITTED), ({"matched": True}, A.MATCHED)]
)
def test_the_database_refuses_every_other_step_of_an_application(trait, state, way):
    application = ApplicationFactory(**trait)
    legal = {target for (source, _a), target in APPLICATION_LEGAL.items() if source == state}

    outcomes = {
        target: refused(lambda target=target: way(PilotApplication.objects.get(pk=application.pk), target))
        for target in A
        if target not in legal and target != state
    }

    assert set(outcomes.values()) == {True}


@pytest.mark.django_db
@pytest.mark.parametrize("way", [by_save, by_update, by_sql])
def test_the_database_refuses_to_approve_a_draft_plan(way):
    plan = PlanFactory()

    assert refused(lambda: way(PilotUsePlan.objects.get(pk=plan.pk), P.APPROVED))


@pytest.mark.django_db
def test_nothing_is_born_approved():
    assert refused(lambda: RoundFactory(status=R.OPEN))
    assert refused(lambda: PlanFactory(status=P.APPROVED))


@pytest.mark.django_db
def test_rules_in_use_stay_even_when_the_lock_was_forgotten():
    pilot_round = RoundFactory(intake=True)

    with pytest.raises(Error, match="has begun"), transaction.atomic():
        RuleSet.objects.filter(pk=pilot_round.rule_set_id).update(body={})


@pytest.mark.django_db
def test_a_round_keeps_the_rules_that_its_notice_printed():
    pilot_round, other = RoundFactory(), RuleSetFactory()
    PilotRound.objects.filter(pk=pilot_round.pk).update(rule_set=other)
    begun = RoundFactory(intake=True)

    with pytest.raises(Error, match="are fixed"), transaction.atomic():
        PilotRound.objects.filter(pk=begun.pk).update(rule_set=other)
