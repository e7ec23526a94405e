"""Pilot-use plans, applications and objections as cases of PPS."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin, CaseLink
from core.amounts import AmountsShown
from core.money import format_krw
from pilots import perms, selectors, services
from pilots.enums import ApplicationAction, ApplicationStatus, ObjectionAction, PlanAction, PlanStatus
from pilots.forms.staff import CeilingForm, DecisionTextForm, QuestionForm, ReasonForm, ReturnForm, ReviewerForm
from pilots.models import Objection, PilotApplication, PilotUsePlan, PlanKpi
from pilots.workflow import APPLICATION_WORKFLOW, OBJECTION_WORKFLOW, PLAN_WORKFLOW


class PlanKpiInline(AmountsShown, admin.TabularInline[PlanKpi, PilotUsePlan]):
    model = PlanKpi
    extra = 0
    can_delete = False
    fields = readonly_fields = ("name", "comparison", "target", "unit", "measuring_method")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _plan_effect(plan: PilotUsePlan) -> list[tuple[Any, Any]]:
    remark = selectors.price_remark(plan=plan)
    rows = [
        (_("Product"), plan.product.name),
        (_("Supplier"), plan.supplier.name),
        (_("Price of one unit"), format_krw(plan.unit_price_krw)),
        (_("Units"), f"{plan.min_units:,}–{plan.max_units:,}"),
    ]
    return [*rows, (_("Price check"), remark)] if remark else rows


@admin.register(PilotUsePlan)
class PilotUsePlanAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = (PpsRole.REVIEWER,)
    workflow = PLAN_WORKFLOW
    id_argument = "plan_id"
    inlines = (PlanKpiInline,)
    list_display = ["number", "product", "supplier", "round", "track", "unit_price_krw", "status", "submitted_at"]
    list_filter = ["status", "round", "track"]
    list_select_related = ["product", "supplier", "round", "track"]
    search_fields = ["number", "product__name", "supplier__name"]
    readonly_fields = ["price_check", "product_page"]
    ordering = ["-id"]
    case_actions = (
        CaseAction(
            name="approve",
            label=_("Approve the plan"),
            service=services.approve_plan,
            action=PlanAction.APPROVE,
            confirm=_("The product joins the list of the round; its supplier is told."),
            effect=_plan_effect,
        ),
        CaseAction(
            name="return",
            label=_("Return for correction"),
            service=services.return_plan,
            action=PlanAction.RETURN,
            form=ReturnForm,
            confirm=_("The supplier gets the reason and a day by which the plan has to come again."),
            effect=_plan_effect,
            tone="secondary",
        ),
        CaseAction(
            name="exclude",
            label=_("Exclude the product"),
            service=services.exclude_plan,
            action=PlanAction.EXCLUDE,
            form=ReasonForm,
            confirm=_(
                "The product leaves the round. Applications for it become invalid and their institutions are told."
            ),
            effect=_plan_effect,
            tone="danger",
        ),
        CaseAction(
            name="ceiling",
            label=_("Raise the ceiling"),
            service=services.raise_ceiling,
            form=CeilingForm,
            visible=lambda _actor, plan: plan.status == PlanStatus.APPROVED,
            confirm=_("The exception enters the matching instance with its reason."),
            effect=_plan_effect,
            tone="secondary",
        ),
        CaseAction(
            name="assign",
            label=_("Hand the review over"),
            service=services.assign_reviewer,
            form=ReviewerForm,
            visible=lambda _actor, plan: plan.status == PlanStatus.APPROVED,
            confirm=_("The applications for this product go to the colleague you choose."),
            tone="secondary",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return selectors.admin_plans()

    @admin.display(description=_("price check"))
    def price_check(self, obj: PilotUsePlan) -> str:
        return selectors.price_remark(plan=obj) or str(_("The price agrees with the catalogue."))

    @admin.display(description=_("product page"))
    def product_page(self, obj: PilotUsePlan) -> str:
        return format_html('<a href="{}">{}</a>', reverse("products:detail", args=[obj.product_id]), obj.product.name)


class WhoseFilter(admin.SimpleListFilter):
    """Cases by who has them today: absent reviewers' cases count as their cover's."""

    title = _("whose cases")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*selectors.WHOSE.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(selectors.cases_of(actor=request.user, whose=self.value() or "", prefix="plan__"))


def _application_effect(application: PilotApplication) -> list[tuple[Any, Any]]:
    return list(selectors.application_rows(application=application))


@admin.register(PilotApplication)
class PilotApplicationAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = (PpsRole.REVIEWER,)
    workflow = APPLICATION_WORKFLOW
    id_argument = "application_id"
    change_form_template = "admin/pilots/application.html"
    list_display = [
        "number",
        "institution_and_product",
        "status",
        "requested_units",
        "amount",
        "priority",
        "submitted_at",
    ]
    export_fields = [
        "number", "product", "institution", "round", "requested_units", "amount", "priority", "status", "submitted_at",
    ]  # fmt: skip
    list_filter = [WhoseFilter, "status", "round", "is_exempt", "site_province"]
    list_select_related = ["plan__product", "plan__supplier", "institution", "round", "officer"]
    search_fields = ["number", "plan__product__name", "institution__name"]
    ordering = ["-id"]
    case_actions = (
        CaseAction(
            name="ask",
            label=_("Ask a question"),
            service=services.ask_question,
            form=QuestionForm,
            visible=lambda _actor, row: row.status == ApplicationStatus.UNDER_REVIEW,
            confirm=_("The institution is told and may answer within the days of the rule set."),
            effect=_application_effect,
            tone="secondary",
        ),
        CaseAction(
            name="reopen",
            label=_("Take the decision back"),
            service=services.take_back_decision,
            action=ApplicationAction.REOPEN,
            form=ReasonForm,
            confirm=_("The application is under review again. The earlier decision stays in the history."),
            tone="secondary",
        ),
        CaseAction(
            name="invalidate",
            label=_("Declare invalid"),
            service=services.invalidate_application,
            action=ApplicationAction.INVALIDATE,
            form=ReasonForm,
            roles=(PpsRole.REVIEWER, PpsRole.ADMIN),
            confirm=_("The application ends here and its institution is told why."),
            effect=_application_effect,
            tone="danger",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return selectors.admin_applications()

    def case_context(self, request: HttpRequest, obj: PilotApplication) -> dict[str, Any]:
        product = reverse("admin:pilots_review_product", args=[obj.round_id, obj.plan_id])
        links = [CaseLink(_("All applications for this product"), product)]
        if APPLICATION_WORKFLOW.refusal(obj, ApplicationAction.PASS, request.user) is None:
            links.insert(0, CaseLink(_("Decide"), reverse("admin:pilots_review_decide", args=[obj.pk]), "primary"))
        return {**selectors.review_record(application=obj), "case_links": links}

    @admin.display(description=_("product"), ordering="plan__product__name")
    def product(self, obj: PilotApplication) -> str:
        return obj.plan.product.name

    @admin.display(description=_("institution and product"), ordering="institution__name")
    def institution_and_product(self, obj: PilotApplication) -> str:
        return format_html('{}<br><small class="case-note">{}</small>', obj.institution.name, obj.plan.product.name)

    @admin.display(description=_("amount"))
    def amount(self, obj: PilotApplication) -> str:
        return format_krw(obj.requested_units * obj.plan.unit_price_krw)


@admin.register(Objection)
class ObjectionAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = (PpsRole.REVIEWER, PpsRole.APPROVER)
    workflow = OBJECTION_WORKFLOW
    id_argument = "objection_id"
    list_display = ["application", "organization", "raised_at", "status", "decided_by", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["application__review", "application__plan", "organization", "decided_by"]
    search_fields = ["application__number", "organization__name"]
    ordering = ["-id"]
    case_actions = (
        CaseAction(
            name="uphold",
            label=_("Uphold the objection"),
            service=services.uphold_objection,
            action=ObjectionAction.UPHOLD,
            form=DecisionTextForm,
            confirm=_("The decision is taken back and the application is reviewed anew."),
        ),
        CaseAction(
            name="dismiss",
            label=_("Dismiss the objection"),
            service=services.dismiss_objection,
            action=ObjectionAction.DISMISS,
            form=DecisionTextForm,
            confirm=_("The decision stands."),
            tone="danger",
        ),
    )
