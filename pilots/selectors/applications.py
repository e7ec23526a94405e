"""Applications as institutions, suppliers and reviewers see them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.enums import MemberRole, MembershipStatus
from accounts.models import Membership, User
from accounts.perms import organization_of
from core.calendar import SEOUL
from core.models import Receipt
from pilots.enums import ApplicationStatus, PlanStatus, RoundStatus
from pilots.models import Interest, PilotApplication, PilotRound, PilotUsePlan

A = ApplicationStatus
DECIDED = (A.REVIEW_PASSED, A.REVIEW_ADJUSTED, A.REVIEW_REJECTED)


def page_of(*, application: PilotApplication) -> str:
    """Where the institution works on it."""
    return reverse("pilots:application_detail", args=[application.pk])


def submission_needs_approver(*, organization_id: int) -> bool:
    """Whether the institution has named somebody who approves, so that officers only prepare."""
    return Membership.objects.filter(
        organization_id=organization_id, status=MembershipStatus.ACTIVE, role=MemberRole.APPROVER
    ).exists()


def my_applications(*, actor: User) -> QuerySet[PilotApplication]:
    """The applications of the institution the person works for now."""
    organization = organization_of(actor)
    return (
        PilotApplication.objects.of_institution(organization.pk if organization else None)
        .select_related(
            "round__rule_set",
            "plan__product",
            "plan__supplier",
            "plan__track",
            "institution",
            "officer",
            "site_province",
        )
        .annotate(amount_krw=F("requested_units") * F("plan__unit_price_krw"))
        .order_by("-round__year", "-round__sequence", "priority", "-pk")
    )


def application_page(*, actor: User) -> QuerySet[PilotApplication]:
    """The same rows with everything that a case page shows."""
    return (
        my_applications(actor=actor).select_related("review").prefetch_related("questions", "objections", "plan__kpis")
    )


def receipts_for(*, application: PilotApplication) -> QuerySet[Receipt]:
    """Receipts of a case, the newest first."""
    return Receipt.objects.filter(target_type="pilots.pilotapplication", target_id=str(application.pk)).order_by("-pk")


def search_applications(
    *, actor: User, text: str = "", status: str = "", round_id: str = ""
) -> QuerySet[PilotApplication]:
    """The institution's list, narrowed by what the address says."""
    rows = my_applications(actor=actor)
    if text:
        rows = rows.filter(
            Q(plan__product__name__icontains=text)
            | Q(number__icontains=text)
            | Q(plan__supplier__name__icontains=text)
        )
    if status in A.values:
        rows = rows.filter(status=status)
    if round_id.isdigit():
        rows = rows.filter(round_id=int(round_id))
    return rows


def rankable(*, actor: User, round_id: int) -> QuerySet[PilotApplication]:
    """The institution's applications of a round whose order may change."""
    return (
        my_applications(actor=actor)
        .filter(round_id=round_id, status__in=[A.DRAFT, A.SUBMITTED])
        .order_by("priority", "pk")
    )


def copyable(*, actor: User) -> list[PilotApplication]:
    """Earlier applications of the institution whose texts can be taken over, the newest first."""
    if organization_of(actor) is None:
        return []
    return list(my_applications(actor=actor).exclude(status=A.DRAFT)[:20])


def province_counts(*, round_id: int) -> list[dict[str, Any]]:
    """Standing applications by the province of the site, for the map and its table."""
    rows = (
        PilotApplication.objects.filter(round_id=round_id, site_province__isnull=False)
        .counted()
        .values("site_province", "site_province__name_ko", "site_province__name_en", "site_province__order")
        .annotate(count=Count("pk"))
        .order_by("site_province__order")
    )
    is_english = get_language() == "en"
    return [
        {
            "code": row["site_province"],
            "label": row["site_province__name_en"] if is_english else row["site_province__name_ko"],
            "value": row["count"],
        }
        for row in rows
    ]


