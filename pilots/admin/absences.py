"""Absences of reviewers: entered on a page of their own, called off with a button."""

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
from pilots import perms, services
from pilots.forms.staff import AbsenceForm, OptionalReasonForm
from pilots.models import ReviewerAbsence

KEEPERS = (PpsRole.REVIEWER, PpsRole.ADMIN)


@admin.register(ReviewerAbsence)
class ReviewerAbsenceAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = KEEPERS
    id_argument = "absence_id"
    change_list_template = "admin/pilots/absence_list.html"
    list_display = ["reviewer", "cover", "from_on", "until_on", "reason", "ended_at"]
    list_filter = ["from_on"]
    list_select_related = ["reviewer", "cover"]
    search_fields = ["reviewer__name", "cover__name"]
    ordering = ["-from_on", "-pk"]
    case_actions = (
        CaseAction(
            name="end",
            label=_("Call the absence off"),
            service=services.end_absence,
            form=OptionalReasonForm,
            visible=lambda _actor, row: row.ended_at is None,
            confirm=_("The cases are the reviewer's own again at once; the cover is told."),
            tone="danger",
        ),
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.record_view)
        return [path("record/", view, name="pilots_reviewerabsence_record"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = (extra_context or {}) | {"may_record": perms.may_record_absence(request.user)}
        return super().changelist_view(request, context)

    def record_view(self, request: HttpRequest) -> HttpResponse:
        """Enter who is away, for how long, and who covers."""
        if not perms.may_record_absence(request.user):
            raise PermissionDenied
        form = AbsenceForm(request.POST or None, initial={"reviewer": request.user.pk})
        if request.method == "POST" and form.is_valid():
            try:
                absence = services.record_absence(actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The absence is entered and the cover is told."))
                return redirect("admin:pilots_reviewerabsence_change", absence.pk)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Enter an absence"),
            "form": form,
        }
        return render(request, "admin/pilots/form.html", context)
