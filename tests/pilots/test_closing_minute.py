"""Two hundred institutions press submit around the closing second: real HTTP, real database."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.clock import database_now
from core.models import Receipt
from pilots.enums import ApplicationStatus
from pilots.models import PilotApplication, PilotRound
from tests.pilots.factories import ApplicationFactory, PlanFactory
from tests.pilots.test_views import application_form

INSTITUTIONS = 200
WORKERS = 24


class Browser:
    """A signed-in person with cookies and the token of the form."""

    def __init__(self, server, application):
        client = Client()
        client.force_login(application.officer)
        self.url = server + reverse("pilots:application_edit", args=[application.pk])
        self.session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.token = "a" * 32

    def submit(self):
        """The answer's status and whether it is the form again."""
        body = urlencode(application_form(go="submit", csrfmiddlewaretoken=self.token)).encode()
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}; {settings.CSRF_COOKIE_NAME}={self.token}"
        request = Request(self.url, data=body, headers={"Cookie": cookies, "Referer": self.url})  # noqa: S310
        try:
            with self.opener.open(request, timeout=120) as answer:
                return answer.status, bool(re.search(r'name="go"', answer.read().decode()))
        except HTTPError as error:
            return error.code, False


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_press_in_the_closing_minute_is_taken_or_refused_and_none_is_lost(live_server):
    plan = PlanFactory(approved=True)
    applications = [ApplicationFactory(plan=plan) for _n in range(INSTITUTIONS)]
    browsers = [Browser(live_server.url, application) for application in applications]
    closes_at = database_now() + timedelta(seconds=6)
    PilotRound.objects.filter(pk=plan.round_id).update(closes_at=closes_at)
    connection.close()

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        answers = list(pool.map(Browser.submit, browsers))

    taken = PilotApplication.objects.filter(status=ApplicationStatus.SUBMITTED)
    refused = PilotApplication.objects.filter(status=ApplicationStatus.DRAFT)
    assert {status for status, _again in answers} == {200}
    assert [again for _status, again in answers].count(True) == refused.count()
    assert taken.count() + refused.count() == INSTITUTIONS
    assert taken.filter(submitted_at__gte=closes_at).count() == 0
    assert Receipt.objects.count() == taken.count()
    numbers = set(taken.values_list("number", flat=True))
    assert numbers == {f"AP-{plan.round.number}-{n:05}" for n in range(1, taken.count() + 1)}
    assert refused.filter(problem="공기질을 알기 어렵습니다.").count() == refused.count()
