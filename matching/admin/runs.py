"""Runs in the admin: start, watch, cancel, propose, approve, publish."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from core.errors import DomainError
from core.money import format_krw
from matching import perms, selectors, services
from matching.admin.comparing import compare_view
from matching.enums import RunAction, RunStatus
from matching.forms import NoteForm, ReasonForm, StartRunForm, correction_lines
from matching.models import MatchingRun
from matching.signals import result_notice_asked
from matching.workflow import RUN_WORKFLOW


def _approval_effect(run: MatchingRun) -> list[tuple[Any, Any]]:
    totals = selectors.run_totals(run=run)
    return [
        (_("Round"), run.round),
        (_("Proposed by"), run.proposed_by),
        (_("Note"), run.proposal_note or "–"),
        (_("Offers"), totals.granted_count),
        (_("Units"), totals.units),
        (_("Money reserved"), format_krw(totals.amount_krw)),
        (_("On the waitlist"), totals.waitlisted_count),
        (_("Not matched"), totals.refused_count),
        *(
            (
                _("Set by hand: %(application)s") % {"application": row.application.number},
                _("%(before)s → %(after)s units, by %(person)s: %(reason)s")
                % {
                    "before": row.units_before,
                    "after": row.units_after,
                    "person": row.made_by,
                    "reason": row.reason,
                },
            )
            for row in selectors.overrides_of(run=run)
        ),
    ]


def _corrections(run: MatchingRun) -> list[tuple[Any, Any]]:
    return [
        (
            f"{row.number} {row.organization.name}",
            ", ".join(correction_lines(row)),
        )
        for row in selectors.objections_to_correct(run=run).select_related("organization")
    ]


def _figures(run: MatchingRun) -> dict[str, Any]:
    by_track, by_province = selectors.awards_by_track(run=run), selectors.awards_by_province(run=run)
    track_option, track_table = selectors.track_chart(run=run, rows=by_track)
    score_option, score_table = selectors.score_chart(run=run)
    worth_option, worth_table = selectors.worth_chart(run=run)
    return {
        "totals": selectors.run_totals(run=run),
        "by_track": by_track,
        "track_option": track_option,
        "track_table": track_table,
        "by_province": by_province,
        "map_rows": selectors.province_map(rows=by_province),
        "province_rows": selectors.province_table(run=run, rows=by_province),
        "worth_option": worth_option,
        "worth_table": worth_table,
        "overrides": selectors.overrides_of(run=run),
        "score_option": score_option,
        "score_table": score_table,
        "waitlist": selectors.waitlist_of(run=run)[:200],
    }


@admin.register(MatchingRun)
class MatchingRunAdmin(CaseAdmin):
    view_roles = (PpsRole.MATCHER, PpsRole.APPROVER, PpsRole.AUDITOR, PpsRole.ADMIN)
    act_roles = (PpsRole.MATCHER, PpsRole.APPROVER)
    workflow = RUN_WORKFLOW
    id_argument = "run_id"
    list_display = ["number", "round", "status", "objective", "gap_ppm", "spent_krw", "requested_by", "requested_at"]
    list_filter = ["status", "round"]
    list_select_related = ["round", "requested_by"]
    search_fields = ["number", "round__number", "instance_sha256", "result_sha256"]
    ordering = ["-id"]
    change_form_template = "admin/matching/run.html"
    change_list_template = "admin/matching/run_list.html"
    fieldsets = [
        (None, {"fields": ["number", "round", "status", "failure", "requested_gap_ppm", "is_fast"]}),
        (_("People"), {"fields": [
            "requested_by", "requested_at", "proposed_by", "proposed_at", "proposal_note", "approved_by",
            "approved_at",
        ]}),
        (_("Proof"), {"fields": [
            "instance_sha256", "rule_set_sha256", "result_sha256", "engine_version", "objective", "bound", "gap_ppm",
            "spent_krw", "attempt_count", "began_at", "ended_at",
        ]}),
    ]  # fmt: skip
    case_actions = [
        CaseAction(
            name="cancel",
            label=_("Cancel the run"),
            service=services.cancel_run,
            visible=lambda _actor, run: run.status in {RunStatus.QUEUED, RunStatus.RUNNING},
            confirm=_("The run stops as soon as its worker asks next. Nothing is decided by it."),
            roles=(PpsRole.MATCHER,),
            tone="danger",
        ),
        CaseAction(
            name="propose",
            label=_("Propose for approval"),
            service=services.propose_run,
            action=RunAction.PROPOSE,
            form=NoteForm,
            roles=(PpsRole.MATCHER,),
            confirm=_("The approvers are told. Nothing is offered to anybody yet."),
        ),
        CaseAction(
            name="return",
            label=_("Return to the proposer"),
            service=services.return_run,
            action=RunAction.RETURN,
            form=ReasonForm,
            confirm=_("The result goes back to the matchers with your reason."),
            tone="secondary",
        ),
        CaseAction(
            name="approve",
            label=pgettext_lazy("matching run", "Approve"),
            service=services.approve_run,
            action=RunAction.APPROVE,
            roles=(PpsRole.APPROVER,),
            visible=lambda actor, run: (
                perms.is_second_person(actor, run.proposed_by_id)
                and not selectors.has_overridden(actor=actor, run=run)
            ),
            confirm=_("Money is reserved and offers are made. Nobody is told before the result is published."),
            effect=_approval_effect,
        ),
        CaseAction(
            name="correct",
            label=_("Start a corrected run"),
            service=services.start_correction,
            roles=(PpsRole.MATCHER,),
            visible=lambda _actor, run: (
                run.corrects_id is None
                and run.published_at is not None
                and selectors.objections_to_correct(run=run).exists()
            ),
            confirm=_(
                "Offers that stand are kept, whoever has left stays out, and what upheld objections change competes "
                "with everybody who still waits for what is left. A second person approves what is added."
            ),
            effect=_corrections,
        ),
        CaseAction(
            name="publish",
            label=_("Review the notice and letters, and publish"),
            service=services.publish_result,
            visible=lambda _actor, run: run.approved_at is not None and run.published_at is None,
            confirm=_(
                "Read the notice and the letters below. With the button the result and its notice become public, the "
                "letters go out and the time to answer begins. This cannot be taken back."
            ),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("round").defer("result")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        name = "matching_matchingrun"
        own = [
            path("start/", wrap(self.start_view), name=f"{name}_start"),
            path("compare/", wrap(self.compare_view), name=f"{name}_compare"),
            path("<int:run_id>/progress/", wrap(self.progress_view), name=f"{name}_progress"),
            path("<int:run_id>/instance.json", wrap(self.instance_view), name=f"{name}_instance"),
            path("<int:run_id>/result.json", wrap(self.result_view), name=f"{name}_result"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"may_start": perms.may_run_matching(request.user), **(extra_context or {})}  # type: ignore[arg-type]
        return super().changelist_view(request, context)

    def case_context(self, request: HttpRequest, obj: MatchingRun) -> dict[str, Any]:
        steps = {"steps": selectors.run_steps(run=obj)}
        if not obj.has_result:
            return steps
        return {
            **steps,
            **_figures(obj),
            "may_try": perms.may_try_what_if(request.user),  # type: ignore[arg-type]
            "other_what_ifs": selectors.what_ifs_of(run=obj),
            "what_if_orders": selectors.what_if_orders_of(run=obj),
            "solved_runs": selectors.solved_runs_of(run=obj),
            "chosen_runs": [obj.pk],
        }

    def confirmation_context(self, case_action: CaseAction, obj: MatchingRun) -> dict[str, Any]:
        """Publishing shows the notice and the letters before anything goes out."""
        if case_action.name != "publish":
            return {}
        correction_id = obj.pk if obj.corrects_id else None
        answers = result_notice_asked.send(sender=MatchingRun, round_id=obj.round_id, run_id=correction_id)
        return {
            "notices": [text for _receiver, text in answers],
            "letter_groups": selectors.letters.letter_groups(run=obj),
            "include": "admin/matching/_letters.html",
        }

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a frozen round and queue a run."""
        if not perms.may_run_matching(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        form = StartRunForm(request.POST or None, initial={"round": request.GET.get("round")})
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            try:
                run = services.start_run(
                    actor=request.user,  # type: ignore[arg-type]
                    round_id=values["round"].pk,
                    gap_ppm=values["gap_ppm"],
                    is_fast=values["is_fast"],
                )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                return redirect("admin:matching_matchingrun_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Start a matching run"),
            "form": form,
            "rounds": selectors.rounds_to_match(),
        }
        return render(request, "admin/matching/run_start.html", context)

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Runs and what-ifs of a round side by side."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return compare_view(request, self)

    def _run(self, request: HttpRequest, run_id: int) -> MatchingRun:
        run: MatchingRun = get_object_or_404(self.get_queryset(request), pk=run_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        return run

    def progress_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """The progress block; once the run has ended, 286 stops the polling and the page is loaded anew."""
        run = self._run(request, run_id)
        response = render(
            request, "admin/matching/_progress.html", {"run": run, "steps": selectors.run_steps(run=run)}
        )
        if not run.is_unfinished:
            response.status_code = 286
            response["HX-Refresh"] = "true"
        return response

    def instance_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = self._run(request, run_id)
        return _download(selectors.run_bytes(run=run), f"instance-{run.instance_sha256[:12]}")

    def result_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        run = self._run(request, run_id)
        if not run.has_result:
            raise Http404
        return _download(selectors.result_bytes(run=run), f"result-{run.result_sha256[:12]}")


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
