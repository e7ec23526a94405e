from datetime import date
from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class AbsenceQuerySet(models.QuerySet["ReviewerAbsence"]):
    def standing(self) -> Self:
        """Absences that were not called off."""
        return self.filter(ended_at=None)

    def on(self, day: date) -> Self:
        """Absences in force on a day."""
        return self.standing().filter(from_on__lte=day, until_on__gte=day)

    def touching(self, from_on: date, until_on: date) -> Self:
        """Absences that share a day with a period."""
        return self.standing().filter(from_on__lte=until_on, until_on__gte=from_on)


@pghistory.track()
class ReviewerAbsence(models.Model):
    """A reviewer is away for some days; meanwhile a colleague has the reviewer's cases as well."""

    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("absent reviewer"))
    cover = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("covered by"))
    from_on = models.DateField(_("absent from"))
    until_on = models.DateField(_("absent until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"))
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("called off at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("called off by")
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence of a reviewer")
        verbose_name_plural = _("absences of reviewers")
        constraints = [
            models.CheckConstraint(
                name="reviewerabsence_days_in_order",
                condition=Q(until_on__gte=F("from_on")),
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                name="reviewerabsence_covered_by_another_person",
                condition=~Q(reviewer=F("cover")),
                violation_error_message=_("Somebody else has to cover."),
            ),
            models.CheckConstraint(
                name="reviewerabsence_ended_facts",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="reviewerabsence_days_idx", fields=["until_on", "from_on"], condition=Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} {self.from_on:%Y-%m-%d}–{self.until_on:%Y-%m-%d}"