def decided_for_supplier(*, actor: User, plan_id: int) -> QuerySet[PilotApplication]:
    """Reviewed applications for one of the supplier's plans, to which the supplier may object."""
    organization = organization_of(actor)
    return PilotApplication.objects.filter(
        plan_id=plan_id,
        plan__supplier=organization,
        round__status=RoundStatus.REVIEWING,
        status__in=[A.REVIEW_PASSED, A.REVIEW_ADJUSTED, A.REVIEW_REJECTED],
    ).select_related("plan__product", "institution", "round", "review")


def demand_for(*, plan: PilotUsePlan) -> tuple[int, list[PilotApplication]]:
    """How many institutions want the product, and after the closing which ones (their supplier may know then)."""
    rows = PilotApplication.objects.filter(plan=plan).counted()
    if plan.round.status in (RoundStatus.PLANNED, RoundStatus.PLAN_INTAKE, RoundStatus.OPEN):
        return rows.count(), []
    known = list(rows.select_related("institution", "site_province").order_by("number"))
    return len(known), known


@dataclass(frozen=True, slots=True)
class Totals:
    """What other institutions want, as totals only."""

    institutions: int
    units: int
    interests: int


def totals_of(*, round_id: int) -> dict[int, Totals]:
    """Totals by plan of a round."""
    wanted = {
        row["plan_id"]: row
        for row in PilotApplication.objects.filter(round_id=round_id)
        .counted()
        .values("plan_id")
        .annotate(institutions=Count("pk"), units=Sum("requested_units"))
        .order_by("plan_id")
    }
    interested = dict(
        Interest.objects.filter(plan__round_id=round_id)
        .values("plan_id")
        .annotate(count=Count("pk"))
        .order_by("plan_id")
        .values_list("plan_id", "count")
    )
    none = {"institutions": 0, "units": 0}
    return {
        plan_id: Totals(
            wanted.get(plan_id, none)["institutions"], wanted.get(plan_id, none)["units"], interested.get(plan_id, 0)
        )
        for plan_id in {*wanted, *interested}
    }


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a timeline: what, when, and whether it is ``done``, ``current`` or still ``todo``."""

    label: str
    state: str
    when: str = ""
    hint: str = ""


def _at(moment: datetime | date | None) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(SEOUL):%Y-%m-%d %H:%M}"
    return moment.isoformat() if moment else ""


def round_timeline(*, pilot_round: PilotRound) -> list[Step]:
    """The course of a round with its days, the present step marked."""
    order: list[RoundStatus] = [status for status in RoundStatus if status != RoundStatus.CANCELLED]
    if pilot_round.status == RoundStatus.CANCELLED:
        return [Step(_("Cancelled"), "current", _at(pilot_round.cancelled_at), pilot_round.cancel_reason)]
    days = {
        RoundStatus.PLAN_INTAKE: f"{_at(pilot_round.intake_opens_at)} – {_at(pilot_round.intake_closes_at)}",
        RoundStatus.OPEN: f"{_at(pilot_round.opens_at)} – {_at(pilot_round.closes_at)}",
        RoundStatus.REVIEWING: _("by %(day)s") % {"day": _at(pilot_round.review_due_on)},
        RoundStatus.MATCHING: _("by %(day)s") % {"day": _at(pilot_round.result_due_on)},
        RoundStatus.RESULT_PUBLISHED: _at(pilot_round.result_published_at),
    }
    now = order.index(RoundStatus(pilot_round.status))
    return [
        Step(str(status.label), "done" if at < now else "current" if at == now else "todo", days.get(status, ""))
        for at, status in enumerate(order)
        if status not in (RoundStatus.PLANNED, RoundStatus.CLOSED)
    ]


def next_step(*, application: PilotApplication) -> str:
    """What happens next with an application, who does it and by when."""
    pilot_round = application.round
    closes, review, result = _at(pilot_round.closes_at), _at(pilot_round.review_due_on), _at(pilot_round.result_due_on)
    texts = {
        A.DRAFT: _("Submit the application by %(day)s. Until then only your institution sees it.") % {"day": closes},
        A.SUBMITTED: _("You may change or withdraw it until %(closes)s. After that the review follows by %(review)s.")
        % {"closes": closes, "review": review},
        A.UNDER_REVIEW: _("The Public Procurement Service reviews amount and scale by %(day)s.") % {"day": review},
        A.REVIEW_PASSED: _("The matching follows; its result is published by %(day)s.") % {"day": result},
        A.REVIEW_ADJUSTED: _("The matching follows with the changed quantity; its result is published by %(day)s.")
        % {"day": result},
        A.REVIEW_REJECTED: _("The application ends here. You may object within the time named in the decision."),
        A.MATCHED: _("Accept or decline the match in the matches of your institution."),
        A.WAITLISTED: _("If another institution declines, you are asked. You need not do anything."),
        A.NOT_MATCHED: _("The application ends here. You may apply again in the next round."),
        A.CONFIRMED: _("The Public Procurement Service concludes the contract with the supplier; delivery follows."),
        A.DECLINED: _("The application ends here."),
        A.WITHDRAWN: _("You withdrew this application."),
        A.INVALID: _("The application is invalid: %(reason)s") % {"reason": application.invalid_reason},
    }
    if application.status == A.DRAFT and pilot_round.status != RoundStatus.OPEN:
        return _("The round is closed. The draft stays here and can be copied into an application of a later round.")
    return texts[A(application.status)]


def application_timeline(*, application: PilotApplication) -> list[Step]:
    """From draft to confirmed match, with the days that are known."""
    pilot_round, status = application.round, A(application.status)
    stages = [
        (_("Draft"), {A.DRAFT}, _at(application.created_at)),
        (_("Submitted"), {A.SUBMITTED}, _at(application.submitted_at)),
        (_("Amount and scale review"), {A.UNDER_REVIEW, A.REVIEW_REJECTED}, _at(pilot_round.review_due_on)),
        (
            _("Matching"),
            {A.REVIEW_PASSED, A.REVIEW_ADJUSTED, A.WAITLISTED, A.NOT_MATCHED},
            _at(pilot_round.result_due_on),
        ),
        (_("Acceptance by both sides"), {A.MATCHED, A.DECLINED}, ""),
        (_("Match confirmed"), {A.CONFIRMED}, ""),
    ]
    at = next((number for number, (_t, states, _w) in enumerate(stages) if status in states), 1)
    return [
        Step(title, "done" if number < at else "current" if number == at else "todo", when)
        for number, (title, _states, when) in enumerate(stages)
    ]


def plan_next_step(*, plan: PilotUsePlan) -> str:
    """What happens next with a pilot-use plan and by when."""
    pilot_round = plan.round
    texts = {
        PlanStatus.DRAFT: _("Submit the plan by %(day)s.") % {"day": _at(pilot_round.intake_closes_at)},
        PlanStatus.SUBMITTED: _("The Public Procurement Service decides before the round opens on %(day)s.")
        % {"day": _at(pilot_round.opens_at)},
        PlanStatus.RETURNED: _("Correct what is named below and submit again by %(day)s.")
        % {"day": _at(plan.correction_due_on)},
        PlanStatus.APPROVED: _("Institutions may apply from %(opens)s to %(closes)s.")
        % {"opens": _at(pilot_round.opens_at), "closes": _at(pilot_round.closes_at)},
        PlanStatus.EXCLUDED: _("The product does not take part in this round: %(reason)s")
        % {"reason": plan.exclusion_reason},
        PlanStatus.WITHDRAWN: _("You withdrew this plan."),
    }
    return texts[PlanStatus(plan.status)]


def admin_applications() -> QuerySet[PilotApplication]:
    """Everything for the case list of PPS."""
    return PilotApplication.objects.exclude(status=A.DRAFT).select_related(
        "round", "plan__product", "plan__supplier", "institution", "officer"
    )
