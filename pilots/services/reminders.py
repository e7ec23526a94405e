"""Reminders before deadlines; each is sent once per case and day, however often the timer runs."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse

from accounts.selectors import members_of
from core.calendar import SEOUL, today
from core.clock import database_now
from core.models import Notification
from core.notifications import notify_all
from pilots.enums import Fact, PlanStatus, RoundStatus
from pilots.models import PilotRound, PilotUsePlan
from pilots.services.telling import drafts_of, moment, tell_supplier

AHEAD_DAYS = (3, 1)


@transaction.atomic
def remind_closing(*, round_id: int) -> int:
    """Remind institutions with unfinished drafts that a round closes soon; returns how many drafts."""
    pilot_round = (
        PilotRound.objects.select_for_update(of=("self",)).filter(pk=round_id, status=RoundStatus.OPEN).first()
    )
    if pilot_round is None:
        return 0
    told = 0
    for draft in drafts_of(pilot_round=pilot_round):
        url = reverse("pilots:application_detail", args=[draft.pk])
        if Notification.objects.filter(
            kind=Fact.CLOSING_SOON, url=url, created_at__gte=database_now() - timedelta(hours=20)
        ).exists():
            continue
        notify_all(
            recipients=members_of(organization_id=draft.institution_id),
            kind=Fact.CLOSING_SOON,
            url=url,
            round=pilot_round.number,
            product=draft.plan.product.name,
            closes=moment(pilot_round=pilot_round, name="closes_at"),
        )
        told += 1
    return told


@transaction.atomic
def remind_corrections(*, plan_id: int) -> bool:
    """Remind a supplier that a returned plan is due tomorrow or today."""
    plan = (
        PilotUsePlan.objects.select_for_update(of=("self",))
        .select_related("product", "round")
        .filter(pk=plan_id, status=PlanStatus.RETURNED)
        .first()
    )
    if plan is None or plan.correction_due_on is None:
        return False
    tell_supplier(
        plan=plan, fact=Fact.PLAN_RETURNED, reason=plan.return_reason, due=plan.correction_due_on.isoformat()
    )
    return True


def nightly() -> int:
    """The reminders of the day; returns how many cases were reminded."""
    day = today()
    told = 0
    for pilot_round in PilotRound.objects.filter(status=RoundStatus.OPEN).order_by("pk"):
        if (pilot_round.closes_at.astimezone(SEOUL).date() - day).days in AHEAD_DAYS:
            told += remind_closing(round_id=pilot_round.pk)
    due = PilotUsePlan.objects.filter(status=PlanStatus.RETURNED, correction_due_on=day + timedelta(days=1))
    for pk in due.order_by("pk").values_list("pk", flat=True):
        told += remind_corrections(plan_id=pk)
    return told
