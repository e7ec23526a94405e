"""What a case says about its past, its next step and the day."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from pilots import selectors
from pilots.enums import ApplicationStatus, PlanStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def current(steps):
    return [step.label for step in steps if step.state == "current"]


def case(status, *, is_exempt=False, stage="reviewing"):
    """An application as it looks in a state, without walking there."""
    application = ApplicationFactory(plan__round=RoundFactory(**{stage: True}), passed=True)
    application.status = status
    application.is_exempt, application.exempt_reason = is_exempt, "demand_proposed" if is_exempt else ""
    return application


@pytest.mark.parametrize("status", ApplicationStatus.values)
def test_every_state_of_an_application_has_a_place_and_a_next_step(status):
    application = case(status)

    assert len(current(selectors.application_timeline(application=application))) == 1
    assert selectors.next_step(application=application)


@pytest.mark.parametrize("status", PlanStatus.values)
def test_every_state_of_a_plan_has_a_place_and_a_next_step(status):
    plan = PlanFactory(round=RoundFactory(intake=True))
    plan.status = status
    plan.correction_due_on = timezone.localdate()

    assert len(current(selectors.plan_timeline(plan=plan))) == 1
    assert selectors.plan_next_step(plan=plan)


def test_the_closing_day_stands_in_the_next_step():
    application = ApplicationFactory(submitted=True)

    closes = timezone.localtime(application.round.closes_at).strftime("%Y-%m-%d %H:%M")
    assert closes in selectors.next_step(application=application)


@pytest.mark.parametrize("status", ["review_passed", "review_adjusted"])
def test_an_exempt_application_is_told_that_it_goes_past_matching(status):
    plain, exempt = case(status), case(status, is_exempt=True)

    assert "The matching follows" in selectors.next_step(application=plain)
    assert "No matching takes place" in selectors.next_step(application=exempt)
    assert "Budget, ceilings and all other checks still apply" in selectors.next_step(application=exempt)
    labels = [step.label for step in selectors.application_timeline(application=exempt)]
    assert "No matching (determined beforehand)" in labels
    assert "Matching" not in labels


def test_a_draft_of_a_closed_round_says_that_it_can_be_copied():
    application = ApplicationFactory(plan__round=RoundFactory(closed=True))

    assert "copied" in selectors.next_step(application=application)


def test_a_cancelled_round_is_said_with_its_reason():
    application = ApplicationFactory(submitted=True)
    plan = application.plan
    PilotRound.objects.filter(pk=application.round_id).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason="재난 복구"
    )
    application = PilotApplication.objects.get(pk=application.pk)
    plan = PilotUsePlan.objects.get(pk=plan.pk)

    assert "재난 복구" in selectors.next_step(application=application)
    assert "재난 복구" in selectors.plan_next_step(plan=plan)


def test_a_rejected_application_names_the_last_day_to_object():
    application = case("review_rejected")
    due = selectors.objection_due(application=application)

    assert due is not None
    assert due > timezone.localdate() + timedelta(days=9)
    assert due.isoformat() in selectors.next_step(application=application)
