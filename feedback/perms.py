"""Who may do what in the feedback phase. Used alike by pages, lifecycles, the admin and downloads."""

from typing import Any

from accounts.enums import PpsRole
from accounts.perms import (
    acts_for,
    has_pps_role,
    is_pps,
    may_approve_for,
    may_work_as_institution,
    may_work_as_supplier,
)
from feedback.enums import IncidentKind, ReportStatus
from feedback.models import (
    AssetTransfer,
    CorrectiveAction,
    FieldInspection,
    FollowUpPurchase,
    ImprovementRequest,
    Incident,
    PilotReport,
    PilotUse,
    ReportKpi,
    TrackRecordCertificate,
    UseExtension,
    Verdict,
)

CASE_ROLES = (PpsRole.REVIEWER, PpsRole.INSPECTOR)
DECIDING_ROLES = (PpsRole.REVIEWER, PpsRole.INSPECTOR, PpsRole.APPROVER)
ASSET_ROLES = (PpsRole.CONTRACT, PpsRole.INSPECTOR)
VIEW_ROLES = (*DECIDING_ROLES, PpsRole.CONTRACT, PpsRole.MATCHER, PpsRole.AUDITOR, PpsRole.ADMIN)


def nobody(actor: Any, obj: Any = None) -> bool:
    """Steps that only the portal itself takes."""
    return False


def may_browse_uses(actor: Any) -> bool:
    return may_work_as_institution(actor) or may_work_as_supplier(actor)


def may_browse_as_institution(actor: Any) -> bool:
    return may_work_as_institution(actor)


def may_browse_feedback(actor: Any) -> bool:
    return may_work_as_supplier(actor)


def works_on_cases(actor: Any, obj: Any = None) -> bool:
    return has_pps_role(actor, *CASE_ROLES)


def may_decide_case(actor: Any, obj: Any = None) -> bool:
    return has_pps_role(actor, *DECIDING_ROLES)


def may_keep_log(actor: Any, use: PilotUse) -> bool:
    """Starting, logging and ending is the institution's own work."""
    return may_work_as_institution(actor) and acts_for(actor, use.institution_id)


def may_end(actor: Any, use: PilotUse) -> bool:
    return may_keep_log(actor, use) or works_on_cases(actor)


def may_report_incident(actor: Any, use: PilotUse) -> bool:
    """Whoever sees a danger first may stop the use: institution, supplier or PPS."""
    is_supplier = may_work_as_supplier(actor) and acts_for(actor, use.supplier_id)
    return may_keep_log(actor, use) or is_supplier or works_on_cases(actor)


def may_handle_incident(actor: Any, incident: Incident) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, incident.use.supplier_id)


def may_resolve_incident(actor: Any, incident: Incident) -> bool:
    """A safety accident is judged by PPS, anything else is settled by the institution or PPS."""
    if works_on_cases(actor):
        return True
    return incident.kind != IncidentKind.SAFETY_ACCIDENT and may_keep_log(actor, incident.use)


def may_decide_extension(actor: Any, extension: UseExtension) -> bool:
    return works_on_cases(actor)


def may_write_report(actor: Any, report: PilotReport) -> bool:
    return may_keep_log(actor, report.use)


def may_submit_report(actor: Any, report: PilotReport) -> bool:
    """Any officer of the institution; the report itself names the person who approved it in the house."""
    return may_write_report(actor, report)


def may_judge_report(actor: Any, report: PilotReport) -> bool:
    return works_on_cases(actor)


def may_moderate(actor: Any, text: Any = None) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.ADMIN)


def may_reply(actor: Any, report: PilotReport) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, report.use.supplier_id)


def may_answer_request(actor: Any, request: ImprovementRequest) -> bool:
    return may_reply(actor, request.report)


def may_propose_verdict(actor: Any, obj: Any = None) -> bool:
    return works_on_cases(actor)


def may_approve_verdict(actor: Any, verdict: Verdict) -> bool:
    """Four eyes: whoever proposed the verdict cannot approve it."""
    return has_pps_role(actor, PpsRole.APPROVER) and verdict.proposed_by_id != actor.pk


