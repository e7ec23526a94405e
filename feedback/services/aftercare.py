"""Asset transfer, field inspections and the end of post-management."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import InstitutionKind
from accounts.models import User
from core.audit import record
from core.calendar import today
from core.errors import NotPermitted
from core.uploads import attach_files
from core.workflow import SYSTEM
from feedback import perms
from feedback.enums import Fact, Finding, TransferAction, TransferMethod, UseAction, UseStatus
from feedback.errors import AlreadyDone, DateOutOfRange, NotEligible
from feedback.models import AssetTransfer, FieldInspection, PilotUse
from feedback.services.links import admin_url
from feedback.services.rules import last_day, rules_for
from feedback.services.use import locked_use, tell_institution, tell_staff
from feedback.workflow import TRANSFER_WORKFLOW, USE_WORKFLOW


@transaction.atomic
def prepare_transfer(
    *,
    actor: User,
    use_id: int,
    method: str,
    assets: str,
    book_value_krw: int,
    reason: str = "",
    reassigned_to_id: int | None = None,
) -> AssetTransfer:
    """Offer the goods to the institution, or settle them in another way with a reason."""
    use = locked_use(use_id=use_id)
    if not perms.may_settle_assets(actor, use):
        raise NotPermitted
    if use.status != UseStatus.EVALUATED:
        raise NotEligible(_("The asset is settled after the verdict on the institution's use."))
    _check_method(use, method, reason, reassigned_to_id)
    try:
        with transaction.atomic():
            transfer = AssetTransfer.objects.create(
                use=use,
                method=method,
                assets=assets,
                book_value_krw=book_value_krw,
                reason=reason,
                reassigned_to_id=reassigned_to_id,
                prepared_by=actor,
            )
    except IntegrityError as error:
        raise AlreadyDone(_("A transfer is prepared for this pilot use already.")) from error
    record(
        actor=actor, verb="prepare", target=transfer, after=transfer.status, reason=reason, details={"method": method}
    )
    _offer(transfer)
    return transfer


def _check_method(use: PilotUse, method: str, reason: str, reassigned_to_id: int | None) -> None:
    is_central = use.institution.institution_kind == InstitutionKind.CENTRAL
    if method == TransferMethod.FREE_TRANSFER and is_central:
        raise NotEligible(_("A central body takes the asset over by management transfer. Choose that method."))
    if method == TransferMethod.MANAGEMENT_TRANSFER and not is_central:
        raise NotEligible(_("Management transfer is for central bodies. Choose free transfer for this institution."))
    if method not in {TransferMethod.FREE_TRANSFER, TransferMethod.MANAGEMENT_TRANSFER} and not reason:
        raise NotEligible(_("Say why the institution does not keep the product."))
    if (method == TransferMethod.REASSIGN) != (reassigned_to_id is not None):
        raise NotEligible(_("Name the other institution exactly when the product is reassigned."))


def _offer(transfer: AssetTransfer) -> None:
    if transfer.is_kept:
        tell_institution(use=transfer.use, kind=Fact.TRANSFER_PREPARED, method=str(transfer.get_method_display()))


@transaction.atomic
def revise_transfer(
    *, actor: User, transfer_id: int, method: str, reason: str = "", reassigned_to_id: int | None = None
) -> AssetTransfer:
    """Choose another method after the institution refused."""
    transfer = _locked(transfer_id)
    before = TRANSFER_WORKFLOW.advance(transfer, TransferAction.REVISE, actor)
    _check_method(transfer.use, method, reason, reassigned_to_id)
    transfer.method, transfer.reason, transfer.reassigned_to_id = method, reason, reassigned_to_id
    transfer.save(update_fields=["status", "method", "reason", "reassigned_to"])
    record(
        actor=actor, verb=TransferAction.REVISE, target=transfer, before=before, after=transfer.status, reason=reason
    )
    _offer(transfer)
    return transfer


@transaction.atomic
def complete_transfer(*, actor: User, transfer_id: int) -> AssetTransfer:
    """Complete: by the institution where it keeps the goods, by PPS otherwise. Post-management begins."""
    transfer = _locked(transfer_id)
    before = TRANSFER_WORKFLOW.advance(transfer, TransferAction.COMPLETE, actor)
    transfer.completed_by, transfer.completed_at = actor, timezone.now()
    transfer.save(update_fields=["status", "completed_by", "completed_at"])
    record(actor=actor, verb=TransferAction.COMPLETE, target=transfer, before=before, after=transfer.status)
    use = transfer.use
    use_before = USE_WORKFLOW.advance(use, UseAction.TRANSFER, actor)
    use.save(update_fields=["status"])
    record(actor=actor, verb=UseAction.TRANSFER, target=use, before=use_before, after=use.status)
    if transfer.method not in {TransferMethod.RETURN, TransferMethod.DISPOSE}:
        use_before = USE_WORKFLOW.advance(use, UseAction.MONITOR, SYSTEM)
        use.monitored_until = last_day(start=today(), months=12 * rules_for(on=today()).monitoring_years)
        use.save(update_fields=["status", "monitored_until"])
        record(actor=SYSTEM, verb=UseAction.MONITOR, target=use, before=use_before, after=use.status)
    return transfer


@transaction.atomic
def refuse_transfer(*, actor: User, transfer_id: int, reason: str) -> AssetTransfer:
    """The institution does not take the goods, with a reason."""
    transfer = _locked(transfer_id)
    before = TRANSFER_WORKFLOW.advance(transfer, TransferAction.REFUSE, actor)
    transfer.refusal_reason = reason
    transfer.save(update_fields=["status", "refusal_reason"])
    record(
        actor=actor, verb=TransferAction.REFUSE, target=transfer, before=before, after=transfer.status, reason=reason
    )
    tell_staff(
        kind=Fact.TRANSFER_REFUSED,
        url=admin_url(model="assettransfer", pk=transfer.pk),
        roles=tuple(perms.ASSET_ROLES),
        product=transfer.use.product.name,
        institution=transfer.use.institution.name,
        reason=reason,
    )
    return transfer


@transaction.atomic
def record_inspection(
    *,
    actor: User,
    use_id: int,
    inspected_on: date,
    finding: str,
    reason: str = "",
    file_ids: Sequence[str] = (),
) -> FieldInspection:
    """Note what an inspector found on the spot. Whatever is not in use has to be explained by the institution."""
    use = locked_use(use_id=use_id)
    if not perms.may_inspect(actor, use):
        raise NotPermitted
    if not use.accepted_on <= inspected_on <= today():
        raise DateOutOfRange(_("The inspection lies between the acceptance of the product and today."))
    if finding != Finding.IN_USE and not reason:
        raise NotEligible(_("Say why the product is not in use."))
    inspection = FieldInspection.objects.create(
        use=use, inspected_on=inspected_on, finding=finding, reason=reason, inspector=actor
    )
    attach_files(actor=actor, file_ids=list(file_ids), target=inspection, purpose="feedback.inspection")
    record(actor=actor, verb="inspect", target=use, reason=reason, details={"finding": finding})
    if finding != Finding.IN_USE:
        tell_institution(use=use, kind=Fact.IDLE_FOUND, finding=str(inspection.get_finding_display()), reason=reason)
    return inspection


@transaction.atomic
def explain_inspection(*, actor: User, inspection_id: int, explanation: str) -> FieldInspection:
    """The institution explains what the inspection found, once."""
    inspections = FieldInspection.objects.select_for_update(of=("self",)).select_related("use")
    inspection = inspections.get(pk=inspection_id)
    if not perms.may_explain(actor, inspection):
        raise NotPermitted
    if inspection.explained_at is not None:
        raise AlreadyDone(_("The explanation was given already."))
    inspection.explanation, inspection.explained_at = explanation, timezone.now()
    inspection.save(update_fields=["explanation", "explained_at"])
    record(actor=actor, verb="explain", target=inspection.use, details={"inspection": inspection.pk})
    return inspection


@transaction.atomic
def close_use(*, actor: User, use_id: int, reason: str) -> PilotUse:
    """End post-management."""
    use = locked_use(use_id=use_id)
    before = USE_WORKFLOW.advance(use, UseAction.CLOSE, actor)
    use.save(update_fields=["status"])
    record(actor=actor, verb=UseAction.CLOSE, target=use, before=before, after=use.status, reason=reason)
    return use


def _locked(transfer_id: int) -> AssetTransfer:
    use_id = AssetTransfer.objects.values_list("use_id", flat=True).get(pk=transfer_id)
    use = locked_use(use_id=use_id)
    transfer = AssetTransfer.objects.select_for_update(of=("self",)).get(pk=transfer_id)
    transfer.use = use
    return transfer
