from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from core.casework import CaseAction, CaseAdmin
from core.errors import DomainError
from feedback import perms, selectors, services
from feedback.admin.parts import calculation_effect, stored_effect
from feedback.enums import AppealAction, CorrectionAction, VerdictAction
from feedback.forms.answers import DecisionForm, ReasonForm, ReturnEvidenceForm, VerdictForm
from feedback.models import Appeal, CorrectiveAction, Verdict
from feedback.workflow import APPEAL_WORKFLOW, CORRECTION_WORKFLOW, VERDICT_WORKFLOW


@admin.register(Verdict)
class VerdictAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.DECIDING_ROLES
    workflow = VERDICT_WORKFLOW
    list_display = ["product", "level", "use", "outcome", "suggested", "status", "proposed_by", "approved_by"]
    list_filter = ["status", "level", "outcome"]
    list_select_related = ["product", "use", "proposed_by", "approved_by"]
    search_fields = ["product__name", "supplier__name", "contract__number"]
    ordering = ["-pk"]
    change_list_template = "admin/feedback/verdict_change_list.html"
    case_actions = [
        CaseAction(
            name="approve",
            label=_("Approve the verdict"),
            service=services.approve_verdict,
            action=VerdictAction.APPROVE,
            effect=stored_effect,
            confirm=_(
                "The verdict becomes valid and both sides are told. After an insufficient product verdict "
                "the supplier has to file a corrective plan."
            ),
        ),
        CaseAction(
            name="reject",
            label=_("Reject the proposal"),
            service=services.reject_verdict,
            action=VerdictAction.REJECT,
            form=ReasonForm,
            tone="danger",
        ),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"may_judge": perms.works_on_cases(request.user), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_urls(self) -> list[Any]:
        own = [
            path("products/", self.admin_site.admin_view(self.products_view), name="feedback_verdict_products"),
            path(
                "products/<int:contract_id>/",
                self.admin_site.admin_view(self.propose_view),
                name="feedback_verdict_propose",
            ),
        ]
        return [*own, *super().get_urls()]

    def products_view(self, request: HttpRequest) -> HttpResponse:
        """Products whose institutions are all judged."""
        if not perms.works_on_cases(request.user):
            raise PermissionDenied
        contracts = selectors.products_to_judge().select_related("product", "supplier", "round")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _text("Products to judge"),
            "contracts": contracts,
        }
        return render(request, "admin/feedback/products_to_judge.html", context)

    def propose_view(self, request: HttpRequest, contract_id: int) -> HttpResponse:
        """The calculation for a product and the form of the proposal."""
        if not perms.works_on_cases(request.user):
            raise PermissionDenied
        contracts = selectors.products_to_judge().select_related("product", "supplier", "round")
        contract = get_object_or_404(contracts, pk=contract_id)
        calculation = selectors.product_calculation(contract=contract, rules=selectors.current_rules())
        form = VerdictForm(request.POST or None, initial={"outcome": calculation.suggested})
        if request.method == "POST" and form.is_valid():
            try:
                verdict = services.propose_product_verdict(
                    actor=request.user,  # type: ignore[arg-type]
                    contract_id=contract.pk,
                    **form.cleaned_data,
                )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _text("The verdict was proposed and waits for a second person."))
                return redirect("admin:feedback_verdict_change", verdict.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _text("Propose a verdict on the product"),
            "contract": contract,
            "effect": calculation_effect(calculation),
            "form": form,
        }
        return render(request, "admin/feedback/propose_product.html", context)


@admin.register(Appeal)
class AppealAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.DECIDING_ROLES
    workflow = APPEAL_WORKFLOW
    list_display = ["product", "status", "filed_at", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["verdict__product"]
    search_fields = ["verdict__product__name"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="uphold",
            label=_("Uphold the appeal"),
            service=services.uphold_appeal,
            action=AppealAction.UPHOLD,
            form=DecisionForm,
            effect=lambda appeal: stored_effect(appeal.verdict),
            confirm=_("The verdict is withdrawn and the case is judged anew."),
        ),
        CaseAction(
            name="dismiss",
            label=_("Dismiss the appeal"),
            service=services.dismiss_appeal,
            action=AppealAction.DISMISS,
            form=DecisionForm,
            effect=lambda appeal: stored_effect(appeal.verdict),
            confirm=_("The verdict stays valid."),
            tone="secondary",
        ),
    ]

    @admin.display(description=_("product"))
    def product(self, appeal: Appeal) -> str:
        return appeal.verdict.product.name


@admin.register(CorrectiveAction)
class CorrectiveActionAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.DECIDING_ROLES
    workflow = CORRECTION_WORKFLOW
    id_argument = "correction_id"
    list_display = ["product", "status", "plan_due_on", "due_on", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["verdict__product"]
    search_fields = ["verdict__product__name"]
    ordering = ["-pk"]
    case_actions = [
        CaseAction(
            name="confirm",
            label=_("Confirm the correction"),
            service=services.confirm_correction,
            action=CorrectionAction.CORRECT,
            form=DecisionForm,
            confirm=_("The product may be judged anew."),
        ),
        CaseAction(
            name="return",
            label=_("Ask for better evidence"),
            service=services.return_evidence,
            action=CorrectionAction.RETURN,
            form=ReturnEvidenceForm,
            tone="secondary",
        ),
        CaseAction(
            name="fail",
            label=_("Record as not corrected"),
            service=services.record_not_corrected,
            action=CorrectionAction.FAIL,
            form=DecisionForm,
            confirm=_("The designation of the product can then not be extended, and a failure may be proposed."),
            tone="danger",
        ),
    ]

    @admin.display(description=_("product"))
    def product(self, correction: CorrectiveAction) -> str:
        return correction.verdict.product.name
