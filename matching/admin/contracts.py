"""Contracts in the admin: prepare, sign, amend, end, pay."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.amounts import AmountsShown, with_amounts
from core.errors import DomainError
from core.money import format_krw
from matching import perms, selectors, services
from matching.enums import AmendmentAction, ContractAction, ContractStatus, LineStatus
from matching.forms import (
    AmendmentForm,
    PaymentForm,
    PrepareContractForm,
    ReasonForm,
    SignForm,
    describe_contract,
)
from matching.models import Contract, ContractAmendment, ContractLine, Delivery, Inspection, LineSite, Payment
from matching.workflow import AMENDMENT_WORKFLOW, CONTRACT_WORKFLOW, LINE_WORKFLOW

RUNNING = frozenset({ContractStatus.SIGNED, ContractStatus.IN_DELIVERY})


class ReadOnlyInline(AmountsShown, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return with_amounts(self.model, self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class LineInline(ReadOnlyInline):
    model = ContractLine
    fields = ["sequence", "institution", "units", "unit_price_krw", "amount_krw", "places", "due_on", "status"]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("institution").order_by("sequence")
        return rows.prefetch_related("further_sites", "deliveries")

    @admin.display(description=_("Sites"))
    def places(self, line: ContractLine) -> str:
        """Every place with its units where there are several."""
        found = selectors.places_of_line(line=line)
        if len(found) == 1:
            return found[0].name
        return ", ".join(f"{place.name} ({place.units})" for place in found)


class AmendmentInline(ReadOnlyInline):
    model = ContractAmendment
    fields = ["sequence", "line", "kind", "status", "reason", "proposed_by", "decided_by"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("line", "proposed_by", "decided_by").order_by("sequence")


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ["amount_krw", "late_penalty_krw", "claimed_on", "paid_on", "tax_invoice_no", "recorded_by"]
    show_change_link = False


@admin.register(Contract)
class ContractAdmin(CaseAdmin):
    view_roles = perms.STAFF_ROLES
    act_roles = (PpsRole.CONTRACT, PpsRole.APPROVER)
    workflow = CONTRACT_WORKFLOW
    list_display = ["number", "product", "supplier", "round", "track", "total_krw", "status", "delivery_due_on"]
    list_filter = ["status", "round", "track"]
    list_select_related = ["product", "supplier", "round", "track"]
    search_fields = ["number", "product__name", "supplier__name", "procurement_request_no"]
    ordering = ["-id"]
    inlines = [LineInline, AmendmentInline, PaymentInline]
    change_list_template = "admin/matching/contract_list.html"
    case_actions = [
        CaseAction(
            name="sign",
            label=_("Sign for PPS"),
            service=services.sign_contract,
            action=ContractAction.SIGN,
            form=SignForm,
            roles=(PpsRole.APPROVER,),
            visible=lambda actor, contract: perms.is_second_person(actor, contract.prepared_by_id),
            confirm=_("The money is committed and the supplier may deliver."),
            effect=describe_contract,
        ),
        CaseAction(
            name="fail",
            label=_("Record as failed"),
            service=services.fail_contract,
            action=ContractAction.FAIL,
            form=ReasonForm,
            roles=(PpsRole.CONTRACT,),
            confirm=_("The contract is given up, its money is released and both sides are told."),
            tone="danger",
        ),
        CaseAction(
            name="request-termination",
            label=_("Ask to terminate"),
            service=services.request_termination,
            form=ReasonForm,
            roles=(PpsRole.CONTRACT,),
            visible=lambda _actor, contract: contract.status in RUNNING and contract.end_requested_by_id is None,
            confirm=_("A second person decides. Nothing changes until then."),
            tone="secondary",
        ),
        CaseAction(
            name="terminate",
            label=pgettext_lazy("contract", "Terminate"),
            service=services.terminate_contract,
            roles=(PpsRole.APPROVER,),
            visible=lambda actor, contract: (
                contract.status in RUNNING
                and contract.end_requested_by_id is not None
                and perms.is_second_person(actor, contract.end_requested_by_id)
            ),
            confirm=_("Lines that are not accepted are cancelled and their money returns to the track."),
            effect=lambda contract: [(_("Reason"), contract.end_reason), (_("Asked by"), contract.end_requested_by)],
            tone="danger",
        ),
        CaseAction(
            name="pay",
            label=_("Record payment"),
            service=services.record_payment,
            action=ContractAction.PAY,
            form=PaymentForm,
            roles=(PpsRole.CONTRACT,),
            confirm=_("The payment is executed in the state finance system and recorded here."),
            effect=lambda contract: [(_("Contract amount"), format_krw(contract.total_krw))],
        ),
        CaseAction(
            name="close",
            label=pgettext_lazy("contract", "Close"),
            service=services.close_contract,
            action=ContractAction.CLOSE,
            roles=(PpsRole.CONTRACT,),
            confirm=_("The contract is complete and is put away."),
            tone="secondary",
        ),
    ]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("prepare/", wrap(self.prepare_list_view), name="matching_contract_prepare"),
            path("prepare/<int:plan_id>/", wrap(self.prepare_view), name="matching_contract_prepare_plan"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may = perms.may_prepare_contract(request.user)  # type: ignore[arg-type]
        return super().changelist_view(request, {"may_prepare": may, **(extra_context or {})})

    def prepare_list_view(self, request: HttpRequest) -> HttpResponse:
        """Matched products whose offers are settled."""
        if not perms.may_prepare_contract(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Contracts to prepare"),
            "plans": selectors.plans_to_contract(),
        }
        return render(request, "admin/matching/contract_prepare_list.html", context)

    def prepare_view(self, request: HttpRequest, plan_id: int) -> HttpResponse:
        """Write the contract of one product, one line per institution that confirmed."""
        if not perms.may_prepare_contract(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        plan = get_object_or_404(selectors.plans_to_contract(), pk=plan_id)
        form = PrepareContractForm(request.POST or None, initial=PrepareContractForm.initial_for(plan))
        if request.method == "POST" and form.is_valid():
            try:
                contract = services.prepare_contract(actor=request.user, plan_id=plan.pk, **form.cleaned_data)  # type: ignore[arg-type]
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("The contract is prepared. Another person signs it."))
                return redirect("admin:matching_contract_change", contract.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Prepare a contract"),
            "plan": plan,
            "offers": [
                (offer, selectors.places_of_offer(offer=offer))
                for offer in selectors.confirmed_offers(plan_id=plan.pk)
            ],
            "form": form,
        }
        return render(request, "admin/matching/contract_prepare.html", context)


class SiteInline(ReadOnlyInline):
    model = LineSite
    fields = ["name", "address", "province", "units"]
    show_change_link = False


class DeliveryInline(ReadOnlyInline):
    model = Delivery
    fields = ["attempt", "site", "units", "delivered_on", "serials", "note", "recorded_by"]
    show_change_link = False


class InspectionInline(ReadOnlyInline):
    model = Inspection
    fields = ["attempt", "result", "inspected_on", "inspector_name", "defects", "recorded_by"]
    show_change_link = False


@admin.register(ContractLine)
class ContractLineAdmin(CaseAdmin):
    view_roles = perms.STAFF_ROLES
    act_roles = (PpsRole.CONTRACT,)
    workflow = LINE_WORKFLOW
    id_argument = "line_id"
    list_display = ["contract", "sequence", "institution", "units", "amount_krw", "due_on", "delivered_on", "status"]
    list_filter = ["status", "contract__round", "attempt"]
    list_select_related = ["contract", "institution"]
    search_fields = ["contract__number", "institution__name", "contract__product__name", "site_name"]
    ordering = ["-id"]
    inlines = [SiteInline, DeliveryInline, InspectionInline]
    case_actions = [
        CaseAction(
            name="amend",
            label=_("Propose an amendment"),
            service=services.propose_amendment,
            form=AmendmentForm,
            visible=lambda _actor, line: (
                line.status in {LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED} and line.contract.status in RUNNING
            ),
            confirm=_("A second person decides. Only the field that belongs to the kind counts."),
        )
    ]


@admin.register(ContractAmendment)
class ContractAmendmentAdmin(CaseAdmin):
    view_roles = perms.STAFF_ROLES
    act_roles = (PpsRole.APPROVER,)
    workflow = AMENDMENT_WORKFLOW
    id_argument = "amendment_id"
    list_display = ["contract", "sequence", "line", "kind", "status", "proposed_by", "proposed_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["contract", "line", "proposed_by"]
    search_fields = ["contract__number", "reason"]
    ordering = ["-id"]
    case_actions = [
        CaseAction(
            name="approve",
            label=pgettext_lazy("amendment", "Approve"),
            service=services.approve_amendment,
            action=AmendmentAction.APPROVE,
            visible=lambda actor, amendment: perms.is_second_person(actor, amendment.proposed_by_id),
            confirm=_("The change is in force from now on; a changed quantity moves the money."),
        ),
        CaseAction(
            name="reject",
            label=pgettext_lazy("amendment", "Turn down"),
            service=services.reject_amendment,
            action=AmendmentAction.REJECT,
            form=ReasonForm,
            visible=lambda actor, amendment: perms.is_second_person(actor, amendment.proposed_by_id),
            confirm=_("The contract stays as it is."),
            tone="danger",
        ),
    ]
