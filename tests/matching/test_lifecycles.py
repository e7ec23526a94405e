"""Every edge of the five lifecycles of this app, written by hand, against the tables and against the database."""

import itertools

import pytest
from django.db import Error, connection, transaction

from core.errors import DomainError
from core.workflow import SYSTEM
from matching.enums import (
    AllocationAction,
    AllocationStatus,
    AmendmentAction,
    AmendmentStatus,
    ContractAction,
    ContractStatus,
    LineAction,
    LineStatus,
    RunAction,
    RunStatus,
)
from matching.models import Allocation, Contract, ContractLine, MatchingRun
from matching.workflow import (
    ALLOCATION_WORKFLOW,
    AMENDMENT_WORKFLOW,
    CONTRACT_WORKFLOW,
    LINE_WORKFLOW,
    RUN_WORKFLOW,
)
from tests.accounts.factories import PpsUserFactory
from tests.matching.factories import ContractFactory, ContractLineFactory, approve, make_world, solve

R, A, C, L, M = RunStatus, AllocationStatus, ContractStatus, LineStatus, AmendmentStatus

RUN_LEGAL = {
    (R.QUEUED, RunAction.BEGIN): R.RUNNING,
    (R.QUEUED, RunAction.CANCEL): R.CANCELLED,
    (R.RUNNING, RunAction.REQUEST_CANCEL): R.CANCELLING,
    (R.RUNNING, RunAction.SOLVE): R.SOLVED,
    (R.RUNNING, RunAction.FAIL): R.FAILED,
    (R.CANCELLING, RunAction.CANCEL): R.CANCELLED,
    (R.CANCELLING, RunAction.FAIL): R.FAILED,
    (R.SOLVED, RunAction.PROPOSE): R.PROPOSED,
    (R.SOLVED, RunAction.SUPERSEDE): R.SUPERSEDED,
    (R.PROPOSED, RunAction.RETURN): R.SOLVED,
    (R.PROPOSED, RunAction.APPROVE): R.APPROVED,
    (R.PROPOSED, RunAction.SUPERSEDE): R.SUPERSEDED,
}
ALLOCATION_LEGAL = {
    (A.OFFERED, AllocationAction.CONFIRM): A.CONFIRMED,
    (A.OFFERED, AllocationAction.DECLINE): A.DECLINED,
    (A.OFFERED, AllocationAction.LAPSE): A.LAPSED,
    (A.CONFIRMED, AllocationAction.CANCEL): A.CANCELLED,
}
CONTRACT_LEGAL = {
    (C.PREPARING, ContractAction.SIGN): C.SIGNED,
    (C.PREPARING, ContractAction.FAIL): C.FAILED,
    (C.SIGNED, ContractAction.BEGIN_DELIVERY): C.IN_DELIVERY,
    (C.SIGNED, ContractAction.TERMINATE): C.TERMINATED,
    (C.IN_DELIVERY, ContractAction.TERMINATE): C.TERMINATED,
    (C.IN_DELIVERY, ContractAction.ACCEPT): C.ACCEPTED,
    (C.IN_DELIVERY, ContractAction.CURTAIL): C.ACCEPTED,
    (C.ACCEPTED, ContractAction.PAY): C.PAID,
    (C.PAID, ContractAction.CLOSE): C.CLOSED,
}
LINE_LEGAL = {
    (L.AWAITING_DELIVERY, LineAction.DELIVER): L.DELIVERED,
    (L.AWAITING_DELIVERY, LineAction.CANCEL): L.CANCELLED,
    (L.DELIVERED, LineAction.ACCEPT): L.ACCEPTED,
    (L.DELIVERED, LineAction.REJECT): L.REJECTED,
    (L.DELIVERED, LineAction.CANCEL): L.CANCELLED,
    (L.REJECTED, LineAction.DELIVER): L.DELIVERED,
    (L.REJECTED, LineAction.CANCEL): L.CANCELLED,
}
AMENDMENT_LEGAL = {
    (M.PROPOSED, AmendmentAction.APPROVE): M.APPROVED,
    (M.PROPOSED, AmendmentAction.REJECT): M.REJECTED,
}
TABLES = [
    (RUN_WORKFLOW, RUN_LEGAL),
    (ALLOCATION_WORKFLOW, ALLOCATION_LEGAL),
    (CONTRACT_WORKFLOW, CONTRACT_LEGAL),
    (LINE_WORKFLOW, LINE_LEGAL),
    (AMENDMENT_WORKFLOW, AMENDMENT_LEGAL),
]


