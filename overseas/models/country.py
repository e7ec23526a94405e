from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Country(models.Model):
    """A country of ISO 3166-1; the numeric code names its shape on the map."""

    code = models.CharField(_("code"), max_length=2, primary_key=True)
    numeric = models.CharField(_("numeric code"), max_length=3, unique=True)
    name_ko = models.CharField(_("Korean name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_ko
