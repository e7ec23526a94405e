"""Deliveries and inspections, line by line."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.access import access, actor_of
from core.calendar import today
from core.drafts import drop_draft, load_draft
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from core.uploads import StagedFiles, stage_uploads
from matching import perms, selectors, services
from matching.enums import InspectionResult, LineAction
from matching.forms import LINE_STATES, DeliveryForm, InspectionForm, SearchForm
from matching.models import ContractLine
from matching.selectors import PlaceUnits
from matching.workflow import LINE_WORKFLOW

SORTS = {
    "contract": "contract__number",
    "product": "contract__product__name",
    "institution": "institution__name",
    "units": "units",
    "due_on": "due_on",
    "status": "status",
}


@require_safe
@access(perms.may_browse_contracts)
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Contract lines to deliver, to inspect, or done."""
    form = SearchForm(request.GET, choices=LINE_STATES)
    lines = _filtered(selectors.lines_of(actor=actor_of(request)), form)
    if fmt := request.GET.get("export"):
        return _export(fmt, _filtered(selectors.lines_with_places(actor=actor_of(request)), form))
    context = {
        "form": form,
        "listing": listing(request, lines, sorts=SORTS),
        "today": today(),
        "breadcrumb": [{"label": _("Deliveries"), "url": ""}],
    }
    return render(request, "matching/delivery_list.html", context)


def _filtered(lines: Any, form: SearchForm) -> Any:
    if status := form.value("status"):
        lines = lines.filter(status=status)
    if text := form.value("q"):
        lines = lines.filter(
            Q(contract__number__icontains=text)
            | Q(contract__product__name__icontains=text)
            | Q(institution__name__icontains=text)
        )
    return lines


def _export(fmt: str, lines: Any) -> HttpResponse:
    header = [_("Contract"), _("Product"), _("Institution"), _("Site"), _("Units"), _("Deliver by"), _("Status")]
    rows = (
        [
            line.contract.number,
            line.contract.product.name,
            line.institution.name,
            ", ".join(place.name for place in selectors.places_of_line(line=line)),
            line.units,
            line.due_on,
            line.get_status_display(),
        ]
        for line in lines
    )
    return export_response(fmt=fmt, filename="deliveries", header=header, rows=rows)


def _line(request: HttpRequest, line_id: int) -> ContractLine:
    return get_object_or_404(selectors.lines_with_places(actor=actor_of(request)), pk=line_id)


def _crumbs(line: ContractLine, label: Any = "") -> list[dict[str, Any]]:
    crumbs = [
        {"label": _("Deliveries"), "url": "/my/deliveries/"},
        {"label": str(line.contract.number), "url": f"/my/deliveries/{line.pk}/"},
    ]
    return [*crumbs, {"label": label, "url": ""}] if label else crumbs


@require_safe
@access(perms.may_browse_contracts)
def delivery_detail(request: HttpRequest, line_id: int) -> HttpResponse:
    """One line: what is owed, what arrived, what the inspections said."""
    actor, line = actor_of(request), _line(request, line_id)
    contract_runs = not line.contract.is_ended_early
    context = {
        "line": line,
        "history": selectors.line_history(line=line),
        "may_deliver": contract_runs and LINE_WORKFLOW.refusal(line, LineAction.DELIVER, actor) is None,
        "may_inspect": contract_runs and LINE_WORKFLOW.refusal(line, LineAction.ACCEPT, actor) is None,
        "breadcrumb": _crumbs(line),
    }
    return render(request, "matching/delivery_detail.html", context)


def _stage(request: HttpRequest, purpose: str) -> StagedFiles:
    return stage_uploads(
        actor=actor_of(request),
        files=request.FILES.getlist("attachments"),
        kept=request.POST.getlist("kept_files"),
        purpose=purpose,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_browse_contracts)
