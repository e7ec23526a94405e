import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from pilots.enums import ANNUAL_PLAN_EDGES, AnnualPlanStatus


class Track(models.Model):
    """A line of the yearly budget, such as new growth or overseas; staff may add more."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name_ko = models.CharField(_("name in Korean"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    is_overseas = models.BooleanField(_("for overseas demonstration"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("track")
        verbose_name_plural = _("tracks")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if get_language() == "en" else self.name_ko


@pghistory.track()
class AnnualPlan(models.Model):
    """The year's basic plan as the Procurement Policy Council confirmed it; a change makes a new version."""

    year = models.PositiveSmallIntegerField(_("year"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    total_krw = KrwField(_("total budget"))
    status = models.CharField(_("status"), max_length=16, choices=AnnualPlanStatus, default=AnnualPlanStatus.DRAFT)
    reason = models.TextField(_("reason of this version"), blank=True)
    council_session = models.CharField(_("council session"), max_length=120, blank=True)
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("annual plan")
        verbose_name_plural = _("annual plans")
        triggers = lifecycle_triggers("annual_plan", AnnualPlanStatus.DRAFT, ANNUAL_PLAN_EDGES)
        constraints = [
            models.UniqueConstraint(name="annualplan_one_version", fields=["year", "version"]),
            models.UniqueConstraint(
                name="annualplan_one_confirmed_per_year",
                fields=["year"],
                condition=Q(status=AnnualPlanStatus.CONFIRMED),
            ),
            models.CheckConstraint(
                name="annualplan_confirmed_on_iff_left_draft",
                condition=Q(status=AnnualPlanStatus.DRAFT, confirmed_on=None)
                | (~Q(status=AnnualPlanStatus.DRAFT) & Q(confirmed_on__isnull=False)),
            ),
            models.CheckConstraint(name="annualplan_later_version_has_reason", condition=Q(version=1) | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.year} v{self.version}"


class PlanTrack(models.Model):
    """How much of the year's money a track gets."""

    plan = models.ForeignKey(AnnualPlan, on_delete=models.CASCADE, related_name="tracks", verbose_name=_("plan"))
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+", verbose_name=_("track"))
    amount_krw = KrwField(_("amount"))

    class Meta:
        verbose_name = _("track of the plan")
        verbose_name_plural = _("tracks of the plan")
        constraints = [models.UniqueConstraint(name="plantrack_once_per_plan", fields=["plan", "track"])]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.track_id}"


class YearFigure(models.Model):
    """What is published about a year of the programme (see docs/programme.md); history, not a plan."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    total_krw = KrwField(_("total budget"))
    overseas_krw = KrwField(_("overseas budget"), null=True, blank=True)
    product_count = models.PositiveIntegerField(_("products"), null=True, blank=True)
    institution_count = models.PositiveIntegerField(_("institutions"), null=True, blank=True)
    is_executed = models.BooleanField(_("executed amount, not the budget"), default=False)
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("figure of a past year")
        verbose_name_plural = _("figures of past years")

    def __str__(self) -> str:
        return str(self.year)
