"""The envelope around every task, and the platform's own tasks."""

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import connection

from core import chains, notifications, outbox, uploads

log = logging.getLogger(__name__)


def outbox_task(*, name: str, time_limit: int = 600) -> Callable[[Callable[..., None]], Any]:
    """Register a task that runs for an outbox message: late acknowledgement, and done once.

    The message identifier is the task identifier. A message already done or given up is skipped; two deliveries at the
    same time are kept apart by a session-level advisory lock, which also tells the relay that a long task is not lost;
    an error is written to the message and the sweep tries again.
    """

    def decorate(function: Callable[..., None]) -> Any:
        @shared_task(name=name, bind=True, acks_late=True, time_limit=time_limit)
        def envelope(task: Any, /, **kwargs: Any) -> None:
            message_id = str(task.request.id)
            if not _claim(message_id):
                return
            try:
                function(**kwargs)
            except Exception as error:
                outbox.mark_error(message_id=message_id, error=repr(error))
                raise
            else:
                outbox.mark_done(message_id=message_id)
            finally:
                _unclaim(message_id)

        return envelope

    return decorate


def _claim(message_id: str) -> bool:
    """Take the message for this process; False when it has ended or somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [message_id])
        if not cursor.fetchone()[0]:
            return False
    if not outbox.begin(message_id=message_id):
        _unclaim(message_id)
        return False
    return True


def _unclaim(message_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [message_id])


@outbox_task(name="core.deliver_notification", time_limit=60)
def deliver_notification(*, notification_id: int) -> None:
    notifications.deliver(notification_id=notification_id)


@shared_task(name="core.send_digests")
def send_digests() -> None:
    notifications.send_digests()


@shared_task(name="core.sweep_uploads")
def sweep_uploads() -> None:
    uploads.drop_orphans()


@shared_task(name="core.seal_chains")
def seal_chains() -> None:
    chains.seal_all()
