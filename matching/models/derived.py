from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.triggers import append_only
from pilots.models import FrozenInstance


class DerivedInstance(models.Model):
    """A frozen instance with awards that people decided, byte for byte; its applications keep their identifiers."""

    base = models.ForeignKey(
        FrozenInstance, on_delete=models.PROTECT, related_name="derived", verbose_name=_("frozen instance")
    )
    body = models.BinaryField(_("instance"))
    sha256 = models.CharField(_("hash"), max_length=64)
    derived_at = models.DateTimeField(_("derived at"), auto_now_add=True)
    derived_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("derived by"))

    class Meta:
        verbose_name = _("derived instance")
        verbose_name_plural = _("derived instances")
        triggers = append_only("derived_instance")
        constraints = [
            models.UniqueConstraint(name="derivedinstance_once_per_hash", fields=["base", "sha256"]),
            models.CheckConstraint(name="derivedinstance_sha256_is_hex", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return f"{self.base_id} {self.sha256[:12]}"
