"""Balances, the ledger and its corrections."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.errors import DomainError
from core.money import format_krw
from pilots import perms, services
from pilots.enums import CorrectionAction
from pilots.forms.staff import CorrectionForm, OptionalReasonForm
from pilots.models import BudgetAccount, LedgerCorrection, LedgerEntry
from pilots.workflow import CORRECTION_WORKFLOW


@admin.register(BudgetAccount)
class BudgetAccountAdmin(CaseAdmin):
    view_roles = perms.READERS
    list_display = ["round", "track", "planned_krw", "reserved_krw", "committed_krw", "spent_krw", "available"]
    list_filter = ["round", "track"]
    list_select_related = ["round", "track"]
    ordering = ["-round", "pk"]

    @admin.display(description=_("available"))
    def available(self, obj: BudgetAccount) -> str:
        return format_krw(obj.available_krw)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(CaseAdmin):
    shows_id = True
    view_roles = perms.READERS
    list_display = ["id", "created_at", "account", "kind", "bucket", "amount_krw", "note", "actor"]
    list_filter = ["kind", "bucket", "account__round"]
    list_select_related = ["account__round", "account__track", "actor"]
    search_fields = ["note", "idempotency_key"]
    ordering = ["-id"]


def _correction_effect(correction: LedgerCorrection) -> list[tuple[Any, Any]]:
    return [
        (_("Account"), f"{correction.account.round} · {correction.account.track or _('Whole round')}"),
        (_("Balance"), correction.get_bucket_display()),
        (_("Amount"), format_krw(correction.amount_krw)),
        (_("Available before"), format_krw(correction.account.available_krw)),
        (_("Reason"), correction.reason),
    ]


@admin.register(LedgerCorrection)
class LedgerCorrectionAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = (PpsRole.APPROVER,)
    workflow = CORRECTION_WORKFLOW
    id_argument = "correction_id"
    change_list_template = "admin/pilots/correction_list.html"
    list_display = ["id", "account", "bucket", "amount_krw", "status", "proposed_by", "proposed_at", "decided_by"]
    list_filter = ["status"]
    list_select_related = ["account__round", "account__track", "proposed_by", "decided_by"]
    ordering = ["-id"]
    case_actions = (
        CaseAction(
            name="approve",
            label=_("Approve the correction"),
            service=services.approve_correction,
            action=CorrectionAction.APPROVE,
            confirm=_("The correction becomes a ledger entry with both names."),
            effect=_correction_effect,
        ),
        CaseAction(
            name="reject",
            label=_("Reject the correction"),
            service=services.reject_correction,
            action=CorrectionAction.REJECT,
            form=OptionalReasonForm,
            confirm=_("Nothing changes in the ledger."),
            effect=_correction_effect,
            tone="danger",
        ),
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.propose_view)
        return [path("propose/", view, name="pilots_ledgercorrection_propose"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = (extra_context or {}) | {"may_propose": perms.may_move_money(request.user)}
        return super().changelist_view(request, context)

    def propose_view(self, request: HttpRequest) -> HttpResponse:
        """Propose a correction; somebody else approves it."""
        if not perms.may_move_money(request.user):
            raise PermissionDenied
        form = CorrectionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            values = dict(form.cleaned_data)
            account = values.pop("account")
            try:
                services.propose_correction(actor=request.user, account_id=account.pk, **values)  # type: ignore[arg-type]
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The correction is proposed. Another person decides."))
                return redirect("admin:pilots_ledgercorrection_changelist")
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Propose a correction"),
            "form": form,
        }
        return render(request, "admin/pilots/form.html", context)
