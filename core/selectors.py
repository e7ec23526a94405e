from typing import Any

from django.db.models import QuerySet

from core.models import Notification


def inbox(*, actor: Any, unread: bool = False) -> QuerySet[Notification]:
    """The actor's notifications, newest first."""
    rows = Notification.objects.filter(recipient_id=actor.pk).order_by("-pk")
    return rows.filter(read_at=None) if unread else rows
