"""Who is told what: people of an organization, PPS roles, and everybody when a round opens."""

from django.db.models import Count, Q
from django.urls import reverse

from accounts.enums import MembershipStatus, OrganizationKind, OrganizationStatus, PpsRole
from accounts.models import Organization, User
from accounts.selectors import members_of, pps_staff
from core.calendar import SEOUL, today
from core.notifications import notify_all
from pilots.enums import ApplicationStatus, Fact
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from products.models import Product


def tell_supplier(*, plan: PilotUsePlan, fact: Fact, **params: object) -> None:
    """The people of the plan's supplier."""
    notify_all(
        recipients=members_of(organization_id=plan.supplier_id),
        kind=fact,
        url=reverse("pilots:plan_detail", args=[plan.pk]),
        number=plan.number or "",
        product=plan.product.name,
        round=plan.round.number,
        **params,
    )


def tell_institution(*, application: PilotApplication, fact: Fact, **params: object) -> None:
    """The people of the application's institution."""
    notify_all(
        recipients=members_of(organization_id=application.institution_id),
        kind=fact,
        url=reverse("pilots:application_detail", args=[application.pk]),
        number=application.number or "",
        product=application.plan.product.name,
        round=application.round.number,
        is_exempt=application.is_exempt,
        **params,
    )


def tell_reviewers(*, fact: Fact, url: str, **params: object) -> None:
    """The PPS people who review plans and applications."""
    notify_all(recipients=pps_staff(role=PpsRole.REVIEWER), kind=fact, url=url, **params)


def moment(*, pilot_round: PilotRound, name: str) -> str:
    """A time of the round as people in Korea read it."""
    return f"{getattr(pilot_round, name).astimezone(SEOUL):%Y-%m-%d %H:%M}"


def _audience(pilot_round: PilotRound, fact: str) -> list[int]:
    """Organizations that a fact about the round concerns."""
    confirmed = Organization.objects.filter(status=OrganizationStatus.CONFIRMED)
    if fact == Fact.INTAKE_OPENED:
        owners = Product.objects.designated(on=today()).values("supplier")
        return list(confirmed.filter(pk__in=owners).values_list("pk", flat=True))
    if fact == Fact.ROUND_OPENED:
        return list(confirmed.filter(kind=OrganizationKind.INSTITUTION).values_list("pk", flat=True))
    suppliers = PilotUsePlan.objects.filter(round=pilot_round).values("supplier")
    applicants = PilotApplication.objects.filter(round=pilot_round).values("institution")
    return [
        *confirmed.filter(pk__in=suppliers).values_list("pk", flat=True),
        *confirmed.filter(pk__in=applicants).values_list("pk", flat=True),
    ]


def announce_round(*, round_id: int, fact: str) -> None:
    """Tell everybody concerned about a step of a round; runs as a task, because they may be thousands."""
    pilot_round = PilotRound.objects.filter(pk=round_id).first()
    if pilot_round is None:
        return
    people = User.objects.active().filter(
        memberships__organization_id__in=_audience(pilot_round, fact), memberships__status=MembershipStatus.ACTIVE
    )
    notify_all(
        recipients=people.order_by("pk").distinct(),
        kind=fact,
        url=reverse("pilots:round_detail", args=[pilot_round.pk]),
        round=pilot_round.number,
        title_ko=pilot_round.title_ko,
        title_en=pilot_round.title_en,
        intake_closes=moment(pilot_round=pilot_round, name="intake_closes_at"),
        closes=moment(pilot_round=pilot_round, name="closes_at"),
        reason=pilot_round.cancel_reason,
    )


def announce_demand(*, round_id: int) -> None:
    """Tell the suppliers of a closed round how many institutions want their products; runs as a task."""
    plans = (
        PilotUsePlan.objects.filter(round_id=round_id)
        .approved()
        .select_related("product", "round", "supplier")
        .annotate(
            applicants=Count(
                "applications", filter=~Q(applications__status__in=["draft", "withdrawn", "invalid"]), distinct=True
            )
        )
        .filter(applicants__gt=0)
        .order_by("pk")
    )
    for plan in plans:
        tell_supplier(plan=plan, fact=Fact.PRODUCT_DEMAND, count=getattr(plan, "applicants", 0))


def drafts_of(*, pilot_round: PilotRound) -> list[PilotApplication]:
    """Applications that were begun and would be lost for this round if nobody submits them."""
    return list(
        PilotApplication.objects.filter(round=pilot_round, status=ApplicationStatus.DRAFT)
        .select_related("plan__product", "round", "institution")
        .order_by("pk")
    )
