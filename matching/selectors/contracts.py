"""Contracts, their lines and what has happened to them, for the two parties and for PPS."""

from dataclasses import dataclass

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum, When

from accounts.models import User
from core.models import StoredFile
from core.uploads import files_of
from matching.enums import AllocationStatus, ContractStatus, LineStatus
from matching.models import (
    Allocation,
    Contract,
    ContractAmendment,
    ContractLine,
    Delivery,
    Inspection,
)
from matching.selectors.places import PlaceUnits, places_of_line
from pilots.enums import RoundStatus
from pilots.models import PilotUsePlan

DONE = (LineStatus.ACCEPTED, LineStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class LineHistory:
    """Everything that has happened to a line, oldest first."""

    deliveries: list[Delivery]
    inspections: list[Inspection]
    files: list[StoredFile]
    delivered_units: int
    places: list[PlaceUnits]


def contracts_of(*, actor: User) -> QuerySet[Contract]:
    """Contracts that the actor's organization is a party to."""
    return (
        Contract.objects.visible_to(actor)
        .exclude(status__in=[ContractStatus.PREPARING, ContractStatus.FAILED])
        .select_related("round", "product", "supplier", "track")
        .annotate(line_count=Count("lines"))
        .order_by("-signed_on", "-pk")
    )


def contract_lines(*, contract: Contract, actor: User) -> QuerySet[ContractLine]:
    """The lines of a contract that the actor may see: a supplier all, an institution its own."""
    return (
        ContractLine.objects.visible_to(actor)
        .filter(contract=contract)
        .select_related("institution__province", "site_province", "contract")
        .prefetch_related("further_sites", "deliveries")
        .order_by("sequence")
    )


def amendments_of(*, contract: Contract) -> QuerySet[ContractAmendment]:
    """The amendments of a contract with their lines."""
    return contract.amendments.select_related("line__institution", "proposed_by", "decided_by").order_by("sequence")


def lines_of(*, actor: User) -> QuerySet[ContractLine]:
    """Deliveries the actor's organization makes or receives, those that wait for somebody first."""
    return (
        ContractLine.objects.visible_to(actor)
        .select_related("contract__product", "contract__supplier", "contract__round", "institution", "site_province")
        .order_by(Case(When(status__in=DONE, then=1), default=0), "due_on", "-pk")
    )


def lines_with_places(*, actor: User) -> QuerySet[ContractLine]:
    """The same lines with all their places and what came to each."""
    return lines_of(actor=actor).prefetch_related("further_sites", "deliveries")


def line_history(*, line: ContractLine) -> LineHistory:
    """Deliveries, inspections and files of a line."""
    deliveries = list(line.deliveries.select_related("recorded_by", "site").order_by("pk"))
    return LineHistory(
        deliveries=deliveries,
        inspections=list(line.inspections.select_related("recorded_by").order_by("pk")),
        files=list(files_of(target=line)),
        delivered_units=sum(row.units for row in deliveries if row.attempt == line.attempt),
        places=places_of_line(line=line),
    )


def plans_to_contract() -> QuerySet[PilotUsePlan]:
    """Matched products whose offers are all settled and that have no contract yet."""
    offers = Allocation.objects.filter(application__plan=OuterRef("pk"))
    return (
        PilotUsePlan.objects.filter(round__status__in=[RoundStatus.RESULT_PUBLISHED, RoundStatus.EXECUTING])
        .filter(Exists(offers.filter(status=AllocationStatus.CONFIRMED)))
        .exclude(Exists(offers.filter(status=AllocationStatus.OFFERED)))
        .exclude(Exists(Contract.objects.in_force().filter(plan=OuterRef("pk"))))
        .select_related("round", "product", "supplier", "track")
        .annotate(
            confirmed_count=Count(
                "applications__allocations",
                filter=Q(applications__allocations__status=AllocationStatus.CONFIRMED),
            ),
            confirmed_krw=Sum(
                "applications__allocations__amount_krw",
                filter=Q(applications__allocations__status=AllocationStatus.CONFIRMED),
            ),
        )
        .order_by("round_id", "product__name", "-pk")
    )


def confirmed_offers(*, plan_id: int) -> QuerySet[Allocation]:
    """What a contract for this plan would contain."""
    return (
        Allocation.objects.filter(application__plan_id=plan_id, status=AllocationStatus.CONFIRMED)
        .select_related("application__institution", "application__plan")
        .prefetch_related("application__further_sites")
        .order_by("application__number")
    )


def contracts_for_admin() -> QuerySet[Contract]:
    """Contracts with their lines for the case page."""
    return Contract.objects.select_related("round", "product", "supplier", "track").prefetch_related(
        Prefetch("lines", ContractLine.objects.select_related("institution").order_by("sequence"))
    )
