from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access import access, actor_of
from core.drafts import drop_draft, load_draft
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from core.uploads import files_of
from pilots import perms, selectors, services
from pilots.enums import ApplicationAction, ApplicationStatus, Paper
from pilots.errors import EditConflict
from pilots.forms import (
    AnswerForm,
    ApplicationFilterForm,
    ApplicationForm,
    RemarkForm,
    SiteFormSet,
    TextForm,
    differences,
    site_initial,
)
from pilots.models import PilotApplication
from pilots.views.papers import APPLICATION_PAPERS, Arrived, arrived, extras, form_context, still_waiting
from pilots.workflow import APPLICATION_WORKFLOW

SORTS = {
    "product": "plan__product__name",
    "round": "round__number",
    "priority": "priority",
    "amount": "amount_krw",
    "submitted": "submitted_at",
    "state": "status",
}
OPEN_TO_CHANGE = (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED)


def _crumbs(*last: str) -> list[dict[str, str]]:
    first = {"label": _("Pilot-use applications"), "url": reverse("pilots:application_list")}
    return [first, *({"label": label, "url": ""} for label in last)]


@require_safe
@access(perms.may_see_own_applications)
def application_list(request: HttpRequest) -> HttpResponse:
    """The institution's applications in every round."""
    actor = actor_of(request)
    rows = selectors.search_applications(
        actor=actor,
        text=request.GET.get("q", "").strip(),
        status=request.GET.get("status", ""),
        round_id=request.GET.get("round", ""),
    )
    if fmt := request.GET.get("export"):
        return _exported(rows, fmt)
    context = {
        "form": ApplicationFilterForm(request.GET),
        "listing": listing(request, rows, sorts=SORTS),
        "open_rounds": selectors.public_rounds(status="open"),
        "breadcrumb": _crumbs(),
    }
    return render(request, "pilots/application_list.html", context)


def _exported(rows: QuerySet[PilotApplication], fmt: str) -> HttpResponse:
    header = [_("Number"), _("Round"), _("Product"), _("State"), _("Units asked for"), _("Amount"), _("Priority")]
    lines = (
        [
            row.number,
            row.round.number,
            row.plan.product.name,
            row.get_status_display(),
            row.requested_units,
            row.requested_units * row.plan.unit_price_krw,
            row.priority,
        ]
        for row in rows
    )
    return export_response(fmt=fmt, filename="pilot-use-applications", header=header, rows=lines)


