"""Pilot use, for the institution and the supplier."""

from collections.abc import Iterable

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
from feedback.enums import UseAction
from feedback.forms.uses import (
    EndForm,
    ExplainForm,
    ExtensionForm,
    HandleForm,
    IncidentForm,
    LogForm,
    ReadingForm,
    RefuseForm,
    ResolveForm,
    StartForm,
    UseFilterForm,
)
from feedback.models import PilotUse
from feedback.views.steps import act_and_return, posted, staged, step_page
from feedback.workflow import INCIDENT_WORKFLOW, TRANSFER_WORKFLOW, USE_WORKFLOW

GET_OR_POST = ["GET", "HEAD", "POST"]
SORTS = {
    "product": "product__name",
    "institution": "institution__name",
    "started": "started_on",
    "ends": "ends_on",
    "status": "status",
}


def _use(request: HttpRequest, use_id: int) -> PilotUse:
    return get_object_or_404(selectors.visible_uses(actor=actor_of(request)), pk=use_id)


def _own_use(request: HttpRequest, use_id: int) -> PilotUse:
    """A use of the actor's own institution; the supplier's page has no such steps."""
    uses = selectors.visible_uses(actor=actor_of(request))
    return get_object_or_404(uses.filter(institution=actor_of(request).current_organization_id), pk=use_id)


def _back(use: PilotUse) -> str:
    return reverse("feedback:use_detail", args=[use.pk])


def _facts(use: PilotUse) -> list[tuple[str, object]]:
    return [
        (_("Product"), use.product.name),
        (_("Institution"), use.institution.name),
        (_("Accepted on"), use.accepted_on),
        (_("Pilot use"), f"{use.started_on or '–'} – {use.ends_on or '–'}"),
    ]


def _export(fmt: str, uses: Iterable[PilotUse]) -> HttpResponse:
    header = [
        _("Product"),
        _("Supplier"),
        _("Institution"),
        _("Units"),
        _("Started on"),
        _("Ends on"),
        _("Status"),
    ]
    rows = (
        [
            use.product.name,
            use.supplier.name,
            use.institution.name,
            use.units,
            use.started_on,
            use.ends_on,
            use.get_status_display(),
        ]
        for use in uses
    )
    return export_response(fmt=fmt, filename="pilot-uses", header=header, rows=rows)


@require_safe
@access(perms.may_browse_uses)
def use_list(request: HttpRequest) -> HttpResponse:
    """Pilot uses of the actor's organization."""
    form = UseFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    uses = selectors.use_list(actor=actor_of(request), status=asked.get("status", ""), text=asked.get("q", ""))
    if fmt := request.GET.get("export"):
        return _export(fmt, uses)
    table = listing(request, uses, sorts=SORTS, default="-pk")
    context = {"table": table, "form": form, "is_supplier": is_supplier(actor_of(request))}
    return render(request, "feedback/use_list.html", context)


