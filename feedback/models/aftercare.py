"""What happens to the goods and what they lead to: transfer, inspections, further purchases, certificates."""

from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.perms import is_pps, is_supplier, organization_of
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from feedback.enums import (
    CERTIFICATE_EDGES,
    KEEPING_METHODS,
    PURCHASE_EDGES,
    TRANSFER_EDGES,
    CertificateStatus,
    Finding,
    Outcome,
    PurchaseChannel,
    PurchaseStatus,
    TransferMethod,
    TransferStatus,
)
from feedback.models.use import PilotUse
from feedback.models.verdict import Verdict
from products.models import Product


@pghistory.track()
class AssetTransfer(models.Model):
    """PPS hands the goods over; the institution takes them or says why not."""

    use = models.OneToOneField(
        PilotUse, on_delete=models.PROTECT, related_name="transfer", verbose_name=_("pilot use")
    )
    status = models.CharField(_("status"), max_length=16, choices=TransferStatus, default=TransferStatus.PREPARED)
    method = models.CharField(_("method"), max_length=24, choices=TransferMethod)
    assets = models.TextField(_("list of assets"))
    book_value_krw = KrwField(_("book value"))
    reassigned_to = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reassigned to"),
    )
    reason = models.TextField(_("reason for the method"), blank=True)
    refusal_reason = models.TextField(_("reason for the refusal"), blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    prepared_at = models.DateTimeField(_("prepared at"), auto_now_add=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("completed by"),
    )
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("asset transfer")
        verbose_name_plural = _("asset transfers")
        triggers = lifecycle_triggers("asset_transfer", TransferStatus.PREPARED, TRANSFER_EDGES)
        constraints = [
            models.CheckConstraint(
                name="assettransfer_other_methods_have_reason",
                condition=Q(method__in=KEEPING_METHODS) | ~Q(reason=""),
                violation_error_message=_("Say why the institution does not keep the product."),
            ),
            models.CheckConstraint(
                name="assettransfer_reassigned_iff_reassign",
                condition=Q(method=TransferMethod.REASSIGN, reassigned_to__isnull=False)
                | (~Q(method=TransferMethod.REASSIGN) & Q(reassigned_to=None)),
                violation_error_message=_("Name the other institution exactly when the product is reassigned."),
            ),
            models.CheckConstraint(
                name="assettransfer_refusal_has_reason",
                condition=~Q(status=TransferStatus.REFUSED) | ~Q(refusal_reason=""),
            ),
            models.CheckConstraint(
                name="assettransfer_completed_iff_dated",
                condition=Q(status=TransferStatus.COMPLETED, completed_at__isnull=False)
                | (~Q(status=TransferStatus.COMPLETED) & Q(completed_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.get_method_display()

    @property
    def is_kept(self) -> bool:
        """Whether the institution keeps the goods, so that its consent completes the transfer."""
        return self.method in KEEPING_METHODS


class FieldInspection(models.Model):
    """A visit by PPS. An idle product has to be explained by the institution."""

    use = models.ForeignKey(
        PilotUse, on_delete=models.PROTECT, related_name="inspections", verbose_name=_("pilot use")
    )
    inspected_on = models.DateField(_("field inspection on"))
    finding = models.CharField(_("finding"), max_length=16, choices=Finding)
    reason = models.TextField(_("reason"), blank=True)
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("field inspector")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    explanation = models.TextField(_("institution's explanation"), blank=True)
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)

    class Meta:
        verbose_name = _("field inspection")
        verbose_name_plural = _("field inspections")
        constraints = [
            models.CheckConstraint(
                name="fieldinspection_reason_unless_in_use",
                condition=Q(finding=Finding.IN_USE) | ~Q(reason=""),
                violation_error_message=_("Say why the product is not in use."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspected_on} {self.get_finding_display()}"


class FollowUpPurchaseQuerySet(models.QuerySet["FollowUpPurchase"]):
    def visible_to(self, actor: User) -> Self:
        if is_pps(actor):
            return self
        organization = organization_of(actor)
        if organization is None:
            return self.none()
        if is_supplier(actor):
            return self.filter(product__supplier=organization)
        return self.filter(institution=organization)

    def confirmed(self) -> Self:
        return self.filter(status=PurchaseStatus.CONFIRMED)


class FollowUpPurchase(models.Model):
    """A purchase after the pilot, recorded by either side and counted once PPS has confirmed it."""

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="follow_ups", verbose_name=_("product")
    )
    institution = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="follow_ups", verbose_name=_("institution")
    )
    use = models.ForeignKey(
        PilotUse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="follow_ups",
        verbose_name=_("earlier pilot use"),
    )
    status = models.CharField(_("status"), max_length=16, choices=PurchaseStatus, default=PurchaseStatus.RECORDED)
    purchased_on = models.DateField(_("purchased on"))
    units = models.PositiveIntegerField(_("units"))
    amount_krw = KrwField(_("amount"))
    channel = models.CharField(_("channel"), max_length=16, choices=PurchaseChannel)
    document_no = models.CharField(_("contract or order number"), max_length=60, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    decision_reason = models.TextField(_("reason for the decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = FollowUpPurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up purchase")
        verbose_name_plural = _("follow-up purchases")
        triggers = lifecycle_triggers("follow_up_purchase", PurchaseStatus.RECORDED, PURCHASE_EDGES)
        constraints = [
            models.CheckConstraint(name="followuppurchase_units_positive", condition=Q(units__gt=0)),
            models.CheckConstraint(name="followuppurchase_amount_positive", condition=Q(amount_krw__gt=0)),
            models.CheckConstraint(
                name="followuppurchase_decided_iff_left_recorded",
                condition=Q(status=PurchaseStatus.RECORDED, decided_at=None)
                | (~Q(status=PurchaseStatus.RECORDED) & Q(decided_at__isnull=False)),
            ),
            # both sides may type the same order in: the number tells
            models.UniqueConstraint(
                name="followuppurchase_one_per_document",
                fields=["product", "institution", "document_no"],
                condition=~Q(document_no="") & ~Q(status=PurchaseStatus.REJECTED),
                violation_error_message=_("A purchase with this contract or order number is recorded already."),
            ),
        ]
        indexes = [
            models.Index(name="followuppurchase_queue_idx", fields=["recorded_at"], condition=Q(status="recorded")),
        ]

    def __str__(self) -> str:
        return f"{self.purchased_on} {self.units}"


class TrackRecordCertificateQuerySet(models.QuerySet["TrackRecordCertificate"]):
    def visible_to(self, actor: User) -> Self:
        if is_pps(actor):
            return self
        return self.filter(verdict__supplier=organization_of(actor)) if is_supplier(actor) else self.none()


class TrackRecordCertificate(models.Model):
    """What anybody may check at /verify/<code>/. The text is frozen on issue, so that a print stays true."""

    code = models.CharField(_("verification number"), max_length=20, unique=True)
    status = models.CharField(_("status"), max_length=16, choices=CertificateStatus, default=CertificateStatus.VALID)
    verdict = models.ForeignKey(
        Verdict, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("verdict")
    )
    body = models.JSONField(_("certified text"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("issued on request of")
    )
    issued_at = models.DateTimeField(_("issued at"))
    revoked_reason = models.TextField(_("reason for the revocation"), blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = TrackRecordCertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("track-record certificate")
        verbose_name_plural = _("track-record certificates")
        triggers = lifecycle_triggers("track_record_certificate", CertificateStatus.VALID, CERTIFICATE_EDGES)
        constraints = [
            models.UniqueConstraint(
                name="trackrecordcertificate_one_valid_per_verdict",
                fields=["verdict"],
                condition=Q(status=CertificateStatus.VALID),
            ),
            models.CheckConstraint(
                name="trackrecordcertificate_revoked_iff_dated",
                condition=Q(status=CertificateStatus.VALID, revoked_at=None)
                | (Q(status=CertificateStatus.REVOKED, revoked_at__isnull=False) & ~Q(revoked_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def outcome_label(self) -> str:
        return str(Outcome(self.body["outcome"]).label)
