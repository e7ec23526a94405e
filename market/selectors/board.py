"""The public notice board."""

import difflib
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from market.enums import NoticeKind, NoticeStatus, Window
from market.models import Notice, NoticeVersion
from pilots.enums import PlanStatus, RoundStatus
from pilots.models import PilotRound, PilotUsePlan

WITH_PRODUCTS = {NoticeKind.PILOT_DEMAND_SURVEY, NoticeKind.LEASE_DEMAND_SURVEY}


def notice_board(*, text: str = "", kind: str = "", window: str = "") -> QuerySet[Notice]:
    """Published notices by words, kind and window; the caller orders and cuts.

    Args:
        text: words that must all occur in number, title or text of either language.
        kind: a ``NoticeKind`` value.
        window: ``open``, ``closed``, ``scheduled`` or ``cancelled``.
    """
    rows = Notice.objects.public().select_related("round")
    for word in text.split():
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(title_ko__icontains=word)
            | Q(title_en__icontains=word)
            | Q(body_ko__icontains=word)
            | Q(body_en__icontains=word)
        )
    if kind:
        rows = rows.filter(kind=kind)
    now = timezone.now()
    windows = {
        Window.OPEN.value: Q(status=NoticeStatus.PUBLISHED, closes_at__gt=now)
        & (Q(opens_at=None) | Q(opens_at__lte=now)),
        Window.CLOSED.value: Q(status=NoticeStatus.PUBLISHED, closes_at__lte=now),
        Window.SCHEDULED.value: Q(status=NoticeStatus.PUBLISHED, opens_at__gt=now),
        Window.CANCELLED.value: Q(status=NoticeStatus.CANCELLED),
    }
    return rows.filter(windows[window]) if window in windows else rows


def latest_notices(*, count: int = 5) -> list[Notice]:
    """The newest notices for the home page."""
    return list(Notice.objects.public().select_related("round").order_by("-posted_at", "-pk")[:count])


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice with its versions, the newest first, what each of them changed, and the products it lists."""

    notice: Notice
    history: list[tuple[NoticeVersion, list[dict[str, str]]]]
    plans: list[PilotUsePlan]


def notice_page(*, notice_id: int) -> NoticePage | None:
    """Everything the public page of a notice shows; None when it is not on the board."""
    notice = Notice.objects.public().select_related("round__rule_set").filter(pk=notice_id).first()
    if notice is None:
        return None
    versions = list(notice.versions.order_by("-sequence"))
    plans: list[PilotUsePlan] = []
    if notice.kind in WITH_PRODUCTS and notice.round_id:
        plans = list(
            PilotUsePlan.objects.filter(round_id=notice.round_id, status=PlanStatus.APPROVED)
            .select_related("product", "supplier", "track")
            .order_by("product__name", "pk")
        )
    history = [(row, _changes(row, before)) for row, before in zip(versions, [*versions[1:], None], strict=True)]
    return NoticePage(notice, history, plans)


def _changes(version: NoticeVersion, before: NoticeVersion | None) -> list[dict[str, str]]:
    """Lines that a version took out (``-``) of the one before it or put in (``+``)."""
    if before is None:
        return []
    old, new = _lines(before), _lines(version)
    marks = [line for line in difflib.ndiff(old, new) if line[:1] in "+-" and line[2:].strip()]
    return [{"mark": line[0], "text": line[2:]} for line in marks]


def _lines(version: NoticeVersion) -> list[str]:
    window: list[Any] = [value for value in (version.opens_at, version.closes_at) if value]
    times = [timezone.localtime(value).strftime("%Y-%m-%d %H:%M") for value in window]
    return [version.title, *version.body.splitlines(), " – ".join(times)]


def open_rounds() -> list[PilotRound]:
    """Rounds that take plans or applications now, for the home page."""
    return list(
        PilotRound.objects.filter(status__in=[RoundStatus.PLAN_INTAKE, RoundStatus.OPEN]).order_by("closes_at", "pk")
    )
