import pytest
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from core import outbox
from core.models import OutboxMessage
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
    assert OutboxMessage.objects.filter(sent_at=None, attempts=0).count() == 2
    assert run_outbox() == 2
    assert sorted(RAN) == [1, 2]


@pytest.mark.django_db
def test_a_message_whose_worker_died_is_sent_again(run_outbox):
    message = outbox.enqueue("tests.count", number=3, resend_after_seconds=0)
    outbox.relay(send=lambda m: None)

    assert list(outbox.waiting()) == [message]
    assert run_outbox() == 1
    assert RAN == [3]


@pytest.mark.django_db
def test_an_error_is_remembered_and_the_message_given_up_after_many_attempts():
    message = outbox.enqueue("tests.fail", resend_after_seconds=0)
    with pytest.raises(RuntimeError):
        run(message)
    message.refresh_from_db()
    assert "not today" in message.last_error

    for _attempt in range(outbox.MAX_ATTEMPTS + 1):
        outbox.relay(send=lambda m: None)

    message.refresh_from_db()
    assert message.failed_at is not None
    assert not outbox.waiting().exists()


@pytest.mark.django_db
def test_two_relays_share_the_work(run_outbox):
    outbox.enqueue("tests.count", number=1)
    seen = []

    outbox.relay(send=seen.append)
    outbox.relay(send=seen.append)

    assert len(seen) == 1