@pytest.mark.parametrize(("workflow", "legal"), TABLES, ids=lambda value: getattr(value, "name", ""))
def test_the_table_is_the_one_written_here_by_hand(workflow, legal):
    moves = {(source, action): target for action, (sources, target) in workflow.edges.items() for source in sources}
    assert moves == legal


@pytest.mark.parametrize(("state", "action"), list(itertools.product(R, RunAction)))
def test_a_run_takes_every_legal_step_and_no_other(state, action):
    person = PpsUserFactory.build()
    person.role_codes = lambda: {"matcher", "approver"}
    actor = SYSTEM if RUN_WORKFLOW.rules[action].system else person
    run = MatchingRun(status=state)

    if (state, action) in RUN_LEGAL:
        RUN_WORKFLOW.advance(run, action, actor)
        assert run.status == RUN_LEGAL[state, action]
    else:
        with pytest.raises(DomainError):
            RUN_WORKFLOW.advance(run, action, actor)
        assert run.status == state


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


WAYS = pytest.mark.parametrize("way", [by_save, by_update, by_sql])


def outcomes(row, way, states, legal):
    """For every state that is no legal target from here: was it refused?"""
    at = row.status
    targets = {target for (source, _action), target in legal.items() if source == at}
    fresh = type(row)._default_manager.get
    return {
        state: refused(lambda state=state: way(fresh(pk=row.pk), state))
        for state in states
        if state not in targets and state != at
    }


@pytest.mark.django_db
@WAYS
def test_the_database_refuses_every_other_step_of_a_solved_run(way):
    run = solve(make_world(wanted=((4, 2, 700),))).run

    assert set(outcomes(run, way, R, RUN_LEGAL).values()) == {True}


@pytest.mark.django_db
@WAYS
def test_the_database_refuses_every_other_step_of_an_offer(way):
    offer = approve(make_world(wanted=((4, 2, 700),))).offers[0]

    assert set(outcomes(offer, way, A, ALLOCATION_LEGAL).values()) == {True}


@pytest.mark.django_db
@WAYS
@pytest.mark.parametrize("trait", ["", "signed", "in_delivery", "accepted", "paid"])
def test_the_database_refuses_every_other_step_of_a_contract(trait, way):
    contract = ContractFactory(**({trait: True} if trait else {}))

    assert set(outcomes(contract, way, C, CONTRACT_LEGAL).values()) == {True}


@pytest.mark.django_db
@WAYS
@pytest.mark.parametrize("trait", ["", "delivered", "rejected", "accepted"])
def test_the_database_refuses_every_other_step_of_a_line(trait, way):
    line = ContractLineFactory(**({trait: True} if trait else {}))

    assert set(outcomes(line, way, L, LINE_LEGAL).values()) == {True}


@pytest.mark.django_db
def test_nothing_is_born_decided():
    line = ContractLineFactory()
    offer = approve(make_world(wanted=((4, 2, 700),))).offers[0]

    assert refused(lambda: Contract.objects.create(**_copy(line.contract), status=C.SIGNED, number="C-X"))
    assert refused(lambda: ContractLine.objects.create(**_copy(line), status=L.ACCEPTED, sequence=9))
    assert refused(lambda: Allocation.objects.create(**_copy(offer), status=A.CONFIRMED))


def _copy(row):
    skipped = {"id", "status", "number", "sequence"}
    return {f.attname: getattr(row, f.attname) for f in row._meta.fields if f.name not in skipped}
