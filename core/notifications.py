"""Notifications: a row first, then mail. The inbox and the mail render from the same pair of templates."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import TextChoices
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.module_loading import import_string, module_has_submodule

from core.models import Notification, NotificationPreference
from core.outbox import enqueue


def kinds() -> dict[str, Any]:
    """Every kind of fact and its label, collected from the ``Fact`` choices in the apps' ``enums.py``."""
    found: dict[str, Any] = {}
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "enums"):
            try:
                facts = import_string(f"{config.name}.enums.Fact")
            except ImportError:
                continue
            if issubclass(facts, TextChoices):
                found.update(facts.choices)
    return found


def notify(*, recipient: Any, kind: str, url: str = "", **params: Any) -> Notification:
    """Tell one person a fact, inside the transaction that makes it true.

    Args:
        recipient: the user.
        kind: a member of an app's ``Fact``; names the templates ``<app>/mail/<fact>_subject.txt`` and ``_body.txt``.
        url: path of the page where the person acts on it.
        params: what the templates say, as plain JSON.
    """
    wants_mail = not NotificationPreference.objects.filter(
        owner_id=recipient.pk, kind=str(kind), wants_mail=False
    ).exists()
    row = Notification.objects.create(
        recipient_id=recipient.pk, kind=str(kind), params=params, url=url, wants_mail=wants_mail
    )
    if wants_mail:
        enqueue("core.deliver_notification", notification_id=row.pk)
    return row


def notify_all(*, recipients: Iterable[Any], kind: str, url: str = "", **params: Any) -> list[Notification]:
    """Tell several people the same fact; each person once."""
    unique = {person.pk: person for person in recipients}
    return [notify(recipient=person, kind=kind, url=url, **params) for person in unique.values()]


def _template(kind: str, part: str) -> str:
    app, fact = kind.split(".", 1)
    return f"{app}/mail/{fact}_{part}.txt"


def render(row: Notification, part: str) -> str:
    """The subject or body of a notification in the active language."""
    context = {**row.params, "url": row.url, "link": f"{settings.SITE_URL}{row.url}", "site_url": settings.SITE_URL}
    # Letters are plain text: escaping would print &amp; to people.
    template: Any = get_template(_template(row.kind, part)).template  # type: ignore[attr-defined]
    return str(template.render(Context(context, autoescape=False))).strip()


def deliver(*, notification_id: int) -> None:
    """Send the mail of a notification in the recipient's language, once. A missing row is nothing to do."""
    with transaction.atomic():
        row = (
            Notification.objects.select_for_update(of=("self",))
            .select_related("recipient")
            .filter(pk=notification_id, mailed_at=None, wants_mail=True)
            .first()
        )
        if row is None:
            return
        language = getattr(row.recipient, "language", settings.LANGUAGE_CODE)
        with translation.override(language):
            subject = " ".join(render(row, "subject").split())
            body = render(row, "body")
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [row.recipient.email]).send()
        row.mailed_at = timezone.now()
        row.save(update_fields=["mailed_at"])


def mark_read(*, actor: Any, notification_ids: list[int] | None = None) -> int:
    """Mark the actor's notifications as read, all of them when no identifiers are given; returns how many."""
    rows = Notification.objects.filter(recipient_id=actor.pk, read_at=None)
    if notification_ids is not None:
        rows = rows.filter(pk__in=notification_ids)
    return rows.update(read_at=timezone.now())


@transaction.atomic
def set_preferences(*, actor: Any, wanted: set[str]) -> None:
    """Keep which kinds of fact the actor wants by mail; kinds not named are switched off."""
    for kind in kinds():
        NotificationPreference.objects.update_or_create(
            owner_id=actor.pk, kind=kind, defaults={"wants_mail": kind in wanted}
        )


def refused_kinds(*, actor: Any) -> set[str]:
    """The kinds of fact that the actor does not want by mail."""
    return set(
        NotificationPreference.objects.filter(owner_id=actor.pk, wants_mail=False).values_list("kind", flat=True)
    )
