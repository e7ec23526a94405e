"""Reminders before deadlines; each is sent once per case and day, however often the timer runs."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.selectors import members_of
from core.calendar import SEOUL, today
from core.clock import database_now
from core.models import Notification
from core.notifications import notify_all
from pilots.enums import Fact, PlanStatus, RoundStatus
from pilots.models import PilotRound, PilotUsePlan, ReviewQuestion
from pilots.services.telling import drafts_of, moment, tell_institution, tell_supplier

AHEAD_DAYS = (3, 1)
# Shorter than a day, so that a timer that runs a little earlier the next day still reminds.
PAUSE = timedelta(hours=20)


def _days_to(when: datetime | date) -> int:
    day = when.astimezone(SEOUL).date() if isinstance(when, datetime) else when
    return (day - today()).days


def _was_told(kind: str, url: str) -> bool:
    return Notification.objects.filter(kind=kind, url=url, created_at__gte=database_now() - PAUSE).exists()


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
        if _was_told(Fact.CLOSING_SOON, url):
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


def _held_plan(plan_id: int, status: PlanStatus) -> PilotUsePlan | None:
    """The plan while nobody else moves it; None when it has left the state."""
    return (
        PilotUsePlan.objects.select_for_update(of=("self",))
        .select_related("product", "round")
        .filter(pk=plan_id, status=status)
        .first()
    )


@transaction.atomic
def remind_plan(*, plan_id: int) -> bool:
    """Remind a supplier that the intake closes while its plan is still a draft."""
    plan = _held_plan(plan_id, PlanStatus.DRAFT)
    if plan is None or _was_told(Fact.INTAKE_CLOSING, reverse("pilots:plan_detail", args=[plan.pk])):
        return False
    closes = moment(pilot_round=plan.round, name="intake_closes_at")
    tell_supplier(plan=plan, fact=Fact.INTAKE_CLOSING, closes=closes)
    return True


@transaction.atomic
def remind_correction(*, plan_id: int) -> bool:
    """Remind a supplier of the day by which a returned plan has to come again."""
    plan = _held_plan(plan_id, PlanStatus.RETURNED)
    if plan is None or plan.correction_due_on is None:
        return False
    if _was_told(Fact.CORRECTION_DUE, reverse("pilots:plan_detail", args=[plan.pk])):
        return False
    due = plan.correction_due_on.isoformat()
    tell_supplier(plan=plan, fact=Fact.CORRECTION_DUE, reason=plan.return_reason, due=due)
    return True


@transaction.atomic
def remind_question(*, question_id: int) -> bool:
    """Remind an institution that a reviewer waits for its answer."""
    question = (
        ReviewQuestion.objects.select_for_update(of=("self",))
        .select_related("application__round", "application__plan__product")
        .filter(pk=question_id, answered_at=None)
        .first()
    )
    if question is None:
        return False
    if _was_told(Fact.QUESTION_DUE, reverse("pilots:application_detail", args=[question.application_id])):
        return False
    tell_institution(
        application=question.application,
        fact=Fact.QUESTION_DUE,
        question=question.question,
        due=question.due_on.isoformat(),
    )
    return True


def nightly() -> int:
    """The reminders of the day; returns how many cases were reminded."""
    told = 0
    for row in PilotRound.objects.filter(status=RoundStatus.OPEN).order_by("pk"):
        if _days_to(row.closes_at) in AHEAD_DAYS:
            told += remind_closing(round_id=row.pk)
    plans = PilotUsePlan.objects.select_related("round").order_by("pk")
    for plan in plans.filter(status=PlanStatus.DRAFT, round__status=RoundStatus.PLAN_INTAKE):
        if _days_to(plan.round.intake_closes_at) in AHEAD_DAYS:
            told += remind_plan(plan_id=plan.pk)
    soon = [today(), today() + timedelta(days=1)]
    told += _each(
        lambda pk: remind_correction(plan_id=pk),
        plans.filter(status=PlanStatus.RETURNED, correction_due_on__in=soon).values_list("pk", flat=True),
    )
    questions = ReviewQuestion.objects.filter(answered_at=None, due_on__in=soon).order_by("pk")
    return told + _each(lambda pk: remind_question(question_id=pk), questions.values_list("pk", flat=True))


def _each(remind: Callable[[int], bool], keys: Iterable[int]) -> int:
    return sum(remind(pk) for pk in keys)
