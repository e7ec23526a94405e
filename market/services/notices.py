from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.errors import NotPermitted
from core.numbering import next_number
from core.workflow import SYSTEM, System
from market.enums import NoticeAction, NoticeKind, NoticeStatus, VersionKind
from market.errors import NoticeRefused
from market.models import Notice, NoticeVersion
from market.perms import may_write_notices
from market.workflow import NOTICE_WORKFLOW


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What a notice says, in both languages; English may stay empty."""

    title_ko: str
    body_ko: str
    title_en: str = ""
    body_en: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None


TEXT_FIELDS = ("title_ko", "title_en", "body_ko", "body_en", "opens_at", "closes_at")


def _person(actor: Any) -> Any:
    return None if isinstance(actor, System) else actor


def _locked(notice_id: int) -> Notice:
    return Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)


@transaction.atomic
def draft_notice(
    *,
    actor: Any,
    kind: NoticeKind | str,
    text: NoticeText,
    department: str = "",
    legal_basis: str = "",
    round_id: int | None = None,
    call_number: str = "",
    plan_year: int | None = None,
) -> Notice:
    """Write a notice that nobody sees yet.

    Raises:
        NotPermitted: the actor belongs to no desk that writes notices.
        NoticeRefused: the window closes before it opens.
    """
    if not (actor is SYSTEM or may_write_notices(actor)):
        raise NotPermitted
    _check_window(text)
    year = today().year
    notice = Notice.objects.create(
        number=f"N{year}-{next_number(f'notice:{year}'):05d}",
        kind=kind,
        department=department,
        legal_basis=legal_basis,
        round_id=round_id,
        call_number=call_number,
        plan_year=plan_year,
        created_by=_person(actor),
        **{name: getattr(text, name) for name in TEXT_FIELDS},
    )
    record(actor=actor, verb="draft", target=notice, after=notice.status)
    return notice


def _check_window(text: NoticeText) -> None:
    if text.opens_at and text.closes_at and text.opens_at >= text.closes_at:
        raise NoticeRefused(_("The opening must be before the closing."))


@transaction.atomic
def publish_notice(*, actor: Any, notice_id: int) -> Notice:
    """Put a drafted notice on the public board, as its version 1."""
    notice = _locked(notice_id)
    before = NOTICE_WORKFLOW.advance(notice, NoticeAction.PUBLISH, actor)
    notice.posted_at = database_now()
    notice.save(update_fields=["status", "posted_at"])
    _keep_version(notice, actor, VersionKind.ORIGINAL, "")
    record(actor=actor, verb=NoticeAction.PUBLISH, target=notice, before=before, after=notice.status)
    return notice


@transaction.atomic
def amend_notice(
    *, actor: Any, notice_id: int, version_kind: VersionKind | str, reason: str, text: NoticeText
) -> Notice:
    """Correct or extend a published notice: the new text becomes current, the old one stays readable.

    Raises:
        NotPermitted: the actor belongs to no desk that writes notices.
        NoticeRefused: no reason, a notice that is not on the board, a window that closes before it opens, or times of
            a round, which only the round itself changes.
    """
    if not (actor is SYSTEM or may_write_notices(actor)):
        raise NotPermitted
    notice = _locked(notice_id)
    if notice.status != NoticeStatus.PUBLISHED:
        raise NoticeRefused(_("Only a published notice can be corrected."))
    if not reason.strip():
        raise NoticeRefused(_("Say why the notice is changed; readers see the reason."))
    if notice.round_id and actor is not SYSTEM:
        text = _with_times_of_the_round(text, notice)
    _check_window(text)
    for name in TEXT_FIELDS:
        setattr(notice, name, getattr(text, name))
    notice.save(update_fields=list(TEXT_FIELDS))
    version = _keep_version(notice, actor, VersionKind(version_kind), reason)
    record(actor=actor, verb=version.kind, target=notice, reason=reason, details={"version": version.sequence})
    return notice


def _with_times_of_the_round(text: NoticeText, notice: Notice) -> NoticeText:
    """A person corrects words; the times are the round's. What a form shows of them ends at the second."""

    def shown(moment: datetime | None) -> datetime | None:
        return moment.replace(microsecond=0) if moment else None

    if any(shown(getattr(text, name)) != shown(getattr(notice, name)) for name in ("opens_at", "closes_at")):
        raise NoticeRefused(_("These are the times of a round. Extend the round; its notice follows by itself."))
    return replace(text, opens_at=notice.opens_at, closes_at=notice.closes_at)


@transaction.atomic
def cancel_notice(*, actor: Any, notice_id: int, reason: str) -> Notice:
    """Cancel a published notice; it stays on the board and says so.

    Raises:
        NoticeRefused: no reason was given.
    """
    if not reason.strip():
        raise NoticeRefused(_("Say why the notice is changed; readers see the reason."))
    notice = _locked(notice_id)
    before = NOTICE_WORKFLOW.advance(notice, NoticeAction.CANCEL, actor)
    notice.save(update_fields=["status"])
    _keep_version(notice, actor, VersionKind.CANCELLATION, reason)
    record(actor=actor, verb=NoticeAction.CANCEL, target=notice, before=before, after=notice.status, reason=reason)
    return notice


def _keep_version(notice: Notice, actor: Any, kind: VersionKind, reason: str) -> NoticeVersion:
    return NoticeVersion.objects.create(
        notice=notice,
        sequence=notice.versions.count() + 1,
        kind=kind,
        reason=reason,
        posted_at=database_now(),
        posted_by=_person(actor),
        **{name: getattr(notice, name) for name in TEXT_FIELDS},
    )
