from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """Two levels: large categories have no parent."""

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    name_ko = models.CharField(_("Korean name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    segments = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("goods segments"),
        default=list,
        blank=True,
        help_text=_("First two digits of the goods classification that fall here by default."),
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.CheckConstraint(
                name="category_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("code")),
                violation_error_message=_("A category cannot be its own parent."),
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_en if (get_language() or "ko").startswith("en") else self.name_ko