def may_reject_verdict(actor: Any, verdict: Verdict) -> bool:
    """The approver sends a proposal back; the proposer may take it back."""
    return has_pps_role(actor, PpsRole.APPROVER) or (works_on_cases(actor) and verdict.proposed_by_id == actor.pk)


def may_appeal(actor: Any, verdict: Verdict) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, verdict.supplier_id)


def may_decide_appeal(actor: Any, appeal: Any) -> bool:
    """Somebody who had no part in the verdict."""
    involved = {appeal.verdict.proposed_by_id, appeal.verdict.approved_by_id}
    return may_decide_case(actor) and actor.pk not in involved


def may_correct(actor: Any, correction: CorrectiveAction) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, correction.verdict.supplier_id)


def may_judge_correction(actor: Any, correction: CorrectiveAction) -> bool:
    return may_decide_case(actor)


def may_settle_assets(actor: Any, obj: Any = None) -> bool:
    return has_pps_role(actor, *ASSET_ROLES)


def may_answer_transfer(actor: Any, transfer: AssetTransfer) -> bool:
    return may_work_as_institution(actor) and may_approve_for(actor, transfer.use.institution_id)


def may_complete_transfer(actor: Any, transfer: AssetTransfer) -> bool:
    """The institution takes what it keeps; what it does not keep is settled by PPS."""
    return may_answer_transfer(actor, transfer) if transfer.is_kept else may_settle_assets(actor)


def may_move_assets(actor: Any, use: PilotUse) -> bool:
    """The step of the pilot use that follows a completed transfer."""
    return may_keep_log(actor, use) or may_settle_assets(actor)


def may_inspect(actor: Any, use: PilotUse | None = None) -> bool:
    return has_pps_role(actor, PpsRole.INSPECTOR)


def may_explain(actor: Any, inspection: FieldInspection) -> bool:
    return may_keep_log(actor, inspection.use)


def may_record_purchase(actor: Any) -> bool:
    return may_browse_uses(actor)


def may_confirm_purchase(actor: Any, purchase: FollowUpPurchase) -> bool:
    return has_pps_role(actor, *CASE_ROLES, PpsRole.CONTRACT)


def may_certify(actor: Any, verdict: Verdict) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, verdict.supplier_id)


def may_revoke(actor: Any, certificate: TrackRecordCertificate) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER, PpsRole.ADMIN)


def may_read_use_file(actor: Any, use_id: str) -> bool:
    """Photos and papers of a use: PPS and both parties."""
    use = PilotUse.objects.filter(pk=use_id).first()
    return use is not None and (
        is_pps(actor) or acts_for(actor, use.institution_id) or acts_for(actor, use.supplier_id)
    )


def _may_read(actor: Any, report: PilotReport | None) -> bool:
    if report is None:
        return False
    if is_pps(actor) or acts_for(actor, report.use.institution_id):
        return True
    return report.status == ReportStatus.ACCEPTED and acts_for(actor, report.use.supplier_id)


def may_read_report_file(actor: Any, report_id: str) -> bool:
    """Evidence and photos: the institution and PPS, the supplier once the report is accepted."""
    return _may_read(actor, PilotReport.objects.select_related("use").filter(pk=report_id).first())


def may_read_kpi_file(actor: Any, result_id: str) -> bool:
    result = ReportKpi.objects.select_related("report__use").filter(pk=result_id).first()
    return _may_read(actor, result.report if result else None)


def may_read_correction_file(actor: Any, correction_id: str) -> bool:
    correction = CorrectiveAction.objects.select_related("verdict").filter(pk=correction_id).first()
    return correction is not None and (is_pps(actor) or acts_for(actor, correction.verdict.supplier_id))


def may_read_inspection_file(actor: Any, inspection_id: str) -> bool:
    """The supplier does not see what PPS photographed on the institution's premises."""
    inspection = FieldInspection.objects.select_related("use").filter(pk=inspection_id).first()
    return inspection is not None and (is_pps(actor) or acts_for(actor, inspection.use.institution_id))
