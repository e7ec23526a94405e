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
from pilots.enums import Paper, PlanSection, PlanStatus
from pilots.forms import KpiFormSet, PlanFilterForm, TextForm, UsePlanForm, kpi_initial
from pilots.models import PilotUsePlan
from pilots.views.papers import PLAN_PAPERS, Arrived, arrived, extras, form_context, still_waiting

SORTS = {"product": "product__name", "round": "round__number", "submitted": "submitted_at", "state": "status"}
OPEN_TO_CHANGE = (PlanStatus.DRAFT, PlanStatus.RETURNED)


def _crumbs(*last: str) -> list[dict[str, str]]:
    first = {"label": _("Pilot-use plans"), "url": reverse("pilots:plan_list")}
    return [first, *({"label": label, "url": ""} for label in last)]


@require_safe
@access(perms.may_see_own_plans)
def plan_list(request: HttpRequest) -> HttpResponse:
    """The supplier's plans, and the rounds that take new ones."""
    actor = actor_of(request)
    rows = selectors.search_plans(
        actor=actor, text=request.GET.get("q", "").strip(), status=request.GET.get("status", "")
    )
    if fmt := request.GET.get("export"):
        return _exported(rows, fmt)
    context = {
        "form": PlanFilterForm(request.GET),
        "listing": listing(request, rows, sorts=SORTS),
        "rounds": selectors.intake_rounds(),
        "breadcrumb": _crumbs(),
    }
    return render(request, "pilots/plan_list.html", context)


def _exported(rows: QuerySet[PilotUsePlan], fmt: str) -> HttpResponse:
    header = [_("Number"), _("Round"), _("Product"), _("State"), _("Price of one unit"), _("Institutions")]
    lines = (
        [
            row.number,
            row.round.number,
            row.product.name,
            row.get_status_display(),
            row.unit_price_krw,
            getattr(row, "institution_count", 0),
        ]
        for row in rows
    )
    return export_response(fmt=fmt, filename="pilot-use-plans", header=header, rows=lines)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_file_plans)
def plan_start(request: HttpRequest) -> HttpResponse:
    """Choose the round and the product; products that may not take part say why."""
    actor = actor_of(request)
    rounds = selectors.intake_rounds()
    wanted = request.POST.get("round") or request.GET.get("round") or ""
    chosen = rounds.filter(pk=wanted).first() if wanted.isdigit() else rounds.first()
    product = request.POST.get("product", "")
    if request.method == "POST" and chosen is not None and product.isdigit():
        get_object_or_404(selectors.own_products(actor=actor), pk=int(product))
        try:
            plan = services.start_use_plan(actor=actor, round_id=chosen.pk, product_id=int(product))
        except DomainError as error:
            messages.error(request, str(error))
        else:
            return redirect("pilots:plan_edit", plan_id=plan.pk)
    candidates = selectors.own_candidates(actor=actor, pilot_round=chosen) if chosen else []
    context = {"rounds": rounds, "chosen": chosen, "candidates": candidates, "breadcrumb": _crumbs(_("New plan"))}
    return render(request, "pilots/plan_start.html", context)


