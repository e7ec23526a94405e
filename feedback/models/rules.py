"""The numbers of the feedback phase. They change from year to year, so they are dated data and not constants."""

import hashlib
import json
from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.triggers import append_only

# The programme's first year; until a set is entered, the defaults of the model apply from here on.
FIRST_DAY = date(2020, 1, 1)


def default_reminders() -> list[int]:
    return [-10, -3, 0, 5]


class FeedbackRulesQuerySet(models.QuerySet["FeedbackRules"]):
    def in_force(self, *, on: date) -> Self:
        return self.filter(effective_on__lte=on).order_by("-effective_on", "-pk")


class FeedbackRules(models.Model):
    """Deadlines in working days, verdict thresholds in percent; a new set is a new row and old rows never change."""

    effective_on = models.DateField(_("effective on"), unique=True)
    start_days = models.PositiveSmallIntegerField(_("days until use starts by itself"), default=10)
    longest_months = models.PositiveSmallIntegerField(_("longest pilot use in months"), default=12)
    report_days = models.PositiveSmallIntegerField(_("days to report"), default=10)
    returned_days = models.PositiveSmallIntegerField(_("days to answer a returned report"), default=5)
    reminder_days = ArrayField(
        models.SmallIntegerField(), verbose_name=_("reminders around the due date"), default=default_reminders
    )
    reply_days = models.PositiveSmallIntegerField(_("days for the supplier's reply"), default=10)
    verdict_days = models.PositiveSmallIntegerField(_("days to the verdict"), default=20)
    appeal_days = models.PositiveSmallIntegerField(_("days to appeal"), default=10)
    correction_days = models.PositiveSmallIntegerField(_("days to file a corrective plan"), default=20)
    transfer_days = models.PositiveSmallIntegerField(_("days to settle the asset"), default=20)
    monitoring_years = models.PositiveSmallIntegerField(_("years of post-management"), default=3)
    success_kpi_percent = models.PositiveSmallIntegerField(_("share of agreed indicators met for success"), default=80)
    success_rating_tenths = models.PositiveSmallIntegerField(
        _("lowest mean rating for success, in tenths"), default=30
    )
    success_unit_percent = models.PositiveSmallIntegerField(
        _("share of units with success for a product success"), default=70
    )
    on_time_points = models.SmallIntegerField(_("standing for a report in time"), default=1)
    overdue_points = models.SmallIntegerField(_("standing for an overdue report"), default=-2)

    objects = FeedbackRulesQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback rules")
        verbose_name_plural = _("feedback rules")
        triggers = append_only("feedback_rules")
        constraints = [
            models.CheckConstraint(
                name="feedbackrules_shares_are_percentages",
                condition=Q(success_kpi_percent__lte=100, success_unit_percent__lte=100),
                violation_error_message=_("A share is a percentage from 0 to 100."),
            ),
            models.CheckConstraint(
                name="feedbackrules_rating_within_scale",
                condition=Q(success_rating_tenths__gte=10, success_rating_tenths__lte=50),
                violation_error_message=_("The lowest mean rating lies between 10 and 50 tenths."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.effective_on)

    @property
    def sha256(self) -> str:
        """Fingerprint of the numbers, shown next to a verdict that was computed with them."""
        body = {f.name: getattr(self, f.name) for f in self._meta.concrete_fields if f.name != "id"}
        return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
