from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.casework import CaseAction, CaseAdmin
from feedback import perms, services
from feedback.admin.parts import ReadOnlyRows, line_effect
from feedback.enums import ExtensionAction, IncidentAction, IncidentKind, ReportStatus, UseAction, UseStatus
from feedback.forms.answers import (
    InspectionForm,
    OptionalReasonForm,
    ReasonForm,
    ResolveAccidentForm,
    TransferForm,
    VerdictForm,
)
from feedback.forms.uses import ResolveForm
from feedback.models import AgreedKpi, FeedbackRules, Incident, PilotUse, UsageLog, UseExtension
from feedback.workflow import EXTENSION_WORKFLOW, INCIDENT_WORKFLOW, USE_WORKFLOW

INSPECTABLE = frozenset(UseStatus.values) - {UseStatus.CLOSED}


class AgreedKpiRows(ReadOnlyRows):
    model = AgreedKpi
    fields = ["name", "unit", "comparison", "target", "measuring_method"]


class UsageLogRows(ReadOnlyRows):
    model = UsageLog
    fields = ["from_on", "until_on", "used_hours", "user_count", "note"]


class IncidentRows(ReadOnlyRows):
    model = Incident
    fields = ["kind", "status", "occurred_on", "description", "handling", "resolution", "is_product_fault"]


def may_judge(actor: Any, use: PilotUse) -> bool:
    """The report is accepted and nobody proposed a verdict yet."""
    report = getattr(use, "report", None)
    return use.status == UseStatus.REPORTED and report is not None and report.status == ReportStatus.ACCEPTED


@admin.register(PilotUse)
class PilotUseAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.CASE_ROLES
    workflow = USE_WORKFLOW
    id_argument = "use_id"
    list_display = ["product", "institution", "supplier", "units", "status", "started_on", "ends_on"]
    list_filter = ["status", "end_reason", "line__contract__round"]
    list_select_related = ["product", "institution", "supplier"]
    search_fields = ["product__name", "institution__name", "supplier__name", "line__contract__number"]
    ordering = ["-pk"]
    inlines = [AgreedKpiRows, UsageLogRows, IncidentRows]
    case_actions = [
        CaseAction(
            name="resume",
            label=_("Resume pilot use"),
            service=services.resume_use,
            action=UseAction.RESUME,
            form=ReasonForm,
            confirm=_("The institution may use the product again; both sides are told."),
        ),
        CaseAction(
            name="propose-verdict",
            label=_("Propose a verdict"),
            service=services.propose_line_verdict,
            form=VerdictForm,
            visible=may_judge,
            effect=line_effect,
            confirm=_("The calculation suggests, you decide. A second person has to approve the verdict."),
        ),
        CaseAction(
            name="prepare-transfer",
            label=_("Settle the asset"),
            service=services.prepare_transfer,
            form=TransferForm,
            roles=perms.ASSET_ROLES,
            visible=lambda _actor, use: use.status == UseStatus.EVALUATED and not hasattr(use, "transfer"),
            confirm=_("The institution is asked to take the asset over; other methods are completed by you."),
        ),
        CaseAction(
            name="inspect",
            label=_("Record a field inspection"),
            service=services.record_inspection,
            form=InspectionForm,
            roles=[PpsRole.INSPECTOR],
            visible=lambda _actor, use: use.status in INSPECTABLE,
            confirm=_("The institution has to explain whatever is not in use."),
            tone="secondary",
        ),
        CaseAction(
            name="close",
            label=_("Close the case"),
            service=services.close_use,
            action=UseAction.CLOSE,
            form=ReasonForm,
            roles=perms.ASSET_ROLES,
            confirm=_("Post-management of this pilot use ends."),
            tone="secondary",
        ),
    ]


@admin.register(Incident)
class IncidentAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.CASE_ROLES
    workflow = INCIDENT_WORKFLOW
    list_display = ["use_product", "use_institution", "kind", "status", "occurred_on", "is_product_fault"]
    list_filter = ["status", "kind"]
    list_select_related = ["use__product", "use__institution"]
    search_fields = ["use__product__name", "use__institution__name", "description"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="resolve-accident",
            label=_("Resolve the safety accident"),
            service=services.resolve_incident,
            action=IncidentAction.RESOLVE,
            form=ResolveAccidentForm,
            visible=lambda _actor, incident: incident.kind == IncidentKind.SAFETY_ACCIDENT,
            confirm=_("Afterwards the pilot use can be resumed. A fault of the product is a ground for a failure."),
        ),
        CaseAction(
            name="resolve",
            label=_("Resolve the incident"),
            service=services.resolve_incident,
            action=IncidentAction.RESOLVE,
            form=ResolveForm,
            visible=lambda _actor, incident: incident.kind != IncidentKind.SAFETY_ACCIDENT,
        ),
    ]

    @admin.display(description=_("product"))
    def use_product(self, incident: Incident) -> str:
        return incident.use.product.name

    @admin.display(description=_("institution"))
    def use_institution(self, incident: Incident) -> str:
        return incident.use.institution.name


@admin.register(UseExtension)
class UseExtensionAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.CASE_ROLES
    workflow = EXTENSION_WORKFLOW
    id_argument = "extension_id"
    list_display = ["use", "status", "new_end_on", "reason", "requested_at"]
    list_filter = ["status"]
    list_select_related = ["use"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="approve",
            label=_("Approve the extension"),
            service=services.approve_extension,
            action=ExtensionAction.APPROVE,
            form=OptionalReasonForm,
            effect=lambda extension: [(_("Ends on"), f"{extension.use.ends_on} → {extension.new_end_on}")],
        ),
        CaseAction(
            name="decline",
            label=_("Decline the extension"),
            service=services.decline_extension,
            action=ExtensionAction.DECLINE,
            form=ReasonForm,
            tone="danger",
        ),
    ]


@admin.register(FeedbackRules)
class FeedbackRulesAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    add_roles = [PpsRole.ADMIN]
    editable_fields = [field.name for field in FeedbackRules._meta.fields if field.name != "id"]
    list_display = ["effective_on", "report_days", "success_kpi_percent", "success_unit_percent", "sha256"]
    ordering = ["-effective_on"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A set is never changed, a new one is added; the table refuses as well."""
        return obj is None and super().has_change_permission(request, obj)
