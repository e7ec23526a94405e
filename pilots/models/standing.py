from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.triggers import append_only
from pilots.enums import HistoryKind, HistoryOutcome
from products.models import Product


class ProductHistory(models.Model):
    """A pilot purchase that a product has had; domestic rounds exclude such products."""

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="pilot_history", verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=HistoryKind)
    year = models.PositiveSmallIntegerField(_("year"))
    reference = models.CharField(_("reference"), max_length=64)
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=HistoryOutcome, default=HistoryOutcome.NONE, blank=True
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("earlier pilot purchase")
        verbose_name_plural = _("earlier pilot purchases")
        constraints = [
            models.UniqueConstraint(name="producthistory_once_per_reference", fields=["product", "kind", "reference"])
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.kind} {self.year}"


class InstitutionStanding(models.Model):
    """Points an institution gained or lost by how it reported and cared; the sum enters the next score."""

    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="standings", verbose_name=_("institution")
    )
    points = models.SmallIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=200)
    reference = models.CharField(_("reference"), max_length=64, unique=True)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("standing of an institution")
        verbose_name_plural = _("standings of institutions")
        triggers = append_only("institution_standing")

    def __str__(self) -> str:
        return f"{self.institution_id} {self.points:+d}"
