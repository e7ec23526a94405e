"""The frame: tracks, figures of past years, annual plans and rule sets."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.amounts import AmountsShown
from core.errors import DomainError
from core.money import format_krw
from pilots import perms, selectors, services
from pilots.enums import AnnualPlanAction, AnnualPlanStatus
from pilots.forms.rule_set import RuleSetForm
from pilots.forms.staff import AnnualPlanForm
from pilots.models import AnnualPlan, PlanTrack, RuleSet, Track, YearFigure
from pilots.workflow import ANNUAL_PLAN_WORKFLOW


@admin.register(Track)
class TrackAdmin(CaseAdmin):
    view_roles = perms.READERS
    add_roles = (PpsRole.REVIEWER, PpsRole.ADMIN)
    editable_fields = ("code", "name_ko", "name_en", "is_overseas", "order")
    list_display = ["code", "name_ko", "name_en", "is_overseas", "order"]
    ordering = ["order", "pk"]


@admin.register(YearFigure)
class YearFigureAdmin(CaseAdmin):
    view_roles = perms.READERS
    list_display = ["year", "total_krw", "overseas_krw", "product_count", "institution_count", "is_executed", "source"]
    ordering = ["-year"]


class PlanTrackInline(AmountsShown, admin.TabularInline[PlanTrack, AnnualPlan]):
    model = PlanTrack
    extra = 0
    can_delete = False
    fields = readonly_fields = ("track", "amount_krw")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _plan_effect(plan: AnnualPlan) -> list[tuple[Any, Any]]:
    """Each line of the plan with what it was, and what rounds have of it."""
    rows: list[tuple[Any, Any]] = []
    for row in selectors.plan_room(plan=plan):
        words = {
            "amount": format_krw(row.amount),
            "before": format_krw(row.in_force) or "–",
            "given": format_krw(row.given),
            "bound": format_krw(row.bound),
            "left": format_krw(row.left),
        }
        text = _("%(amount)s (so far %(before)s); rounds have %(given)s, of which %(bound)s is bound; left %(left)s")
        rows.append((row.name, text % words))
    if plan.reason:
        rows.append((_("Reason"), plan.reason))
    return rows


@admin.register(AnnualPlan)
class AnnualPlanAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = (PpsRole.APPROVER, PpsRole.ADMIN)
    workflow = ANNUAL_PLAN_WORKFLOW
    id_argument = "annual_plan_id"
    change_list_template = "admin/pilots/annual_plan_list.html"
    change_form_template = "admin/pilots/annual_plan.html"
    inlines = (PlanTrackInline,)
    list_display = ["year", "version", "total_krw", "status", "confirmed_on", "created_by"]
    list_filter = ["status", "year"]
    list_select_related = ["created_by"]
    ordering = ["-year", "-version"]
    case_actions = (
        CaseAction(
            name="confirm",
            label=_("Enter the council's confirmation"),
            service=services.confirm_annual_plan,
            action=AnnualPlanAction.CONFIRM,
            confirm=_("This version becomes the plan of the year; the version in force until now is superseded."),
            effect=_plan_effect,
        ),
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.draft_view)
        return [path("draft/", view, name="pilots_annualplan_draft"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, (extra_context or {}) | {"may_plan": perms.may_plan(request.user)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        obj = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if obj is not None:
            context |= {
                "room": selectors.plan_room(plan=obj),
                "rounds": selectors.rounds_with_room(year=obj.year),
                "is_draft": obj.status == AnnualPlanStatus.DRAFT,
                "may_plan": perms.may_plan(request.user),
            }
        return super().change_view(request, object_id, form_url, context)

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """Write a plan, or a new version of one."""
        if not perms.may_plan(request.user):
            raise PermissionDenied
        form = AnnualPlanForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            try:
                plan = services.draft_annual_plan(
                    actor=request.user,  # type: ignore[arg-type]
                    year=values["year"],
                    total_krw=values["total_krw"],
                    tracks=[(row.track_id, row.budget_krw) for row in form.budgets()],
                    reason=values["reason"],
                    council_session=values["council_session"],
                )
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The plan is written. Another person enters its confirmation."))
                return redirect("admin:pilots_annualplan_change", plan.pk)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Write an annual plan"),
            "form": form,
            "figures": selectors.year_figures(),
        }
        return render(request, "admin/pilots/annual_plan_draft.html", context)


EFFECTS_SHOWN = 100


@admin.register(RuleSet)
class RuleSetAdmin(CaseAdmin):
    view_roles = perms.READERS
    change_list_template = "admin/pilots/rule_set_list.html"
    change_form_template = "admin/pilots/rule_set.html"
    exclude = ["body"]
    list_display = ["name", "effective_on", "is_locked", "sha256"]
    list_filter = ["is_locked"]
    ordering = ["-effective_on", "-pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All but the body: the page shows its rules one by one, and the stored text behind a summary."""
        return [name for name in super().get_readonly_fields(request, obj) if name != "body"]

    def get_urls(self) -> list[Any]:
        return [
            path("new/", self.admin_site.admin_view(self.edit_view), name="pilots_ruleset_new"),
            path("<int:pk>/edit/", self.admin_site.admin_view(self.edit_view), name="pilots_ruleset_edit"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may_edit = perms.may_edit_rule_sets(request.user)
        return super().changelist_view(request, (extra_context or {}) | {"may_edit_rules": may_edit})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = dict(extra_context or {})
        context["may_edit_rules"] = perms.may_edit_rule_sets(request.user)
        if (obj := self.get_object(request, object_id)) is not None:
            context["rules"] = RuleSetForm(rule_set=obj).shown()
            context["body"] = json.dumps(obj.body, ensure_ascii=False, indent=2, sort_keys=True)
        return super().change_view(request, object_id, form_url, context)

    def edit_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Edit a rule set (a locked one as a copy); the effect on the last round shows before it is saved."""
        if not perms.may_edit_rule_sets(request.user):
            raise PermissionDenied
        source = self.get_queryset(request).filter(pk=pk).first() if pk else None
        if pk and source is None:
            raise Http404
        is_copy = source is not None and source.is_locked
        initial = {"name": _("%(name)s (copy)") % {"name": source.name}} if source and is_copy else {}
        form = RuleSetForm(request.POST or None, rule_set=source, initial=initial)
        effects = None
        if request.method == "POST" and form.is_valid():
            effects = selectors.rule_effects(body=form.body())
            if request.POST.get("go") == "save" and (saved := self._saved(request, form, source, is_copy=is_copy)):
                return redirect("admin:pilots_ruleset_change", saved.pk)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Edit the rules"),
            "form": form,
            "is_copy": is_copy,
            "effects": effects,
            "shown": EFFECTS_SHOWN,
            "limit": f":{EFFECTS_SHOWN}",
        }
        return render(request, "admin/pilots/rule_set_edit.html", context)

    def _saved(
        self, request: HttpRequest, form: RuleSetForm, source: RuleSet | None, *, is_copy: bool
    ) -> RuleSet | None:
        try:
            saved = services.save_rule_set(
                actor=request.user,  # type: ignore[arg-type]
                name=form.cleaned_data["name"],
                effective_on=form.cleaned_data["effective_on"],
                body=form.body(),
                rule_set_id=source.pk if source and not is_copy else None,
                copied_from_id=source.pk if source and is_copy else None,
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return None
        messages.success(request, _("The rules are saved."))
        return saved