@require_safe
@access(perms.may_see_own_plans)
def plan_detail(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The plan, what happens next, its receipts and who wants the product."""
    actor = actor_of(request)
    plan = get_object_or_404(selectors.my_plans(actor=actor), pk=plan_id)
    count, applications = selectors.demand_for(plan=plan)
    context = {
        "plan": plan,
        "kpis": plan.kpis.order_by("order", "pk"),
        "rows": selectors.offer_rows(plan=plan),
        "steps": selectors.plan_timeline(plan=plan),
        "next_step": selectors.plan_next_step(plan=plan),
        "receipts": selectors.plan_receipts(plan=plan),
        "files": files_of(target=plan),
        "papers": dict(Paper.choices),
        "return_notes": [(part.label, plan.return_notes[part]) for part in PlanSection if part in plan.return_notes],
        "demand_count": count,
        "applications": applications,
        "interest_count": plan.interests.count(),
        "objections": selectors.objections_of(organization_id=plan.supplier_id, plan_id=plan.pk),
        "objectable": selectors.objectionable_ids(actor=actor, plan=plan),
        "may_edit": plan.status in OPEN_TO_CHANGE,
        "may_withdraw": plan.status in (*OPEN_TO_CHANGE, PlanStatus.SUBMITTED),
        "breadcrumb": _crumbs(plan.number or plan.product.name),
    }
    return render(request, "pilots/plan_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_file_plans)
def plan_edit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Write the plan; save it as a draft or hand it in."""
    actor = actor_of(request)
    plan = get_object_or_404(selectors.my_plans(actor=actor), pk=plan_id)
    if plan.status not in OPEN_TO_CHANGE:
        messages.warning(request, _("The plan was handed in and cannot be changed now."))
        return redirect("pilots:plan_detail", plan_id=plan.pk)
    if request.method == "POST":
        return _posted(request, plan)
    draft = load_draft(actor=actor, key=_key(plan))
    return _page(request, plan, _forms(draft or None, plan), restored=draft)


def _key(plan: PilotUsePlan) -> str:
    return f"pilots.plan:{plan.pk}"


def _forms(data: Any, plan: PilotUsePlan) -> tuple[UsePlanForm, Any]:
    """The form and its measures, from what was typed or from what is stored."""
    if data and "kpi-TOTAL_FORMS" in data:
        return UsePlanForm(data, instance=plan), KpiFormSet(data, prefix="kpi")
    return UsePlanForm(data, instance=plan), KpiFormSet(prefix="kpi", initial=kpi_initial(plan))


def _posted(request: HttpRequest, plan: PilotUsePlan) -> HttpResponse:
    actor, go = actor_of(request), request.POST.get("go", "save")
    came = arrived(request, PLAN_PAPERS)
    forms = form, kpis = _forms(request.POST, plan)
    if not (form.is_valid() and kpis.is_valid()) or came.errors:
        return _page(request, plan, forms, came=came)
    try:
        content = {"values": form.values(), "kpis": kpis.rows(), **extras(request, came)}
        services.save_use_plan(actor=actor, plan_id=plan.pk, **content)
        if go == "submit":
            services.submit_use_plan(actor=actor, plan_id=plan.pk)
    except DomainError as error:
        return _page(request, plan, forms, came=still_waiting(request, came), error=error)
    drop_draft(actor=actor, key=_key(plan))
    if go == "submit":
        messages.success(request, _("The plan was received. The receipt is below."))
        return redirect("pilots:plan_detail", plan_id=plan.pk)
    messages.success(request, _("The draft is saved."))
    return redirect("pilots:plan_edit", plan_id=plan.pk)


def _page(
    request: HttpRequest,
    plan: PilotUsePlan,
    forms: tuple[UsePlanForm, Any],
    *,
    came: Arrived | None = None,
    error: DomainError | None = None,
    restored: Any = None,
) -> HttpResponse:
    """The form, with what is wrong beside the fields and what a colleague changed meanwhile."""
    form, kpis = forms
    # The form wrote what was typed into its instance, so the stored row is read anew.
    stored = get_object_or_404(selectors.my_plans(actor=actor_of(request)), pk=plan.pk)
    context = form_context(request, stored, form, papers=PLAN_PAPERS, came=came, error=error, restored=restored) | {
        "plan": stored,
        "kpis": kpis,
        "designation": selectors.current_designation(product=stored.product),
        "autosave": reverse("core:draft", args=[_key(stored)]),
        "next_step": selectors.plan_next_step(plan=stored),
        "breadcrumb": _crumbs(stored.product.name),
    }
    return render(request, "pilots/plan_edit.html", context)


@require_POST
@access(perms.may_file_plans)
def plan_withdraw(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take a plan back before it is approved."""
    actor = actor_of(request)
    plan = get_object_or_404(selectors.my_plans(actor=actor), pk=plan_id)
    try:
        services.withdraw_plan(actor=actor, plan_id=plan.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The plan is withdrawn."))
    return redirect("pilots:plan_detail", plan_id=plan.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_file_plans)
def plan_object(request: HttpRequest, plan_id: int, application_id: int) -> HttpResponse:
    """Object, as the supplier, to the review of an application for one's product."""
    actor = actor_of(request)
    application = get_object_or_404(selectors.decided_for_supplier(actor=actor, plan_id=plan_id), pk=application_id)
    form = TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.raise_objection(actor=actor, application_id=application.pk, text=form.cleaned_data["text"])
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The objection was received."))
        return redirect("pilots:plan_detail", plan_id=plan_id)
    context = {
        "application": application,
        "form": form,
        "due": selectors.objection_due(application=application),
        "breadcrumb": _crumbs(application.plan.product.name),
    }
    return render(request, "pilots/plan_object.html", context)
