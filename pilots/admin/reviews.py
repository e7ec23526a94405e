"""The work pages of the amount-and-scale review."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.uploads import files_of
from pilots import perms, selectors, services
from pilots.forms.staff import DecisionForm
from pilots.models import PilotApplication


def _context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    return admin.site.each_context(request) | more


def overview(request: HttpRequest, round_id: int) -> HttpResponse:
    """The products of a round with the progress of their review."""
    if not perms.may_see_pilots(request.user):
        raise PermissionDenied
    pilot_round = get_object_or_404(selectors.public_rounds(), pk=round_id)
    asked = request.GET.get("whose", "")
    whose = asked if asked in selectors.WHOSE else ""
    absences = selectors.absences_today()
    plans = selectors.review_overview(round_id=pilot_round.pk, actor=request.user, whose=whose)
    context = _context(
        request,
        title=_("Amount and scale review: %(round)s") % {"round": pilot_round.number},
        round=pilot_round,
        rows=[(plan, absences.get(plan.reviewer_id or 0)) for plan in plans],
        whose=whose,
        choices=[("", _("All products")), *selectors.WHOSE.items()],
        progress=selectors.review_progress(round_id=pilot_round.pk),
        covering=[row for row in absences.values() if row.cover_id == request.user.pk],
    )
    return render(request, "admin/pilots/review_overview.html", context)


def product(request: HttpRequest, round_id: int, plan_id: int) -> HttpResponse:
    """Every application for one product side by side; those ticked are passed in one step."""
    if not perms.may_see_pilots(request.user):
        raise PermissionDenied
    plan = get_object_or_404(selectors.admin_plans().filter(round_id=round_id), pk=plan_id)
    if request.method == "POST":
        _pass_ticked(request, plan.round_id)
        return redirect(request.get_full_path())
    rules = selectors.rules_of_round(pilot_round=plan.round)
    page = selectors.review_page(plan=plan, number=request.GET.get("page", "1"))
    lines = selectors.review_lines(plan=plan, rules=rules, applications=list(page.object_list))
    given, idle = selectors.parts_of_lines(lines=lines)
    context = _context(
        request,
        title=plan.product.name,
        plan=plan,
        round=plan.round,
        lines=lines,
        page=page,
        parts=[(code, selectors.part_text(code=code)) for code in given],
        idle_parts=[f"{selectors.part_text(code=code)} ({code})" for code in idle],
        capacities=selectors.capacities(plan=plan, rules=rules),
        absence=selectors.absences_today().get(plan.reviewer_id or 0),
        price_remark=selectors.price_remark(plan=plan),
        may_review=perms.may_review(request.user) and plan.round.status == "reviewing",
    )
    return render(request, "admin/pilots/review_product.html", context)


def _pass_ticked(request: HttpRequest, round_id: int) -> None:
    ticked = {int(pk) for pk in request.POST.getlist("application") if pk.isdigit()}
    if not ticked:
        messages.warning(request, _("Nothing is ticked. Tick the applications that pass as they are."))
        return
    try:
        passed = services.pass_all(actor=request.user, round_id=round_id, application_ids=sorted(ticked))  # type: ignore[arg-type]
    except DomainError as error:
        messages.error(request, str(error))
        return
    if passed:
        messages.success(request, _("%(count)s applications passed.") % {"count": len(passed)})
    if left := len(ticked) - len(passed):
        text = _(
            "%(count)s ticked applications were left alone: somebody has decided them meanwhile. The list is current."
        )
        messages.warning(request, text % {"count": left})


def decide(request: HttpRequest, application_id: int) -> HttpResponse:
    """One application: its facts, the computed parts of its score and the decision."""
    if not perms.may_review(request.user):
        raise PermissionDenied
    application = get_object_or_404(selectors.admin_applications(), pk=application_id)
    rules = selectors.rules_of_round(pilot_round=application.round)
    computed = selectors.computed_parts(applications=[application], rules=rules, year=application.round.year)
    parts = {part.code: part.points for part in computed[application.pk]}
    form = DecisionForm(request.POST or None, parts=parts)
    if request.method == "POST" and form.is_valid() and _decided(request, application, form):
        return redirect("admin:pilots_review_product", application.round_id, application.plan_id)
    context = _context(
        request,
        title=_("Decide %(number)s") % {"number": application.number},
        application=application,
        round=application.round,
        rows=selectors.application_rows(application=application),
        files=files_of(target=application),
        questions=application.questions.select_related("asked_by", "answered_by").order_by("pk"),
        covers=selectors.covered_name(actor=request.user, application=application),
        form=form,
        part_rows=[
            (code, points, form[f"points_{code}"], form[f"why_{code}"], selectors.part_text(code=code))
            for code, points in parts.items()
        ],
    )
    return render(request, "admin/pilots/review_decide.html", context)


def _decided(request: HttpRequest, application: PilotApplication, form: DecisionForm) -> bool:
    values = form.cleaned_data
    try:
        services.decide_application(
            actor=request.user,  # type: ignore[arg-type]
            application_id=application.pk,
            decision=values["decision"],
            units=values["units"],
            reason_code=values["reason_code"],
            message=values["message"],
            overrides=form.overrides(),
            keeps_exemption=values["keeps_exemption"],
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("The decision is recorded."))
    return True
