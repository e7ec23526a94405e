"""Calendar files, read back line by line as RFC 5545 asks for."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from pilots import selectors
from pilots.models import PilotUsePlan, ReviewQuestion
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"^[A-Z-]+(;[A-Z-]+=[^:;]+)*:")
REQUIRED = {
    "VCALENDAR": {"VERSION", "PRODID"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART"},
    "VALARM": {"ACTION", "TRIGGER"},
}


def parse(raw):
    """The events of a calendar file; fails on whatever a strict reader would refuse."""
    text = raw.decode("utf-8")
    assert text.endswith("\r\n")
    physical = text.split("\r\n")[:-1]
    assert not any("\n" in line or "\r" in line for line in physical)
    assert max(len(line.encode()) for line in physical) <= 75
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")[:-1]
    events, stack = [], []
    for line in lines:
        assert TOKEN.match(line), line
        name, value = line.split(":", 1)
        if name == "BEGIN":
            stack.append((value, {}))
            continue
        if name == "END":
            kind, fields = stack.pop()
            assert kind == value
            assert REQUIRED[kind] <= {key.split(";")[0] for key in fields}
            if kind == "VEVENT":
                events.append(fields)
            continue
        assert name not in stack[-1][1], f"{name} twice"
        stack[-1][1][name] = value
    assert stack == []
    assert len({event["UID"] for event in events}) == len(events)
    return events


def own(client, user):
    client.force_login(user)
    return parse(client.get(reverse("pilots:own_calendar")).content)


def titles(events):
    return [event["SUMMARY"] for event in events]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_days_of_a_round_are_a_valid_file(client, language):
    pilot_round = RoundFactory(
        open=True, title_ko="가" * 60 + ", 쉼표; 쌍반점", title_en="Long " * 30 + "title, with; marks"
    )
    client.cookies["django_language"] = language

    response = client.get(reverse("pilots:calendar", args=[pilot_round.pk]))
    events = parse(response.content)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert len(events) == 5
    assert "\\," in events[2]["SUMMARY"]
    assert "\\;" in events[2]["SUMMARY"]
    assert events[2]["DTSTART"] == f"{pilot_round.closes_at:%Y%m%dT%H%M%S}Z"
    assert events[3]["DTSTART;VALUE=DATE"] == f"{pilot_round.review_due_on:%Y%m%d}"
    assert events[3]["DTEND;VALUE=DATE"] == f"{pilot_round.review_due_on + timedelta(days=1):%Y%m%d}"


@pytest.mark.parametrize("text", ["", "가" * 25, "가" * 24 + "ab", "é" * 200, "a" * 75, "a" * 76])
def test_folding_keeps_every_sign_and_every_line_short(text):
    folded = "\r\n".join(selectors.calendars._folded(text))

    assert re.sub(r"\r\n ", "", folded) == text
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))


def test_an_institution_finds_its_own_deadlines(client):
    user = InstitutionUserFactory(language="en")
    pilot_round = RoundFactory(open=True)
    draft, sent = (
        ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), user=user, submitted=submitted)
        for submitted in (False, True)
    )
    decided = ApplicationFactory(plan__round=RoundFactory(reviewing=True), user=user, passed=True)
    asked = ApplicationFactory(plan__round=RoundFactory(reviewing=True), user=user, under_review=True)
    ReviewQuestion.objects.create(
        application=asked, asked_by=PpsUserFactory(), question="?", due_on=timezone.localdate() + timedelta(days=4)
    )
    ApplicationFactory()
    client.cookies["django_language"] = "en"

    assert titles(own(client, user)) == [
        f"Submit the application: {draft.plan.product.name}",
        f"Last changes to the application: {sent.plan.product.name}",
        f"Last day to object: {decided.plan.product.name}",
        f"Answer the reviewer: {asked.plan.product.name}",
    ]


def test_a_supplier_finds_its_own_deadlines(client):
    user = SupplierUserFactory()
    intake = RoundFactory(intake=True)
    draft = PlanFactory(round=intake, user=user)
    returned = PlanFactory(round=intake, user=user, submitted=True)
    PilotUsePlan.objects.filter(pk=returned.pk).update(
        status="returned", correction_due_on=timezone.localdate() + timedelta(days=3)
    )
    offered = PlanFactory(user=user, approved=True)
    PlanFactory(round=intake)
    client.cookies["django_language"] = "en"

    assert titles(own(client, user)) == [
        f"Submit the plan: {draft.product.name}",
        f"Correct the plan: {returned.product.name}",
        f"Applications close: {offered.product.name}",
    ]


def test_a_person_without_an_organization_gets_an_empty_file(client):
    user = PpsUserFactory()
    User.objects.filter(pk=user.pk).update(current_organization=None)
    ApplicationFactory()

    assert own(client, user) == []
