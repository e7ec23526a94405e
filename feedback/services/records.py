"""What a pilot leads to: follow-up purchases and track-record certificates."""

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import is_supplier, organization_of
from core.audit import record
from core.calendar import SEOUL, today
from core.errors import NotPermitted
from core.notifications import notify
from feedback import perms
from feedback.enums import CertificateAction, Fact, Outcome, PurchaseAction, VerdictStatus
from feedback.errors import AlreadyDone, DateOutOfRange, NotEligible
from feedback.models import FollowUpPurchase, PilotUse, TrackRecordCertificate, Verdict
from feedback.selectors.certificate import certificate_body, fingerprint, valid_certificate
from feedback.signals import follow_up_confirmed
from feedback.workflow import CERTIFICATE_WORKFLOW, PURCHASE_WORKFLOW
from products.models import Product

# No letters or digits that people mix up when they type a number from paper.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@transaction.atomic
def record_purchase(
    *,
    actor: User,
    product_id: int,
    institution_id: int,
    purchased_on: date,
    units: int,
    amount_krw: int,
    channel: str,
    document_no: str = "",
) -> FollowUpPurchase:
    """Note a purchase after a pilot: a supplier for its own product, an institution for itself."""
    product = Product.objects.get(pk=product_id)
    organization = organization_of(actor)
    if not perms.may_record_purchase(actor) or organization is None:
        raise NotPermitted
    if organization.pk != (product.supplier_id if is_supplier(actor) else institution_id):
        raise NotPermitted
    use = PilotUse.objects.filter(product=product, institution_id=institution_id).order_by("pk").first()
    if use is None and not PilotUse.objects.filter(product=product).exists():
        raise NotEligible(_("Follow-up purchases are recorded for products that were in pilot use."))
    if purchased_on > today():
        raise DateOutOfRange(_("The purchase lies in the future. Record it once the order is placed."))
    try:
        with transaction.atomic():
            purchase = FollowUpPurchase.objects.create(
                product=product,
                institution_id=institution_id,
                use=use,
                purchased_on=purchased_on,
                units=units,
                amount_krw=amount_krw,
                channel=channel,
                document_no=document_no.strip(),
                recorded_by=actor,
            )
    except IntegrityError as error:
        raise AlreadyDone(_("A purchase with this contract or order number is recorded already.")) from error
    record(actor=actor, verb="record", target=purchase, after=purchase.status)
    return purchase


@transaction.atomic
def confirm_purchase(*, actor: User, purchase_id: int) -> FollowUpPurchase:
    """Count a purchase."""
    purchase = _decide_purchase(actor, purchase_id, PurchaseAction.CONFIRM, "")
    follow_up_confirmed.send(sender=FollowUpPurchase, purchase_id=purchase.pk)
    return purchase


@transaction.atomic
def reject_purchase(*, actor: User, purchase_id: int, reason: str) -> FollowUpPurchase:
    """Turn a record down, with a reason."""
    return _decide_purchase(actor, purchase_id, PurchaseAction.REJECT, reason)


def _decide_purchase(actor: User, purchase_id: int, action: PurchaseAction, reason: str) -> FollowUpPurchase:
    purchases = FollowUpPurchase.objects.select_for_update(of=("self",)).select_related("product", "recorded_by")
    purchase = purchases.get(pk=purchase_id)
    before = PURCHASE_WORKFLOW.advance(purchase, action, actor)
    purchase.decision_reason, purchase.decided_by, purchase.decided_at = reason, actor, timezone.now()
    purchase.save(update_fields=["status", "decision_reason", "decided_by", "decided_at"])
    record(actor=actor, verb=action, target=purchase, before=before, after=purchase.status, reason=reason)
    notify(
        recipient=purchase.recorded_by,
        kind=Fact.PURCHASE_DECIDED,
        url=reverse("feedback:purchase_list"),
        product=purchase.product.name,
        is_confirmed=action == PurchaseAction.CONFIRM,
        reason=reason,
    )
    return purchase


@transaction.atomic
def issue_certificate(*, actor: User, verdict_id: int) -> TrackRecordCertificate:
    """Issue the certificate of a success, or return the valid one that exists."""
    verdict = Verdict.objects.select_for_update(of=("self",)).select_related("product").get(pk=verdict_id)
    if not perms.may_certify(actor, verdict):
        raise NotPermitted
    if verdict.status != VerdictStatus.APPROVED or verdict.outcome != Outcome.SUCCESS:
        raise NotEligible(_("A certificate is issued for a valid success verdict."))
    existing = valid_certificate(verdict=verdict)
    if existing is not None:
        return existing
    issued_at = timezone.now()
    body = certificate_body(verdict=verdict, issued_on=issued_at.astimezone(SEOUL).date())
    certificate = TrackRecordCertificate.objects.create(
        code=_new_code(),
        verdict=verdict,
        body=body,
        sha256=fingerprint(body=body),
        issued_by=actor,
        issued_at=issued_at,
    )
    record(actor=actor, verb="issue", target=certificate, after=certificate.status)
    notify(
        recipient=actor,
        kind=Fact.CERTIFICATE_ISSUED,
        url=reverse("feedback:verify", args=[certificate.code]),
        product=verdict.product.name,
        code=certificate.code,
    )
    return certificate


@transaction.atomic
def revoke_certificate(*, actor: Any, certificate_id: int, reason: str) -> TrackRecordCertificate:
    """Make a certificate invalid; its page stays and says so."""
    certificate = TrackRecordCertificate.objects.select_for_update(of=("self",)).get(pk=certificate_id)
    before = CERTIFICATE_WORKFLOW.advance(certificate, CertificateAction.REVOKE, actor)
    certificate.revoked_reason, certificate.revoked_at = reason, timezone.now()
    certificate.save(update_fields=["status", "revoked_reason", "revoked_at"])
    record(
        actor=actor,
        verb=CertificateAction.REVOKE,
        target=certificate,
        before=before,
        after=certificate.status,
        reason=reason,
    )
    return certificate


def _new_code() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _i in range(4)) for _group in range(4))
    return "-".join(groups)
