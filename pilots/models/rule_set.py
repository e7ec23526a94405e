import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@pghistory.track()
class RuleSet(models.Model):
    """The programme's numbers as dated data: ceilings, shares, weights, deadlines (format in pilots/rules)."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    effective_on = models.DateField(_("effective from"))
    body = models.JSONField(_("rules"))
    sha256 = models.CharField(_("hash"), max_length=64)
    is_locked = models.BooleanField(_("locked"), default=False)
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("copied from")
    )
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        triggers = [
            # A decision stores the rule set it used, so a used rule set must stay what it was.
            pgtrigger.Protect(
                name="rule_set_locked_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_locked=True),
            ),
            # The lock is set when the intake opens; whoever goes around it meets the rounds themselves.
            pgtrigger.Trigger(
                name="rule_set_in_use_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF (NEW.body, NEW.sha256, NEW.effective_on) IS DISTINCT FROM (OLD.body, OLD.sha256, "
                    "OLD.effective_on) AND EXISTS (SELECT 1 FROM pilots_pilotround WHERE rule_set_id = OLD.id "
                    "AND status <> 'planned') THEN RAISE EXCEPTION 'rule set: a round that uses it has begun'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="ruleset_locked_at_iff_locked",
                condition=Q(is_locked=True, locked_at__isnull=False) | Q(is_locked=False, locked_at=None),
            ),
            models.CheckConstraint(name="ruleset_sha256_is_hex", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.effective_on:%Y-%m-%d})"
