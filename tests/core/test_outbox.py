import time

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from core import outbox
from core.errors import IllegalTransition
from core.models import AuditEntry, OutboxMessage
from core.tasks import outbox_task

RAN: list[int] = []


@outbox_task(name="tests.count")
def count(*, number: int) -> None:
    RAN.append(number)


@outbox_task(name="tests.fail")
def fail() -> None:
    raise RuntimeError("not today")


@pytest.fixture(autouse=True)
def _forget():
    RAN.clear()


def run(message):
    current_app.tasks[message.task].apply(kwargs=message.kwargs, task_id=str(message.pk)).get()


@pytest.mark.django_db(transaction=True)
def test_a_task_of_a_transaction_that_rolls_back_never_runs(run_outbox):
    with transaction.atomic():
        outbox.enqueue("tests.count", number=1)
        transaction.set_rollback(True)

    assert run_outbox() == 0
    assert RAN == []


@pytest.mark.django_db
def test_a_task_runs_once_however_often_it_is_delivered(run_outbox):
    message = outbox.enqueue("tests.count", number=7)

    assert run_outbox() == 1
    run(message)
    run(message)

    assert RAN == [7]


@pytest.mark.django_db
def test_with_the_broker_down_nothing_is_lost_and_it_runs_once_when_back(run_outbox):
    for number in (1, 2):
        outbox.enqueue("tests.count", number=number)

    def down(message):
        raise OperationalError("connection refused")

    assert outbox.relay(send=down) == 0
    assert outbox.relay(send=down) == 0
    assert OutboxMessage.objects.filter(sent_at=None, send_count=0).count() == 2
    assert run_outbox() == 2
    assert sorted(RAN) == [1, 2]


@pytest.mark.django_db
def test_a_message_whose_worker_died_is_sent_again(run_outbox):
    message = outbox.enqueue("tests.count", number=3, resend_after_seconds=0)
    outbox.relay(send=lambda m: None)

    assert list(outbox.waiting()) == [message]
    assert run_outbox() == 1
    assert RAN == [3]


def failed_for_good():
    message = outbox.enqueue("tests.fail", resend_after_seconds=0)
    for _attempt in range(outbox.MAX_ATTEMPTS):
        outbox.relay(send=lambda m: None)
        with pytest.raises(RuntimeError):
            run(message)
    return message


@pytest.mark.django_db
def test_an_error_is_remembered_and_the_message_given_up_after_many_attempts():
    message = failed_for_good()
    assert "not today" in OutboxMessage.objects.get().last_error

    assert outbox.relay(send=lambda m: None) == 0

    message.refresh_from_db()
    assert (message.failed_at is not None, message.attempts) == (True, outbox.MAX_ATTEMPTS)
    assert not outbox.waiting().exists()
    run(message)  # a copy that was still on its way
    message.refresh_from_db()
    assert message.attempts == outbox.MAX_ATTEMPTS


@pytest.mark.django_db
def test_a_message_given_up_can_be_sent_again_and_the_log_tells():
    message = failed_for_good()
    with pytest.raises(IllegalTransition):
        outbox.send_again(actor=None, message_id=message.pk)
    outbox.relay(send=lambda m: None)

    outbox.send_again(actor=None, message_id=message.pk)

    assert list(outbox.waiting()) == [message]
    entry = AuditEntry.objects.get(verb="send_again")
    assert (entry.target_id, "not today" in entry.details["error"]) == (str(message.pk), True)


@pytest.mark.django_db
def test_no_number_of_sendings_gives_a_message_up_while_the_workers_are_away(run_outbox):
    message = outbox.enqueue("tests.count", number=4, resend_after_seconds=0)
    for _sending in range(5 * outbox.MAX_ATTEMPTS):
        assert outbox.relay(send=lambda m: None) == 1

    for _copy in range(3):
        run(message)

    message.refresh_from_db()
    assert (message.done_at is not None, message.failed_at, message.attempts) == (True, None, 1)
    assert RAN == [4]


@pytest.mark.django_db
def test_the_pause_between_sendings_doubles_up_to_an_hour():
    message = outbox.enqueue("tests.count", number=5)
    pauses = []
    for _sending in range(7):
        OutboxMessage.objects.update(available_at=timezone.now())
        outbox.relay(send=lambda m: None)
        message.refresh_from_db()
        pauses.append(round((message.available_at - message.sent_at).total_seconds()))

    assert pauses == [120, 240, 480, 960, 1920, 3600, 3600]


@pytest.mark.django_db(transaction=True)
def test_a_message_in_a_workers_hands_is_not_sent_again_until_the_worker_dies():
    message = outbox.enqueue("tests.count", number=6, resend_after_seconds=1)
    outbox.relay(send=lambda m: None)
    worker = connection.copy()
    with worker.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [str(message.pk)])
    try:
        for _look in range(2 * outbox.MAX_ATTEMPTS):
            OutboxMessage.objects.update(available_at=timezone.now())
            assert outbox.relay(send=lambda m: None) == 0
    finally:
        worker.close()

    message.refresh_from_db()
    assert (message.send_count, message.failed_at) == (1, None)
    OutboxMessage.objects.update(available_at=timezone.now())
    assert relayed_soon() == 1


def relayed_soon():
    """The server lets go of a closed connection's locks a moment later."""
    for _look in range(50):
        if sent := outbox.relay(send=lambda m: None):
            return sent
        OutboxMessage.objects.update(available_at=timezone.now())
        time.sleep(0.1)
    return 0


@pytest.mark.django_db
def test_two_relays_share_the_work(run_outbox):
    outbox.enqueue("tests.count", number=1)
    seen = []

    outbox.relay(send=seen.append)
    outbox.relay(send=seen.append)

    assert len(seen) == 1
