from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.dashboard import Queue
from core.models import AuditEntry, Notification, OutboxMessage


def inbox(*, actor: Any, unread: bool = False) -> QuerySet[Notification]:
    """The actor's notifications, newest first."""
    rows = Notification.objects.filter(recipient_id=actor.pk).order_by("-pk")
    return rows.filter(read_at=None) if unread else rows


def queues() -> Iterator[Queue]:
    """What waits for PPS: work that the portal has given up."""
    failed = OutboxMessage.objects.exclude(failed_at=None).aggregate(count=Count("pk"), oldest=Min("failed_at"))
    yield Queue(
        title=_("Tasks that failed for good"),
        count=failed["count"],
        url=f"{reverse('admin:core_outboxmessage_changelist')}?failed_at__isempty=0",
        oldest_at=failed["oldest"],
        roles=frozenset({"admin"}),
        hint=_(
            "Letters or calculations that ended in an error again and again. Mend the cause, then send them again."
        ),
    )


def kinds_in_the_log() -> list[str]:
    """The kinds of cases that the audit log knows."""
    return list(AuditEntry.objects.order_by("target_type").values_list("target_type", flat=True).distinct())


def verbs_in_the_log(*, target_type: str) -> list[str]:
    """What has happened to cases of a kind."""
    rows = AuditEntry.objects.filter(target_type=target_type).order_by("verb")
    return list(rows.values_list("verb", flat=True).distinct())
