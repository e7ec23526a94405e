from typing import Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.perms import is_pps, organization_of
from core.workflow import lifecycle_triggers
from matching.models.run import MatchingRun
from pilots.enums import OBJECTION_EDGES, ObjectionStatus
from pilots.models import PilotApplication, PilotUsePlan


class ResultObjectionQuerySet(models.QuerySet["ResultObjection"]):
    def visible_to(self, actor: User) -> Self:
        return self if is_pps(actor) else self.filter(organization=organization_of(actor))

    def waiting(self) -> Self:
        return self.filter(status=ObjectionStatus.OPEN)

    def to_correct(self) -> Self:
        """Upheld ones that no corrected result has taken up yet."""
        return self.filter(status=ObjectionStatus.UPHELD, corrected_by=None)


@pghistory.track()
class ResultObjection(models.Model):
    """An institution disagrees with what came of its application, or a supplier with a product that found nobody."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    run = models.ForeignKey(MatchingRun, on_delete=models.PROTECT, related_name="objections", verbose_name=_("run"))
    application = models.ForeignKey(
        PilotApplication,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="result_objections",
        verbose_name=_("application"),
    )
    plan = models.ForeignKey(
        PilotUsePlan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="result_objections",
        verbose_name=_("product of the round"),
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("raised by organisation")
    )
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("raised by"))
    raised_at = models.DateTimeField(_("raised at"))
    text = models.TextField(_("objection"))
    status = models.CharField(_("status"), max_length=16, choices=ObjectionStatus, default=ObjectionStatus.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    # What the corrected run changes: {"score": 812} or {"units": 4} for an application, {"min_institutions": 1, ...}
    correction = models.JSONField(_("correction"), default=dict, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    corrected_by = models.ForeignKey(
        MatchingRun,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections_made",
        verbose_name=_("corrected by"),
    )

    objects = ResultObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection to a result")
        verbose_name_plural = _("objections to results")
        triggers = lifecycle_triggers("result_objection", ObjectionStatus.OPEN, OBJECTION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="resultobjection_about_one_thing",
                condition=Q(application__isnull=False, plan=None) | Q(application=None, plan__isnull=False),
            ),
            models.CheckConstraint(
                name="resultobjection_decided_facts",
                condition=Q(status=ObjectionStatus.OPEN, decided_at=None, decided_by=None, answer="")
                | (
                    ~Q(status=ObjectionStatus.OPEN)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(answer="")
                ),
            ),
            models.CheckConstraint(
                name="resultobjection_correction_iff_upheld",
                condition=(Q(status=ObjectionStatus.UPHELD) & ~Q(correction={}))
                | (~Q(status=ObjectionStatus.UPHELD) & Q(correction={}, corrected_by=None)),
            ),
            models.UniqueConstraint(
                name="resultobjection_one_open_per_application",
                fields=["application"],
                condition=Q(status=ObjectionStatus.OPEN),
            ),
            models.UniqueConstraint(
                name="resultobjection_one_open_per_plan", fields=["plan"], condition=Q(status=ObjectionStatus.OPEN)
            ),
        ]
        indexes = [
            models.Index(fields=["raised_at"], name="resultobjection_queue_idx", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return self.number
