"""An institution's selection in a round: what it noted, began and submitted, in its order of priority."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.access import access, actor_of
from core.errors import DomainError
from pilots import perms, selectors, services
from pilots.enums import ApplicationStatus
from pilots.forms import OrderForm
from pilots.models import PilotApplication, PilotRound


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_apply)
def cart(request: HttpRequest, round_id: int) -> HttpResponse:
    """Order, complete and submit the institution's applications of a round."""
    actor = actor_of(request)
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    rows = list(selectors.rankable(actor=actor, round_id=pilot_round.pk))
    form = OrderForm(request.POST or None, applications=rows)
    if request.method == "POST" and form.is_valid():
        try:
            services.rank_applications(actor=actor, round_id=pilot_round.pk, order=form.order())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            if request.POST.get("go") == "submit":
                _submit_drafts(request, rows)
            else:
                messages.success(request, _("The order is saved."))
            return redirect("pilots:cart", round_id=pilot_round.pk)
    return render(request, "pilots/cart.html", _context(actor, pilot_round, rows, form))


def _context(actor: Any, pilot_round: PilotRound, rows: list[PilotApplication], form: OrderForm) -> dict[str, Any]:
    gaps = services.gaps_of(applications=rows)
    return {
        "round": pilot_round,
        "form": form,
        "lines": [(row, form[f"rank_{row.pk}"], gaps[row.pk]) for row in rows],
        "total_krw": sum(row.requested_units * row.plan.unit_price_krw for row in rows),
        "noted": selectors.noted_plans(actor=actor, round_id=pilot_round.pk),
        "provinces": selectors.own_site_counts(actor=actor, round_id=pilot_round.pk),
        "has_drafts": any(row.status == ApplicationStatus.DRAFT for row in rows),
        "needs_approver": any(selectors.is_held_for_approver(application=row, actor=actor) for row in rows[:1]),
        "breadcrumb": [
            {"label": _("Pilot-use applications"), "url": reverse("pilots:application_list")},
            {"label": _("Cart"), "url": ""},
        ],
    }


def _submit_drafts(request: HttpRequest, rows: list[PilotApplication]) -> None:
    """Submit every draft of the cart; say what was taken and, for each that was not, why."""
    drafts = {row.pk: row for row in rows if row.status == ApplicationStatus.DRAFT}
    taken, refused = services.submit_applications(actor=actor_of(request), application_ids=list(drafts))
    if taken:
        text = ngettext("%(count)s application was received.", "%(count)s applications were received.", len(taken))
        messages.success(request, text % {"count": len(taken)})
    for pk, reason in refused:
        messages.error(request, f"{drafts[pk].plan.product.name}: {reason}")


@require_POST
@access(perms.may_apply)
def cart_add(request: HttpRequest, round_id: int) -> HttpResponse:
    """What is done with the products ticked in the list: begin an application for each, or compare them."""
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    wanted = [int(pk) for pk in request.POST.getlist("plan") if pk.isdigit()]
    if request.POST.get("go") == "compare":
        query = urlencode({"plan": wanted}, doseq=True)
        return redirect(f"{reverse('pilots:compare', args=[pilot_round.pk])}?{query}")
    plans = selectors.open_plans().filter(round=pilot_round, pk__in=wanted)
    if not plans:
        messages.warning(request, _("Tick the products that you want to apply for, then put them into the cart."))
        return redirect("pilots:round_detail", round_id=pilot_round.pk)
    try:
        services.start_applications(actor=actor_of(request), plan_ids=[plan.pk for plan in plans])
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("pilots:round_detail", round_id=pilot_round.pk)
    messages.success(request, _("The products are in the cart. Complete each application, then submit."))
    return redirect("pilots:cart", round_id=pilot_round.pk)


@require_POST
@access(perms.may_apply)
def interest(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Note, or unnote, interest in a product of a round."""
    plan = get_object_or_404(selectors.open_plans(), pk=plan_id)
    try:
        noted = services.express_interest(actor=actor_of(request), plan_id=plan.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your interest is noted.") if noted else _("Your interest is no longer noted."))
    return redirect("pilots:offer", round_id=plan.round_id, plan_id=plan.pk)
