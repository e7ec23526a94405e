"""Single doors: redirects, limits, errors, figures for the monitoring, files that go out."""

import csv
import io
import json

import openpyxl
import pytest
from django.core.cache import cache
from django.test import Client

from core.exports import export_response
from tests.accounts.factories import PASSWORD, PpsUserFactory, SupplierUserFactory, UserFactory

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
]


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


# Redirects


@pytest.mark.parametrize("target", ELSEWHERE)
def test_after_the_sign_in_nobody_lands_on_another_site(client, target):
    user = SupplierUserFactory(verified=True)

    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "next": target})

    assert answer.status_code == 302
    assert answer.url == "/my/"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_choosing_a_language_leads_to_no_other_site(client, target):
    assert "evil" not in client.post("/i18n/setlang/", {"language": "en", "next": target}).url


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_out_leads_to_no_other_site(client, target):
    client.force_login(UserFactory())

    assert "evil" not in client.post("/accounts/logout/", {"next": target}).url


def test_the_sign_in_of_the_admin_keeps_the_whole_address_and_adds_nothing(client):
    answer = client.get("/admin/login/", {"next": "/admin/pilots/pilotround/?status=open&q=a"})

    assert answer.url == "/accounts/login/?next=%2Fadmin%2Fpilots%2Fpilotround%2F%3Fstatus%3Dopen%26q%3Da"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_sign_in_of_the_admin_leads_to_no_other_site(client, target):
    assert client.get("/admin/login/", {"next": target}).url == "/accounts/login/?next=%2Fadmin%2F"
    client.force_login(PpsUserFactory(roles=["reviewer"]))
    assert client.get("/admin/login/", {"next": target}).url == "/admin/"
    client.force_login(SupplierUserFactory())
    assert client.get("/admin/login/", {"next": "/admin/"}).url == "/my/"


@pytest.mark.parametrize("origin", ["https://evil.example/page", "javascript:alert(1)"])
def test_a_refused_form_offers_no_way_back_to_another_site(origin):
    strict = Client(enforce_csrf_checks=True)

    page = strict.post("/accounts/login/", {"login": "x"}, headers={"referer": origin})

    assert page.status_code == 403
    assert "evil" not in page.text
    assert "javascript:" not in page.text


# Limits


def test_guessing_a_password_is_slowed_down(client):
    user = SupplierUserFactory(verified=True)
    for _attempt in range(5):
        client.post("/accounts/login/", {"login": user.email, "password": "wrong"})

    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert answer.status_code in {200, 429}
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("address", "form"),
    [("/accounts/signup/", {"email": "x"}), ("/accounts/password/reset/", {"email": "somebody@example.org"})],
)
def test_forms_that_send_mail_or_make_accounts_have_a_limit(client, address, form):
    codes = [client.post(address, form).status_code for _attempt in range(22)]

    assert 429 in codes


def test_the_limit_of_the_api_cannot_be_escaped_by_claiming_other_addresses(client, settings, monkeypatch):
    from rest_framework.throttling import AnonRateThrottle

    monkeypatch.setattr(AnonRateThrottle, "rate", "3/hour", raising=False)
    monkeypatch.setattr("rest_framework.views.APIView.throttle_classes", [AnonRateThrottle])
    monkeypatch.setattr("market.api.StatisticsViewSet.throttle_classes", [AnonRateThrottle], raising=False)

    codes = [
        client.get("/api/v1/statistics/", headers={"x-forwarded-for": f"192.0.2.{number}"}).status_code
        for number in range(5)
    ]

    assert codes == [200, 200, 200, 429, 429]


# Errors


def test_an_error_shows_no_trace(client, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret-detail")

    client.raise_request_exception = False
    monkeypatch.setattr("market.selectors.figures_now", broken)

    page = client.get("/")

    assert page.status_code == 500
    assert "secret-detail" not in page.text
    assert "Traceback" not in page.text


@pytest.mark.parametrize("path", ["/api/v1/nonsense/", "/api/nonsense", "/api/v1/products/999999/"])
def test_other_systems_are_told_that_something_is_missing_in_their_own_way(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == 404


def test_other_systems_are_told_of_an_error_in_their_own_way(client, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret-detail")

    client.raise_request_exception = False
    monkeypatch.setattr("market.selectors.figures_now", broken)

    answer = client.get("/api/v1/statistics/")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"secret-detail" not in answer.content


# Figures for the monitoring


@pytest.mark.parametrize(
    ("token", "insisted", "header", "status"),
    [
        ("", False, "", 200),
        ("", True, "", 404),
        ("", True, "Bearer ", 404),
        ("t0ken", True, "", 404),
        ("t0ken", True, "Bearer wrong", 404),
        ("t0ken", True, "Bearer t0ken", 200),
        ("t0ken", False, "", 404),
    ],
)
def test_who_reads_the_figures(client, settings, token, insisted, header, status):
    settings.METRICS_TOKEN, settings.METRICS_NEED_TOKEN = token, insisted

    assert client.get("/metrics/", headers={"authorization": header} if header else {}).status_code == status


def test_the_health_page_tells_no_more_than_what_works(client):
    assert set(client.get("/health/").json()) == {"status", "database", "broker", "migrations"}


# Files that go out

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "\uff0b1",
    '=HYPERLINK("https://evil.example")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_begins_a_formula(text):
    response = export_response(fmt="csv", filename="list", header=["a"], rows=[[text]])

    (_header, row) = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert row == [f"'{text}"]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link():
    rows = [[text] for text in [*FORMULAS, "https://evil.example/", "external:C:\\x.xlsx", "mailto:a@b.example"]]
    response = export_response(fmt="xlsx", filename="list", header=["a"], rows=rows)

    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert len(cells) == len(rows)
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []


def test_a_text_too_long_for_a_cell_is_cut_visibly_instead_of_left_out():
    response = export_response(fmt="xlsx", filename="list", header=["a"], rows=[["가" * 40_000]])

    text = openpyxl.load_workbook(io.BytesIO(response.content)).active["A2"].value
    assert len(text) == 32_767
    assert text.endswith("…")


def test_staff_without_a_second_factor_see_nothing_in_production(client, settings):
    settings.DEMO_SKIP_MFA = False
    client.force_login(PpsUserFactory(roles=["reviewer"]))

    for page in ("/admin/", "/my/", "/products/", "/admin/pilots/pilotround/export/?format=csv"):
        assert client.get(page).url == "/accounts/2fa/totp/activate/", page
    assert client.get("/api/v1/applications/").status_code == 403
