from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.triggers import append_only
from matching.models.run import MatchingRun
from pilots.models import PilotApplication


class AwardOverride(models.Model):
    """One award that a person set, with the reason. Every run lists all that stand in it, earlier ones included."""

    run = models.ForeignKey(MatchingRun, on_delete=models.PROTECT, related_name="overrides", verbose_name=_("run"))
    base_run = models.ForeignKey(
        MatchingRun, on_delete=models.PROTECT, related_name="+", verbose_name=_("run that was changed")
    )
    application = models.ForeignKey(
        PilotApplication, on_delete=models.PROTECT, related_name="overrides", verbose_name=_("application")
    )
    units_before = models.PositiveIntegerField(_("units before"))
    units_after = models.PositiveIntegerField(_("units after"))
    reason = models.TextField(_("reason"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by"))
    made_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        triggers = append_only("award_override")
        constraints = [
            models.UniqueConstraint(name="awardoverride_one_per_application", fields=["run", "application"]),
            models.CheckConstraint(
                name="awardoverride_changes_the_award", condition=~Q(units_before=F("units_after"))
            ),
            models.CheckConstraint(name="awardoverride_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.application_id}: {self.units_before} → {self.units_after}"
