from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access import access, actor_of
from core.drafts import drop_draft, load_draft
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from overseas import perms, selectors, services
from overseas.enums import OverseasStatus
from overseas.forms import ApplicationForm, CertificateForm, ListFilterForm, OpinionForm
from overseas.models import OverseasApplication
from overseas.workflow import OVERSEAS_WORKFLOW


@require_safe
@access(perms.may_browse_overseas)
def application_list(request: HttpRequest) -> HttpResponse:
    """A company's applications and the calls that are open."""
    form = ListFilterForm(request.GET)
    rows = selectors.applications_for(actor=actor_of(request), **form.values())
    if fmt := request.GET.get("export"):
        return export_response(
            fmt=fmt,
            filename="overseas-applications",
            header=[_("Number"), _("Product"), _("Country"), _("Institution abroad"), _("State"), _("Submitted at")],
            rows=(
                [a.number, a.product.name, a.country, a.institution_name, a.get_status_display(), a.submitted_at]
                for a in rows.order_by("-pk")
            ),
        )
    table = listing(request, rows, sorts={"submitted": "submitted_at", "product": "product__name"}, default="-pk")
    context = {"form": form, "table": table, "calls": selectors.open_calls()}
    return render(request, "overseas/application_list.html", context)


def _application(request: HttpRequest, application_id: int) -> OverseasApplication:
    application = selectors.application_of(actor=actor_of(request), application_id=application_id)
    if application is None:
        raise Http404
    return application


@require_safe
@access(perms.may_browse_overseas)
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """One case from draft to evaluated demonstration."""
    case = _application(request, application_id)
    actor = actor_of(request)
    context = {
        "case": case,
        "demonstration": getattr(case, "demonstration", None),
        "events": selectors.timeline(application=case),
        "available": {str(action) for action in OVERSEAS_WORKFLOW.available(case, actor)},
        "may_edit": case.status == OverseasStatus.DRAFT and perms.may_apply(actor, case),
        "may_certify": perms.may_apply(actor, case),
        "opinion_form": OpinionForm() if perms.may_give_opinion(actor, case) else None,
        "certificate_form": CertificateForm(),
    }
    return render(request, "overseas/application.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_apply)
def apply(request: HttpRequest, call_id: int) -> HttpResponse:
    """A new application to an open call."""
    call = get_object_or_404(selectors.open_calls(), pk=call_id)
    actor, key = actor_of(request), f"overseas.apply:{call.pk}"
    products = selectors.products_to_demonstrate(actor=actor)
    form = ApplicationForm(request.POST or None, products=products, initial=load_draft(actor=actor, key=key).dict())
    if request.method == "POST" and form.is_valid():
        try:
            case = services.draft_application(actor=actor, call_id=call.pk, content=form.content())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            drop_draft(actor=actor, key=key)
            return _after_save(request, case)
    return render(request, "overseas/apply.html", {"form": form, "call": call, "key": key, "products": products})


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_apply)
def edit(request: HttpRequest, application_id: int) -> HttpResponse:
    """Change a draft."""
    case, actor = _application(request, application_id), actor_of(request)
    if case.status != OverseasStatus.DRAFT:
        return redirect("overseas:application", case.pk)
    products = selectors.products_to_demonstrate(actor=actor)
    form = ApplicationForm(request.POST or None, instance=case, products=products)
    if request.method == "POST" and form.is_valid():
        try:
            case = services.edit_application(actor=actor, application_id=case.pk, content=form.content())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _after_save(request, case)
    context = {"form": form, "call": case.call, "key": f"overseas.edit:{case.pk}", "products": products}
    return render(request, "overseas/apply.html", context)


def _after_save(request: HttpRequest, case: OverseasApplication) -> HttpResponse:
    if "submit" not in request.POST:
        messages.success(request, _("The draft has been saved."))
        return redirect("overseas:application", case.pk)
    return _submit(request, case)


def _submit(request: HttpRequest, case: OverseasApplication) -> HttpResponse:
    try:
        services.submit_application(actor=actor_of(request), application_id=case.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The application has been submitted. The receipt is kept under your receipts."))
    return redirect("overseas:application", case.pk)


@require_POST
@access(perms.may_apply)
def submit(request: HttpRequest, application_id: int) -> HttpResponse:
    return _submit(request, _application(request, application_id))


def _do(request: HttpRequest, case: OverseasApplication, done: str, service: Any, **arguments: Any) -> HttpResponse:
    try:
        service(actor=actor_of(request), **arguments)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("overseas:application", case.pk)


@require_POST
@access(perms.may_apply)
def withdraw(request: HttpRequest, application_id: int) -> HttpResponse:
    case = _application(request, application_id)
    done = _("The application has been withdrawn.")
    return _do(request, case, done, services.withdraw_application, application_id=case.pk)


@require_POST
@access(perms.may_browse_overseas)
def opinion(request: HttpRequest, application_id: int) -> HttpResponse:
    """The partner agency's word on the demand."""
    case = _application(request, application_id)
    form = OpinionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write an opinion before you send it."))
        return redirect("overseas:application", case.pk)
    done = _("Your opinion has been saved.")
    return _do(request, case, done, services.give_opinion, application_id=case.pk, **form.cleaned_data)


@require_POST
@access(perms.may_apply)
def certificate(request: HttpRequest, application_id: int) -> HttpResponse:
    """Record a local certificate."""
    case = _application(request, application_id)
    form = CertificateForm(request.POST)
    if not form.is_valid() or not hasattr(case, "demonstration"):
        messages.error(request, _("Fill in name, body and number of the certificate."))
        return redirect("overseas:application", case.pk)
    done = _("The certificate has been recorded.")
    values = {"demonstration_id": case.demonstration.pk, **form.cleaned_data}
    return _do(request, case, done, services.record_certificate, **values)
