from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.casework import CaseAction, CaseAdmin
from feedback import perms, services
from feedback.admin.parts import ReadOnlyRows, file_links
from feedback.enums import PublicationAction, ReportAction
from feedback.forms.answers import ReasonForm
from feedback.models import (
    ImprovementRequest,
    PilotReport,
    ProductReview,
    ReportKpi,
    ServiceImprovement,
    SupplierReply,
)
from feedback.workflow import REPLY_WORKFLOW, REPORT_WORKFLOW, REVIEW_WORKFLOW


class ReportKpiRows(ReadOnlyRows):
    model = ReportKpi
    fields = ["kpi", "target", "measured", "is_met", "note", "evidence"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("kpi").order_by("kpi__order")

    @admin.display(description=_("target"))
    def target(self, result: ReportKpi) -> str:
        return result.kpi.goal

    @admin.display(description=_("met"), boolean=True)
    def is_met(self, result: ReportKpi) -> bool | None:
        return result.is_met

    @admin.display(description=_("evidence"))
    def evidence(self, result: ReportKpi) -> SafeString | str:
        return file_links(result)


class ServiceImprovementRows(ReadOnlyRows):
    model = ServiceImprovement
    fields = ["item", "unit", "before", "after", "note"]


class ImprovementRequestRows(ReadOnlyRows):
    model = ImprovementRequest
    fields = ["text", "status", "answer", "owner_name", "due_on"]


class ProductReviewRows(ReadOnlyRows):
    model = ProductReview
    fields = ["stars", "body", "status"]
    show_change_link = True


class SupplierReplyRows(ReadOnlyRows):
    model = SupplierReply
    fields = ["body", "written_at", "status"]
    show_change_link = True


@admin.register(PilotReport)
class PilotReportAdmin(CaseAdmin):
    view_roles = perms.VIEW_ROLES
    act_roles = perms.CASE_ROLES
    workflow = REPORT_WORKFLOW
    id_argument = "report_id"
    list_display = ["product", "institution", "status", "due_on", "submitted_at", "is_late", "may_publish"]
    list_filter = ["status", "is_late", "may_publish"]
    list_select_related = ["use__product", "use__institution"]
    search_fields = ["use__product__name", "use__institution__name"]
    ordering = ["-pk"]
    inlines = [ReportKpiRows, ServiceImprovementRows, ImprovementRequestRows, ProductReviewRows, SupplierReplyRows]
    case_actions = [
        CaseAction(
            name="accept",
            label=_("Accept the report"),
            service=services.accept_report,
            action=ReportAction.ACCEPT,
            confirm=_(
                "The supplier can read the report and reply. The public part is shown on the product page where the "
                "institution consented."
            ),
            effect=lambda report: [
                (_("Published"), _("Yes") if report.may_publish else _("No")),
                (_("In time"), _("No") if report.is_late else _("Yes")),
            ],
        ),
        CaseAction(
            name="return",
            label=_("Return the report"),
            service=services.return_report,
            action=ReportAction.RETURN,
            form=ReasonForm,
            confirm=_("The institution gets the report back with a new due date."),
            tone="secondary",
        ),
    ]

    @admin.display(description=_("product"), ordering="use__product__name")
    def product(self, report: PilotReport) -> str:
        return report.use.product.name

    @admin.display(description=_("institution"), ordering="use__institution__name")
    def institution(self, report: PilotReport) -> str:
        return report.use.institution.name


class ModeratedAdmin(CaseAdmin):
    """Public texts that PPS may hide, with a reason, and show again."""

    view_roles = perms.VIEW_ROLES
    act_roles = [PpsRole.REVIEWER, PpsRole.ADMIN]
    list_filter = ["status"]
    list_select_related = ["report__use__product"]
    search_fields = ["body", "report__use__product__name"]
    ordering = ["-pk"]

    @admin.display(description=_("product"))
    def product(self, text: Any) -> str:
        name: str = text.report.use.product.name
        return name


@admin.register(ProductReview)
class ProductReviewAdmin(ModeratedAdmin):
    workflow = REVIEW_WORKFLOW
    id_argument = "review_id"
    list_display = ["product", "stars", "body", "status"]
    case_actions = [
        CaseAction(
            name="hide",
            label=_("Hide from the public page"),
            service=services.hide_review,
            action=PublicationAction.HIDE,
            form=ReasonForm,
            tone="danger",
        ),
        CaseAction(
            name="show",
            label=_("Show on the public page again"),
            service=services.show_review,
            action=PublicationAction.SHOW,
        ),
    ]


@admin.register(SupplierReply)
class SupplierReplyAdmin(ModeratedAdmin):
    workflow = REPLY_WORKFLOW
    id_argument = "reply_id"
    list_display = ["product", "body", "status", "written_at"]
    case_actions = [
        CaseAction(
            name="hide",
            label=_("Hide from the public page"),
            service=services.hide_reply,
            action=PublicationAction.HIDE,
            form=ReasonForm,
            tone="danger",
        ),
        CaseAction(
            name="show",
            label=_("Show on the public page again"),
            service=services.show_reply,
            action=PublicationAction.SHOW,
        ),
    ]
