from __future__ import annotations

from datetime import date
from typing import Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.workflow import lifecycle_triggers
from products.enums import (
    DESIGNATION_EDGES,
    VALID_DESIGNATIONS,
    DesignationStatus,
    ValiditySource,
)
from products.models.application import DesignationApplication
from products.models.product import Product


class DesignationQuerySet(models.QuerySet["Designation"]):
    def valid(self, *, on: date) -> Self:
        return self.filter(status__in=VALID_DESIGNATIONS, valid_from__lte=on, valid_until__gte=on)

    def overdue(self, *, on: date) -> Self:
        """Past their recorded end; an estimated end proves nothing."""
        return self.filter(
            status__in=[*VALID_DESIGNATIONS, DesignationStatus.SUSPENDED],
            valid_until__lt=on,
            validity_source=ValiditySource.RECORDED,
        )


@pghistory.track()
class Designation(models.Model):
    """The fact that a product is an innovative product for a time; the certificate is its paper."""

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="designations", verbose_name=_("product")
    )
    application = models.OneToOneField(
        DesignationApplication,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="designation",
        verbose_name=_("application"),
    )
    previous = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successor",
        verbose_name=_("transferred from"),
    )
    number = models.CharField(_("designation no."), max_length=20, unique=True)
    certificate_no = models.CharField(_("certificate no."), max_length=40, blank=True)
    body_name = models.CharField(_("designating body"), max_length=100)
    holder_name = models.CharField(_("holder"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    validity_source = models.CharField(
        _("source of the validity"), max_length=10, choices=ValiditySource.choices, default=ValiditySource.RECORDED
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=DesignationStatus.choices,
        default=DesignationStatus.DESIGNATED,
        editable=False,
    )
    extension_count = models.PositiveSmallIntegerField(_("extensions"), default=0, editable=False)
    extension_bar_reason = models.TextField(_("why it cannot be extended"), blank=True, editable=False)
    status_reason = models.TextField(_("reason for the last change"), blank=True, editable=False)
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects = DesignationQuerySet.as_manager()

    class Meta:
        verbose_name = _("designation")
        verbose_name_plural = _("designations")
        triggers = lifecycle_triggers("designation", VALID_DESIGNATIONS, DESIGNATION_EDGES)
        constraints = [
            models.CheckConstraint(
                name="designation_ends_after_it_begins",
                condition=Q(valid_until__gt=models.F("valid_from")),
                violation_error_message=_("The designation must end after it begins."),
            ),
            models.UniqueConstraint(
                name="designation_one_in_force_per_product",
                fields=["product"],
                condition=Q(status__in=sorted([*VALID_DESIGNATIONS, DesignationStatus.SUSPENDED])),
                violation_error_message=_("This product is designated already."),
            ),
            models.CheckConstraint(
                name="designation_extension_count_fits",
                condition=(~Q(status=DesignationStatus.EXTENDED_1) | Q(extension_count=1))
                & (~Q(status=DesignationStatus.EXTENDED_2) | Q(extension_count=2))
                & (~Q(status=DesignationStatus.DESIGNATED) | Q(extension_count=0)),
                violation_error_message=_("The number of extensions does not fit the status."),
            ),
        ]
        indexes = [
            models.Index(
                name="designation_validity_idx",
                fields=["valid_until"],
                condition=Q(status__in=sorted(VALID_DESIGNATIONS)),
            )
        ]

    def __str__(self) -> str:
        return self.number

    def is_valid_on(self, day: date) -> bool:
        return self.status in VALID_DESIGNATIONS and self.valid_from <= day <= self.valid_until

    @property
    def is_estimated(self) -> bool:
        return self.validity_source == ValiditySource.ESTIMATED
