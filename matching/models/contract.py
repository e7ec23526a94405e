from datetime import date
from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organization, Province, User
from accounts.perms import is_pps, organization_of
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from matching.enums import (
    AMENDMENT_EDGES,
    CONTRACT_EDGES,
    LINE_EDGES,
    AmendmentKind,
    AmendmentStatus,
    LegalGround,
    LineStatus,
)
from matching.enums import ContractStatus as S
from matching.models.allocation import Allocation
from pilots.models import PilotApplication, PilotRound, PilotUsePlan, Track
from products.models import Product

ENDED_EARLY = frozenset({S.FAILED, S.TERMINATED})
OPEN_LINE = frozenset({LineStatus.AWAITING_DELIVERY, LineStatus.DELIVERED, LineStatus.REJECTED})


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, actor: User) -> Self:
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        receives = ContractLine.objects.filter(contract=models.OuterRef("pk"), institution=organization)
        return self.filter(Q(supplier=organization) | (~Q(status=S.PREPARING) & models.Exists(receives)))

    def in_force(self) -> Self:
        return self.exclude(status__in=ENDED_EARLY)


@pghistory.track()
class Contract(models.Model):
    """PPS buys one product of one supplier in one round, with one line per receiving institution."""

    number = models.CharField(_("contract number"), max_length=32)
    round = models.ForeignKey(PilotRound, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("round"))
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("track"))
    plan = models.ForeignKey(
        PilotUsePlan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contracts",
        verbose_name=_("pilot-use basic plan"),
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("product"))
    supplier = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="supply_contracts", verbose_name=_("supplier")
    )
    status = models.CharField(_("status"), max_length=16, choices=S, default=S.PREPARING)
    total_krw = KrwField(_("contract amount (won)"))
    procurement_request_no = models.CharField(_("procurement request no."), max_length=13, blank=True)
    legal_ground = models.CharField(
        _("legal ground"), max_length=20, choices=LegalGround, default=LegalGround.PILOT_PURCHASE
    )
    special_conditions = models.TextField(_("additional special conditions"), blank=True)
    guarantee_krw = KrwField(_("performance guarantee (won)"), default=0)
    late_penalty_permille = models.DecimalField(
        _("late-delivery penalty per day (‰)"), max_digits=6, decimal_places=3, default=0
    )
    delivery_due_on = models.DateField(_("deliver by"))
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("prepared by"))
    prepared_at = models.DateTimeField(_("prepared at"))
    approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed for PPS by")
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("all lines accepted at"), null=True, blank=True)
    end_requested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("end asked for by")
    )
    end_reason = models.TextField(_("reason for ending early"), blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(name="contract_status_known", condition=Q(status__in=S.values)),
            models.UniqueConstraint(name="contract_number_unique", fields=["number"]),
            models.UniqueConstraint(
                name="contract_one_in_force_per_plan",
                fields=["plan"],
                condition=Q(plan__isnull=False) & ~Q(status__in=[S.FAILED, S.TERMINATED]),
                violation_error_message=_("This product already has a contract in this round."),
            ),
            models.CheckConstraint(
                name="contract_signature_complete",
                condition=Q(status__in=[S.PREPARING, S.FAILED], approved_by=None, signed_on=None)
                | (~Q(status__in=[S.PREPARING, S.FAILED]) & Q(approved_by__isnull=False, signed_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="contract_signed_by_second_person",
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                violation_error_message=_("A second person must sign the contract."),
            ),
            models.CheckConstraint(
                name="contract_ended_early_has_reason",
                condition=~Q(status__in=[S.FAILED, S.TERMINATED]) | (~Q(end_reason="") & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="contract_queue_idx"),
            models.Index(fields=["supplier", "-id"], name="contract_supplier_idx"),
        ]
        triggers = lifecycle_triggers("contract", S.PREPARING, CONTRACT_EDGES)

    def __str__(self) -> str:
        return self.number

    @property
    def is_ended_early(self) -> bool:
        return self.status in ENDED_EARLY


class ContractLineQuerySet(models.QuerySet["ContractLine"]):
    def visible_to(self, actor: User) -> Self:
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        return self.exclude(contract__status__in=[S.PREPARING, S.FAILED]).filter(
            Q(contract__supplier=organization) | Q(institution=organization)
        )

    def open(self) -> Self:
        return self.filter(status__in=OPEN_LINE)

    def overdue(self, *, on: date) -> Self:
        return self.filter(
            status__in=[LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED],
            contract__status__in=[S.SIGNED, S.IN_DELIVERY],
            due_on__lt=on,
        )


# Checked at the end of the transaction: an amendment changes the line and its places one after the other.
_PLACES_WITHIN_LINE = """
IF (SELECT COALESCE(SUM(units), 0) FROM matching_linesite WHERE line_id = {line})
    > (SELECT units FROM matching_contractline WHERE id = {line}) THEN
    RAISE EXCEPTION 'linesite_units_within_line: the places of line % have more units than the line', {line}
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


def places_within_line(name: str, *, line: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Refuse further places that together have more units than their line."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        func=_PLACES_WITHIN_LINE.format(line=line),
    )


@pghistory.track()
class ContractLine(models.Model):
    """What one institution receives under a contract; the unit of delivery, inspection and pilot use."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="lines", verbose_name=_("contract"))
    sequence = models.PositiveIntegerField(_("line"))
    allocation = models.ForeignKey(
        Allocation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contract_lines",
        verbose_name=_("allocation"),
    )
    application = models.ForeignKey(
        PilotApplication,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contract_lines",
        verbose_name=_("application"),
    )
    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="received_lines", verbose_name=_("institution")
    )
    status = models.CharField(_("status"), max_length=20, choices=LineStatus, default=LineStatus.AWAITING_DELIVERY)
    units = models.PositiveIntegerField(_("units"))
    unit_price_krw = KrwField(_("unit price (won)"))
    amount_krw = KrwField(_("amount (won)"))
    site_name = models.CharField(pgettext_lazy("delivery", "site"), max_length=200, blank=True)
    site_address = models.CharField(_("address of the site"), max_length=300, blank=True)
    site_province = models.ForeignKey(
        Province, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("province")
    )
    is_security_site = models.BooleanField(_("security site"), default=False)
    due_on = models.DateField(_("deliver by"))
    attempt = models.PositiveIntegerField(_("delivery attempt"), default=1)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    inspect_by = models.DateField(_("inspect by"), null=True, blank=True)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    reminded_on = models.DateField(_("last reminded on"), null=True, blank=True)

    objects = ContractLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract line")
        verbose_name_plural = _("contract lines")
        constraints = [
            models.CheckConstraint(name="contractline_status_known", condition=Q(status__in=LineStatus.values)),
            models.UniqueConstraint(name="contractline_sequence_unique", fields=["contract", "sequence"]),
            models.UniqueConstraint(name="contractline_one_per_institution", fields=["contract", "institution"]),
            models.UniqueConstraint(
                name="contractline_one_open_per_application",
                fields=["application"],
                condition=Q(application__isnull=False) & ~Q(status=LineStatus.CANCELLED),
            ),
            models.CheckConstraint(name="contractline_units_positive", condition=Q(units__gte=1)),
            models.CheckConstraint(
                name="contractline_amount_is_units_times_price",
                condition=Q(amount_krw=F("units") * F("unit_price_krw")),
            ),
            models.CheckConstraint(
                name="contractline_delivered_on_when_delivered",
                condition=~Q(status__in=[LineStatus.DELIVERED, LineStatus.ACCEPTED]) | Q(delivered_on__isnull=False),
            ),
            models.CheckConstraint(
                name="contractline_accepted_on_iff_accepted",
                condition=Q(status=LineStatus.ACCEPTED, accepted_on__isnull=False)
                | (~Q(status=LineStatus.ACCEPTED) & Q(accepted_on=None)),
            ),
        ]
        indexes = [models.Index(fields=["institution", "status"], name="contractline_receiver_idx")]
        triggers = [
            *lifecycle_triggers("contractline", LineStatus.AWAITING_DELIVERY, LINE_EDGES),
            places_within_line("contractline_places", line="NEW.id", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}/{self.sequence}"

    @property
    def is_owed(self) -> bool:
        """The supplier still has to bring something."""
        return self.status in {LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED}


@pghistory.track()
class ContractAmendment(models.Model):
    """A change of quantity, date or site of one line, in force once a second person has approved it."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="amendments", verbose_name=_("contract")
    )
    sequence = models.PositiveIntegerField(_("amendment"))
    line = models.ForeignKey(
        ContractLine, on_delete=models.PROTECT, related_name="amendments", verbose_name=_("contract line")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AmendmentKind)
    status = models.CharField(_("status"), max_length=16, choices=AmendmentStatus, default=AmendmentStatus.PROPOSED)
    reason = models.TextField(_("reason"))
    units_before = models.PositiveIntegerField(_("units before"), null=True, blank=True)
    units_after = models.PositiveIntegerField(_("units after"), null=True, blank=True)
    due_before_on = models.DateField(_("deliver by, before"), null=True, blank=True)
    due_after_on = models.DateField(_("deliver by, after"), null=True, blank=True)
    site_before = models.CharField(_("site before"), max_length=500, blank=True)
    # Which of several places moves; empty for the line's own site.
    site = models.ForeignKey(
        "matching.LineSite",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="amendments",
        verbose_name=_("further site"),
    )
    site_name_after = models.CharField(_("site after"), max_length=200, blank=True)
    site_address_after = models.CharField(_("address after"), max_length=300, blank=True)
    site_province_after = models.ForeignKey(
        Province, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("province after")
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("contract amendment")
        verbose_name_plural = _("contract amendments")
        constraints = [
            models.CheckConstraint(
                name="contractamendment_status_known", condition=Q(status__in=AmendmentStatus.values)
            ),
            models.UniqueConstraint(name="contractamendment_sequence_unique", fields=["contract", "sequence"]),
            models.CheckConstraint(
                name="contractamendment_decided_by_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="contractamendment_decided_iff_left_proposed",
                condition=Q(status=AmendmentStatus.PROPOSED, decided_by=None, decided_at=None)
                | (~Q(status=AmendmentStatus.PROPOSED) & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="contractamendment_change_fits_kind",
                condition=Q(kind=AmendmentKind.QUANTITY, units_after__gte=1)
                | Q(kind=AmendmentKind.DUE_DATE, due_after_on__isnull=False)
                | (Q(kind=AmendmentKind.SITE) & ~Q(site_name_after="")),
            ),
        ]
        triggers = lifecycle_triggers("contractamendment", AmendmentStatus.PROPOSED, AMENDMENT_EDGES)

    def __str__(self) -> str:
        return f"{self.contract_id} A{self.sequence}"
