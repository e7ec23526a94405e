"""The audit log: one row per service, in the same transaction as what it describes."""

from typing import Any

from django.db import models
from django.db.models import QuerySet

from core.models import AuditEntry
from core.workflow import System


def record(
    *,
    actor: Any,
    verb: str,
    target: models.Model,
    before: str = "",
    after: str = "",
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one business event.

    Args:
        actor: the signed-in person; None or ``SYSTEM`` for the portal itself.
        verb: the action's code, for example ``submit``.
        target: the saved row the event is about.
        before, after: states, where the event moved a lifecycle.
        reason: what the person gave as the reason.
        details: further facts as plain JSON, without personal data.
    """
    person = None if actor is None or isinstance(actor, System) else actor
    return AuditEntry.objects.create(
        actor=person,
        actor_label=str(person or "system")[:200],
        verb=str(verb),
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:300],
        before=str(before),
        after=str(after),
        reason=reason,
        details=details or {},
    )


def history_of(*, target: models.Model) -> QuerySet[AuditEntry]:
    """Everything that happened to a case, oldest first."""
    return (
        AuditEntry.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))
        .select_related("actor")
        .order_by("id")
    )
