from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import KrwField
from matching.models.contract import Contract


class Payment(models.Model):
    """The payment of a contract; executed in the state finance system, recorded here."""

    contract = models.OneToOneField(
        Contract, on_delete=models.PROTECT, related_name="payment", verbose_name=_("contract")
    )
    amount_krw = KrwField(_("amount paid (won)"))
    late_penalty_krw = KrwField(_("late-delivery penalty (won)"), default=0)
    claimed_on = models.DateField(_("claimed on"))
    paid_on = models.DateField(_("paid on"))
    tax_invoice_no = models.CharField(_("tax invoice no."), max_length=40)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(name="payment_paid_after_claim", condition=Q(paid_on__gte=F("claimed_on"))),
            models.UniqueConstraint(name="payment_tax_invoice_unique", fields=["tax_invoice_no"]),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}: {self.amount_krw}"
