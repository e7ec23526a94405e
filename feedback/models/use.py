"""One institution's pilot use of one product: period, agreed indicators, log, incidents."""

from datetime import date
from decimal import Decimal
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.perms import is_institution, is_pps, is_supplier, organization_of
from core.triggers import append_only
from core.workflow import lifecycle_triggers
from feedback.enums import (
    EXTENSION_EDGES,
    INCIDENT_EDGES,
    USE_EDGES,
    EndReason,
    ExtensionStatus,
    IncidentKind,
    IncidentStatus,
    UseStatus,
)
from matching.models import ContractLine
from pilots.enums import Comparison
from pilots.models import PlanKpi
from products.models import Product

_STARTED = ~Q(status=UseStatus.AWAITING)
_BEFORE_END = (UseStatus.AWAITING, UseStatus.IN_USE, UseStatus.SUSPENDED)


class PilotUseQuerySet(models.QuerySet["PilotUse"]):
    def visible_to(self, actor: User) -> Self:
        """PPS sees all; an institution and a supplier see the uses of the organization they act for."""
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        if is_institution(actor):
            return self.filter(institution=organization)
        if is_supplier(actor):
            return self.filter(supplier=organization)
        return self.none()

    def running(self) -> Self:
        return self.filter(status__in=(UseStatus.IN_USE, UseStatus.SUSPENDED))

    def finished(self, *, on: date) -> Self:
        """Still running although the period is over on the given day."""
        return self.running().filter(ends_on__lt=on)


