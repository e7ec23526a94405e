"""What suppliers and institutions see of the matches that concern them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, OuterRef, Prefetch, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.perms import is_supplier, organization_of
from matching.enums import AllocationStatus, Response
from matching.models import Allocation, ContractLine, Explanation
from matching.models.allocation import OPEN_OR_CONFIRMED
from pilots.enums import ApplicationStatus
from pilots.models import PilotUsePlan


@dataclass(frozen=True, slots=True)
class LineUp:
    """A supplier's product with the institutions matched to it."""

    plan: PilotUsePlan
    offers: list[Allocation]

    @property
    def pending(self) -> list[Allocation]:
        return [offer for offer in self.offers if is_pending_for_supplier(offer=offer)]

    @property
    def standing(self) -> list[Allocation]:
        """The offers that still count: neither declined nor lapsed nor cancelled."""
        return [offer for offer in self.offers if offer.status in OPEN_OR_CONFIRMED]

    @property
    def units(self) -> int:
        return sum(offer.units for offer in self.standing)

    @property
    def amount_krw(self) -> int:
        return sum(offer.amount_krw for offer in self.standing)

    @property
    def respond_until(self) -> datetime | None:
        return min((offer.respond_until for offer in self.pending), default=None)


def is_pending_for_supplier(*, offer: Allocation) -> bool:
    """Whether the supplier still has to answer this offer."""
    return offer.status == AllocationStatus.OFFERED and offer.supplier_response == Response.PENDING


def is_pending_for_institution(*, offer: Allocation) -> bool:
    """Whether the institution still has to answer this offer."""
    return offer.status == AllocationStatus.OFFERED and offer.institution_response == Response.PENDING


def offers_of(*, actor: User) -> QuerySet[Allocation]:
    """Offers that concern the actor's organization, those that wait for an answer first."""
    return (
        Allocation.objects.visible_to(actor)
        .select_related(
            "run", "application__round", "application__institution", "application__plan__product__supplier"
        )
        .prefetch_related(Prefetch("contract_lines", ContractLine.objects.select_related("contract").order_by("-pk")))
        .order_by(Case(When(status=AllocationStatus.OFFERED, then=0), default=1), "-offered_at", "-pk")
    )


def _places_ahead() -> Coalesce:
    """How many still wait for the same product before a row of the waitlist: those promoted no longer do."""
    ahead = (
        Explanation.objects.waitlisted()
        .filter(
            run=OuterRef("run"),
            application__plan=OuterRef("application__plan"),
            application__status=ApplicationStatus.WAITLISTED,
            waitlist_position__lt=OuterRef("waitlist_position"),
        )
        .order_by()
        .values("run")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(ahead), 0)


def outcomes_of(*, actor: User) -> QuerySet[Explanation]:
    """Applications of the actor's institution that got nothing, with the reasons, while that is still so."""
    waiting = [ApplicationStatus.WAITLISTED, ApplicationStatus.NOT_MATCHED]
    return (
        Explanation.objects.visible_to(actor)
        .filter(application__status__in=waiting)
        .latest_of_each()
        .annotate(place_now=_places_ahead() + 1)
        .select_related("run", "application__round", "application__plan__product", "application__institution")
        .order_by("-run__approved_at", "-pk")
    )


def explanations_for_reader(*, actor: User) -> QuerySet[Explanation]:
    """What came of every application of the actor's institution in approved results."""
    return (
        Explanation.objects.visible_to(actor)
        .annotate(place_now=_places_ahead() + 1)
        .select_related("run__round", "application__round", "application__plan__product", "application__institution")
        .defer("run__result")
        .order_by("-run__approved_at", "-pk")
    )


def explanation_for(*, offer: Allocation) -> Explanation | None:
    """The explanation behind an offer of a run."""
    return (
        Explanation.objects.filter(run_id=offer.run_id, application_id=offer.application_id)
        .select_related("application__plan__product")
        .first()
    )


def line_ups(*, actor: User) -> list[LineUp]:
    """The actor's products that were matched, newest round first."""
    if not is_supplier(actor):
        return []
    organization = organization_of(actor)
    offers = (
        Allocation.objects.published()
        .filter(application__plan__supplier=organization)
        .select_related(
            "run", "application__institution__province", "application__plan__product", "application__round"
        )
        .order_by("-application__round__year", "-application__round__sequence", "application__plan_id", "pk")
    )
    grouped: dict[int, list[Allocation]] = {}
    for offer in offers:
        grouped.setdefault(offer.application.plan_id, []).append(offer)
    return [LineUp(plan=rows[0].application.plan, offers=rows) for rows in grouped.values()]


def line_up(*, actor: User, plan_id: int) -> LineUp | None:
    """One of the actor's products with its institutions."""
    return next((row for row in line_ups(actor=actor) if row.plan.pk == plan_id), None)
