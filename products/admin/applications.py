from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin import CaseAction, CaseAdmin
from products import forms, selectors, services
from products.admin.parts import DECIDERS, DESK, EVERYBODY, ReadOnlyRows
from products.enums import ApplicationAction, ApplicationStatus
from products.models import CaseEvent, DesignationApplication, GateResult, PanelScore, SupplementRequest
from products.workflow import APPLICATION_WORKFLOW

A = ApplicationAction


class SupplementRows(ReadOnlyRows):
    model = SupplementRequest
    fields = ["requested_at", "message", "due_at", "answer", "answered_at", "closed_at"]


class GateRows(ReadOnlyRows):
    model = GateResult
    fields = ["criterion", "is_passed", "note"]


class ScoreRows(ReadOnlyRows):
    model = PanelScore
    fields = ["criterion", "average", "comment"]


class StepRows(ReadOnlyRows):
    model = CaseEvent
    fields = ["happened_at", "action", "status_after", "note", "is_by_supplier"]
    ordering = ["happened_at"]


def _may_be_proposed(_actor: Any, case: DesignationApplication) -> bool:
    return case.status == ApplicationStatus.COUNCIL_DELIBERATION and not case.is_proposed


def _may_be_taken_back(_actor: Any, case: DesignationApplication) -> bool:
    return case.status == ApplicationStatus.COUNCIL_DELIBERATION and case.is_proposed


def designation_effect(case: DesignationApplication) -> Sequence[tuple[Any, Any]]:
    """What the second person approves."""
    months = case.rubric.validity_months if case.rubric else 36
    return [
        (_("Product"), case.product),
        (_("Company"), case.product.supplier),
        (_("Panel average"), case.total_points if case.total_points is not None else "–"),
        (_("Council session"), f"{case.council_session} ({case.council_held_on})"),
        (_("Reason for the decision"), case.decision_reason),
        (_("Proposed by"), case.proposed_by),
        (_("Months of validity"), months),
    ]


def _notice(case: DesignationApplication) -> Sequence[tuple[Any, Any]]:
    return [(_("Applicant"), case.product.supplier), (_("Product"), case.product)]


TELLS = gettext_lazy("The applicant is told and reads the text.")
NEXT = gettext_lazy("The case goes on to the next stage and the applicant is told.")


