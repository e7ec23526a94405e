"""Balances, the ledger and its corrections."""

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.errors import DomainError
from core.history import cases_of, kind_of_case
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
    list_display = ["id", "created_at", "place", "kind", "bucket", "amount_krw", "purpose", "note", "actor"]
    list_filter = ["kind", "bucket", "account__round", "account__track"]
    list_select_related = ["account__round", "account__track", "actor"]
    search_fields = ["=id", "note", "idempotency_key"]
    ordering = ["-id"]

    @admin.display(description=_("account"), ordering="account")
    def place(self, entry: LedgerEntry) -> str:
        account = entry.account
        return f"{account.round.number} · {account.track or _('Whole round')}"

    @admin.display(description=_("for what"))
    def purpose(self, entry: LedgerEntry) -> Any:
        """The case that moved the money; the list has found it for all its entries at once."""
        kind, key = _moved_by(entry)
        return getattr(entry, "told_purpose", None) or (f"{kind_of_case(target_type=kind)} {key}" if kind else None)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().changelist_view(request, extra_context)
        if "cl" in (getattr(response, "context_data", None) or {}):
            entries = list(response.context_data["cl"].result_list)
            cases = cases_of(references=[_moved_by(entry) for entry in entries])
            for entry in entries:
                entry.told_purpose = self._told(request, cases.get(_moved_by(entry)))
            response.context_data["cl"].result_list = entries
        return response

    def _told(self, request: HttpRequest, case: Any) -> Any:
        if case is None:
            return None
        name = format_html('{} <span class="im-nowrap">{}</span>', case._meta.verbose_name, case)
        if not self._opens(request, case):
            return name
        url = reverse(f"admin:{case._meta.app_label}_{case._meta.model_name}_change", args=[case.pk])
        return format_html('<a href="{}">{}</a>', url, name)


def _moved_by(entry: LedgerEntry) -> tuple[str, int]:
    """Kind and key of the case; a payment has no page of its own, its key names the contract."""
    named = re.match(r"(\w+\.\w+):(\d+):", entry.idempotency_key)
    if entry.reference_type == "matching.payment" and named:
        return named[1], int(named[2])
    return entry.reference_type, entry.reference_id or 0


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
