from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from matching.models.run import MatchingRun


class WhatIf(models.Model):
    """A run's instance with other numbers, solved by the fast method. Decides nothing and tells nobody.

    ``base_grants`` is what the fast method makes of the run's own instance: what differs from that comes from the
    changes and not from the method.
    """

    run = models.ForeignKey(MatchingRun, on_delete=models.PROTECT, related_name="what_ifs", verbose_name=_("run"))
    name = models.CharField(_("name"), max_length=80)
    changes = models.JSONField(_("changes"))
    instance_sha256 = models.CharField(_("instance hash"), max_length=64)
    result_sha256 = models.CharField(_("result hash"), max_length=64)
    engine_version = models.CharField(_("engine version"), max_length=120)
    figures = models.JSONField(_("figures"))
    base_figures = models.JSONField(_("figures of the unchanged instance"))
    grants = models.BinaryField(_("awards"))
    base_grants = models.BinaryField(_("awards of the unchanged instance"))
    rescored_count = models.PositiveIntegerField(_("applications scored anew"), default=0)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        constraints = [
            models.UniqueConstraint(
                name="whatif_name_once_per_run",
                fields=["run", "name"],
                violation_error_message=_("Another what-if of this run has this name already."),
            ),
            models.CheckConstraint(name="whatif_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class WhatIfOrderQuerySet(models.QuerySet["WhatIfOrder"]):
    def waiting(self) -> Self:
        return self.filter(what_if=None, failure="")

    def unmade(self) -> Self:
        """Waiting or failed: there is no what-if yet that one could open instead."""
        return self.filter(what_if=None)


class WhatIfOrder(models.Model):
    """A what-if on a large round, which a worker solves. It has become a what-if, has failed, or waits."""

    run = models.ForeignKey(MatchingRun, on_delete=models.PROTECT, related_name="+", verbose_name=_("run"))
    name = models.CharField(_("name"), max_length=80)
    changes = models.JSONField(_("changes"))
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    ordered_at = models.DateTimeField(_("ordered at"), auto_now_add=True)
    done = models.PositiveSmallIntegerField(_("instances solved"), default=0)
    total = models.PositiveSmallIntegerField(_("instances in all"), default=0)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    failure = models.TextField(_("reason of failure"), blank=True)
    what_if = models.OneToOneField(
        WhatIf, on_delete=models.CASCADE, null=True, blank=True, related_name="order", verbose_name=_("what-if")
    )

    objects = WhatIfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("ordered what-if")
        verbose_name_plural = _("ordered what-ifs")
        constraints = [
            models.UniqueConstraint(
                name="whatiforder_name_once_per_run",
                fields=["run", "name"],
                condition=Q(what_if=None),
                violation_error_message=_("Another what-if of this run has this name already."),
            ),
            models.CheckConstraint(name="whatiforder_one_ending", condition=Q(what_if=None) | Q(failure="")),
            models.CheckConstraint(name="whatiforder_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_waiting(self) -> bool:
        return self.what_if_id is None and not self.failure

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
