import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Province
from matching.models.contract import ContractLine, places_within_line


@pghistory.track()
class LineSite(models.Model):
    """A further place of a contract line; the units that no further place has go to the line's own site."""

    line = models.ForeignKey(
        ContractLine, on_delete=models.CASCADE, related_name="further_sites", verbose_name=_("contract line")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    name = models.CharField(_("name of the site"), max_length=200)
    address = models.CharField(_("address of the site"), max_length=300)
    province = models.ForeignKey(Province, on_delete=models.PROTECT, related_name="+", verbose_name=_("province"))
    # Nothing is left for a place when an amendment takes its units away.
    units = models.PositiveIntegerField(_("units at this site"))

    class Meta:
        verbose_name = _("further site of a contract line")
        verbose_name_plural = _("further sites of contract lines")
        constraints = [
            models.UniqueConstraint(name="linesite_order_unique", fields=["line", "order"]),
            models.CheckConstraint(name="linesite_named", condition=~Q(name="")),
        ]
        triggers = [
            places_within_line("linesite_units", line="NEW.line_id", operation=pgtrigger.Insert | pgtrigger.Update)
        ]

    def __str__(self) -> str:
        return self.name
