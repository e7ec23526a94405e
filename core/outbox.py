"""The transactional outbox: services name a task, the relay sends it after the commit, a sweep sends it again.

A broker that is down loses nothing, and a transaction that rolls back sends nothing. Tasks are delivered at least once
and done once: the envelope in :mod:`core.tasks` skips a message whose work is recorded as done.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.models import OutboxMessage

log = logging.getLogger(__name__)

CHANNEL = "outbox"
MAX_ATTEMPTS = 20
BATCH = 1000


def enqueue(task: str, *, delay_seconds: int = 0, resend_after_seconds: int = 120, **kwargs: Any) -> OutboxMessage:
    """Ask for ``task`` to run with ``kwargs`` (plain JSON, identifiers only) once this transaction has committed.

    Args:
        task: the registered name, for example ``matching.advance_run``.
        delay_seconds: not before this many seconds from now.
        resend_after_seconds: send again when it is not done by then; longer than the task's time limit.
    """
    (message,) = enqueue_all(task, [kwargs], delay_seconds=delay_seconds, resend_after_seconds=resend_after_seconds)
    return message


def enqueue_all(
    task: str, calls: Sequence[dict[str, Any]], *, delay_seconds: int = 0, resend_after_seconds: int = 120
) -> list[OutboxMessage]:
    """Ask for ``task`` to run once with each of ``calls``; as :func:`enqueue`, in a fixed number of queries."""
    if not calls:
        return []
    available_at = timezone.now() + timedelta(seconds=delay_seconds)
    messages = OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                task=task, kwargs=kwargs, available_at=available_at, resend_after_seconds=resend_after_seconds
            )
            for kwargs in calls
        ],
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    if settings.OUTBOX_EAGER:
        transaction.on_commit(lambda: relay(send=_run_now))
    return messages


def waiting() -> QuerySet[OutboxMessage]:
    """Messages to send now: never sent, or sent and not done within their time."""
    now = timezone.now()
    return OutboxMessage.objects.filter(
        Q(sent_at=None) | Q(sent_at__lt=now - F("resend_after_seconds") * timedelta(seconds=1)),
        done_at=None,
        failed_at=None,
        available_at__lte=now,
    )


def relay(*, send: Callable[[OutboxMessage], None], batch: int = 100) -> int:
    """Send up to ``batch`` waiting messages with ``send``; returns how many went out.

    Rows are claimed with ``SKIP LOCKED``, so several relays may run. An exception of ``send`` (the broker is away)
    leaves the message waiting.
    """
    sent = 0
    with transaction.atomic():
        claimed = list(waiting().select_for_update(of=("self",), skip_locked=True).order_by("available_at")[:batch])
        for message in claimed:
            message.sent_at = timezone.now()
            message.attempts += 1
            if message.attempts > MAX_ATTEMPTS:
                message.failed_at = message.sent_at
        OutboxMessage.objects.bulk_update(claimed, ["sent_at", "attempts", "failed_at"])
    for index, message in enumerate(claimed):
        if message.failed_at is not None:
            log.error("gave up on outbox message %s after %s attempts", message, message.attempts - 1)
            continue
        try:
            send(message)
        except (OSError, OperationalError) as error:
            _release(claimed[index:], error)
            break
        sent += 1
    return sent


def _release(messages: Sequence[OutboxMessage], error: Exception) -> None:
    """The broker is away: the messages wait again and the attempt does not count."""
    log.warning("broker not reachable, %s messages wait: %s", len(messages), error)
    OutboxMessage.objects.filter(pk__in=[m.pk for m in messages], done_at=None, failed_at=None).update(
        sent_at=None, attempts=F("attempts") - 1, last_error=str(error)[:1000]
    )


def send_to_broker(message: OutboxMessage) -> None:
    """Hand a message to Celery, without a retry of its own: the relay is the retry.

    Raises:
        OSError, OperationalError: the broker cannot be reached.
    """
    current_app.send_task(message.task, kwargs=message.kwargs, task_id=str(message.pk), retry=False)


def _run_now(message: OutboxMessage) -> None:
    """Run the task in this process; only where a setting says so (tests, one-off commands)."""
    current_app.tasks[message.task].apply(kwargs=message.kwargs, task_id=str(message.pk)).get()


def mark_done(*, message_id: str) -> None:
    """The work behind a message is finished."""
    OutboxMessage.objects.filter(pk=message_id, done_at=None).update(done_at=timezone.now(), last_error="")


def mark_error(*, message_id: str, error: str) -> None:
    """Remember why the last attempt failed; the sweep sends it again."""
    OutboxMessage.objects.filter(pk=message_id).update(last_error=error[:1000])
