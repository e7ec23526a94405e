"""The supplier's side: feedback, verdicts, corrections, certificates."""

from collections.abc import Callable, Iterable

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.perms import is_supplier
from core.access import access, actor_of
from core.exports import export_response
from core.tables import listing
from feedback import perms, selectors, services
from feedback.enums import ImprovementAction
from feedback.forms.answers import (
    AcceptRequestForm,
    AnswerForm,
    AppealForm,
    EvidenceForm,
    FeedbackFilterForm,
    PlanForm,
    ReplyForm,
)
from feedback.models import PilotReport, Verdict
from feedback.views.steps import act_and_return, posted, staged, step_page
from feedback.workflow import CORRECTION_WORKFLOW, IMPROVEMENT_WORKFLOW

GET_OR_POST = ["GET", "HEAD", "POST"]
SORTS = {"product": "use__product__name", "institution": "use__institution__name", "date": "decided_at"}


def _export(fmt: str, reports: Iterable[PilotReport]) -> HttpResponse:
    header = [
        _("Product"),
        _("Institution"),
        _("Accepted at"),
        _("Mean rating"),
        _("Summary"),
        _("Defects"),
        _("Notes"),
    ]
    rows = (
        [
            r.use.product.name,
            r.use.institution.name,
            r.decided_at,
            (r.mean_rating_tenths or 0) / 10,
            r.public_summary,
            r.private_defects,
            r.private_notes,
        ]
        for r in reports
    )
    return export_response(fmt=fmt, filename="feedback", header=header, rows=rows)


@require_safe
@access(perms.may_browse_feedback)
def feedback_list(request: HttpRequest) -> HttpResponse:
    """What institutions wrote about the company's products."""
    form = FeedbackFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    reports = selectors.feedback_list(actor=actor_of(request), text=asked.get("q", ""), reply=asked.get("reply", ""))
    if fmt := request.GET.get("export"):
        return _export(fmt, reports)
    table = listing(request, reports, sorts=SORTS, default="-decided_at")
    return render(request, "feedback/feedback_list.html", {"table": table, "form": form})


@require_safe
@access(perms.may_browse_feedback)
def feedback_detail(request: HttpRequest, report_id: int) -> HttpResponse:
    """One institution's feedback, the private part included, with reply and requests."""
    actor = actor_of(request)
    report = get_object_or_404(selectors.feedback_list(actor=actor), pk=report_id)
    context = selectors.report_page(report=report)
    context["requests"] = [
        (item, [str(action) for action in IMPROVEMENT_WORKFLOW.available(item, actor)]) for item in context["requests"]
    ]
    context["reply_form"] = ReplyForm()
    context["reply_by"] = services.reply_by(report=report)
    return render(request, "feedback/feedback_detail.html", context)


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_feedback)
def feedback_reply(request: HttpRequest, report_id: int) -> HttpResponse:
    """Reply to a report."""
    actor = actor_of(request)
    report = get_object_or_404(selectors.feedback_list(actor=actor), pk=report_id)
    return step_page(
        request,
        form=ReplyForm(posted(request)),
        title=_("Reply to the report"),
        lead=_("A reply can be given once and is not changed afterwards."),
        button=_("Publish the reply"),
        back=reverse("feedback:feedback_detail", args=[report.pk]),
        act=lambda values: services.reply_to_report(actor=actor, report_id=report.pk, **values),
        done=_("The reply was saved."),
        facts=[(_("Product"), report.use.product.name), (_("Institution"), report.use.institution.name)],
    )


ANSWERS: dict[ImprovementAction, tuple[type[Form], Callable[..., object]]] = {
    ImprovementAction.ACCEPT: (AcceptRequestForm, services.accept_request),
    ImprovementAction.COMPLETE: (AnswerForm, services.complete_request),
    ImprovementAction.DECLINE: (AnswerForm, services.decline_request),
}


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_feedback)
def request_answer(request: HttpRequest, request_id: int, action: str) -> HttpResponse:
    """Answer an improvement request."""
    actor = actor_of(request)
    item = get_object_or_404(selectors.improvement_requests(actor=actor), pk=request_id)
    chosen = ImprovementAction(action)
    form_class, service = ANSWERS[chosen]
    return step_page(
        request,
        form=form_class(posted(request)),
        title=str(chosen.label),
        button=_("Save"),
        back=reverse("feedback:feedback_detail", args=[item.report_id]),
        act=lambda values: service(actor=actor, request_id=item.pk, **values),
        done=_("The answer was saved and the institution was told."),
        facts=[(_("Request"), item.text)],
    )


