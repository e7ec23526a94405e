"""Two hundred institutions press submit around the closing second: real HTTP, real database.

Most press early, the rest in the second before the closing and the second after it, and some press twice at once.
"""

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core.clock import database_now
from core.models import Receipt
from pilots.enums import ApplicationStatus
from pilots.models import PilotApplication, PilotRound
from tests.pilots.factories import ApplicationFactory, PlanFactory
from tests.pilots.test_views import application_form

INSTITUTIONS = 200
EARLY = 120
TWICE = 20
WORKERS = 24
TOKEN = "a" * 32


@dataclass(frozen=True)
class Answer:
    """What came back, and when it was asked for and answered by the clock that the database shares."""

    application: int
    status: int
    text: str
    asked_at: datetime
    answered_at: datetime

    @property
    def is_form(self) -> bool:
        return bool(re.search(r'name="go"', self.text))


class Browser:
    """A signed-in person with cookies and the token of the form."""

    def __init__(self, server, application):
        client = Client()
        client.force_login(application.officer)
        self.application = application.pk
        self.url = server + reverse("pilots:application_edit", args=[application.pk])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"

    def submit(self, at):
        """Press the button at a moment (at once, if it has passed)."""
        time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
        body = urlencode(application_form(go="submit", csrfmiddlewaretoken=TOKEN)).encode()
        headers = {"Cookie": self.cookies, "Referer": self.url}
        asked_at = datetime.now(UTC)
        try:
            with build_opener().open(Request(self.url, data=body, headers=headers), timeout=120) as got:  # noqa: S310
                status, text = got.status, got.read().decode()
        except HTTPError as error:
            status, text = error.code, error.read().decode()
        return Answer(self.application, status, text, asked_at, datetime.now(UTC))


def presses(browsers, now, closes_at):
    """Who presses when: most at once, the others spread over the second on either side of the closing."""
    late = browsers[EARLY:]
    step = timedelta(seconds=2) / len(late)
    moments = [(browser, now) for browser in [*browsers[:EARLY], *browsers[:TWICE]]]
    return moments + [(browser, closes_at - timedelta(seconds=1) + step * n) for n, browser in enumerate(late)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_press_in_the_closing_minute_is_taken_or_refused_and_none_is_lost(live_server):
    plan = PlanFactory(approved=True)
    applications = [ApplicationFactory(plan=plan) for _n in range(INSTITUTIONS)]
    browsers = [Browser(live_server.url, application) for application in applications]
    now = database_now()
    closes_at = now + timedelta(seconds=8)
    PilotRound.objects.filter(pk=plan.round_id).update(closes_at=closes_at)
    connection.close()

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        answers = list(pool.map(lambda press: press[0].submit(press[1]), presses(browsers, now, closes_at)))

    taken = dict(PilotApplication.objects.filter(status=ApplicationStatus.SUBMITTED).values_list("pk", "number"))
    refused = PilotApplication.objects.filter(status=ApplicationStatus.DRAFT)
    # No error page, and everybody is either in or out; both happened.
    assert Counter(answer.status for answer in answers) == {200: INSTITUTIONS + TWICE}
    assert len(taken) + refused.count() == INSTITUTIONS
    assert len(taken) >= 1
    assert refused.count() >= 1
    # Every receipt is stored, once, and its number stood on the page that answered.
    receipts = {int(row.target_id): row.number for row in Receipt.objects.all()}
    assert Receipt.objects.count() == len(taken)
    assert set(receipts) == set(taken)
    for answer in answers:
        if answer.application in taken and not answer.is_form:
            assert receipts[answer.application] in answer.text
    # No number was given twice and none was left out.
    assert set(taken.values()) == {f"AP-{plan.round.number}-{n:05}" for n in range(1, len(taken) + 1)}
    # Every refusal is right: nobody who was answered before the closing, everybody who asked after it.
    assert not PilotApplication.objects.filter(submitted_at__gte=closes_at).exists()
    with translation.override("ko"):
        closed = translation.gettext("The round is closed. Your draft is kept, but it cannot be submitted any more.")
    first_asked = {
        answer.application: answer.asked_at for answer in sorted(answers, key=lambda a: a.asked_at, reverse=True)
    }
    assert not [pk for pk in taken if first_asked[pk] >= closes_at]
    for answer in answers:
        if answer.application not in taken:
            assert answer.answered_at >= closes_at
            assert answer.is_form
            assert closed in answer.text
    # And nobody lost a word.
    assert refused.filter(problem="공기질을 알기 어렵습니다.").count() == refused.count()
