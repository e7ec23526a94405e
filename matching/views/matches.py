"""Matches as the two sides see and answer them."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.perms import is_supplier
from core.access import access, actor_of
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from matching import perms, selectors, services
from matching.forms import MATCH_STATES, PledgeForm, ReasonForm, SearchForm

SORTS = {
    "number": "application__number",
    "product": "application__plan__product__name",
    "institution": "application__institution__name",
    "units": "units",
    "respond_until": "respond_until",
    "status": "status",
}


@require_safe
@access(perms.may_browse_matches)
def match_list(request: HttpRequest) -> HttpResponse:
    """Offers of one's organization; an institution also sees what came of its other applications."""
    actor = actor_of(request)
    form = SearchForm(request.GET, choices=MATCH_STATES)
    offers = _filtered(selectors.offers_of(actor=actor), form)
    if fmt := request.GET.get("export"):
        return _export(fmt, offers)
    context = {
        "form": form,
        "listing": listing(request, offers, sorts=SORTS),
        "line_ups": [row for row in selectors.line_ups(actor=actor) if row.pending],
        "outcomes": selectors.outcomes_of(actor=actor),
        "unmatched": selectors.unmatched_plans(actor=actor) if is_supplier(actor) else [],
        "breadcrumb": [{"label": _("Matches"), "url": ""}],
    }
    return render(request, "matching/match_list.html", context)


def _filtered(offers: Any, form: SearchForm) -> Any:
    if status := form.value("status"):
        offers = offers.filter(status=status)
    if text := form.value("q"):
        offers = offers.filter(
            Q(application__number__icontains=text)
            | Q(application__plan__product__name__icontains=text)
            | Q(application__institution__name__icontains=text)
        )
    return offers


def _export(fmt: str, offers: Any) -> HttpResponse:
    header = [_("Application"), _("Product"), _("Institution"), _("Units"), _("Amount"), _("Answer by"), _("Status")]
    rows = (
        [
            offer.application.number,
            offer.application.plan.product.name,
            offer.application.institution.name,
            offer.units,
            offer.amount_krw,
            offer.respond_until,
            offer.get_status_display(),
        ]
        for offer in offers
    )
    return export_response(fmt=fmt, filename="matches", header=header, rows=rows)


@require_safe
@access(perms.may_browse_matches)
def match_detail(request: HttpRequest, allocation_id: int) -> HttpResponse:
    """One offer: what is offered, why not more, and the answer of both sides."""
    actor = actor_of(request)
    offer = get_object_or_404(selectors.offers_of(actor=actor), pk=allocation_id)
    explanation = selectors.explanation_for(offer=offer)
    is_institution = perms.may_answer_as_institution(actor, offer)
    context = {
        "offer": offer,
        "reasons": selectors.sentences.reasons_of(row=explanation) if explanation and is_institution else [],
        "explanation": explanation if is_institution else None,
        "places": selectors.places_of_offer(offer=offer),
        "may_answer": is_institution and selectors.is_pending_for_institution(offer=offer),
        "is_supplier": perms.may_answer_as_supplier(actor, offer),
        "may_object": is_institution and offer.is_reduced and selectors.may_object_still(run=offer.run),
        "contract_lines": [line for line in offer.contract_lines.all() if perms.may_see_line(actor, line)],
        "pledge": PledgeForm(),
        "decline": ReasonForm(auto_id="decline_%s"),
        "breadcrumb": _crumbs(offer.application.number),
    }
    return render(request, "matching/match_detail.html", context)


def _crumbs(label: Any) -> list[dict[str, Any]]:
    return [{"label": _("Matches"), "url": "/my/matches/"}, {"label": label, "url": ""}]


