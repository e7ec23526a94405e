from datetime import datetime, timedelta
from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.triggers import append_only
from core.workflow import lifecycle_triggers
from market.enums import NOTICE_EDGES, NoticeKind, NoticeStatus, VersionKind, Window
from pilots.models import PilotRound

CLOSING_SOON = timedelta(days=3)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def public(self) -> Self:
        """Published ones, cancelled ones included: a notice never disappears."""
        return self.exclude(status=NoticeStatus.DRAFT)

    def open(self, *, now: datetime) -> Self:
        """Published ones whose window is open now."""
        return self.filter(status=NoticeStatus.PUBLISHED, closes_at__gt=now).filter(
            Q(opens_at=None) | Q(opens_at__lte=now)
        )


@pghistory.track()
class Notice(models.Model):
    """Something PPS tells everybody. Its versions keep what it said; the current one is mirrored here."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=32, choices=NoticeKind)
    status = models.CharField(_("status"), max_length=16, choices=NoticeStatus, default=NoticeStatus.DRAFT)
    title_ko = models.CharField(_("title in Korean"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    body_ko = models.TextField(_("text in Korean"))
    body_en = models.TextField(_("text in English"), blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    opens_at = models.DateTimeField(_("opens at"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)
    round = models.ForeignKey(
        PilotRound, on_delete=models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("round")
    )
    call_number = models.CharField(_("overseas call"), max_length=20, blank=True)
    plan_year = models.PositiveSmallIntegerField(_("year of the annual plan"), null=True, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        triggers = lifecycle_triggers("notice", NoticeStatus.DRAFT, NOTICE_EDGES)
        constraints = [
            models.CheckConstraint(
                name="notice_posted_at_iff_left_draft",
                condition=Q(status=NoticeStatus.DRAFT, posted_at=None)
                | (~Q(status=NoticeStatus.DRAFT) & Q(posted_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="notice_window_in_order",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The opening must be before the closing."),
            ),
            models.UniqueConstraint(
                name="notice_one_per_round_and_kind", fields=["round", "kind"], condition=Q(round__isnull=False)
            ),
            models.UniqueConstraint(
                name="notice_one_per_plan_year", fields=["plan_year"], condition=Q(plan_year__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="notice_board_idx", fields=["-posted_at"], condition=~Q(status=NoticeStatus.DRAFT)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def title(self) -> str:
        return self.title_en if get_language() == "en" and self.title_en else self.title_ko

    @property
    def body(self) -> str:
        return self.body_en if get_language() == "en" and self.body_en else self.body_ko

    @property
    def window(self) -> Window:
        now = timezone.now()
        if self.status == NoticeStatus.CANCELLED:
            return Window.CANCELLED
        if self.closes_at is None:
            return Window.INFORMATION
        if self.opens_at and now < self.opens_at:
            return Window.SCHEDULED
        if now >= self.closes_at:
            return Window.CLOSED
        return Window.CLOSING_SOON if self.closes_at - now <= CLOSING_SOON else Window.OPEN


class NoticeVersion(models.Model):
    """What a notice said from a moment on. Kept for ever, compared on the page."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="versions", verbose_name=_("notice"))
    sequence = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=16, choices=VersionKind, default=VersionKind.ORIGINAL)
    reason = models.TextField(_("reason"), blank=True)
    title_ko = models.CharField(_("title in Korean"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    body_ko = models.TextField(_("text in Korean"))
    body_en = models.TextField(_("text in English"), blank=True)
    opens_at = models.DateTimeField(_("opens at"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)
    posted_at = models.DateTimeField(_("posted at"))
    posted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("posted by")
    )

    class Meta:
        verbose_name = _("version of a notice")
        verbose_name_plural = _("versions of notices")
        triggers = append_only("notice_version")
        constraints = [
            models.UniqueConstraint(name="noticeversion_sequence_once", fields=["notice", "sequence"]),
            models.CheckConstraint(
                name="noticeversion_change_has_reason", condition=Q(kind=VersionKind.ORIGINAL) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.sequence}"

    @property
    def title(self) -> str:
        return self.title_en if get_language() == "en" and self.title_en else self.title_ko

    @property
    def body(self) -> str:
        return self.body_en if get_language() == "en" and self.body_en else self.body_ko
