"""Applications as institutions, suppliers and reviewers see them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MemberRole, MembershipStatus
from accounts.models import Membership, Province, User
from accounts.perms import organization_of
from core.calendar import add_working_days, today
from core.models import Receipt
from pilots.enums import ApplicationStatus, ObjectionStatus, RoundStatus
from pilots.models import ApplicationSite, Interest, Objection, PilotApplication, PilotUsePlan
from pilots.rules.schema import parse

A = ApplicationStatus
DECIDED = (A.REVIEW_PASSED, A.REVIEW_ADJUSTED, A.REVIEW_REJECTED)
# From the closing on a supplier learns which institutions applied.
TOLD_AFTER_CLOSING = frozenset(
    {
        RoundStatus.CLOSED,
        RoundStatus.REVIEWING,
        RoundStatus.MATCHING,
        RoundStatus.RESULT_PUBLISHED,
        RoundStatus.EXECUTING,
        RoundStatus.COMPLETED,
    }
)


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
            "approval_requested_by",
            "sent_back_by",
            "site_province",
        )
        .annotate(amount_krw=F("requested_units") * F("plan__unit_price_krw"))
        .order_by("-round__year", "-round__sequence", "priority", "-pk")
    )


def application_page(*, actor: User) -> QuerySet[PilotApplication]:
    """The same rows with everything that a case page shows."""
    return (
        my_applications(actor=actor)
        .select_related("review")
        .prefetch_related("questions", "objections", "plan__kpis", "further_sites__province")
    )


def receipts_for(*, application: PilotApplication) -> QuerySet[Receipt]:
    """Receipts of a case and of the institution's objections about it, the newest first."""
    own = Q(target_type="pilots.pilotapplication", target_id=str(application.pk))
    objected = receipts_of_objections(organization_id=application.institution_id, application_ids=[application.pk])
    return Receipt.objects.filter(own | objected).order_by("-pk")


def receipts_of_objections(*, organization_id: int, application_ids: Iterable[int]) -> Q:
    """The condition for receipts of one side's objections about some applications."""
    raised = Objection.objects.filter(organization_id=organization_id, application__in=application_ids)
    keys = [str(pk) for pk in raised.values_list("pk", flat=True)]
    return Q(target_type="pilots.objection", target_id__in=keys)


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
        .prefetch_related("further_sites")
        .order_by("priority", "pk")
    )


def noted_plans(*, actor: User, round_id: int) -> list[PilotUsePlan]:
    """Products of the round that the institution noted and has not begun to apply for."""
    organization = organization_of(actor)
    begun = PilotApplication.objects.filter(round_id=round_id, institution=organization).exclude(
        status__in=[A.WITHDRAWN, A.INVALID]
    )
    return list(
        PilotUsePlan.objects.approved()
        .filter(round_id=round_id, interests__institution=organization)
        .exclude(pk__in=begun.values("plan"))
        .select_related("product", "supplier", "round")
        .order_by("number")
    )


def copyable(*, actor: User) -> list[PilotApplication]:
    """Earlier applications of the institution whose texts can be taken over, the newest first."""
    if organization_of(actor) is None:
        return []
    return list(my_applications(actor=actor).exclude(status=A.DRAFT)[:20])


def province_counts(*, round_id: int) -> list[dict[str, Any]]:
    """Standing applications by the province of the site, for the map and its table."""
    standing = PilotApplication.objects.filter(round_id=round_id).counted()
    return _by_province(standing)


def own_site_counts(*, actor: User, round_id: int) -> list[dict[str, Any]]:
    """Where the person's own institution wants to use products of the round, drafts included."""
    organization = organization_of(actor)
    own = PilotApplication.objects.filter(round_id=round_id, institution=organization)
    return _by_province(own.exclude(status__in=[A.WITHDRAWN, A.INVALID]))


def _by_province(applications: QuerySet[PilotApplication]) -> list[dict[str, Any]]:
    """Sites by province, the first and the further ones together."""
    counts: Counter[str] = Counter()
    first = applications.filter(site_province__isnull=False).values_list("site_province").annotate(count=Count("pk"))
    further = (
        ApplicationSite.objects.filter(application__in=applications.order_by().values("pk"))
        .values_list("province")
        .annotate(count=Count("pk"))
    )
    for code, count in [*first.order_by("site_province"), *further.order_by("province")]:
        counts[code] += count
    provinces = Province.objects.filter(pk__in=counts).order_by("order")
    return [{"code": row.pk, "label": str(row), "value": counts[row.pk]} for row in provinces]


def decided_for_supplier(*, actor: User, plan_id: int) -> QuerySet[PilotApplication]:
    """Reviewed applications for one of the supplier's plans, to which the supplier may object."""
    organization = organization_of(actor)
    return PilotApplication.objects.filter(
        plan_id=plan_id,
        plan__supplier=organization,
        round__status=RoundStatus.REVIEWING,
        status__in=DECIDED,
    ).select_related("plan__product", "institution", "round__rule_set", "review")


def objections_of(*, organization_id: int, plan_id: int) -> list[Objection]:
    """What a supplier objected to about one of its products, and what became of it; the newest first."""
    return list(
        Objection.objects.filter(organization_id=organization_id, application__plan_id=plan_id)
        .select_related("application__institution")
        .order_by("-pk")
    )


def objection_due(*, application: PilotApplication) -> date | None:
    """Until when the decision on an application can be objected to; None where there is none."""
    review = getattr(application, "review", None)
    if review is None or review.taken_back_at is not None:
        return None
    days = parse(application.round.rule_set.body).deadline("objection")
    return add_working_days(timezone.localdate(review.reviewed_at), days)


def is_objectionable(*, application: PilotApplication, organization_id: int) -> bool:
    """Whether a side may object to the decision today: the time runs, and no objection of that side waits."""
    due = objection_due(application=application)
    waits = any(
        row.organization_id == organization_id and row.status == ObjectionStatus.OPEN
        for row in application.objections.all()
    )
    return (
        application.status in DECIDED
        and application.round.status == RoundStatus.REVIEWING
        and due is not None
        and today() <= due
        and not waits
    )


def objectionable_ids(*, actor: User, plan: PilotUsePlan) -> set[int]:
    """The applications for a supplier's plan whose decision it may object to today."""
    rows = decided_for_supplier(actor=actor, plan_id=plan.pk).prefetch_related("objections")
    return {row.pk for row in rows if is_objectionable(application=row, organization_id=plan.supplier_id)}


def demand_for(*, plan: PilotUsePlan) -> tuple[int, list[PilotApplication]]:
    """How many institutions want the product, and after the closing which ones (their supplier may know then).

    A round that is called off before its closing never tells: nobody applied in a way that still stands.
    """
    rows = PilotApplication.objects.filter(plan=plan).counted()
    if plan.round.status not in TOLD_AFTER_CLOSING:
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


def admin_applications() -> QuerySet[PilotApplication]:
    """Everything for the case list of PPS."""
    return PilotApplication.objects.exclude(status=A.DRAFT).select_related(
        "round", "plan__product", "plan__supplier", "institution", "officer"
    )