@require_http_methods(["POST"])
@access(perms.may_browse_matches)
def match_accept(request: HttpRequest, allocation_id: int) -> HttpResponse:
    """The institution accepts."""
    actor = actor_of(request)
    offer = get_object_or_404(selectors.offers_of(actor=actor), pk=allocation_id)
    form = PledgeForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["pledge"][0]))
        return redirect("matching:match_detail", offer.pk)
    try:
        receipt = services.accept_offer(actor=actor, allocation_id=offer.pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("matching:match_detail", offer.pk)
    messages.success(request, _("The match is accepted."))
    return redirect("core:receipt", receipt.number)


@require_http_methods(["POST"])
@access(perms.may_browse_matches)
def match_decline(request: HttpRequest, allocation_id: int) -> HttpResponse:
    """The institution gives the offer up, with a reason."""
    actor = actor_of(request)
    offer = get_object_or_404(selectors.offers_of(actor=actor), pk=allocation_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you decline, so that the programme can learn from it."))
        return redirect("matching:match_detail", offer.pk)
    try:
        services.decline_offer(actor=actor, allocation_id=offer.pk, reason=form.cleaned_data["reason"])
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The match is declined. Its units go to the next on the waitlist."))
    return redirect("matching:match_detail", offer.pk)


@require_safe
@access(perms.may_browse_matches)
def outcome_detail(request: HttpRequest, explanation_id: int) -> HttpResponse:
    """What an application got and why, and what would have been enough."""
    actor = actor_of(request)
    row = get_object_or_404(selectors.explanations_for_reader(actor=actor), pk=explanation_id)
    context = selectors.counterfactual_context(actor=actor, row=row) | {
        "outcome": selectors.sentences.outcome_of(row=row),
        "reasons": selectors.sentences.reasons_of(row=row),
        "may_object": selectors.may_object_still(run=row.run),
        "due": selectors.objection_due_on(run=row.run),
        "breadcrumb": _crumbs(row.application.number),
    }
    return render(request, "matching/outcome_detail.html", context)


@require_http_methods(["POST"])
@access(perms.may_browse_matches)
def outcome_ask(request: HttpRequest, explanation_id: int) -> HttpResponse:
    """Ask what would have been enough."""
    actor = actor_of(request)
    row = get_object_or_404(selectors.explanations_for_reader(actor=actor), pk=explanation_id)
    try:
        services.ask_what_would_do(actor=actor, explanation_id=row.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("We work it out now and tell you when it is done."))
    return redirect("matching:outcome_detail", row.pk)


@require_safe
@access(perms.may_browse_matches)
def outcome_answer(request: HttpRequest, explanation_id: int) -> HttpResponse:
    """The question alone, for a page that follows it."""
    actor = actor_of(request)
    row = get_object_or_404(selectors.explanations_for_reader(actor=actor), pk=explanation_id)
    return render(request, "matching/_counterfactual.html", selectors.counterfactual_context(actor=actor, row=row))


@require_safe
@access(perms.may_browse_matches)
def line_up_detail(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A supplier's product with the institutions matched to it."""
    line_up = selectors.line_up(actor=actor_of(request), plan_id=plan_id)
    if line_up is None:
        raise Http404
    context = {
        "line_up": line_up,
        "pledge": PledgeForm(),
        "decline": ReasonForm(auto_id="decline_%s"),
        "breadcrumb": _crumbs(line_up.plan.product.name),
    }
    return render(request, "matching/line_up.html", context)


@require_http_methods(["POST"])
@access(perms.may_browse_matches)
def line_up_accept(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The supplier accepts every unanswered offer of its product."""
    actor = actor_of(request)
    if selectors.line_up(actor=actor, plan_id=plan_id) is None:
        raise Http404
    form = PledgeForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["pledge"][0]))
        return redirect("matching:line_up", plan_id)
    try:
        receipt = services.accept_line_up(actor=actor, plan_id=plan_id)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("matching:line_up", plan_id)
    messages.success(request, _("The institutions are accepted."))
    return redirect("core:receipt", receipt.number)


@require_http_methods(["POST"])
@access(perms.may_browse_matches)
def line_up_decline(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The supplier gives its product up in this round, with a reason."""
    actor = actor_of(request)
    if selectors.line_up(actor=actor, plan_id=plan_id) is None:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you decline, so that the programme can learn from it."))
        return redirect("matching:line_up", plan_id)
    try:
        services.decline_line_up(actor=actor, plan_id=plan_id, reason=form.cleaned_data["reason"])
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The offers are declined and the institutions are told."))
    return redirect("matching:line_up", plan_id)
