from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FormDraft(models.Model):
    """What somebody has typed into a form and not yet saved. One per person and form; dropped on submission."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("form"), max_length=120)
    content = models.JSONField(_("content"), default=dict)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("form draft")
        verbose_name_plural = _("form drafts")
        constraints = [models.UniqueConstraint(name="formdraft_one_per_form", fields=["owner", "key"])]

    def __str__(self) -> str:
        return f"{self.key} ({self.owner_id})"
