"""What waits for whom: cards for suppliers and institutions, queues for PPS."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.perms import is_institution, is_supplier, organization_of
from core.dashboard import Card, Queue
from matching.enums import AllocationStatus, AmendmentStatus, ContractStatus, LineStatus, Response, RunStatus
from matching.models import Allocation, Contract, ContractAmendment, ContractLine, MatchingRun, ResultObjection
from matching.selectors.contracts import plans_to_contract
from pilots.enums import ObjectionStatus

GROUP = _("Matches and deliveries")


def cards(*, actor: User) -> Iterable[Card]:
    """Offers to answer, deliveries to make or to inspect."""
    organization = organization_of(actor)
    if organization is None:
        return []
    if is_institution(actor):
        return _institution_cards(organization.pk)
    if is_supplier(actor):
        return _supplier_cards(organization.pk)
    return []


def _institution_cards(organization_id: int) -> list[Card]:
    offers = (
        Allocation.objects.published()
        .filter(
            application__institution_id=organization_id,
            status=AllocationStatus.OFFERED,
            institution_response=Response.PENDING,
        )
        .count()
    )
    lines = ContractLine.objects.filter(institution_id=organization_id)
    to_inspect = lines.filter(status=LineStatus.DELIVERED).count()
    url = reverse("matching:match_list")
    found = [
        Card(
            _("Matches to accept"),
            offers,
            url,
            "warning",
            _("Answer before the deadline, or the offer lapses."),
            GROUP,
        ),
        Card(
            _("Deliveries to inspect"),
            to_inspect,
            f"{reverse('matching:delivery_list')}?status=delivered",
            "warning",
            _("Inspect and accept or reject what was delivered."),
            GROUP,
        ),
    ]
    return [card for card in found if card.count]


def _supplier_cards(organization_id: int) -> list[Card]:
    offers = (
        Allocation.objects.published()
        .filter(
            application__plan__supplier_id=organization_id,
            status=AllocationStatus.OFFERED,
            supplier_response=Response.PENDING,
        )
        .aggregate(count=Count("application__plan", distinct=True))["count"]
    )
    to_deliver = ContractLine.objects.filter(
        contract__supplier_id=organization_id,
        contract__status__in=[ContractStatus.SIGNED, ContractStatus.IN_DELIVERY],
        status__in=[LineStatus.AWAITING_DELIVERY, LineStatus.REJECTED],
    ).count()
    found = [
        Card(
            _("Matched products to accept"),
            offers,
            reverse("matching:match_list"),
            "warning",
            _("Answer before the deadline, or the offers lapse."),
            GROUP,
        ),
        Card(
            _("Deliveries to make"),
            to_deliver,
            reverse("matching:delivery_list"),
            "info",
            _("Record each delivery on the day it arrives."),
            GROUP,
        ),
    ]
    return [card for card in found if card.count]


def queues() -> Iterable[Queue]:
    """Runs to approve, contracts to prepare, sign, amend, end and pay."""
    runs = MatchingRun.objects.all()
    contracts = Contract.objects.all()
    ending = contracts.filter(
        status__in=[ContractStatus.SIGNED, ContractStatus.IN_DELIVERY], end_requested_by__isnull=False
    )
    matcher, approver, contract = PpsRole.MATCHER, PpsRole.APPROVER, PpsRole.CONTRACT
    found = [
        _queue(_("Solved runs to propose"), runs.filter(status=RunStatus.SOLVED), "ended_at", matcher),
        _queue(_("Matching results to approve"), runs.filter(status=RunStatus.PROPOSED), "proposed_at", approver),
        _queue(
            _("Objections to results"),
            ResultObjection.objects.filter(status=ObjectionStatus.OPEN),
            "raised_at",
            approver,
            matcher,
        ),
        _queue(_("Contracts to sign"), contracts.filter(status=ContractStatus.PREPARING), "prepared_at", approver),
        _queue(
            _("Amendments to decide"),
            ContractAmendment.objects.filter(status=AmendmentStatus.PROPOSED),
            "proposed_at",
            approver,
        ),
        _queue(_("Contracts to end"), ending, "prepared_at", approver),
        _queue(_("Contracts to pay"), contracts.filter(status=ContractStatus.ACCEPTED), "accepted_at", contract),
    ]
    ready = plans_to_contract().count()
    found.append(
        Queue(
            _("Contracts to prepare"),
            ready,
            reverse("admin:matching_contract_prepare"),
            None,
            frozenset({contract}),
        )
    )
    return [queue for queue in found if queue.count]


def _queue(title: Any, rows: QuerySet[Any], field: str, *roles: str) -> Queue:
    figures = rows.aggregate(count=Count("pk"), oldest=Min(field))
    model = rows.model._meta
    statuses = sorted(set(rows.values_list("status", flat=True)))
    url = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
    query = f"?status__in={','.join(statuses)}" if statuses else ""
    return Queue(title, figures["count"], f"{url}{query}", figures["oldest"], frozenset(roles))
