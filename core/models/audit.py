from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.triggers import append_only


class AuditEntry(models.Model):
    """One business event: who did what to which case, from which state to which, and why. Never changed."""

    SEALED_FIELDS: ClassVar[tuple[str, ...]] = (
        "actor_id", "actor_label", "verb", "target_type", "target_id", "target_label",
        "before", "after", "reason", "details", "happened_at",
    )  # fmt: skip

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("actor"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_label = models.CharField(_("actor at the time"), max_length=200, blank=True)
    verb = models.CharField(_("action"), max_length=64)
    target_type = models.CharField(_("kind of case"), max_length=100)
    target_id = models.CharField(_("case"), max_length=64)
    target_label = models.CharField(_("case at the time"), max_length=300, blank=True)
    before = models.CharField(_("state before"), max_length=40, blank=True)
    after = models.CharField(_("state after"), max_length=40, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    happened_at = models.DateTimeField(_("time"), db_default=Now())

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["target_type", "target_id", "-id"], name="auditentry_case_idx"),
            models.Index(fields=["-happened_at"], name="auditentry_recent_idx"),
        ]
        triggers = append_only("audit_entry")

    def __str__(self) -> str:
        return f"#{self.pk} {self.verb} {self.target_type}:{self.target_id}"


class Seal(models.Model):
    """One link of a hash chain over an append-only table: position, the row it seals and the running hash."""

    chain = models.CharField(_("chain"), max_length=40)
    position = models.PositiveBigIntegerField(_("position"))
    row_id = models.BigIntegerField(_("row"))
    row_hash = models.CharField(_("hash of the row"), max_length=64)
    chain_hash = models.CharField(_("hash of the chain"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"), db_default=Now())

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.UniqueConstraint(name="seal_position_once", fields=["chain", "position"]),
            models.UniqueConstraint(name="seal_row_once", fields=["chain", "row_id"]),
        ]
        triggers = append_only("seal")

    def __str__(self) -> str:
        return f"{self.chain}/{self.position}"
