"""Objections to a result, as the two sides file and follow them; and why a product found nobody."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.access import access, actor_of
from core.errors import DomainError
from core.uploads import StagedFiles, files_of, stage_uploads
from matching import perms, selectors, services
from matching.errors import ObjectionRefused
from matching.forms import ResultObjectionForm

File = Callable[..., Any]


def _crumbs(label: Any) -> list[dict[str, Any]]:
    return [{"label": _("Matches"), "url": "/my/matches/"}, {"label": label, "url": ""}]


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_browse_matches)
def object_to_application(request: HttpRequest, application_id: int) -> HttpResponse:
    """The institution objects to what came of its application."""
    actor = actor_of(request)
    row = get_object_or_404(selectors.explanations_of(actor=actor), application_id=application_id)
    told = [selectors.sentences.outcome_of(row=row), *selectors.sentences.reasons_of(row=row)]
    context = {"title": row.application.plan.product.name, "number": row.application.number, "told": told}
    due = selectors.objection_due_on(run=row.run)
    return _file(request, services.object_as_institution, {"application_id": application_id}, context | {"due": due})


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_browse_matches)
def object_to_product(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The supplier objects to a result in which its product found nobody."""
    plan = get_object_or_404(selectors.unmatched_plans(actor=actor_of(request)), pk=plan_id)
    context: dict[str, Any] = {"title": plan.product.name, "number": plan.number, "told": []}
    run = selectors.current_run(round_id=plan.round_id)
    due = selectors.objection_due_on(run=run) if run else None
    return _file(request, services.object_as_supplier, {"plan_id": plan_id}, context | {"due": due})


def _file(request: HttpRequest, service: File, about: dict[str, int], context: dict[str, Any]) -> HttpResponse:
    form, staged = ResultObjectionForm(request.POST or None), StagedFiles()
    if request.method == "POST":
        staged = stage_uploads(
            actor=actor_of(request),
            files=request.FILES.getlist("attachments"),
            kept=request.POST.getlist("kept_files"),
            purpose="matching.objection",
        )
        for message in staged.errors:
            form.add_error("attachments", message)
        if form.is_valid() and (number := _filed(request, service, about, form, staged)):
            return redirect("core:receipt", number)
    shown = {"form": form, "staged": staged.files, "breadcrumb": _crumbs(_("Objection")), **context}
    return render(request, "matching/objection_form.html", shown)


def _filed(
    request: HttpRequest, service: File, about: dict[str, int], form: ResultObjectionForm, staged: StagedFiles
) -> str:
    try:
        _objection, receipt = service(
            actor=actor_of(request), text=form.cleaned_data["text"], file_ids=staged.ids, **about
        )
    except ObjectionRefused as error:
        form.add_error(error.field or None, str(error))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The objection was received."))
        return str(receipt.number)
    return ""


@require_safe
@access(perms.may_browse_matches)
def objection_list(request: HttpRequest) -> HttpResponse:
    """One's objections and what became of them."""
    rows = selectors.objections_of(actor=actor_of(request))
    return render(request, "matching/objection_list.html", {"rows": rows, "breadcrumb": _crumbs(_("Objections"))})


@require_safe
@access(perms.may_browse_matches)
def objection_detail(request: HttpRequest, objection_id: int) -> HttpResponse:
    """One objection with its answer."""
    objection = get_object_or_404(selectors.objections_of(actor=actor_of(request)), pk=objection_id)
    context = {
        "objection": objection,
        "files": files_of(target=objection),
        "breadcrumb": _crumbs(objection.number),
    }
    return render(request, "matching/objection_detail.html", context)


@require_safe
@access(perms.may_browse_matches)
def product_outcome(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Why a supplier's product found nobody in a round."""
    plan = get_object_or_404(selectors.unmatched_plans(actor=actor_of(request)), pk=plan_id)
    run = selectors.current_run(round_id=plan.round_id)
    applications, units, shortages = selectors.shortages_of(plan=plan)
    context = {
        "plan": plan,
        "run": run,
        "applications": applications,
        "units": units,
        "shortages": shortages,
        "due": selectors.objection_due_on(run=run) if run else None,
        "breadcrumb": _crumbs(plan.product.name),
    }
    return render(request, "matching/product_outcome.html", context)
