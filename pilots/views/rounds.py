from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import access, actor_of, anyone_signed_in, public
from core.exports import export_response
from core.tables import listing
from pilots import perms, selectors
from pilots.forms import ProductFilterForm, RoundFilterForm
from pilots.models import PilotRound

SORTS = {"number": "number", "closes": "closes_at", "budget": "budget_krw"}
PRODUCT_SORTS = {"product": "product__name", "supplier": "supplier__name", "price": "unit_price_krw"}
COMPARED = 4


def _actor(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


@require_safe
@public
def round_list(request: HttpRequest) -> HttpResponse:
    """The published schedule of rounds and what became of each."""
    form = RoundFilterForm(request.GET, years=selectors.round_years())
    rows = selectors.public_rounds(
        year=request.GET.get("year", ""), status=request.GET.get("status", ""), text=request.GET.get("q", "").strip()
    )
    if fmt := request.GET.get("export"):
        header = [_("Number"), _("Title"), _("State"), _("Budget"), _("Applications open at"), _("Close at")]
        lines = ([r.number, r.title, r.get_status_display(), r.budget_krw, r.opens_at, r.closes_at] for r in rows)
        return export_response(fmt=fmt, filename="rounds", header=header, rows=lines)
    context = {"form": form, "listing": listing(request, rows, sorts=SORTS)}
    return render(request, "pilots/round_list.html", context)


@require_safe
@public
def round_detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """A round: its course, money, rules and, once opened, its products."""
    actor = _actor(request)
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    may_apply = actor is not None and perms.may_apply(actor)
    form = ProductFilterForm(request.GET, pilot_round=pilot_round, is_institution=may_apply)
    products = selectors.round_products(
        pilot_round=pilot_round,
        actor=actor,
        text=request.GET.get("q", "").strip(),
        track=request.GET.get("track", ""),
        suitable=request.GET.get("suitable") == "on",
    )
    if fmt := request.GET.get("export"):
        header = [_("Number"), _("Product"), _("Supplier"), _("Track"), _("Price of one unit"), _("Fewest"), _("Most")]
        lines = (
            [p.number, p.product.name, p.supplier.name, p.track.name, p.unit_price_krw, p.min_units, p.max_units]
            for p in products
        )
        return export_response(fmt=fmt, filename=f"round-{pilot_round.number}", header=header, rows=lines)
    context = _round_context(pilot_round, actor) | {
        "form": form,
        "listing": listing(request, products, sorts=PRODUCT_SORTS),
    }
    return render(request, "pilots/round_detail.html", context)


def _round_context(pilot_round: PilotRound, actor: Any) -> dict[str, Any]:
    return {
        "round": pilot_round,
        "breadcrumb": [
            {"label": _("Pilot purchase"), "url": reverse("pilots:round_list")},
            {"label": pilot_round.number, "url": ""},
        ],
        "steps": selectors.round_timeline(pilot_round=pilot_round),
        "tracks": selectors.round_tracks(round_id=pilot_round.pk),
        "rules": selectors.rule_rows(rules=selectors.rules_of_round(pilot_round=pilot_round)),
        "totals": selectors.totals_of(round_id=pilot_round.pk),
        "provinces": selectors.province_counts(round_id=pilot_round.pk),
        "may_apply": actor is not None and perms.may_apply(actor),
        "may_file": actor is not None and perms.may_file_plans(actor),
    }


@require_safe
@public
def offer(request: HttpRequest, round_id: int, plan_id: int) -> HttpResponse:
    """What a supplier offers in a round: the approved pilot-use plan as institutions read it."""
    actor = _actor(request)
    may_apply = actor is not None and perms.may_apply(actor)
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    plan = get_object_or_404(selectors.round_products(pilot_round=pilot_round, actor=actor), pk=plan_id)
    context = {
        "round": pilot_round,
        "plan": plan,
        "kpis": plan.kpis.order_by("order", "pk"),
        "rows": selectors.offer_rows(plan=plan),
        "totals": selectors.totals_of(round_id=pilot_round.pk).get(plan.pk),
        "may_apply": may_apply,
        "earlier": selectors.copyable(actor=actor) if may_apply and not getattr(plan, "is_applied", False) else [],
        "breadcrumb": [
            {"label": _("Pilot purchase"), "url": reverse("pilots:round_list")},
            {"label": pilot_round.number, "url": reverse("pilots:round_detail", args=[pilot_round.pk])},
            {"label": plan.product.name, "url": ""},
        ],
    }
    return render(request, "pilots/offer.html", context)


@require_safe
@public
def compare(request: HttpRequest, round_id: int) -> HttpResponse:
    """Up to four products of a round side by side."""
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    wanted = [int(pk) for pk in request.GET.getlist("plan") if pk.isdigit()][:COMPARED]
    actor = _actor(request)
    offers = selectors.round_products(pilot_round=pilot_round, actor=actor)
    plans = list(offers.filter(pk__in=wanted).prefetch_related("kpis", "product__designations"))
    if not plans:
        messages.warning(request, _("Tick two to four products, then compare them."))
        return redirect("pilots:round_detail", round_id=pilot_round.pk)
    context = {
        "round": pilot_round,
        "plans": plans,
        "table": selectors.comparison(plans=plans),
        "totals": selectors.totals_of(round_id=pilot_round.pk),
        "may_apply": actor is not None and perms.may_apply(actor) and pilot_round.status == "open",
        "breadcrumb": [
            {"label": pilot_round.number, "url": reverse("pilots:round_detail", args=[pilot_round.pk])},
            {"label": _("Compare products"), "url": ""},
        ],
    }
    return render(request, "pilots/compare.html", context)


@require_safe
@public
def calendar(request: HttpRequest, round_id: int) -> HttpResponse:
    """The days of a round as a calendar file."""
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    events = selectors.round_events(pilot_round=pilot_round)
    return _calendar(request, events, f"round-{pilot_round.number}")


@require_safe
@access(anyone_signed_in)
def own_calendar(request: HttpRequest) -> HttpResponse:
    """The deadlines of the organization that the person works for now, as a calendar file."""
    return _calendar(request, selectors.own_events(actor=actor_of(request)), "deadlines")


def _calendar(request: HttpRequest, events: Iterable[selectors.Event], name: str) -> HttpResponse:
    text = selectors.calendar_file(events=events, site=request.build_absolute_uri("/").rstrip("/"))
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response
