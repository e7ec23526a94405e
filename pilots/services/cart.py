"""The institution's selection in a round: interest, several products begun at once, their order, all submitted."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import organization_of
from core.audit import record
from core.clock import database_now
from core.errors import DomainError, NotPermitted
from pilots.enums import ApplicationStatus, RoundStatus
from pilots.errors import RoundClosed
from pilots.models import Interest, PilotApplication, PilotUsePlan
from pilots.perms import may_apply
from pilots.services.applications import start_application, submit_application
from pilots.services.locking import lock_institution, share_round


@transaction.atomic
def start_applications(*, actor: User, plan_ids: Sequence[int]) -> list[PilotApplication]:
    """Begin a draft for each product, all or none; products applied for already are given back as they are.

    Raises:
        NotPermitted, RoundClosed: see ``start_application``.
    """
    # One order for everybody, so that two people with the same selection do not wait for each other in a circle.
    return [start_application(actor=actor, plan_id=pk) for pk in sorted(set(plan_ids))]


def submit_applications(
    *, actor: User, application_ids: Sequence[int]
) -> tuple[list[PilotApplication], list[tuple[int, str]]]:
    """Submit several drafts, each on its own: one that is refused holds up no other.

    Returns:
        What was submitted, and the reason for each that was not, by application id.
    """
    taken: list[PilotApplication] = []
    refused: list[tuple[int, str]] = []
    for pk in application_ids:
        try:
            taken.append(submit_application(actor=actor, application_id=pk))
        except DomainError as error:
            refused.append((pk, str(error)))
    return taken, refused


@transaction.atomic
def rank_applications(*, actor: User, round_id: int, order: Sequence[int]) -> list[PilotApplication]:
    """Put the institution's applications of an open round into a new order of priority, all in one step.

    Args:
        order: application ids, the most wanted first; those not named keep their order behind them.

    Raises:
        NotPermitted: the actor does not apply.
        RoundClosed: the closing time has passed.
    """
    organization = organization_of(actor)
    if not may_apply(actor) or organization is None:
        raise NotPermitted
    pilot_round = share_round(round_id=round_id)
    lock_institution(organization_id=organization.pk)
    if pilot_round.status != RoundStatus.OPEN or database_now() >= pilot_round.closes_at:
        raise RoundClosed(_("The round is closed, so the order can no longer be changed."))
    wanted = {pk: position for position, pk in enumerate(order)}
    rows = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(
            round=pilot_round,
            institution=organization,
            status__in=[ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED],
        )
        .order_by("priority", "pk")
    )
    rows.sort(key=lambda row: wanted.get(row.pk, len(wanted)))
    for rank, row in enumerate(rows, 1):
        if row.priority != rank:
            row.priority = rank
            # Colleagues with the form of this application open are told.
            record(actor=actor, verb="rank", target=row, details={"priority": rank})
    PilotApplication.objects.bulk_update(rows, ["priority"])
    record(actor=actor, verb="rank", target=pilot_round, details={"order": [row.pk for row in rows]})
    return rows


@transaction.atomic
def express_interest(*, actor: User, plan_id: int) -> bool:
    """Note (or, the second time, unnote) that the institution would like this product; True when noted.

    Raises:
        NotPermitted: the actor does not work for a confirmed institution.
    """
    organization = organization_of(actor)
    if not may_apply(actor) or organization is None:
        raise NotPermitted
    plan = PilotUsePlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    row, created = Interest.objects.get_or_create(plan=plan, institution=organization, defaults={"officer": actor})
    if not created:
        row.delete()
    record(actor=actor, verb="interest" if created else "no_interest", target=plan)
    return created
