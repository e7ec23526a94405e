"""Notifications: a row first, then mail, at once or in a summary. Inbox and mail render from the same templates.

A summary is nothing but the rows that wait for it: the timer sends what was written before the last cut-off and marks
the rows in the same transaction, so it may run as often as it likes and catches up after a pause.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet, TextChoices
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.module_loading import import_string, module_has_submodule

from core import calendar
from core.models import Notification, NotificationPreference, Rhythm
from core.outbox import enqueue_all

log = logging.getLogger(__name__)

OFF = "off"
NOW = "now"
# Summaries leave at seven in Seoul, before the working day; the weekly one on Mondays.
DIGEST_HOUR = 7
BATCH = 1000


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


def told_only() -> dict[str, str]:
    """The kinds that one kind of organization alone is told, with that kind; from the apps' ``TOLD_ONLY``."""
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "enums"):
            sides = getattr(import_module(f"{config.name}.enums"), "TOLD_ONLY", {})
            found.update({str(kind): side for side, kinds_ in sides.items() for kind in kinds_})
    return found


def notify(*, recipient: Any, kind: str, url: str = "", **params: Any) -> Notification:
    """Tell one person a fact, inside the transaction that makes it true.

    Args:
        recipient: the user.
        kind: a member of an app's ``Fact``; names the templates ``<app>/mail/<fact>_subject.txt`` and ``_body.txt``.
        url: path of the page where the person acts on it.
        params: what the templates say, as plain JSON.
    """
    (row,) = notify_all(recipients=[recipient], kind=kind, url=url, **params)
    return row


@transaction.atomic(savepoint=False)
def notify_all(*, recipients: Iterable[Any], kind: str, url: str = "", **params: Any) -> list[Notification]:
    """Tell several people the same fact, each once; as many queries for one person as for a thousand."""
    keys = list(dict.fromkeys(person.pk for person in recipients))
    choices = {row.owner_id: row for row in NotificationPreference.objects.filter(owner_id__in=keys, kind=str(kind))}
    rows = []
    for key in keys:
        choice = choices.get(key)
        row = Notification(recipient_id=key, kind=str(kind), params=params, url=url)
        if choice is not None:
            row.wants_mail, row.rhythm = choice.wants_mail, choice.rhythm
        rows.append(row)
    Notification.objects.bulk_create(rows, batch_size=BATCH)
    at_once = [row for row in rows if row.wants_mail and row.rhythm == Rhythm.AT_ONCE]
    enqueue_all("core.deliver_notification", [{"notification_id": row.pk} for row in at_once])
    return rows


def _template(kind: str, part: str) -> str:
    app, fact = kind.split(".", 1)
    return f"{app}/mail/{fact}_{part}.txt"


def render(row: Notification, part: str) -> str:
    """The subject or body of a notification in the active language."""
    context = {**row.params, "url": row.url, "link": f"{settings.SITE_URL}{row.url}", "site_url": settings.SITE_URL}
    return _written(_template(row.kind, part), context)


def _written(name: str, context: dict[str, Any]) -> str:
    """A template as a letter says it. Letters are plain text: escaping would print &amp; to people."""
    template: Any = get_template(name).template  # type: ignore[attr-defined]
    return str(template.render(Context(context, autoescape=False))).strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def deliver(*, notification_id: int) -> None:
    """Send the mail of a notification in the recipient's language, once. A missing row is nothing to do."""
    with transaction.atomic():
        row = (
            Notification.objects.select_for_update(of=("self",))
            .select_related("recipient")
            .filter(pk=notification_id, mailed_at=None, wants_mail=True, rhythm=Rhythm.AT_ONCE)
            .first()
        )
        if row is None:
            return
        language = getattr(row.recipient, "language", settings.LANGUAGE_CODE)
        with translation.override(language):
            subject = _one_line(render(row, "subject"))
            body = f"{render(row, 'body')}\n\n{_how_to_unsubscribe()}"
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [row.recipient.email], headers=_headers()).send()
        row.mailed_at = timezone.now()
        row.save(update_fields=["mailed_at"])


def _preferences_link() -> str:
    return f"{settings.SITE_URL}{reverse('core:preferences')}"


def _headers() -> dict[str, str]:
    """What mail programs show as "unsubscribe": the page where each kind is switched off."""
    return {"List-Unsubscribe": f"<{_preferences_link()}>"}


def _how_to_unsubscribe() -> str:
    return _written("core/mail/unsubscribe.txt", {"preferences": _preferences_link()})