def delivery_record(request: HttpRequest, line_id: int) -> HttpResponse:
    """The supplier records a delivery."""
    actor, line = actor_of(request), _line(request, line_id)
    key = f"matching.delivery:{line.pk}"
    if LINE_WORKFLOW.refusal(line, LineAction.DELIVER, actor) is not None:
        messages.warning(request, _("Nothing can be delivered on this line now."))
        return redirect("matching:delivery_detail", line.pk)
    places = selectors.places_of_line(line=line)
    if request.method != "POST":
        draft = load_draft(actor=actor, key=key)
        initial = draft.dict() if draft else _next_delivery(places)
        return _record_page(request, line, DeliveryForm(initial=initial, places=places), StagedFiles(), key)
    form, staged = DeliveryForm(request.POST, places=places), _stage(request, "matching.delivery")
    if form.is_valid() and not staged.errors and (number := _save_delivery(request, line, form, staged)):
        drop_draft(actor=actor, key=key)
        return redirect("core:receipt", number)
    return _record_page(request, line, form, staged, key)


def _next_delivery(places: list[PlaceUnits]) -> dict[str, Any]:
    """What is probably being recorded: everything that the first place without all its units still waits for."""
    place = next((place for place in places if place.owed), places[0])
    return {"site_id": place.site.pk if place.site else "", "units": place.owed, "delivered_on": today()}


def _save_delivery(request: HttpRequest, line: ContractLine, form: DeliveryForm, staged: StagedFiles) -> str:
    values = {name: value for name, value in form.cleaned_data.items() if name != "attachments"}
    try:
        receipt = services.record_delivery(actor=actor_of(request), line_id=line.pk, file_ids=staged.ids, **values)
    except DomainError as error:
        form.add_error(None, str(error))
        return ""
    messages.success(request, _("The delivery is recorded."))
    return receipt.number


def _record_page(
    request: HttpRequest, line: ContractLine, form: DeliveryForm, staged: StagedFiles, key: str
) -> HttpResponse:
    for error in staged.errors:
        form.add_error("attachments", error)
    context = {
        "line": line,
        "places": selectors.places_of_line(line=line),
        "form": form,
        "staged": staged.files,
        "draft_key": key,
        "breadcrumb": _crumbs(line, _("Record a delivery")),
    }
    return render(request, "matching/delivery_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_browse_contracts)
def inspection_record(request: HttpRequest, line_id: int) -> HttpResponse:
    """The institution inspects, and accepts or rejects."""
    actor, line = actor_of(request), _line(request, line_id)
    key = f"matching.inspection:{line.pk}"
    if LINE_WORKFLOW.refusal(line, LineAction.ACCEPT, actor) is not None:
        messages.warning(request, _("There is nothing to inspect on this line now."))
        return redirect("matching:delivery_detail", line.pk)
    if request.method != "POST":
        draft = load_draft(actor=actor, key=key)
        initial = draft.dict() if draft else {"inspected_on": today(), "inspector_name": actor.name}
        return _inspection_page(request, line, InspectionForm(initial=initial), StagedFiles(), key)
    form, staged = InspectionForm(request.POST), _stage(request, "matching.inspection")
    if form.is_valid() and not staged.errors and _save_inspection(request, line, form, staged):
        drop_draft(actor=actor, key=key)
        return redirect("matching:delivery_detail", line.pk)
    return _inspection_page(request, line, form, staged, key)


def _save_inspection(request: HttpRequest, line: ContractLine, form: InspectionForm, staged: StagedFiles) -> bool:
    values = form.cleaned_data
    try:
        services.record_inspection(
            actor=actor_of(request),
            line_id=line.pk,
            result=values["result"],
            checklist=form.checklist,
            defects=values["defects"],
            inspector_name=values["inspector_name"],
            inspected_on=values["inspected_on"],
            file_ids=staged.ids,
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    is_accepted = values["result"] == InspectionResult.ACCEPTED
    text = _("The delivery is accepted.") if is_accepted else _("The delivery is rejected and the supplier is told.")
    messages.success(request, text)
    return True


def _inspection_page(
    request: HttpRequest, line: ContractLine, form: InspectionForm, staged: StagedFiles, key: str
) -> HttpResponse:
    for error in staged.errors:
        form.add_error("attachments", error)
    context = {
        "line": line,
        "form": form,
        "staged": staged.files,
        "draft_key": key,
        "history": selectors.line_history(line=line),
        "breadcrumb": _crumbs(line, _("Inspect the delivery")),
    }
    return render(request, "matching/inspection_form.html", context)