@require_POST
@access(perms.may_apply)
def application_start(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Begin an application from a product's page, or go on with the one that was begun."""
    actor = actor_of(request)
    plan = get_object_or_404(selectors.open_plans(), pk=plan_id)
    source = request.POST.get("copy_from", "")
    try:
        application = services.start_application(
            actor=actor, plan_id=plan.pk, copy_from_id=int(source) if source.isdigit() else None
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("pilots:round_detail", round_id=plan.round_id)
    if application.status == ApplicationStatus.DRAFT:
        return redirect("pilots:application_edit", application_id=application.pk)
    return redirect("pilots:application_detail", application_id=application.pk)


@require_safe
@access(perms.may_see_own_applications)
def application_detail(request: HttpRequest, application_id: int) -> HttpResponse:
    """The application, what happens next, the decision, questions, objections and receipts."""
    return _detail(request, application_id)


def _detail(request: HttpRequest, application_id: int, **failed: Any) -> HttpResponse:
    """The page of an application; a form on it that was refused comes back with what was typed."""
    actor = actor_of(request)
    application = get_object_or_404(selectors.application_page(actor=actor), pk=application_id)
    context = {
        "application": application,
        "rows": selectors.application_rows(application=application),
        "steps": selectors.application_timeline(application=application),
        "next_step": selectors.next_step(application=application),
        "review": getattr(application, "review", None),
        "receipts": selectors.receipts_for(application=application),
        "files": files_of(target=application),
        "papers": dict(Paper.choices),
        "approval_events": selectors.approval_events(application=application),
        "answer_form": AnswerForm(),
        "answering": None,
        "objection_form": TextForm(),
        "remark_form": RemarkForm(),
        "breadcrumb": _crumbs(application.number or application.plan.product.name),
        "may_withdraw": APPLICATION_WORKFLOW.refusal(application, ApplicationAction.WITHDRAW, actor) is None,
        **selectors.application_actions(application=application, actor=actor),
    }
    return render(request, "pilots/application_detail.html", context | failed)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_see_own_applications)
def application_edit(request: HttpRequest, application_id: int) -> HttpResponse:
    """Write a draft, or change what was submitted until the closing time."""
    actor = actor_of(request)
    application = get_object_or_404(selectors.my_applications(actor=actor), pk=application_id)
    if application.status not in OPEN_TO_CHANGE:
        messages.warning(request, _("The application can no longer be changed."))
        return redirect("pilots:application_detail", application_id=application.pk)
    if request.method == "POST":
        return _posted(request, application)
    draft = load_draft(actor=actor, key=_key(application))
    return _page(request, application, _forms(draft or None, application), restored=draft)


def _key(application: PilotApplication) -> str:
    return f"pilots.application:{application.pk}"


def _forms(data: Any, application: PilotApplication) -> tuple[ApplicationForm, Any]:
    """The form and its further sites, from what was typed or from what is stored."""
    if data and "site-TOTAL_FORMS" in data:
        return ApplicationForm(data, instance=application), SiteFormSet(data, prefix="site")
    sites = SiteFormSet(prefix="site", initial=site_initial(application))
    return ApplicationForm(data, instance=application), sites


def _posted(request: HttpRequest, application: PilotApplication) -> HttpResponse:
    actor, go = actor_of(request), request.POST.get("go", "save")
    came = arrived(request, APPLICATION_PAPERS)
    was_draft = application.status == ApplicationStatus.DRAFT
    forms = form, sites = _forms(request.POST, application)
    if not (form.is_valid() and sites.is_valid()) or came.errors:
        return _page(request, application, forms, came=came)
    content = {"values": form.values(), "sites": sites.rows(), **extras(request, came)}
    try:
        done = _written(actor, application.pk, content, go, was_draft=was_draft)
    except DomainError as error:
        if _is_there_already(actor, form, go):
            return redirect("pilots:application_detail", application_id=application.pk)
        return _page(request, application, forms, came=still_waiting(request, came), error=error)
    drop_draft(actor=actor, key=_key(application))
    messages.success(request, done)
    back = "pilots:application_edit" if was_draft and go == "save" else "pilots:application_detail"
    return redirect(back, application_id=application.pk)


def _is_there_already(actor: Any, form: ApplicationForm, go: str) -> bool:
    """Whether a second press of the same button meets what the first one submitted."""
    stored = selectors.my_applications(actor=actor).get(pk=form.instance.pk)
    return go == "submit" and stored.status == ApplicationStatus.SUBMITTED and not differences(form, stored)


def _written(actor: Any, pk: int, content: dict[str, Any], go: str, *, was_draft: bool) -> str:
    """Save and, if asked, submit; a refused submission leaves the draft saved. Returns what to say.

    Raises:
        EditConflict: the form was opened on a draft that has been submitted since.
        DomainError: what the services refuse.
    """
    if not was_draft and go != "change":
        raise EditConflict(_("This was submitted meanwhile. What you typed is below; submit it as a change."))
    if go == "change":
        services.change_application(actor=actor, application_id=pk, **content)
        return _("The change was received. The new receipt is below.")
    services.save_application(actor=actor, application_id=pk, **content)
    if go == "submit":
        services.submit_application(actor=actor, application_id=pk)
        return _("The application was received. The receipt is below.")
    if go == "approval":
        services.request_approval(actor=actor, application_id=pk)
        return _("The approvers of your institution were asked to submit the application.")
    return _("The draft is saved.")


def _page(
    request: HttpRequest,
    application: PilotApplication,
    forms: tuple[ApplicationForm, Any],
    *,
    came: Arrived | None = None,
    error: DomainError | None = None,
    restored: Any = None,
) -> HttpResponse:
    """The form, with what is wrong beside the fields and what a colleague changed meanwhile."""
    actor = actor_of(request)
    form, sites = forms
    # The form wrote what was typed into its instance, so the stored row is read anew.
    stored = get_object_or_404(selectors.my_applications(actor=actor), pk=application.pk)
    common = form_context(request, stored, form, papers=APPLICATION_PAPERS, came=came, error=error, restored=restored)
    context = common | {
        "application": stored,
        "sites": sites,
        "autosave": reverse("core:draft", args=[_key(stored)]),
        "needs_approver": selectors.is_held_for_approver(application=stored, actor=actor),
        "may_send_back": perms.may_send_back(actor, stored),
        "next_step": selectors.next_step(application=stored),
        "breadcrumb": _crumbs(stored.plan.product.name),
    }
    return render(request, "pilots/application_edit.html", context)


def _act(
    request: HttpRequest, application_id: int, service: Callable[..., Any], done: str, **more: Any
) -> HttpResponse:
    """One service call on one's own application, then back to its page (or the list when it is gone)."""
    actor = actor_of(request)
    application = get_object_or_404(selectors.my_applications(actor=actor), pk=application_id)
    try:
        service(actor=actor, application_id=application.pk, **more)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
        if service is services.discard_application:
            return redirect("pilots:application_list")
    return redirect("pilots:application_detail", application_id=application.pk)


@require_POST
@access(perms.may_see_own_applications)
def application_withdraw(request: HttpRequest, application_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    return _act(
        request, application_id, services.withdraw_application, _("The application is withdrawn."), reason=reason
    )


@require_POST
@access(perms.may_see_own_applications)
def application_discard(request: HttpRequest, application_id: int) -> HttpResponse:
    return _act(request, application_id, services.discard_application, _("The draft is thrown away."))


@require_POST
@access(perms.may_see_own_applications)
def application_approval(request: HttpRequest, application_id: int) -> HttpResponse:
    done = _("The approvers of your institution were asked to submit the application.")
    return _act(request, application_id, services.request_approval, done)


@require_POST
@access(perms.may_see_own_applications)
def application_submit(request: HttpRequest, application_id: int) -> HttpResponse:
    """An approver submits what a colleague prepared, from its page."""
    done = _("The application was received. The receipt is below.")
    return _act(request, application_id, services.submit_application, done)


def _written_on(
    request: HttpRequest, application_id: int, service: Callable[..., Any], form: Any, done: str, **shown: Any
) -> HttpResponse:
    """A text written on the page of one's own application; a refused one comes back with the reason beside it."""
    application = get_object_or_404(selectors.my_applications(actor=actor_of(request)), pk=application_id)
    if form.is_valid():
        try:
            service(actor=actor_of(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("pilots:application_detail", application_id=application.pk)
    return _detail(request, application.pk, **shown)


@require_POST
@access(perms.may_see_own_applications)
def application_send_back(request: HttpRequest, application_id: int) -> HttpResponse:
    """An approver gives a draft back to the officer who asked for the approval."""
    form, done = RemarkForm(request.POST), _("The application was sent back. The officer was told.")
    service = partial(services.send_back, application_id=application_id)
    return _written_on(request, application_id, service, form, done, remark_form=form)


@require_POST
@access(perms.may_see_own_applications)
def application_object(request: HttpRequest, application_id: int) -> HttpResponse:
    form, done = TextForm(request.POST), _("The objection was received.")
    service = partial(services.raise_objection, application_id=application_id)
    return _written_on(request, application_id, service, form, done, objection_form=form)


@require_POST
@access(perms.may_see_own_applications)
def question_answer(request: HttpRequest, application_id: int, question_id: int) -> HttpResponse:
    application = get_object_or_404(selectors.my_applications(actor=actor_of(request)), pk=application_id)
    question = get_object_or_404(application.questions, pk=question_id)
    form, done = AnswerForm(request.POST), _("The answer was received.")
    service = partial(services.answer_question, question_id=question.pk)
    return _written_on(request, application_id, service, form, done, answered_form=form, answering=question.pk)
