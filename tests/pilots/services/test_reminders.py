"""Reminders: to the right people, in time, once a day."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from core.models import Notification
from pilots import services
from pilots.enums import Fact
from pilots.models import PilotRound, PilotUsePlan, ReviewQuestion
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory

pytestmark = pytest.mark.django_db


def told(kind):
    return list(Notification.objects.filter(kind=kind).values_list("recipient", flat=True))


def at(days):
    """Noon in Seoul so many days from now, so that the day is what it says whenever the test runs."""
    return timezone.localtime().replace(hour=12, minute=0, second=0) + timedelta(days=days)


@pytest.mark.parametrize(("days", "is_told"), [(3, True), (1, True), (2, False), (7, False)])
def test_a_supplier_is_reminded_of_a_plan_before_the_intake_closes(days, is_told):
    plan = PlanFactory(round=RoundFactory(intake=True))
    PlanFactory(round=plan.round, submitted=True)
    PilotRound.objects.update(
        intake_closes_at=at(days), opens_at=at(days) + timedelta(days=1), closes_at=at(days) + timedelta(days=20)
    )

    services.nightly()
    services.nightly()

    assert told(Fact.INTAKE_CLOSING) == ([plan.officer_id] if is_told else [])


@pytest.mark.parametrize(("days", "is_told"), [(1, True), (0, True), (2, False), (-1, False)])
def test_a_supplier_is_reminded_of_a_correction(days, is_told):
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)
    services.return_plan(actor=PpsUserFactory(), plan_id=plan.pk, reason="가격 근거")
    PilotUsePlan.objects.update(correction_due_on=timezone.localdate() + timedelta(days=days))

    services.nightly()
    services.nightly()

    assert told(Fact.CORRECTION_DUE) == ([plan.officer_id] if is_told else [])


@pytest.mark.parametrize(("days", "is_told"), [(1, True), (0, True), (2, False), (-1, False)])
def test_an_institution_is_reminded_of_a_question(days, is_told):
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    ReviewQuestion.objects.create(
        application=application,
        asked_by=PpsUserFactory(),
        question="전력은 충분합니까?",
        due_on=timezone.localdate() + timedelta(days=days),
    )

    services.nightly()
    services.nightly()

    assert told(Fact.QUESTION_DUE) == ([application.officer_id] if is_told else [])


def test_an_answered_question_is_not_reminded_of():
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    row = ReviewQuestion.objects.create(
        application=application, asked_by=PpsUserFactory(), question="?", due_on=timezone.localdate()
    )
    services.answer_question(actor=application.officer, question_id=row.pk, answer="충분합니다.")

    services.nightly()

    assert told(Fact.QUESTION_DUE) == []


def test_the_next_day_reminds_again():
    application = ApplicationFactory()
    PilotRound.objects.update(closes_at=at(1))

    services.nightly()
    Notification.objects.update(created_at=F("created_at") - timedelta(days=1))
    services.nightly()

    assert told(Fact.CLOSING_SOON) == [application.officer_id] * 2
