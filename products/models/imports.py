from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from products.enums import ImportOutcome, ImportRemark
from products.models.product import Product


def word_remark(code: str, params: dict[str, Any]) -> str:
    """A remark of the import in the active language."""
    return str(ImportRemark(code).label) % params


class ImportRun(models.Model):
    """One reading of the official product list, kept with what it did to every row."""

    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    started_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    created_count = models.PositiveIntegerField(_("created"), default=0)
    updated_count = models.PositiveIntegerField(_("updated"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected_count = models.PositiveIntegerField(_("rejected"), default=0)

    class Meta:
        verbose_name = _("import of the product list")
        verbose_name_plural = _("imports of the product list")

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", verbose_name=_("import"))
    row_number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=ImportOutcome.choices)
    label = models.CharField(_("goods"), max_length=300, blank=True)
    remarks = models.JSONField(_("remarks"), default=list, blank=True)
    product = models.ForeignKey(
        Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("product")
    )

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints = [
            models.UniqueConstraint(
                name="importrow_once_per_run",
                fields=["run", "row_number"],
                violation_error_message=_("This row was read already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.row_number}"

    @property
    def texts(self) -> list[str]:
        """The remarks in the language of the page."""
        return [word_remark(remark["code"], remark["params"]) for remark in self.remarks]
