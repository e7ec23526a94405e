"""The lifecycles of the feedback phase: who may take which step, and what stands in the way."""

from django.utils.translation import gettext as _

from core.calendar import today
from core.workflow import Rule, Workflow
from feedback import perms
from feedback.enums import (
    APPEAL_EDGES,
    CERTIFICATE_EDGES,
    CORRECTION_EDGES,
    EXTENSION_EDGES,
    IMPROVEMENT_EDGES,
    INCIDENT_EDGES,
    PUBLICATION_EDGES,
    PURCHASE_EDGES,
    REPORT_EDGES,
    TRANSFER_EDGES,
    USE_EDGES,
    VERDICT_EDGES,
    AppealAction,
    AppealStatus,
    CertificateAction,
    CorrectionAction,
    CorrectionStatus,
    ExtensionAction,
    ImprovementAction,
    IncidentAction,
    IncidentKind,
    IncidentStatus,
    Outcome,
    PublicationAction,
    PurchaseAction,
    ReportAction,
    TransferAction,
    UseAction,
    UseStatus,
    VerdictAction,
)
from feedback.models import CorrectiveAction, Incident, PilotUse, UseExtension, Verdict


def accidents_are_resolved(use: PilotUse) -> str | None:
    if use.incidents.filter(kind=IncidentKind.SAFETY_ACCIDENT, status=IncidentStatus.OPEN).exists():
        return _("A safety accident is still open. Resolve it first, then resume the pilot use.")
    return None


def use_still_runs(extension: UseExtension) -> str | None:
    if extension.use.status not in {UseStatus.IN_USE, UseStatus.SUSPENDED}:
        return _("The pilot use is over already, so it can no longer be extended.")
    return None


def failure_has_ground(verdict: Verdict) -> str | None:
    """A failure follows only from an uncorrected insufficiency or from the product's own safety failure."""
    if verdict.outcome != Outcome.FAILURE:
        return None
    accidents = Incident.objects.filter(use__line__contract_id=verdict.contract_id, is_product_fault=True)
    corrections = CorrectiveAction.objects.filter(
        verdict__contract_id=verdict.contract_id, status=CorrectionStatus.NOT_CORRECTED
    )
    if verdict.use_id is not None:
        accidents = accidents.filter(use_id=verdict.use_id)
    if accidents.filter(kind=IncidentKind.SAFETY_ACCIDENT).exists() or corrections.exists():
        return None
    return _(
        "A failure needs a ground: an insufficient verdict that was not corrected, or a safety accident caused by the "
        "product. Propose “insufficient” first."
    )


def appeal_has_no_decision_pending(verdict: Verdict) -> str | None:
    appeal = getattr(verdict, "appeal", None)
    if appeal is not None and appeal.status == AppealStatus.FILED:
        return _("An appeal against this verdict is open. Decide the appeal first.")
    return None


def plan_is_due_or_filed(correction: CorrectiveAction) -> str | None:
    """Not correcting is recorded only after the supplier had the time it was given."""
    if correction.status == CorrectionStatus.EVIDENCED:
        return None
    limit = correction.due_on or correction.plan_due_on
    if today() <= limit:
        return _("The supplier has time until %(day)s. Wait for the evidence until then.") % {"day": limit}
    return None


USE_WORKFLOW = Workflow(
    "feedback.PilotUse",
    USE_EDGES,
    {
        UseAction.START: Rule(perms.may_keep_log, system=True),
        UseAction.SUSPEND: Rule(perms.may_report_incident),
        UseAction.RESUME: Rule(perms.works_on_cases, guards=(accidents_are_resolved,)),
        UseAction.END: Rule(perms.may_end, system=True),
        UseAction.REPORT: Rule(perms.may_keep_log),
        UseAction.REOPEN_REPORT: Rule(perms.works_on_cases),
        UseAction.EVALUATE: Rule(perms.may_decide_case),
        UseAction.TRANSFER: Rule(perms.may_move_assets),
        UseAction.MONITOR: Rule(perms.may_settle_assets, system=True),
        UseAction.CLOSE: Rule(perms.may_settle_assets),
    },
)

