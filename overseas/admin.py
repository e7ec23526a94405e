from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import PpsRole
from core.access import actor_of
from core.casework import CaseAction, CaseAdmin
from core.errors import DomainError
from core.money import format_krw
from overseas import services
from overseas.enums import CallAction, DemonstrationAction, OverseasAction
from overseas.forms import CallForm, CertificateForm, DueForm, EvaluationForm, ReasonForm
from overseas.models import Country, Demonstration, LocalCertificate, OverseasApplication, OverseasCall, TestResult
from overseas.perms import may_run_calls
from overseas.workflow import CALL_WORKFLOW, DEMONSTRATION_WORKFLOW, OVERSEAS_WORKFLOW
from pilots.selectors import balances

REVIEWER, APPROVER, CONTRACT = [PpsRole.REVIEWER], [PpsRole.APPROVER], [PpsRole.CONTRACT]


@admin.register(Country)
class CountryAdmin(CaseAdmin):
    list_display = ["code", "name_ko", "name_en", "numeric"]
    search_fields = ["code", "name_ko", "name_en"]
    ordering = ["code"]


@admin.register(OverseasCall)
class OverseasCallAdmin(CaseAdmin):
    list_display = ["number", "title_ko", "demand_source", "status", "opens_at", "closes_at"]
    list_filter = ["status", "demand_source"]
    search_fields = ["number", "title_ko", "title_en"]
    ordering = ["-id"]
    workflow = CALL_WORKFLOW
    act_roles = REVIEWER
    id_argument = "call_id"
    change_list_template = "admin/overseas/call_change_list.html"
    case_actions = [
        CaseAction(
            name="open",
            label=_("Open call"),
            service=services.open_call,
            action=CallAction.OPEN,
            confirm=_("The call is announced to everybody; companies may apply within its times."),
            effect=lambda call: [(_("Opens"), call.opens_at), (_("Closes"), call.closes_at)],
        ),
        CaseAction(
            name="close",
            label=_("Close call"),
            service=services.close_call,
            action=CallAction.CLOSE,
            confirm=_("No more applications are taken. It closes by itself when its time is over."),
            tone="secondary",
        ),
        CaseAction(
            name="decide",
            label=_("Publish selection"),
            service=services.decide_call,
            action=CallAction.DECIDE,
            roles=APPROVER,
            confirm=_("The selection becomes a public notice. Every application must have been decided."),
        ),
        CaseAction(
            name="cancel",
            label=_("Cancel call"),
            service=services.cancel_call,
            action=CallAction.CANCEL,
            form=ReasonForm,
            confirm=_("The call ends without a selection."),
            tone="danger",
        ),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"may_write": may_run_calls(actor_of(request)), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_urls(self) -> list[Any]:
        write = path("write/", self.admin_site.admin_view(self.write_view), name="overseas_call_write")
        return [write, *super().get_urls()]

    def write_view(self, request: HttpRequest) -> HttpResponse:
        """Write a call; it stays a draft until it is opened from its page."""
        form = CallForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                call = services.draft_call(actor=actor_of(request), **form.values())
            except DomainError as error:
                messages.error(request, str(error))
            else:
                return redirect("admin:overseas_overseascall_change", call.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Write a call"),
            "form": form,
            "may_write": may_run_calls(actor_of(request)),
        }
        return render(request, "admin/overseas/call_write.html", context)


def _money_effect(application: OverseasApplication) -> list[tuple[Any, Any]]:
    balance = balances(round_id=application.call.round_id, track_id=application.call.track_id)
    return [
        (_("Amount"), format_krw(application.amount_krw)),
        (_("Available in the overseas track"), format_krw(balance.available)),
        (_("Country"), application.country),
        (_("Institution abroad"), application.institution_name),
    ]


def _report_effect(demonstration: Demonstration) -> list[tuple[Any, Any]]:
    """What the institution abroad reported, which is what is evaluated."""
    result: TestResult | None = getattr(demonstration, "result", None)
    if result is None:
        return []
    return [
        (_("Used from"), result.used_from),
        (_("Used until"), result.used_until),
        (_("What was tested, and what came of it?"), result.summary),
        (_("Measured values"), result.measured),
        (_("Problems and wishes"), result.problems or "–"),
        (_("Overall rating"), f"{result.rating} / 5"),
        (_("Reported by"), result.reporter_name),
    ]


@admin.register(OverseasApplication)
class OverseasApplicationAdmin(CaseAdmin):
    list_display = ["number", "call", "product", "supplier", "country", "institution_name", "status", "submitted_at"]
    list_filter = ["status", "call"]
    list_select_related = ["call", "product", "supplier", "country"]
    search_fields = ["number", "institution_name", "product__name", "supplier__name"]
    ordering = ["-id"]
    workflow = OVERSEAS_WORKFLOW
    act_roles = REVIEWER
    id_argument = "application_id"
    case_actions = [
        CaseAction(
            "review", _("Take up review"), services.take_up_review, OverseasAction.REVIEW, effect=_money_effect
        ),
        CaseAction(
            name="propose",
            label=_("Propose for selection"),
            service=services.propose_application,
            action=OverseasAction.PROPOSE,
            form=ReasonForm,
            confirm=_("A second person decides. The company reads the reason after the decision."),
            effect=_money_effect,
        ),
        CaseAction(
            name="select",
            label=_("Select"),
            service=services.select_application,
            action=OverseasAction.SELECT,
            roles=APPROVER,
            confirm=_("The institution abroad gets its invitation link by mail, and the company is told."),
            effect=_money_effect,
        ),
        CaseAction(
            name="return",
            label=_("Return to review"),
            service=services.return_application,
            action=OverseasAction.RETURN,
            form=ReasonForm,
            roles=APPROVER,
            tone="secondary",
        ),
        CaseAction(
            name="reserve",
            label=_("Put on the reserve list"),
            service=services.reserve_application,
            action=OverseasAction.RESERVE,
            form=ReasonForm,
            tone="secondary",
        ),
        CaseAction(
            name="reject",
            label=pgettext_lazy("overseas application", "Turn down"),
            service=services.reject_application,
            action=OverseasAction.REJECT,
            form=ReasonForm,
            confirm=_("The company is told, with the reason as you write it."),
            tone="danger",
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(status="draft")


@admin.register(Demonstration)
class DemonstrationAdmin(CaseAdmin):
    list_display = ["__str__", "institution", "status", "evaluation", "created_at"]
    list_filter = ["status", "evaluation"]
    list_select_related = ["application", "institution"]
    search_fields = ["application__number", "institution__name", "application__product__name"]
    ordering = ["-id"]
    workflow = DEMONSTRATION_WORKFLOW
    act_roles = REVIEWER
    case_actions = [
        CaseAction(
            name="contract",
            label=_("Write contract"),
            service=services.prepare_overseas_contract,
            form=DueForm,
            roles=CONTRACT,
            visible=lambda _actor, row: row.status == "agreed" and row.contract is None,
            confirm=_("The contract is written for signature by a second person; its money is reserved now."),
            effect=lambda row: _money_effect(row.application),
        ),
        CaseAction(
            name="propose",
            label=_("Propose evaluation"),
            service=services.propose_evaluation,
            action=DemonstrationAction.PROPOSE,
            form=EvaluationForm,
            confirm=_("A second person approves. The summary becomes public then."),
            effect=_report_effect,
        ),
        CaseAction(
            name="evaluate",
            label=_("Approve evaluation"),
            service=services.approve_evaluation,
            action=DemonstrationAction.EVALUATE,
            roles=APPROVER,
            confirm=_("The evaluation becomes public, and the company is told."),
            effect=lambda row: [
                *_report_effect(row),
                (_("Evaluation"), row.get_evaluation_display()),
                (_("Public summary"), row.evaluation_summary),
            ],
        ),
        CaseAction(
            name="return",
            label=_("Return proposal"),
            service=services.return_evaluation,
            action=DemonstrationAction.RETURN,
            form=ReasonForm,
            roles=APPROVER,
            tone="secondary",
        ),
        CaseAction(
            name="certificate",
            label=_("Record certificate"),
            service=services.record_certificate,
            form=CertificateForm,
            visible=lambda _actor, row: row.status in {"in_use", "reported", "evaluating", "evaluated"},
            tone="secondary",
        ),
        CaseAction(
            name="cancel",
            label=_("Cancel demonstration"),
            service=services.cancel_demonstration,
            action=DemonstrationAction.CANCEL,
            form=ReasonForm,
            tone="danger",
        ),
    ]


@admin.register(TestResult)
class TestResultAdmin(CaseAdmin):
    list_display = ["demonstration", "rating", "wants_more", "may_publish", "submitted_at"]
    list_select_related = ["demonstration__application", "demonstration__institution"]
    ordering = ["-id"]


@admin.register(LocalCertificate)
class LocalCertificateAdmin(CaseAdmin):
    list_display = ["name", "body", "certificate_no", "valid_until", "demonstration"]
    list_select_related = ["demonstration__application", "demonstration__institution"]
    ordering = ["-id"]
