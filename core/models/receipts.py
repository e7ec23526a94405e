from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.triggers import append_only


class Receipt(models.Model):
    """Proof of a submission: number, time by the database's clock, and what was handed in. Never changed."""

    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=80)
    title = models.CharField(_("title"), max_length=300)
    lines = models.JSONField(_("content"), default=list)
    target_type = models.CharField(_("kind of case"), max_length=100)
    target_id = models.CharField(_("case"), max_length=64)
    issued_at = models.DateTimeField(_("issued at"), db_default=Now())

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        indexes = [models.Index(fields=["target_type", "target_id"], name="receipt_case_idx")]
        triggers = append_only("receipt")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people quote on the telephone: ``R-2026-0000123``."""
        return f"R-{self.issued_at.year}-{self.pk:07d}"