EXTENSION_WORKFLOW = Workflow(
    "feedback.UseExtension",
    EXTENSION_EDGES,
    {
        ExtensionAction.APPROVE: Rule(perms.may_decide_extension, guards=(use_still_runs,)),
        ExtensionAction.DECLINE: Rule(perms.may_decide_extension),
    },
)

INCIDENT_WORKFLOW = Workflow(
    "feedback.Incident", INCIDENT_EDGES, {IncidentAction.RESOLVE: Rule(perms.may_resolve_incident)}
)

REPORT_WORKFLOW = Workflow(
    "feedback.PilotReport",
    REPORT_EDGES,
    {
        ReportAction.SUBMIT: Rule(perms.may_submit_report),
        ReportAction.RETURN: Rule(perms.may_judge_report),
        ReportAction.ACCEPT: Rule(perms.may_judge_report),
    },
)

IMPROVEMENT_WORKFLOW = Workflow(
    "feedback.ImprovementRequest",
    IMPROVEMENT_EDGES,
    {
        ImprovementAction.ACCEPT: Rule(perms.may_answer_request),
        ImprovementAction.COMPLETE: Rule(perms.may_answer_request),
        ImprovementAction.DECLINE: Rule(perms.may_answer_request),
    },
)

REVIEW_WORKFLOW = Workflow(
    "feedback.ProductReview",
    PUBLICATION_EDGES,
    {PublicationAction.HIDE: Rule(perms.may_moderate), PublicationAction.SHOW: Rule(perms.may_moderate)},
)

REPLY_WORKFLOW = Workflow(
    "feedback.SupplierReply",
    PUBLICATION_EDGES,
    {PublicationAction.HIDE: Rule(perms.may_moderate), PublicationAction.SHOW: Rule(perms.may_moderate)},
)

VERDICT_WORKFLOW = Workflow(
    "feedback.Verdict",
    VERDICT_EDGES,
    {
        VerdictAction.APPROVE: Rule(perms.may_approve_verdict, guards=(failure_has_ground,)),
        VerdictAction.REJECT: Rule(perms.may_reject_verdict),
        VerdictAction.WITHDRAW: Rule(perms.may_decide_case),
        VerdictAction.SUPERSEDE: Rule(perms.may_decide_case, guards=(appeal_has_no_decision_pending,)),
    },
)

APPEAL_WORKFLOW = Workflow(
    "feedback.Appeal",
    APPEAL_EDGES,
    {AppealAction.UPHOLD: Rule(perms.may_decide_appeal), AppealAction.DISMISS: Rule(perms.may_decide_appeal)},
)

CORRECTION_WORKFLOW = Workflow(
    "feedback.CorrectiveAction",
    CORRECTION_EDGES,
    {
        CorrectionAction.PLAN: Rule(perms.may_correct),
        CorrectionAction.EVIDENCE: Rule(perms.may_correct),
        CorrectionAction.RETURN: Rule(perms.may_judge_correction),
        CorrectionAction.CORRECT: Rule(perms.may_judge_correction),
        CorrectionAction.FAIL: Rule(perms.may_judge_correction, guards=(plan_is_due_or_filed,)),
        CorrectionAction.CANCEL: Rule(perms.nobody, system=True),
    },
)

TRANSFER_WORKFLOW = Workflow(
    "feedback.AssetTransfer",
    TRANSFER_EDGES,
    {
        TransferAction.COMPLETE: Rule(perms.may_complete_transfer),
        TransferAction.REFUSE: Rule(perms.may_answer_transfer),
        TransferAction.REVISE: Rule(perms.may_settle_assets),
    },
)

PURCHASE_WORKFLOW = Workflow(
    "feedback.FollowUpPurchase",
    PURCHASE_EDGES,
    {
        PurchaseAction.CONFIRM: Rule(perms.may_confirm_purchase),
        PurchaseAction.REJECT: Rule(perms.may_confirm_purchase),
    },
)

CERTIFICATE_WORKFLOW = Workflow(
    "feedback.TrackRecordCertificate",
    CERTIFICATE_EDGES,
    {CertificateAction.REVOKE: Rule(perms.may_revoke, system=True)},
)
