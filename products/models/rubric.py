from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from products.enums import CriterionKind, ProductType


class RubricQuerySet(models.QuerySet["Rubric"]):
    def effective(self, *, on: date) -> Self:
        return self.filter(effective_on__lte=on)


class Rubric(models.Model):
    """A dated version of the judging rules; a case keeps the version it was submitted under."""

    code = models.CharField(_("code"), max_length=30)
    version = models.PositiveSmallIntegerField(_("version"))
    effective_on = models.DateField(_("effective from"))
    pass_average = models.DecimalField(_("pass mark"), max_digits=5, decimal_places=2)
    validity_months = models.PositiveSmallIntegerField(_("months of validity"), default=36)
    supplement_days = models.PositiveSmallIntegerField(_("working days for a supplement"), default=10)
    appeal_days = models.PositiveSmallIntegerField(_("working days for an appeal"), default=10)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = RubricQuerySet.as_manager()

    class Meta:
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")
        constraints = [
            models.UniqueConstraint(
                name="rubric_one_per_version",
                fields=["code", "version"],
                violation_error_message=_("This version exists already."),
            )
        ]

    def __str__(self) -> str:
        return f"{ProductType(self.code).label} v{self.version}" if self.code in ProductType.values else self.code


class RubricGroup(models.Model):
    """Criteria that share a minimum, such as publicness."""

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="groups", verbose_name=_("rubric"))
    code = models.CharField(_("code"), max_length=30)
    name_ko = models.CharField(_("Korean name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)
    min_points = models.DecimalField(_("minimum"), max_digits=5, decimal_places=2, default=0)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("rubric group")
        verbose_name_plural = _("rubric groups")
        constraints = [
            models.UniqueConstraint(
                name="rubricgroup_code_once",
                fields=["rubric", "code"],
                violation_error_message=_("This group exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_en if (get_language() or "ko").startswith("en") else self.name_ko


class RubricCriterion(models.Model):
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="criteria", verbose_name=_("rubric"))
    group = models.ForeignKey(
        RubricGroup,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="criteria",
        verbose_name=_("rubric group"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=CriterionKind.choices)
    code = models.CharField(_("code"), max_length=40)
    name_ko = models.CharField(_("Korean name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=100)
    max_points = models.DecimalField(_("maximum"), max_digits=5, decimal_places=2, default=0)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(
                name="rubriccriterion_code_once",
                fields=["rubric", "code"],
                violation_error_message=_("This criterion exists already."),
            ),
            models.CheckConstraint(
                name="rubriccriterion_points_fit_kind",
                condition=Q(kind=CriterionKind.GATE, max_points=0, group__isnull=True)
                | Q(kind=CriterionKind.SCORE, max_points__gt=0, group__isnull=False),
                violation_error_message=_("A gate has no points; a scored criterion has points and a group."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_en if (get_language() or "ko").startswith("en") else self.name_ko