@require_safe
@access(perms.may_browse_uses)
def use_detail(request: HttpRequest, use_id: int) -> HttpResponse:
    """One pilot use with everything that happened and what can be done."""
    actor, use = actor_of(request), _use(request, use_id)
    page = selectors.use_page(use=use, is_supplier=is_supplier(actor))
    runs = perms.may_keep_log(actor, use) and use.started_on is not None
    context = {
        "page": page,
        "use": use,
        "is_supplier": is_supplier(actor),
        "may_start": USE_WORKFLOW.refusal(use, UseAction.START, actor) is None,
        "may_end": perms.may_keep_log(actor, use) and USE_WORKFLOW.refusal(use, UseAction.END, actor) is None,
        "may_log": runs and use.status in {"in_use", "suspended", "use_ended"},
        "may_report_incident": use.is_running and perms.may_report_incident(actor, use),
        "may_extend": runs and use.is_running and not any(e.status != "declined" for e in page.extensions),
        "may_write_report": page.report is not None
        and perms.may_write_report(actor, page.report)
        and page.report.is_open,
        "transfer_actions": TRANSFER_WORKFLOW.available(page.transfer, actor) if page.transfer else [],
        "resolvable": {i.pk for i in page.incidents if INCIDENT_WORKFLOW.refusal(i, "resolve", actor) is None},
        "may_explain": perms.may_keep_log(actor, use),
    }
    return render(request, "feedback/use_detail.html", context)


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def use_start(request: HttpRequest, use_id: int) -> HttpResponse:
    """Begin the pilot use."""
    use, actor = _own_use(request, use_id), actor_of(request)
    return step_page(
        request,
        form=StartForm(posted(request)),
        title=_("Start pilot use"),
        lead=_("From this day the agreed period runs, and the usage log is open."),
        button=_("Start"),
        back=_back(use),
        act=lambda values: services.start_use(actor=actor, use_id=use.pk, **values),
        done=_("Pilot use has started."),
        facts=_facts(use),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def use_log(request: HttpRequest, use_id: int) -> HttpResponse:
    """Add to the usage log."""
    use, actor = _own_use(request, use_id), actor_of(request)
    return step_page(
        request,
        form=LogForm(posted(request)),
        title=_("Add to the usage log"),
        button=_("Add"),
        back=_back(use),
        act=lambda values: services.record_log(actor=actor, use_id=use.pk, **values),
        done=_("The entry was added to the usage log."),
        facts=_facts(use),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def use_reading(request: HttpRequest, use_id: int) -> HttpResponse:
    """Note the value of an agreed indicator."""
    use, actor = _own_use(request, use_id), actor_of(request)
    return step_page(
        request,
        form=ReadingForm(posted(request), kpis=selectors.agreed_kpis(use=use)),
        title=_("Record an indicator"),
        lead=_("Readings show the course. The end values are stated in the result report."),
        button=_("Record"),
        back=_back(use),
        act=lambda values: services.record_reading(actor=actor, **values),
        done=_("The reading was recorded."),
        facts=_facts(use),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_uses)
def use_incident(request: HttpRequest, use_id: int) -> HttpResponse:
    """Report an incident."""
    use, actor, files = _use(request, use_id), actor_of(request), staged(request, "feedback.incident")
    return step_page(
        request,
        form=IncidentForm(posted(request)),
        title=_("Report an incident"),
        button=_("Report"),
        back=_back(use),
        act=lambda values: services.report_incident(actor=actor, use_id=use.pk, file_ids=tuple(files.ids), **values),
        done=_("The incident was reported. The other party and the Public Procurement Service were told."),
        facts=_facts(use),
        files=files,
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def use_extend(request: HttpRequest, use_id: int) -> HttpResponse:
    """Ask for an extension."""
    use, actor = _own_use(request, use_id), actor_of(request)
    return step_page(
        request,
        form=ExtensionForm(posted(request)),
        title=_("Ask for an extension"),
        lead=_("Pilot use can be extended once. The Public Procurement Service decides."),
        button=_("Ask"),
        back=_back(use),
        act=lambda values: services.request_extension(actor=actor, use_id=use.pk, **values),
        done=_("The extension was asked for."),
        facts=_facts(use),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def use_end(request: HttpRequest, use_id: int) -> HttpResponse:
    """End the pilot use."""
    use, actor = _own_use(request, use_id), actor_of(request)
    return step_page(
        request,
        form=EndForm(posted(request), use=use),
        title=_("End pilot use"),
        lead=_("The result report is due 10 working days after the last day. This cannot be undone."),
        button=_("End"),
        back=_back(use),
        act=lambda values: services.end_use(actor=actor, use_id=use.pk, **values),
        done=_("Pilot use has ended. Please write the result report now."),
        facts=_facts(use),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_feedback)
def incident_handle(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The supplier says what it did."""
    actor = actor_of(request)
    incident = get_object_or_404(selectors.visible_incidents(actor=actor), pk=incident_id)
    return step_page(
        request,
        form=HandleForm(posted(request)),
        title=_("Handle the incident"),
        button=_("Save"),
        back=_back(incident.use),
        act=lambda values: services.handle_incident(actor=actor, incident_id=incident.pk, **values),
        done=_("Your answer was saved."),
        facts=[(_("Incident"), incident.get_kind_display()), (_("Description"), incident.description)],
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def incident_resolve(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The institution settles an incident that is not a safety accident."""
    actor = actor_of(request)
    incident = get_object_or_404(selectors.visible_incidents(actor=actor), pk=incident_id)
    return step_page(
        request,
        form=ResolveForm(posted(request)),
        title=_("Resolve the incident"),
        button=_("Resolve"),
        back=_back(incident.use),
        act=lambda values: services.resolve_incident(actor=actor, incident_id=incident.pk, **values),
        done=_("The incident is resolved."),
        facts=[(_("Incident"), incident.get_kind_display()), (_("Supplier"), incident.handling or "–")],
    )


@require_POST
@access(perms.may_browse_as_institution)
def transfer_accept(request: HttpRequest, use_id: int) -> HttpResponse:
    """Take the asset over."""
    use, actor = _own_use(request, use_id), actor_of(request)
    transfer = get_object_or_404(selectors.transfers_of(use=use))
    return act_and_return(
        request,
        back=_back(use),
        act=lambda: services.complete_transfer(actor=actor, transfer_id=transfer.pk),
        done=_("The institution has taken the asset over."),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def transfer_refuse(request: HttpRequest, use_id: int) -> HttpResponse:
    """Refuse the asset."""
    use, actor = _own_use(request, use_id), actor_of(request)
    transfer = get_object_or_404(selectors.transfers_of(use=use))
    return step_page(
        request,
        form=RefuseForm(posted(request)),
        title=_("Refuse the transfer"),
        lead=_("The Public Procurement Service then returns, reassigns or disposes of the product."),
        button=_("Refuse"),
        back=_back(use),
        act=lambda values: services.refuse_transfer(actor=actor, transfer_id=transfer.pk, **values),
        done=_("The refusal was recorded."),
        facts=_facts(use),
    )


@require_http_methods(GET_OR_POST)
@access(perms.may_browse_as_institution)
def inspection_explain(request: HttpRequest, use_id: int, inspection_id: int) -> HttpResponse:
    """Explain why a product was not in use."""
    use, actor = _own_use(request, use_id), actor_of(request)
    inspection = get_object_or_404(selectors.inspections_of(use=use), pk=inspection_id)
    return step_page(
        request,
        form=ExplainForm(posted(request)),
        title=_("Explain the finding"),
        button=_("Send"),
        back=_back(use),
        act=lambda values: services.explain_inspection(actor=actor, inspection_id=inspection.pk, **values),
        done=_("The explanation was sent."),
        facts=[(_("Finding on the spot"), inspection.get_finding_display()), (_("Reason"), inspection.reason)],
    )
