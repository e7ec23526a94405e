from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from matching.enums import InspectionResult
from matching.models.contract import ContractLine
from matching.models.site import LineSite


class Delivery(models.Model):
    """Units brought to a site in one attempt; an attempt may need several deliveries."""

    line = models.ForeignKey(
        ContractLine, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("contract line")
    )
    # Empty for the line's own site.
    site = models.ForeignKey(
        LineSite,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("further site"),
    )
    attempt = models.PositiveIntegerField(_("delivery attempt"))
    units = models.PositiveIntegerField(_("units"))
    delivered_on = models.DateField(_("delivered on"))
    serials = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name=_("serial numbers"))
    note = models.TextField(_("note on installation and training"), blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.CheckConstraint(name="delivery_units_positive", condition=Q(units__gte=1))]
        indexes = [models.Index(fields=["line", "attempt"], name="delivery_line_idx")]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.units} ({self.delivered_on})"


class Inspection(models.Model):
    """The institution's judgement of one attempt, against a fixed checklist."""

    line = models.ForeignKey(
        ContractLine, on_delete=models.PROTECT, related_name="inspections", verbose_name=_("contract line")
    )
    attempt = models.PositiveIntegerField(_("delivery attempt"))
    result = models.CharField(_("result"), max_length=16, choices=InspectionResult)
    checklist = models.JSONField(_("checklist"), default=dict)
    defects = models.TextField(_("defects"), blank=True)
    inspector_name = models.CharField(_("inspector"), max_length=100)
    inspected_on = models.DateField(pgettext_lazy("delivery", "inspected on"))
    # Empty when an institution abroad accepts through its invitation link, without an account.
    recorded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        constraints = [
            models.UniqueConstraint(name="inspection_one_per_attempt", fields=["line", "attempt"]),
            models.CheckConstraint(
                name="inspection_defects_iff_rejected",
                condition=Q(result=InspectionResult.ACCEPTED, defects="")
                | (Q(result=InspectionResult.REJECTED) & ~Q(defects="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} #{self.attempt}: {self.result}"
