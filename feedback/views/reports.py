"""The institution's result reports."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access import access, actor_of
from core.drafts import drop_draft, load_draft
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from core.uploads import StagedFiles, stage_uploads
from feedback import perms, selectors, services
from feedback.enums import ReportAction
from feedback.forms.report import ReportForm, report_initial
from feedback.models import PilotReport
from feedback.services import ReportInput
from feedback.workflow import REPORT_WORKFLOW

SORTS = {"product": "use__product__name", "due": "due_on", "submitted": "submitted_at", "status": "status"}


def _report(request: HttpRequest, report_id: int) -> PilotReport:
    return get_object_or_404(selectors.institution_reports(actor=actor_of(request)), pk=report_id)


def _key(report: PilotReport) -> str:
    return f"feedback.report:{report.pk}"


@require_safe
@access(perms.may_browse_as_institution)
def report_list(request: HttpRequest) -> HttpResponse:
    """Reports to write, and those written."""
    reports = selectors.institution_reports(actor=actor_of(request))
    if fmt := request.GET.get("export"):
        header = [_("Product"), _("Supplier"), _("Due on"), _("Submitted at"), _("Status")]
        rows = (
            [r.use.product.name, r.use.supplier.name, r.due_on, r.submitted_at, r.get_status_display()]
            for r in reports
        )
        return export_response(fmt=fmt, filename="result-reports", header=header, rows=rows)
    table = listing(request, reports, sorts=SORTS, default="-due_on")
    return render(request, "feedback/report_list.html", {"table": table, "today": selectors.seoul_today()})


@require_safe
@access(perms.may_browse_as_institution)
def report_detail(request: HttpRequest, report_id: int) -> HttpResponse:
    """A report as it was written, with the supplier's answers."""
    report = _report(request, report_id)
    context = selectors.report_page(report=report)
    context["may_edit"] = REPORT_WORKFLOW.refusal(report, ReportAction.SUBMIT, actor_of(request)) is None
    return render(request, "feedback/report_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_browse_as_institution)
def report_edit(request: HttpRequest, report_id: int) -> HttpResponse:
    """Write the report; a draft is kept while typing and with the button, complete or not."""
    report, actor = _report(request, report_id), actor_of(request)
    if not report.is_open:
        return redirect("feedback:report_detail", report_id=report.pk)
    parts = selectors.report_page(report=report)
    form, files = _form(request, report, parts)
    if request.method == "POST" and form.is_valid() and not _errors(files):
        try:
            services.save_report(actor=actor, report_id=report.pk, content=_content(form, files))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            drop_draft(actor=actor, key=_key(report))
            return _after_saving(request, report)
    context = {
        **parts,
        "form": form,
        "draft_key": _key(report),
        "file_errors": _errors(files),
        "staged": _staged(files),
    }
    return render(request, "feedback/report_edit.html", context, status=422 if form.errors or _errors(files) else 200)


def _form(
    request: HttpRequest, report: PilotReport, parts: dict[str, Any]
) -> tuple[ReportForm, dict[str, StagedFiles]]:
    results = [result for result, _files in parts["results"]]
    if request.method != "POST":
        initial = report_initial(
            report=report, results=results, improvements=parts["improvements"], requests=parts["requests"]
        )
        if draft := load_draft(actor=actor_of(request), key=_key(report)):
            initial |= draft.dict()
        return ReportForm(results=results, initial=initial), {}
    files = {
        name: stage_uploads(
            actor=actor_of(request),
            files=request.FILES.getlist(name),
            kept=request.POST.getlist(f"kept_{name}"),
            purpose="feedback.photo" if name == "photos" else "feedback.evidence",
        )
        for name in ["photos", *(f"kpi_{result.kpi_id}_files" for result in results)]
    }
    return ReportForm(request.POST, results=results), files


def _content(form: ReportForm, files: dict[str, StagedFiles]) -> ReportInput:
    evidence = {result.kpi_id: files[f"kpi_{result.kpi_id}_files"].ids for result in form.results}
    return form.content(evidence=evidence, photo_ids=files["photos"].ids)


def _errors(files: dict[str, StagedFiles]) -> list[str]:
    return [error for found in files.values() for error in found.errors]


def _staged(files: dict[str, StagedFiles]) -> list[tuple[str, Any]]:
    return [(name, stored) for name, found in files.items() for stored in found.files]


def _after_saving(request: HttpRequest, report: PilotReport) -> HttpResponse:
    """With the submit button straight on to the last look, otherwise back to the draft."""
    if "check" in request.POST:
        return redirect("feedback:report_submit", report_id=report.pk)
    messages.success(request, _("The draft was saved."))
    return redirect("feedback:report_edit", report_id=report.pk)


@require_safe
@access(perms.may_browse_as_institution)
def report_check(request: HttpRequest, report_id: int) -> HttpResponse:
    """The last look before submitting: what is public, what is private, what is missing."""
    report = _report(request, report_id)
    if not report.is_open:
        return redirect("feedback:report_detail", report_id=report.pk)
    context = selectors.report_page(report=report)
    context["missing"] = services.missing_parts(report=report)
    return render(request, "feedback/report_check.html", context)


@require_POST
@access(perms.may_browse_as_institution)
def report_send(request: HttpRequest, report_id: int) -> HttpResponse:
    """Submit the report and show the receipt."""
    report = _report(request, report_id)
    try:
        receipt = services.submit_report(actor=actor_of(request), report_id=report.pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("feedback:report_detail", report_id=report.pk)
    messages.success(request, _("The result report was submitted."))
    return redirect("core:receipt", number=receipt.number)
