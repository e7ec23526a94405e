"""The transactional outbox: services name a task, the relay sends it after the commit, a sweep sends it again.

A broker that is down loses nothing, and a transaction that rolls back sends nothing. Tasks are delivered at least once
and done once: the envelope in :mod:`core.tasks` skips a message whose work is recorded as done.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from core.audit import record
from core.errors import IllegalTransition
from core.models import OutboxMessage

log = logging.getLogger(__name__)

CHANNEL = "outbox"
# Times that a worker began; sending costs none, so neither a long task nor a long outage of the workers uses them up.
MAX_ATTEMPTS = 20
# The pause before the next sending doubles up to this, or to the message's own, where that is longer.
LONGEST_PAUSE_SECONDS = 3600
BATCH = 1000


def enqueue(task: str, *, delay_seconds: int = 0, resend_after_seconds: int = 120, **kwargs: Any) -> OutboxMessage:
    """Ask for ``task`` to run with ``kwargs`` (plain JSON, identifiers only) once this transaction has committed.

    Args:
        task: the registered name, for example ``matching.advance_run``.
        delay_seconds: not before this many seconds from now.
        resend_after_seconds: send again when it is neither done nor in a worker's hands by then; later twice as long.
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
    return OutboxMessage.objects.filter(done_at=None, failed_at=None, available_at__lte=timezone.now())


def relay(*, send: Callable[[OutboxMessage], None], batch: int = 100) -> int:
    """Send up to ``batch`` waiting messages with ``send``; returns how many went out.

    Rows are claimed with ``SKIP LOCKED``, so several relays may run. An exception of ``send`` (the broker is away)
    leaves the message waiting.
    """
    claimed = _claim(batch)
    for index, message in enumerate(claimed):
        try:
            send(message)
        except (OSError, OperationalError) as error:
            _release(claimed[index:], error)
            return index
    return len(claimed)


@transaction.atomic
def _claim(batch: int) -> list[OutboxMessage]:
    """Messages that are to be sent now, marked as sent.

    One that a worker has in hand is looked at again later. One that workers began too often is given up.
    """
    found = list(waiting().select_for_update(of=("self",), skip_locked=True).order_by("available_at")[:batch])
    in_hand = _in_hand([message for message in found if message.sent_at])
    now = timezone.now()
    claimed = []
    for message in found:
        if message.pk in in_hand:
            message.available_at = now + timedelta(seconds=message.resend_after_seconds)
        elif message.attempts >= MAX_ATTEMPTS:
            message.failed_at = now
            log.error("gave up on outbox message %s after %s attempts", message, message.attempts)
        else:
            message.sent_at, message.send_count = now, message.send_count + 1
            message.available_at = now + _pause(message)
            claimed.append(message)
    OutboxMessage.objects.bulk_update(found, ["sent_at", "send_count", "available_at", "failed_at"])
    return claimed


def _pause(message: OutboxMessage) -> timedelta:
    """How long to wait for a worker: twice as long after each sending."""
    longest = max(message.resend_after_seconds, LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=min(message.resend_after_seconds * 2 ** min(message.send_count - 1, 30), longest))


def _in_hand(messages: Sequence[OutboxMessage]) -> set[uuid.UUID]:
    """Those whose advisory lock a worker holds; a worker that died has lost it with its connection."""
    if not messages:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s) AS id WHERE NOT pg_try_advisory_xact_lock(hashtextextended(id, 0))",
            [[str(message.pk) for message in messages]],
        )
        return {uuid.UUID(row[0]) for row in cursor.fetchall()}


def _release(messages: Sequence[OutboxMessage], error: Exception) -> None:
    """The broker is away: the messages wait again and the sending does not count."""
    log.warning("broker not reachable, %s messages wait: %s", len(messages), error)
    OutboxMessage.objects.filter(pk__in=[m.pk for m in messages], done_at=None, failed_at=None).update(
        sent_at=None, send_count=F("send_count") - 1, available_at=timezone.now(), last_error=str(error)[:1000]
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


def begin(*, message_id: str) -> bool:
    """Count that a worker begins; False when the message is done or given up, and nothing is to be done any more."""
    message = OutboxMessage.objects.filter(pk=message_id)
    begun = message.filter(done_at=None, failed_at=None).update(attempts=F("attempts") + 1)
    return bool(begun) or not message.exists()


def mark_done(*, message_id: str) -> None:
    """The work behind a message is finished."""
    OutboxMessage.objects.filter(pk=message_id, done_at=None).update(done_at=timezone.now(), last_error="")


def mark_error(*, message_id: str, error: str) -> None:
    """Remember why the last attempt failed; the sweep sends it again."""
    OutboxMessage.objects.filter(pk=message_id).update(last_error=error[:1000])


@transaction.atomic
def send_again(*, actor: Any, message_id: str) -> OutboxMessage:
    """Give a message that was given up a new start, once its cause is mended.

    Raises:
        IllegalTransition: it is done, or still on its way.
    """
    message = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.failed_at is None:
        raise IllegalTransition(_("Only a message that was given up can be sent again."))
    message.failed_at, message.sent_at, message.available_at = None, None, timezone.now()
    message.attempts = message.send_count = 0
    message.save(update_fields=["failed_at", "sent_at", "available_at", "attempts", "send_count"])
    record(actor=actor, verb="send_again", target=message, details={"error": message.last_error})
    return message
