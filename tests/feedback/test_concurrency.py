"""Two clicks at the same moment do a thing once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import InternalError, connection, transaction

from core.errors import DomainError
from core.models import Receipt
from feedback import services
from feedback.enums import Outcome, UseStatus
from feedback.models import PilotUse, Verdict
from tests.accounts.factories import PpsUserFactory
from tests.feedback.factories import make_world, report_input


def together(*calls):
    """Run the calls at the same moment, each on its own connection; returns what each did or refused."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait()
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_a_report_submitted_twice_at_once_gets_one_receipt():
    world = make_world().end()
    report = world.report.pk
    services.save_report(actor=world.institution, report_id=report, content=report_input(world.use))

    results = together(*[lambda: services.submit_report(actor=world.institution, report_id=report)] * 2)

    assert sorted(isinstance(result, Receipt) for result in results) == [False, True]
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_deciding_on_a_verdict_at_once_decide_once():
    world = make_world().accept()
    verdict = services.propose_line_verdict(
        actor=world.reviewer, use_id=world.use.pk, outcome=Outcome.SUCCESS, reason="지표"
    )
    other = PpsUserFactory()

    results = together(
        lambda: services.approve_verdict(actor=world.approver, verdict_id=verdict.pk),
        lambda: services.reject_verdict(actor=other, verdict_id=verdict.pk, reason="근거 부족"),
    )

    assert sorted(isinstance(result, Verdict) for result in results) == [False, True]


@pytest.mark.django_db
def test_an_illegal_move_fails_through_save_update_and_raw_sql(world):
    def by_save():
        world.use.status = UseStatus.CLOSED
        world.use.save(update_fields=["status"])

    def by_update():
        PilotUse.objects.filter(pk=world.use.pk).update(status=UseStatus.CLOSED)

    def by_sql():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE feedback_pilotuse SET status = 'closed' WHERE id = %s", [world.use.pk])

    for attempt in (by_save, by_update, by_sql):
        with pytest.raises(InternalError), transaction.atomic():
            attempt()
    assert PilotUse.objects.get().status == UseStatus.AWAITING