@admin.register(DesignationApplication)
class DesignationApplicationAdmin(CaseAdmin):
    view_roles = EVERYBODY
    act_roles = DESK
    workflow = APPLICATION_WORKFLOW
    id_argument = "application_id"
    list_display = ["number", "product", "supplier", "product_type", "route", "status", "submitted_at"]
    list_select_related = ["product__supplier"]
    list_filter = ["status", "product_type", "route", "field"]
    search_fields = ["number", "product__name", "product__supplier__name"]
    ordering = ["-submitted_at", "-pk"]
    inlines = [SupplementRows, GateRows, ScoreRows, StepRows]
    readonly_fields = ["supplier", "rules"]
    case_actions = [
        CaseAction("start", A.START_CHECK.label, services.start_check, A.START_CHECK, confirm=NEXT, effect=_notice),
        CaseAction(
            "supplement",
            A.REQUEST_SUPPLEMENT.label,
            services.request_supplement,
            A.REQUEST_SUPPLEMENT,
            form=forms.SupplementForm,
            confirm=TELLS,
            tone="secondary",
        ),
        CaseAction(
            "close-supplement",
            A.CLOSE_SUPPLEMENT.label,
            services.close_supplement,
            A.CLOSE_SUPPLEMENT,
            confirm=gettext_lazy("The deadline is over: the case is judged on what was submitted."),
            tone="secondary",
        ),
        CaseAction("pass-check", A.PASS_CHECK.label, services.pass_check, A.PASS_CHECK, confirm=NEXT),
        CaseAction(
            "ministry",
            A.RECORD_MINISTRY_DECISION.label,
            services.record_ministry_decision,
            A.RECORD_MINISTRY_DECISION,
            form=forms.MinistryForm,
            confirm=gettext_lazy("Type 1: the ministry has decided; the case goes to the council."),
        ),
        CaseAction(
            "gate",
            A.PASS_GATE.label,
            services.pass_gate,
            A.PASS_GATE,
            form=forms.GateForm,
            confirm=gettext_lazy("Every gate must be passed; otherwise reject the case or declare it ineligible."),
        ),
        CaseAction(
            "panel",
            A.START_SCORING.label,
            services.start_scoring,
            A.START_SCORING,
            form=forms.PanelForm,
            confirm=NEXT,
        ),
        CaseAction(
            "scores",
            A.PASS_SCORING.label,
            services.pass_scoring,
            A.PASS_SCORING,
            form=forms.ScoreForm,
            confirm=gettext_lazy("Enter the panel's averages without the highest and the lowest sheet."),
        ),
        CaseAction(
            "inspection",
            A.PASS_INSPECTION.label,
            services.pass_inspection,
            A.PASS_INSPECTION,
            form=forms.InspectionForm,
            confirm=NEXT,
        ),
        CaseAction(
            "propose",
            gettext_lazy("Propose the designation"),
            services.propose_designation,
            form=forms.ProposalForm,
            roles=DECIDERS,
            visible=_may_be_proposed,
            confirm=gettext_lazy("You are the first of two people. Somebody else has to approve."),
            effect=_notice,
        ),
        CaseAction(
            "designate",
            A.DESIGNATE.label,
            services.approve_designation,
            A.DESIGNATE,
            form=forms.ApprovalForm,
            roles=DECIDERS,
            confirm=gettext_lazy("The product is designated, enters the public catalogue, and the applicant is told."),
            effect=designation_effect,
        ),
        CaseAction(
            "take-back",
            gettext_lazy("Take back the proposal"),
            services.take_back_proposal,
            form=forms.ReasonForm,
            roles=DECIDERS,
            visible=_may_be_taken_back,
            confirm=gettext_lazy("The case stays at the council and can be proposed again."),
            tone="secondary",
        ),
        CaseAction(
            "reject",
            A.REJECT.label,
            services.reject_application,
            A.REJECT,
            form=forms.ReasonForm,
            roles=DECIDERS,
            confirm=TELLS,
            tone="danger",
        ),
        CaseAction(
            "ineligible",
            A.DECLARE_INELIGIBLE.label,
            services.declare_ineligible,
            A.DECLARE_INELIGIBLE,
            form=forms.ReasonForm,
            roles=DECIDERS,
            confirm=TELLS,
            tone="danger",
        ),
        CaseAction(
            "uphold",
            A.UPHOLD_APPEAL.label,
            services.uphold_appeal,
            A.UPHOLD_APPEAL,
            form=forms.ReasonForm,
            roles=DECIDERS,
            confirm=gettext_lazy("The case is judged again from the document check."),
        ),
        CaseAction(
            "dismiss",
            A.DISMISS_APPEAL.label,
            services.dismiss_appeal,
            A.DISMISS_APPEAL,
            form=forms.ReasonForm,
            roles=DECIDERS,
            confirm=TELLS,
            tone="danger",
        ),
    ]

    def get_queryset(self, request: Any) -> Any:
        """Drafts belong to their company until they are submitted."""
        return super().get_queryset(request).exclude(number="")

    @admin.display(description=gettext_lazy("Company"), ordering="product__supplier__name")
    def supplier(self, case: DesignationApplication) -> str:
        return case.product.supplier.name

    @admin.display(description=gettext_lazy("What the rubric asks"))
    def rules(self, case: DesignationApplication) -> SafeString | str:
        rubric = selectors.latest_rubric(application=case)
        if rubric is None:
            return "–"
        lines = [(_("Pass mark"), f"{rubric.pass_average:f}")]
        lines += [(group.label, f"≥ {group.min_points:f}") for group in rubric.groups.all() if group.min_points]
        return format_html_join(" · ", "{}: {}", lines)
