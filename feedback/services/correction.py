"""Corrective action after an insufficient verdict: plan, evidence, decision."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import members_of
from core.audit import record
from core.calendar import today
from core.notifications import notify_all
from core.uploads import attach_files
from feedback.enums import CorrectionAction, Fact
from feedback.errors import DateOutOfRange
from feedback.models import CorrectiveAction
from feedback.services.links import admin_url
from feedback.services.use import tell_staff
from feedback.workflow import CORRECTION_WORKFLOW
from products import services as products


@transaction.atomic
def file_plan(*, actor: User, correction_id: int, plan: str, due_on: date) -> CorrectiveAction:
    """Say what will be corrected and until when."""
    correction = _locked(correction_id)
    before = CORRECTION_WORKFLOW.advance(correction, CorrectionAction.PLAN, actor)
    if due_on <= today():
        raise DateOutOfRange(_("Choose a day after today by which the correction is made."))
    correction.plan, correction.due_on = plan, due_on
    correction.save(update_fields=["status", "plan", "due_on"])
    record(actor=actor, verb=CorrectionAction.PLAN, target=correction, before=before, after=correction.status)
    _tell_staff(correction)
    return correction


@transaction.atomic
def file_evidence(*, actor: User, correction_id: int, evidence: str, file_ids: Sequence[str] = ()) -> CorrectiveAction:
    """Show that the correction is made."""
    correction = _locked(correction_id)
    before = CORRECTION_WORKFLOW.advance(correction, CorrectionAction.EVIDENCE, actor)
    correction.evidence = evidence
    correction.save(update_fields=["status", "evidence"])
    attach_files(actor=actor, file_ids=list(file_ids), target=correction, purpose="feedback.correction")
    record(actor=actor, verb=CorrectionAction.EVIDENCE, target=correction, before=before, after=correction.status)
    _tell_staff(correction)
    return correction


@transaction.atomic
def return_evidence(*, actor: User, correction_id: int, reason: str, due_on: date) -> CorrectiveAction:
    """Ask for better evidence, with a new date."""
    correction = _locked(correction_id)
    before = CORRECTION_WORKFLOW.advance(correction, CorrectionAction.RETURN, actor)
    if due_on <= today():
        raise DateOutOfRange(_("Choose a day after today by which the evidence is needed."))
    correction.return_reason, correction.due_on = reason, due_on
    correction.save(update_fields=["status", "return_reason", "due_on"])
    record(
        actor=actor,
        verb=CorrectionAction.RETURN,
        target=correction,
        before=before,
        after=correction.status,
        reason=reason,
    )
    _tell_supplier(correction, Fact.CORRECTION_RETURNED, reason=reason, due_on=str(due_on))
    return correction


@transaction.atomic
def confirm_correction(*, actor: User, correction_id: int, decision: str) -> CorrectiveAction:
    """Record that the supplier corrected what was insufficient; the product may be judged anew."""
    return _decide(actor, correction_id, CorrectionAction.CORRECT, decision)


@transaction.atomic
def record_not_corrected(*, actor: User, correction_id: int, decision: str) -> CorrectiveAction:
    """Record that it was not corrected; a ground for a failure, and a bar to extending the designation."""
    correction = _decide(actor, correction_id, CorrectionAction.FAIL, decision)
    products.bar_extension(actor=actor, product_id=correction.verdict.product_id, reason=decision)
    return correction


def _decide(actor: User, correction_id: int, action: CorrectionAction, decision: str) -> CorrectiveAction:
    correction = _locked(correction_id)
    before = CORRECTION_WORKFLOW.advance(correction, action, actor)
    correction.decision, correction.decided_by, correction.decided_at = decision, actor, timezone.now()
    correction.save(update_fields=["status", "decision", "decided_by", "decided_at"])
    record(actor=actor, verb=action, target=correction, before=before, after=correction.status, reason=decision)
    is_corrected = action == CorrectionAction.CORRECT
    _tell_supplier(correction, Fact.CORRECTION_DECIDED, is_corrected=is_corrected)
    return correction


def _tell_supplier(correction: CorrectiveAction, kind: str, **params: object) -> None:
    notify_all(
        recipients=members_of(organization_id=correction.verdict.supplier_id),
        kind=kind,
        url=reverse("feedback:verdict_detail", args=[correction.verdict_id]),
        product=correction.verdict.product.name,
        **params,
    )


def _tell_staff(correction: CorrectiveAction) -> None:
    tell_staff(
        kind=Fact.CORRECTION_FILED,
        url=admin_url(model="correctiveaction", pk=correction.pk),
        product=correction.verdict.product.name,
    )


def _locked(correction_id: int) -> CorrectiveAction:
    corrections = CorrectiveAction.objects.select_for_update(of=("self",)).select_related("verdict__product")
    return corrections.get(pk=correction_id)
