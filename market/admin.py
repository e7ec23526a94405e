from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.casework import CaseAction, CaseAdmin
from core.errors import DomainError
from market import services
from market.enums import NoticeAction, NoticeStatus
from market.forms import AmendForm, NoticeForm, ReasonForm
from market.models import Notice
from market.perms import WRITERS, may_write_notices
from market.workflow import NOTICE_WORKFLOW


@admin.register(Notice)
class NoticeAdmin(CaseAdmin):
    list_display = ["number", "kind", "title_ko", "status", "posted_at", "closes_at"]
    list_filter = ["status", "kind"]
    search_fields = ["number", "title_ko", "title_en"]
    ordering = ["-id"]
    act_roles = WRITERS
    workflow = NOTICE_WORKFLOW
    case_actions = [
        CaseAction(
            name="publish",
            label=_("Publish notice"),
            service=services.publish_notice,
            action=NoticeAction.PUBLISH,
            confirm=_(
                "The notice goes to the public board at once, and into the feed. It can be corrected but not removed."
            ),
            effect=lambda notice: [(_("Title"), notice.title), (_("Closes"), notice.closes_at or "–")],
        ),
        CaseAction(
            name="amend",
            label=_("Correct or extend"),
            service=services.amend_notice,
            form=AmendForm,
            visible=lambda _actor, notice: notice.status == NoticeStatus.PUBLISHED,
            confirm=_("Readers see the new version, the reason and what changed. The old version stays readable."),
            tone="secondary",
        ),
        CaseAction(
            name="cancel",
            label=_("Cancel notice"),
            service=services.cancel_notice,
            action=NoticeAction.CANCEL,
            form=ReasonForm,
            confirm=_("The notice stays on the board and says that it has been cancelled."),
            tone="danger",
        ),
    ]
    change_list_template = "admin/market/notice_change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"may_write": may_write_notices(request.user), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_urls(self) -> list[Any]:
        write = path("write/", self.admin_site.admin_view(self.write_view), name="market_notice_write")
        return [write, *super().get_urls()]

    def write_view(self, request: HttpRequest) -> HttpResponse:
        """Write a general notice; it stays a draft until it is published from its page."""
        form = NoticeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            try:
                notice = services.draft_notice(
                    actor=request.user, kind=values["kind"], text=form.text(), department=values["department"]
                )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                return redirect("admin:market_notice_change", notice.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Write a notice"),
            "form": form,
            "may_write": may_write_notices(request.user),
        }
        return render(request, "admin/market/notice_write.html", context)
