from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarException(models.Model):
    """A day on which the working-day calendar is overruled by staff, for example a newly declared holiday."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("is a working day"), default=False)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("calendar exception")
        verbose_name_plural = _("calendar exceptions")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