@pghistory.track()
class PilotUse(models.Model):
    """Opened when a contract line is accepted. Product, supplier and institution are copied, as they never change."""

    line = models.OneToOneField(
        ContractLine, on_delete=models.PROTECT, related_name="pilot_use", verbose_name=_("contract line")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="pilot_uses", verbose_name=_("product")
    )
    supplier = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="supplied_uses", verbose_name=_("supplier")
    )
    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="pilot_uses", verbose_name=_("institution")
    )
    status = models.CharField(_("status"), max_length=16, choices=UseStatus, default=UseStatus.AWAITING)
    units = models.PositiveIntegerField(_("units"))
    is_security_site = models.BooleanField(_("security site"), default=False)
    planned_months = models.PositiveSmallIntegerField(_("planned months"))
    accepted_on = models.DateField(_("accepted on"))
    started_on = models.DateField(_("started on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason for the end"), max_length=16, choices=EndReason, blank=True)
    monitored_until = models.DateField(_("post-management until"), null=True, blank=True)
    created_at = models.DateTimeField(_("opened at"), auto_now_add=True)

    objects = PilotUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pilot use")
        verbose_name_plural = _("pilot uses")
        triggers = lifecycle_triggers("pilot_use", UseStatus.AWAITING, USE_EDGES)
        constraints = [
            models.CheckConstraint(name="pilotuse_units_positive", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="pilotuse_period_iff_started",
                condition=Q(status=UseStatus.AWAITING, started_on=None, ends_on=None)
                | (_STARTED & Q(started_on__isnull=False, ends_on__isnull=False)),
                violation_error_message=_("A pilot use has a period once it has started."),
            ),
            models.CheckConstraint(
                name="pilotuse_period_in_order",
                condition=Q(started_on=None) | Q(started_on__gte=F("accepted_on"), ends_on__gte=F("started_on")),
                violation_error_message=_("The pilot use starts after acceptance and ends after its start."),
            ),
            models.CheckConstraint(
                name="pilotuse_end_iff_over",
                condition=Q(status__in=_BEFORE_END, ended_on=None, end_reason="")
                | (~Q(status__in=_BEFORE_END) & Q(ended_on__isnull=False) & ~Q(end_reason="")),
                violation_error_message=_("A pilot use that is over has an end date and a reason."),
            ),
        ]
        indexes = [
            # the nightly look for uses whose period is over
            models.Index(
                name="pilotuse_running_idx", fields=["ends_on"], condition=Q(status__in=("in_use", "suspended"))
            ),
            models.Index(name="pilotuse_queue_idx", fields=["status", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.get_status_display()}"

    @property
    def is_running(self) -> bool:
        return self.status in {UseStatus.IN_USE, UseStatus.SUSPENDED}


def plain_number(value: Decimal) -> str:
    """The number without trailing zeros and never in powers of ten."""
    return f"{value.normalize():f}"


class AgreedKpi(models.Model):
    """What was promised, copied from the plan on acceptance. Never changed, so that nobody moves the goalposts."""

    use = models.ForeignKey(PilotUse, on_delete=models.PROTECT, related_name="kpis", verbose_name=_("pilot use"))
    plan_kpi = models.ForeignKey(
        PlanKpi, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("plan indicator")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    name = models.CharField(_("indicator"), max_length=200)
    unit = models.CharField(_("unit"), max_length=50, blank=True)
    target = models.DecimalField(_("target"), max_digits=20, decimal_places=4)
    comparison = models.CharField(_("comparison"), max_length=16, choices=Comparison)
    measuring_method = models.TextField(_("measuring method"), blank=True)

    class Meta:
        verbose_name = _("agreed indicator")
        verbose_name_plural = _("agreed indicators")
        triggers = append_only("agreed_kpi")
        constraints = [models.UniqueConstraint(name="agreedkpi_one_per_place", fields=["use", "order"])]

    def __str__(self) -> str:
        return self.name

    @property
    def goal(self) -> str:
        """The target as people say it."""
        amount = f"{plain_number(self.target)} {self.unit}".strip()
        if self.comparison == Comparison.AT_LEAST:
            return gettext("at least %(amount)s") % {"amount": amount}
        return gettext("at most %(amount)s") % {"amount": amount}

    def is_met_by(self, value: Decimal) -> bool:
        """Whether a measured value reaches the target."""
        return value >= self.target if self.comparison == Comparison.AT_LEAST else value <= self.target


class KpiReading(models.Model):
    """An indicator read during use; the report states the final value."""

    kpi = models.ForeignKey(AgreedKpi, on_delete=models.PROTECT, related_name="readings", verbose_name=_("indicator"))
    read_on = models.DateField(_("read on"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("indicator reading")
        verbose_name_plural = _("indicator readings")

    def __str__(self) -> str:
        return f"{self.read_on} {self.value}"


class UsageLog(models.Model):
    """How much the product was used between two days."""

    use = models.ForeignKey(PilotUse, on_delete=models.PROTECT, related_name="logs", verbose_name=_("pilot use"))
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    used_hours = models.DecimalField(_("hours of use"), max_digits=8, decimal_places=1)
    user_count = models.PositiveIntegerField(_("people who used it"), default=0)
    note = models.TextField(_("note"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("usage log entry")
        verbose_name_plural = _("usage log entries")
        constraints = [
            models.CheckConstraint(
                name="usagelog_dates_in_order",
                condition=Q(until_on__gte=F("from_on")),
                violation_error_message=_("The last day lies before the first day."),
            ),
            models.CheckConstraint(name="usagelog_hours_not_negative", condition=Q(used_hours__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} – {self.until_on}"


class Incident(models.Model):
    """Something that went wrong in use. A safety accident stops the use until PPS has resolved it."""

    use = models.ForeignKey(PilotUse, on_delete=models.PROTECT, related_name="incidents", verbose_name=_("pilot use"))
    kind = models.CharField(_("kind"), max_length=16, choices=IncidentKind)
    status = models.CharField(_("status"), max_length=16, choices=IncidentStatus, default=IncidentStatus.OPEN)
    occurred_on = models.DateField(_("occurred on"))
    description = models.TextField(_("what happened"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
    reported_at = models.DateTimeField(_("reported at"), auto_now_add=True)
    handling = models.TextField(_("what the supplier did"), blank=True)
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    resolution = models.TextField(_("resolution"), blank=True)
    is_product_fault = models.BooleanField(_("caused by the product"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        triggers = lifecycle_triggers("incident", IncidentStatus.OPEN, INCIDENT_EDGES)
        constraints = [
            models.CheckConstraint(
                name="incident_resolution_iff_resolved",
                condition=Q(status=IncidentStatus.OPEN, resolved_at=None)
                | (Q(status=IncidentStatus.RESOLVED, resolved_at__isnull=False) & ~Q(resolution="")),
                violation_error_message=_("A resolved incident says how it was resolved."),
            ),
        ]
        indexes = [models.Index(name="incident_queue_idx", fields=["-id"], condition=Q(status="open"))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_on}"


class UseExtension(models.Model):
    """A longer pilot use, granted once at most."""

    use = models.ForeignKey(PilotUse, on_delete=models.PROTECT, related_name="extensions", verbose_name=_("pilot use"))
    status = models.CharField(_("status"), max_length=16, choices=ExtensionStatus, default=ExtensionStatus.REQUESTED)
    new_end_on = models.DateField(_("new end"))
    reason = models.TextField(_("reason"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    decision_reason = models.TextField(_("reason for the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("extension of pilot use")
        verbose_name_plural = _("extensions of pilot use")
        triggers = lifecycle_triggers("use_extension", ExtensionStatus.REQUESTED, EXTENSION_EDGES)
        constraints = [
            models.UniqueConstraint(
                name="useextension_once",
                fields=["use"],
                condition=~Q(status=ExtensionStatus.DECLINED),
                violation_error_message=_("Pilot use can be extended only once."),
            ),
            models.CheckConstraint(
                name="useextension_decided_iff_left_requested",
                condition=Q(status=ExtensionStatus.REQUESTED, decided_at=None)
                | (~Q(status=ExtensionStatus.REQUESTED) & Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use_id} → {self.new_end_on}"