def digest_cutoff(*, rhythm: str, moment: datetime | None = None) -> datetime:
    """The last time a summary was due: seven o'clock in Seoul today or yesterday, or on the last Monday."""
    now = (moment or calendar.now()).astimezone(calendar.SEOUL)
    due = calendar.deadline_at(now.date(), DIGEST_HOUR)
    if due > now:
        due -= timedelta(days=1)
    if rhythm == Rhythm.WEEKLY:
        due -= timedelta(days=due.weekday())
    return due


def send_digests(*, moment: datetime | None = None) -> int:
    """Send every summary that is due; returns how many went out. A letter that fails is tried at the next run."""
    sent = 0
    for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY):
        before = digest_cutoff(rhythm=rhythm, moment=moment)
        for recipient_id in _waiting(rhythm, before).values_list("recipient_id", flat=True).distinct():
            try:
                sent += send_digest(recipient_id=recipient_id, rhythm=rhythm, before=before)
            except OSError as error:
                log.warning("summary for person %s waits: %s", recipient_id, error)
    return sent


def _waiting(rhythm: str, before: datetime) -> QuerySet[Notification]:
    return Notification.objects.filter(
        rhythm=rhythm, wants_mail=True, mailed_at=None, created_at__lt=before, recipient__is_active=True
    ).order_by("recipient_id")


@transaction.atomic
def send_digest(*, recipient_id: int, rhythm: str, before: datetime) -> bool:
    """One person's summary of everything written before ``before``, once; False when nothing waits any more."""
    rows = list(
        _waiting(rhythm, before)
        .filter(recipient_id=recipient_id)
        .select_for_update(of=("self",))
        .select_related("recipient")
        .order_by("pk")
    )
    if not rows:
        return False
    recipient = rows[0].recipient
    with translation.override(getattr(recipient, "language", settings.LANGUAGE_CODE)):
        subject, body = _digest(rows, rhythm)
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [recipient.email], headers=_headers()).send()
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=timezone.now())
    return True


def _digest(rows: Sequence[Notification], rhythm: str) -> tuple[str, str]:
    """Subject and text, the facts in groups of their kind, in the active language."""
    labels = kinds()
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(labels.get(row.kind, row.kind)), []).append(
            {
                "at": row.created_at.astimezone(calendar.SEOUL),
                "title": _one_line(render(row, "subject")),
                "link": f"{settings.SITE_URL}{row.url or reverse('core:inbox')}",
            }
        )
    context = {"groups": groups, "count": len(rows), "is_weekly": rhythm == Rhythm.WEEKLY}
    subject, body = (_written(f"core/mail/digest_{part}.txt", context) for part in ("subject", "body"))
    return _one_line(subject), f"{body}\n\n{_how_to_unsubscribe()}"


def mark_read(*, actor: Any, notification_ids: list[int] | None = None) -> int:
    """Mark the actor's notifications as read, all of them when no identifiers are given; returns how many."""
    rows = Notification.objects.filter(recipient_id=actor.pk, read_at=None)
    if notification_ids is not None:
        rows = rows.filter(pk__in=notification_ids)
    return rows.update(read_at=timezone.now())


# What a choice stands for: whether there is mail, and when.
CHOICES = {
    NOW: (True, Rhythm.AT_ONCE),
    Rhythm.DAILY: (True, Rhythm.DAILY),
    Rhythm.WEEKLY: (True, Rhythm.WEEKLY),
    OFF: (False, Rhythm.AT_ONCE),
}


@transaction.atomic
def set_preferences(*, actor: Any, wanted: Mapping[str, str]) -> None:
    """Keep how the actor wants each kind of fact: ``now``, ``daily``, ``weekly`` or ``off``.

    Kinds not named stay as they were. Facts that wait for a summary already still come with it.
    """
    known = kinds()
    for kind, choice in wanted.items():
        if kind not in known:
            continue
        wants_mail, rhythm = CHOICES[choice]
        NotificationPreference.objects.update_or_create(
            owner_id=actor.pk, kind=kind, defaults={"wants_mail": wants_mail, "rhythm": rhythm}
        )


def preferences_of(*, actor: Any) -> dict[str, str]:
    """How the actor wants each kind: ``now`` unless chosen otherwise."""
    chosen = {
        row.kind: (row.rhythm or NOW) if row.wants_mail else OFF
        for row in NotificationPreference.objects.filter(owner_id=actor.pk)
    }
    return {kind: chosen.get(kind, NOW) for kind in kinds()}


def kind_groups(*, side: str) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The kinds that people of one kind of organization may be told, by the part of the portal they come from."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    only = told_only()
    for kind, label in kinds().items():
        if only.get(kind, side) != side:
            continue
        name = str(apps.get_app_config(kind.split(".", 1)[0]).verbose_name)
        groups.setdefault(name, []).append((kind, label))
    return list(groups.items())
