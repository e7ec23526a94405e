"""A real broker that goes away and comes back, a real worker: nothing is lost, and nothing is done twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import kombu.pools
import pytest
import redis
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.db import connections, transaction

from core import embedded, outbox
from core.models import OutboxMessage
from core.tasks import outbox_task
from tests.embedded.conftest import ELSEWHERE, comes_true

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "celery"
DONE: list[int] = []


@outbox_task(name="tests.outage")
def outage(*, number: int) -> None:
    DONE.append(number)
    connections.close_all()


class Broker:
    """A broker of this test's own, to be stopped and started."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.services: embedded.Services | None = None

    def start(self) -> None:
        self.services = embedded.ensure("test", base=self.base)

    def stop(self) -> None:
        if self.services:
            self.services.close(wait=True)
        self.services = None

    def waiting(self) -> int:
        """How many messages the queue holds."""
        link = redis.Redis.from_url(embedded.urls("test", base=self.base).redis_url)
        try:
            return int(link.llen(QUEUE))
        finally:
            link.close()


@pytest.fixture
def broker(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    monkeypatch.setenv("DATABASE_URL", ELSEWHERE)  # only the broker is this test's own
    monkeypatch.delenv("REDIS_URL", raising=False)
    before = current_app.conf.broker_url
    current_app.conf.broker_url = embedded.urls("test", base=base).broker_url
    _forget_connections()
    DONE.clear()
    own = Broker(base)
    yield own
    own.stop()
    current_app.conf.broker_url = before
    _forget_connections()


def _forget_connections() -> None:
    current_app.pool.force_close_all()
    current_app._pool = None
    kombu.pools.reset()
    current_app.amqp._producer_pool = None


@pytest.fixture
def work() -> Callable[[Callable[[], bool]], bool]:
    """Let a worker run until something is true."""

    def until(condition: Callable[[], bool]) -> bool:
        with start_worker(current_app, pool="solo", perform_ping_check=False, loglevel="error", shutdown_timeout=20):
            return comes_true(condition, within=30)

    return until


def _is_done(message: OutboxMessage) -> bool:
    return OutboxMessage.objects.filter(pk=message.pk, done_at__isnull=False).exists()


def test_a_task_enqueued_while_the_broker_is_down_runs_once_when_it_is_back_once(broker, work):
    broker.start()
    broker.stop()

    with transaction.atomic():
        message = outbox.enqueue("tests.outage", number=1)
    assert outbox.relay(send=outbox.send_to_broker) == 0
    assert outbox.relay(send=outbox.send_to_broker) == 0
    message.refresh_from_db()
    assert (message.sent_at, message.send_count) == (None, 0)
    assert message.last_error != ""

    broker.start()
    assert outbox.relay(send=outbox.send_to_broker) == 1
    assert outbox.relay(send=outbox.send_to_broker) == 0
    assert broker.waiting() == 1
    assert work(lambda: _is_done(message))
    assert DONE == [1]
    assert broker.waiting() == 0


def test_a_task_that_a_dying_broker_forgot_is_sent_again_and_runs_once(broker, work):
    broker.start()
    message = outbox.enqueue("tests.outage", number=2, resend_after_seconds=0)
    assert outbox.relay(send=outbox.send_to_broker) == 1
    broker.stop()

    broker.start()
    assert broker.waiting() == 0, "this broker keeps nothing on disk"
    assert outbox.relay(send=outbox.send_to_broker) == 1
    assert outbox.relay(send=outbox.send_to_broker) == 1, "not done yet, so it is sent once more"
    assert broker.waiting() == 2
    assert work(lambda: _is_done(message) and broker.waiting() == 0)
    assert DONE == [2]