@require_safe
@access(perms.may_browse_uses)
def verdict_list(request: HttpRequest) -> HttpResponse:
    """Decided verdicts of the actor's organization."""
    verdicts = selectors.verdict_list(actor=actor_of(request))
    table = listing(
        request, verdicts, sorts={"product": "product__name", "date": "approved_at"}, default="-approved_at"
    )
    return render(
        request, "feedback/verdict_list.html", {"table": table, "is_supplier": is_supplier(actor_of(request))}
    )


def _verdict(request: HttpRequest, verdict_id: int) -> Verdict:
    return get_object_or_404(selectors.verdict_list(actor=actor_of(request)), pk=verdict_id)


@require_safe
@access(perms.may_browse_uses)
def verdict_detail(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """A verdict with its calculation, and the steps that follow it."""
    actor, verdict = actor_of(request), _verdict(request, verdict_id)
    correction = getattr(verdict, "correction", None)
    context = {
        "verdict": verdict,
        "correction": correction,
        "correction_actions": CORRECTION_WORKFLOW.available(correction, actor) if correction else [],
        "correction_files": selectors.files_of_correction(correction=correction) if correction else [],
        "steps": selectors.calculation_rows(verdict=verdict),
        "may_appeal": perms.may_appeal(actor, verdict) and verdict.is_appealable,
        "may_certify": perms.may_certify(actor, verdict) and verdict.is_certifiable,
        "certificate": selectors.valid_certificate(verdict=verdict),
    }
    return render(request, "feedback/verdict_detail.html", context)


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_feedback)
def verdict_appeal(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """Appeal against a verdict."""
    actor, verdict = actor_of(request), _verdict(request, verdict_id)
    return step_page(
        request,
        form=AppealForm(posted(request)),
        title=_("Appeal against the verdict"),
        lead=_("Somebody who had no part in the verdict decides the appeal."),
        button=_("Appeal"),
        back=reverse("feedback:verdict_detail", args=[verdict.pk]),
        act=lambda values: services.file_appeal(actor=actor, verdict_id=verdict.pk, **values),
        done=_("The appeal was filed."),
        facts=[(_("Verdict"), verdict.get_outcome_display()), (_("Reasons"), verdict.reason)],
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_feedback)
def correction_plan(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """File the corrective plan."""
    actor, verdict = actor_of(request), _verdict(request, verdict_id)
    correction = get_object_or_404(selectors.corrections(actor=actor), verdict=verdict)
    return step_page(
        request,
        form=PlanForm(posted(request)),
        title=_("File the corrective plan"),
        button=_("File"),
        back=reverse("feedback:verdict_detail", args=[verdict.pk]),
        act=lambda values: services.file_plan(actor=actor, correction_id=correction.pk, **values),
        done=_("The corrective plan was filed."),
        facts=[(_("Verdict"), verdict.get_outcome_display()), (_("Reasons"), verdict.reason)],
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_feedback)
def correction_evidence(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """File the evidence of the correction."""
    actor, verdict, files = actor_of(request), _verdict(request, verdict_id), staged(request, "feedback.correction")
    correction = get_object_or_404(selectors.corrections(actor=actor), verdict=verdict)
    return step_page(
        request,
        form=EvidenceForm(posted(request)),
        title=_("File the evidence"),
        button=_("File"),
        back=reverse("feedback:verdict_detail", args=[verdict.pk]),
        act=lambda values: services.file_evidence(
            actor=actor, correction_id=correction.pk, file_ids=files.ids, **values
        ),
        done=_("The evidence was filed."),
        facts=[(_("Plan"), correction.plan), (_("Corrected by"), correction.due_on)],
        files=files,
    )


@require_POST
@access(perms.may_browse_feedback)
def certificate_issue(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """Issue the track-record certificate of a success."""
    actor, verdict = actor_of(request), _verdict(request, verdict_id)
    return act_and_return(
        request,
        back=reverse("feedback:verdict_detail", args=[verdict.pk]),
        act=lambda: services.issue_certificate(actor=actor, verdict_id=verdict.pk),
        done=_("The certificate was issued."),
    )


@require_safe
@access(perms.may_browse_feedback)
def certificate_list(request: HttpRequest) -> HttpResponse:
    """The company's certificates."""
    table = listing(
        request, selectors.certificates_of(actor=actor_of(request)), sorts={"issued": "issued_at"}, default="-pk"
    )
    return render(request, "feedback/certificate_list.html", {"table": table})
