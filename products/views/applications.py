"""Designation applications, on the supplier's side."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import drafts
from core.access import access, actor_of
from core.clock import database_now
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from core.uploads import StagedFiles, files_of, stage_uploads
from products import forms, perms, selectors, services
from products.enums import ApplicationAction, ApplicationStatus, FilePurpose
from products.models import DesignationApplication
from products.workflow import APPLICATION_WORKFLOW

SORTS = {"number": "number", "product": "product__name", "status": "status", "submitted": "submitted_at"}
HEADER = (
    gettext_lazy("Number"),
    gettext_lazy("Product"),
    gettext_lazy("Type"),
    gettext_lazy("Route"),
    gettext_lazy("Status"),
    gettext_lazy("Submitted at"),
    gettext_lazy("Decided at"),
)


def _own(request: HttpRequest, application_id: int) -> DesignationApplication:
    application = selectors.application_for(actor=actor_of(request), application_id=application_id)
    if application is None:
        raise Http404
    return application


def _trail(*steps: tuple[str, str]) -> list[dict[str, str]]:
    first = {"label": _("My designation applications"), "url": reverse("products:applications")}
    return [first, *({"label": label, "url": url} for label, url in steps)]


@require_safe
@access(perms.may_see_own_products)
def applications(request: HttpRequest) -> HttpResponse:
    form = forms.ApplicationsForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    found = selectors.applications_of(actor=actor_of(request), status=asked.get("status", ""), text=asked.get("q", ""))
    if fmt := request.GET.get("export"):
        rows = selectors.application_rows(applications=found)
        return export_response(fmt=fmt, filename="designation-applications", header=HEADER, rows=rows)
    listed = listing(request, found, sorts=SORTS)
    context = {
        "form": form,
        "listing": listed,
        "page": listed.page,
        "is_filtered": any(asked.values()),
        "may_apply": perms.may_register_product(actor_of(request)),
        "breadcrumb": [{"label": _("My designation applications"), "url": ""}],
    }
    return render(request, "products/applications.html", context)


@require_safe
@access(perms.may_see_own_products)
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    case = _own(request, application_id)
    available = {str(action) for action in APPLICATION_WORKFLOW.available(case, actor_of(request))}
    appeal_deadline = services.appeal_deadline(application=case) if "appeal" in available else None
    if appeal_deadline and database_now() > appeal_deadline:
        available.discard("appeal")
    context = {
        "application": case,
        "product": case.product,
        "actions": available,
        "stages": selectors.stages(application=case),
        "events": selectors.timeline(application=case),
        "files": files_of(target=case),
        "open_supplement": next((row for row in case.supplements.all() if row.is_open), None),
        "missing": services.missing_for_submission(application=case) if case.is_draft else [],
        "appeal_deadline": appeal_deadline,
        "breadcrumb": _trail((case.number or case.product.name, "")),
    }
    return render(request, "products/application.html", context)


def _stage(request: HttpRequest, purpose: str) -> StagedFiles:
    return stage_uploads(
        actor=actor_of(request),
        files=request.FILES.getlist("files"),
        kept=request.POST.getlist("kept_files"),
        purpose=purpose,
    )


def _form_page(
    request: HttpRequest,
    form: forms.ApplicationForm,
    case: DesignationApplication | None,
    staged: StagedFiles | None = None,
    *,
    is_restored: bool = False,
) -> HttpResponse:
    key = services.application_draft_key(application_id=case.pk if case else None)
    context: dict[str, Any] = {
        "form": form,
        "application": case,
        "staged": staged or StagedFiles(),
        "stored": files_of(target=case) if case else [],
        "autosave_url": reverse("core:draft", args=[key]),
        "is_restored": is_restored,
        "discard_url": f"{request.path}?discard=1",
        "breadcrumb": _trail((_("Apply for a designation"), "")),
    }
    return render(request, "products/application_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_product)
def apply(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_product)
def application_edit(request: HttpRequest, application_id: int) -> HttpResponse:
    case = _own(request, application_id)
    if not case.is_draft:
        messages.warning(request, _("The application was submitted and can no longer be edited."))
        return redirect("products:application", application_id)
    return _edit(request, case)


def _edit(request: HttpRequest, case: DesignationApplication | None) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        return _posted(request, case)
    key = services.application_draft_key(application_id=case.pk if case else None)
    draft = None if request.GET.get("discard") else drafts.load_draft(actor=actor, key=key)
    initial = forms.typed_application(draft)
    if case is None and request.GET.get("product", "").isdigit():
        initial["product"] = request.GET["product"]
    form = forms.ApplicationForm(instance=case, initial=initial, actor=actor)
    return _form_page(request, form, case, is_restored=bool(draft))


def _posted(request: HttpRequest, case: DesignationApplication | None) -> HttpResponse:
    staged = _stage(request, FilePurpose.APPLICATION)
    submits = request.POST.get("do") == "submit"
    form = forms.ApplicationForm(request.POST, instance=case, actor=actor_of(request), must_be_complete=submits)
    for text in staged.errors:
        form.add_error("files", text)
    if not form.is_valid():
        return _form_page(request, form, case, staged)
    try:
        return _save(request, form, case, staged, submits=submits)
    except DomainError as error:
        form.add_error(None, str(error))
        return _form_page(request, form, case, staged)


def _save(
    request: HttpRequest,
    form: forms.ApplicationForm,
    case: DesignationApplication | None,
    staged: StagedFiles,
    *,
    submits: bool,
) -> HttpResponse:
    actor, known_id = actor_of(request), case.pk if case else None
    values: dict[str, Any] = {"fields": form.values(), "file_ids": staged.ids, "application_id": known_id}
    key = services.application_draft_key(application_id=known_id)
    if submits:
        receipt = services.save_and_submit_application(actor=actor, **values)
        drafts.drop_draft(actor=actor, key=key)
        return redirect("core:receipt", receipt.number)
    saved = services.save_application(actor=actor, **values)
    drafts.drop_draft(actor=actor, key=key)
    messages.success(request, _("The draft was saved."))
    return redirect("products:application", saved.pk)


@require_POST
@access(perms.may_see_own_products)
def application_withdraw(request: HttpRequest, application_id: int) -> HttpResponse:
    case = _own(request, application_id)
    try:
        services.withdraw_application(
            actor=actor_of(request), application_id=case.pk, reason=request.POST.get("reason", "")[:2000]
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The application was withdrawn."))
    return redirect("products:application", application_id)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_see_own_products)
def supplement(request: HttpRequest, application_id: int) -> HttpResponse:
    case = _own(request, application_id)
    if case.status != ApplicationStatus.SUPPLEMENT_REQUESTED:
        messages.warning(request, _("There is no open request to answer."))
        return redirect("products:application", application_id)
    staged, form = StagedFiles(), forms.AnswerForm()
    if request.method == "POST":
        staged, form = _stage(request, FilePurpose.SUPPLEMENT), forms.AnswerForm(request.POST)
        for text in staged.errors:
            form.add_error("files", text)
        if form.is_valid() and (answered := _answer(request, case, form, staged)):
            return answered
    context = {
        "application": case,
        "form": form,
        "staged": staged,
        "open_supplement": next(row for row in case.supplements.all() if row.is_open),
        "breadcrumb": _trail((case.number, reverse("products:application", args=[case.pk])), (_("Supplement"), "")),
    }
    return render(request, "products/supplement.html", context)


def _answer(
    request: HttpRequest, case: DesignationApplication, form: forms.AnswerForm, staged: StagedFiles
) -> HttpResponse | None:
    try:
        receipt = services.answer_supplement(
            actor=actor_of(request),
            application_id=case.pk,
            answer=form.cleaned_data["answer"],
            file_ids=staged.ids,
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return None
    return redirect("core:receipt", receipt.number)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_see_own_products)
def appeal(request: HttpRequest, application_id: int) -> HttpResponse:
    case = _own(request, application_id)
    if error := APPLICATION_WORKFLOW.refusal(case, ApplicationAction.APPEAL, actor_of(request)):
        messages.warning(request, str(error))
        return redirect("products:application", application_id)
    form = forms.AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            receipt = services.appeal(actor=actor_of(request), application_id=case.pk, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("core:receipt", receipt.number)
    context = {
        "application": case,
        "form": form,
        "deadline": services.appeal_deadline(application=case),
        "breadcrumb": _trail((case.number, reverse("products:application", args=[case.pk])), (_("Appeal"), "")),
    }
    return render(request, "products/appeal.html", context)
