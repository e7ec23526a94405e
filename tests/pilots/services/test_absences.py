"""Somebody is away: a colleague has the cases, and everything says so."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import PpsRole
from core.calendar import today
from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification
from pilots import selectors, services
from pilots.errors import Incomplete, RuleBroken
from pilots.models import ReviewerAbsence, ScaleReview
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory

pytestmark = pytest.mark.django_db


def away(reviewer, cover, *, start=0, days=5, actor=None):
    first = today() + timedelta(days=start)
    return services.record_absence(
        actor=actor or reviewer,
        reviewer=reviewer,
        cover=cover,
        from_on=first,
        until_on=first + timedelta(days=days),
        reason="휴가",
    )


def case_of(reviewer):
    return ApplicationFactory(
        plan=PlanFactory(round=RoundFactory(reviewing=True), approved=True, reviewer=reviewer), under_review=True
    )


def waiting(actor):
    return selectors.admin_applications().filter(selectors.own_cases(actor=actor, prefix="plan__"))


def test_the_cases_of_an_absent_reviewer_are_in_the_covers_queue_and_leave_it_again():
    absent, cover = PpsUserFactory(), PpsUserFactory()
    case = case_of(absent)
    assert list(waiting(cover)) == []

    absence = away(absent, cover)
    assert list(waiting(cover)) == [case]
    assert list(waiting(absent)) == [case]

    services.end_absence(actor=absent, absence_id=absence.pk)
    assert list(waiting(cover)) == []


@pytest.mark.parametrize(("start", "days"), [(1, 3), (-5, 4)])
def test_only_the_days_of_the_absence_count(start, days):
    absent, cover = PpsUserFactory(), PpsUserFactory()
    case_of(absent)

    away(absent, cover, start=start, days=days)

    assert list(waiting(cover)) == []


def test_a_decision_in_somebodys_place_carries_both_names():
    absent, cover, other = PpsUserFactory(), PpsUserFactory(), PpsUserFactory()
    case, free = case_of(absent), case_of(absent)
    away(absent, cover)

    services.decide_application(actor=cover, application_id=case.pk, decision="pass")
    services.decide_application(actor=other, application_id=free.pk, decision="pass")

    reviews = {row.application_id: (row.reviewer, row.covered_for) for row in ScaleReview.objects.all()}
    assert reviews == {case.pk: (cover, absent), free.pk: (other, None)}
    passed = AuditEntry.objects.get(verb="pass", target_id=str(case.pk), target_type="pilots.pilotapplication")
    assert (passed.actor, passed.details["covered_for"]) == (cover, absent.pk)


def test_passing_in_bulk_carries_both_names_too():
    absent, cover = PpsUserFactory(), PpsUserFactory()
    case = case_of(absent)
    away(absent, cover)

    services.pass_all(actor=cover, round_id=case.round_id, application_ids=[case.pk])

    assert ScaleReview.objects.get().covered_for == absent
    passed = AuditEntry.objects.get(verb="pass", target_type="pilots.pilotapplication")
    assert passed.details == {"units": 10, "score": 600, "in_bulk": True, "covered_for": absent.pk}


def test_the_cover_is_told_when_it_begins_and_when_it_is_called_off():
    absent, cover = PpsUserFactory(), PpsUserFactory()

    absence = away(absent, cover)
    services.end_absence(actor=absent, absence_id=absence.pk)

    kinds = list(Notification.objects.filter(recipient=cover).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["pilots.absence_covered", "pilots.absence_ended"]
    verbs = list(
        AuditEntry.objects.filter(target_type="pilots.reviewerabsence").order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["record", "end"]


def test_the_same_person_is_not_absent_twice_at_a_time():
    absent, cover = PpsUserFactory(), PpsUserFactory()
    away(absent, cover)

    with pytest.raises(RuleBroken, match=absent.name):
        away(absent, PpsUserFactory(), start=3)
    away(absent, cover, start=6)


def test_a_cover_who_is_away_then_is_refused():
    absent, cover = PpsUserFactory(), PpsUserFactory()
    away(cover, PpsUserFactory(), start=2)

    with pytest.raises(RuleBroken, match=cover.name):
        away(absent, cover)


def test_a_cover_who_leaves_hands_the_cases_on_first():
    absent, cover, third = PpsUserFactory(), PpsUserFactory(), PpsUserFactory()
    first = away(absent, cover)

    with pytest.raises(RuleBroken):
        away(cover, third)
    services.end_absence(actor=cover, absence_id=first.pk)
    away(cover, third)


def test_nobody_covers_for_themselves_and_days_are_in_order():
    absent = PpsUserFactory()

    with pytest.raises(Incomplete):
        away(absent, absent)
    with pytest.raises(Incomplete):
        away(absent, PpsUserFactory(), days=-1)


def test_who_does_not_review_neither_covers_nor_enters_absences():
    absent, matcher = PpsUserFactory(), PpsUserFactory(roles=[PpsRole.MATCHER])

    with pytest.raises(RuleBroken):
        away(absent, matcher)
    with pytest.raises(NotPermitted):
        away(absent, PpsUserFactory(), actor=matcher)
    absence = away(absent, PpsUserFactory())
    with pytest.raises(NotPermitted):
        services.end_absence(actor=matcher, absence_id=absence.pk)


def test_an_absence_is_called_off_once():
    absent = PpsUserFactory()
    absence = away(absent, PpsUserFactory())
    services.end_absence(actor=absent, absence_id=absence.pk)

    with pytest.raises(IllegalTransition):
        services.end_absence(actor=absent, absence_id=absence.pk)


def test_the_database_refuses_days_out_of_order():
    absent = PpsUserFactory()
    absence = away(absent, PpsUserFactory())

    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewerAbsence.objects.filter(pk=absence.pk).update(until_on=absence.from_on - timedelta(days=1))


def test_the_home_page_counts_what_is_covered_among_ones_own_cases(client):
    absent, cover = PpsUserFactory(), PpsUserFactory()
    case_of(absent)
    case_of(cover)
    away(absent, cover)

    queue = selectors.queues(actor=cover)[0]
    client.force_login(cover)

    assert (queue.count, "1" in str(queue.hint)) == (2, True)
    assert str(queue.hint) in client.get(reverse("admin:index")).content.decode()
    assert [row.count for row in selectors.queues(actor=absent)[:1]] == [1]
