"""Rounds: planning, the buttons of their course, the review work pages and the frozen instance."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin, CaseLink
from core.amounts import AmountsShown
from core.errors import DomainError
from core.money import format_krw
from pilots import perms, selectors, services
from pilots.admin import reviews
from pilots.enums import RoundAction, RoundStatus
from pilots.forms.staff import BudgetForm, ExtendForm, ReasonForm, RoundChangeForm, RoundPlanForm
from pilots.models import FrozenInstance, PilotRound, RoundTrack
from pilots.workflow import ROUND_WORKFLOW


class RoundTrackInline(AmountsShown, admin.TabularInline[RoundTrack, PilotRound]):
    model = RoundTrack
    extra = 0
    can_delete = False
    fields = readonly_fields = ("track", "budget_krw", "floor_krw")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _round_effect(pilot_round: PilotRound) -> list[tuple[Any, Any]]:
    counts = selectors.round_counts(round_id=pilot_round.pk)
    balance = selectors.balances(round_id=pilot_round.pk)
    return [
        (_("Plans approved"), counts.approved),
        (_("Plans waiting"), counts.waiting),
        (_("Applications submitted"), counts.submitted),
        (_("Applications under review"), counts.under_review),
        (_("Applications passed"), counts.passed),
        (_("Budget"), format_krw(balance.planned)),
        (_("Available"), format_krw(balance.available)),
        (_("Rule set"), f"{pilot_round.rule_set} {pilot_round.rule_set.sha256[:12]}"),
    ]


def _action(name: str, label: Any, service: Any, action: RoundAction, confirm: Any, **more: Any) -> CaseAction:
    return CaseAction(
        name=name, label=label, service=service, action=action, confirm=confirm, effect=_round_effect, **more
    )


PLANNERS = (PpsRole.REVIEWER, PpsRole.ADMIN)
MATCHERS = (PpsRole.MATCHER,)


@admin.register(PilotRound)
class PilotRoundAdmin(CaseAdmin):
    view_roles = perms.READERS
    act_roles = PLANNERS
    workflow = ROUND_WORKFLOW
    id_argument = "round_id"
    change_list_template = "admin/pilots/round_list.html"
    change_form_template = "admin/pilots/round.html"
    inlines = (RoundTrackInline,)
    list_display = ["number", "title", "acquisition_mode", "status", "budget_krw", "opens_at", "closes_at"]
    list_filter = ["status", "year", "acquisition_mode"]
    list_select_related = ["plan", "rule_set"]
    search_fields = ["number", "title_ko", "title_en"]
    ordering = ["-year", "-sequence"]
    case_actions = (
        _action(
            "open_intake",
            _("Open the intake of plans"),
            services.open_intake,
            RoundAction.OPEN_INTAKE,
            _("Suppliers of designated products are called for plans. From now on the rule set is fixed."),
        ),
        _action(
            "open",
            _("Publish the list and open to institutions"),
            services.open_round,
            RoundAction.OPEN,
            _("The demand-survey notice with the approved products is published and institutions may apply."),
        ),
        _action(
            "close",
            _("Close the round"),
            services.close_round,
            RoundAction.CLOSE,
            _("Possible once the closing time has passed; it happens by itself within a minute."),
        ),
        _action(
            "start_review",
            _("Start the review"),
            services.start_review,
            RoundAction.START_REVIEW,
            _("Every application submitted in time goes under review."),
        ),
        _action(
            "freeze",
            _("Freeze for matching"),
            services.freeze_round,
            RoundAction.FREEZE,
            _("The review ends. What matching works on is stored byte for byte and cannot change any more."),
            roles=MATCHERS,
        ),
        _action(
            "start_executing",
            _("Start executing"),
            services.start_executing,
            RoundAction.START_EXECUTING,
            _("Contracts, deliveries and pilot use follow."),
            roles=(PpsRole.MATCHER, PpsRole.CONTRACT),
        ),
        _action(
            "complete",
            _("Complete"),
            services.complete_round,
            RoundAction.COMPLETE,
            _("Every contract of the round is closed."),
            roles=(PpsRole.MATCHER, PpsRole.CONTRACT),
        ),
        CaseAction(
            name="change",
            label=_("Change title, times and rules"),
            service=services.change_round,
            form=RoundChangeForm,
            visible=lambda _actor, row: row.status == RoundStatus.PLANNED,
            confirm=_("Possible while the round is only planned."),
            tone="secondary",
        ),
        CaseAction(
            name="extend",
            label=_("Extend times"),
            service=services.extend_round,
            form=ExtendForm,
            visible=lambda _actor, row: row.status in (RoundStatus.PLAN_INTAKE, RoundStatus.OPEN),
            confirm=_("The new time holds for everybody; a notice of extension is published."),
            tone="secondary",
        ),
        CaseAction(
            name="budget",
            label=_("Change the budget"),
            service=services.change_budget,
            form=BudgetForm,
            visible=lambda _actor, row: row.status != RoundStatus.CANCELLED,
            confirm=_("The change is entered into the ledger. It never goes below what is bound already."),
            effect=_round_effect,
            tone="secondary",
        ),
        _action(
            "cancel",
            _("Cancel the round"),
            services.cancel_round,
            RoundAction.CANCEL,
            _("The round ends without a result. Its applications become invalid and everybody concerned is told."),
            form=ReasonForm,
            tone="danger",
        ),
    )

    @admin.display(description=_("title"), ordering="title_ko")
    def title(self, obj: PilotRound) -> str:
        return obj.title

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("plan/", wrap(self.plan_view), name="pilots_pilotround_plan"),
            path("<int:round_id>/review/", wrap(reviews.overview), name="pilots_review_overview"),
            path("<int:round_id>/review/<int:plan_id>/", wrap(reviews.product), name="pilots_review_product"),
            path("review/<int:application_id>/decide/", wrap(reviews.decide), name="pilots_review_decide"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, (extra_context or {}) | {"may_plan": perms.may_plan(request.user)})

    def case_context(self, request: HttpRequest, obj: PilotRound) -> dict[str, Any]:
        return {
            "accounts": selectors.accounts_of(round_id=obj.pk),
            "counts": selectors.round_counts(round_id=obj.pk),
            "case_links": self._links(obj),
        }

    def _links(self, obj: PilotRound) -> list[CaseLink]:
        """Where the round is worked on and shown besides its case page."""
        links = [CaseLink(_("Public page"), reverse("pilots:round_detail", args=[obj.pk]))]
        frozen = selectors.frozen_of_round(round_id=obj.pk)
        if frozen is not None:
            links.insert(
                0, CaseLink(_("Frozen instance"), reverse("admin:pilots_frozeninstance_change", args=[frozen.pk]))
            )
        if obj.status not in (RoundStatus.PLANNED, RoundStatus.PLAN_INTAKE, RoundStatus.CANCELLED):
            review = reverse("admin:pilots_review_overview", args=[obj.pk])
            links.insert(0, CaseLink(_("Amount and scale review"), review, "primary"))
        return links

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """Plan a round: times, rules and money."""
        if not perms.may_plan(request.user):
            raise PermissionDenied
        form = RoundPlanForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and (planned := self._planned(request, form)):
            messages.success(request, _("The round is planned and part of the published schedule."))
            return redirect("admin:pilots_pilotround_change", planned.pk)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Plan a round"),
            "form": form,
        }
        return render(request, "admin/pilots/form.html", context)

    def _planned(self, request: HttpRequest, form: RoundPlanForm) -> PilotRound | None:
        values = form.cleaned_data
        try:
            return services.plan_round(
                actor=request.user,  # type: ignore[arg-type]
                annual_plan_id=values["annual_plan"].pk,
                rule_set_id=values["rule_set"].pk,
                acquisition_mode=values["acquisition_mode"],
                title_ko=values["title_ko"],
                title_en=values["title_en"],
                budget_krw=values["budget_krw"],
                schedule=form.schedule(),
                tracks=form.budgets(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return None


@admin.register(FrozenInstance)
class FrozenInstanceAdmin(CaseAdmin):
    view_roles = perms.READERS
    change_form_template = "admin/pilots/frozen.html"
    list_display = ["round", "sha256", "frozen_at", "frozen_by"]
    list_select_related = ["round", "frozen_by"]
    exclude = ["body", "ids"]
    ordering = ["-id"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.download_view)
        return [path("<int:pk>/download/", view, name="pilots_frozeninstance_download"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["round", "sha256", "rule_set_sha256", "left_out", "frozen_at", "frozen_by"]

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The instance as a file in the format pilot-matching/1."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        body = selectors.frozen_bytes(frozen_id=row.pk)
        response = HttpResponse(body, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="instance-{row.round.number}.json"'
        response["X-Content-SHA256"] = row.sha256
        return response
