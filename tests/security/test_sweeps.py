"""Sweeps over every address of the portal, in the invented world: who gets in, and what the public can read.

New addresses are swept without anybody having to think of it.
"""

import json
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, transaction
from django.db.models import AutoField
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver

from accounts.codes import business_number
from accounts.models import Organization, User
from core.models import AuditEntry
from core.perms import may_read_mail_page
from demo import world
from demo.people import DOMAIN
from tests.accounts.factories import (
    InstitutionFactory,
    InstitutionUserFactory,
    PpsUserFactory,
    SupplierFactory,
    SupplierUserFactory,
    UserFactory,
)
from tests.architecture.public_routes import PUBLIC_ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(1200)]
# Enough to hit the rows of every table of this small world, whatever their numbers.
NUMBERS = (1, 2, 3, 5, 8)
SAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "1", "uuid": "00000000-0000-4000-8000-000000000000"}
CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")
# Where anybody of the right kind may begin something of their own with a number that is not theirs.
BEGINNINGS = (
    "my/organization/join/<int:organization_id>/",
    "my/organization/recovery/<int:organization_id>/",
    "my/overseas/calls/<int:call_id>/apply/",
    "my/applications/cart/<int:round_id>/",
    "my/applications/interest/<int:plan_id>/",
)


@pytest.fixture(scope="module", autouse=True)
def small_world(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The demonstration in its smallest form, built once and taken back after the last sweep."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        _number_from_one()
        with override_settings(IS_DEMO=True):
            world.build("tiny", tell=lambda _line: None)
        yield
        transaction.set_rollback(True)


def _number_from_one() -> None:
    """Whatever tests ran before, the rows of this world begin at 1: the sweeps try small numbers."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            key = model._meta.pk
            if isinstance(key, AutoField) and model._meta.managed and not model._default_manager.exists():
                cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ALTER COLUMN "{key.column}" RESTART WITH 1')


def routes() -> list[str]:
    """Every address as it is written in the code, the admin's generated ones apart."""
    found: list[str] = []

    def walk(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found.append(route)
            elif not route.startswith("admin/"):
                walk(pattern.url_patterns, route)

    walk(get_resolver().url_patterns)
    return [route for route in found if "^" not in route and "$" not in route]


def address(route: str, number: int | None = None) -> str:
    def fill(match: re.Match[str]) -> str:
        kind = match.group(1) or "str"
        return str(number) if kind == "int" and number else SAMPLES.get(kind, "x")

    return "/" + CONVERTER.sub(fill, route)


def test_without_a_sign_in_nothing_but_the_public_pages_opens(client):
    own = [route for route in routes() if not route.startswith(("accounts/", "i18n/", "api/"))]
    assert len(own) > 120
    opened = []
    for route in own:
        for number in NUMBERS[:3] if "<int:" in route else (None,):
            answer = client.get(address(route, number))
            if route not in PUBLIC_ROUTES and answer.status_code not in {302, 404, 405}:
                opened.append(f"{answer.status_code} {address(route, number)}")
            if answer.status_code == 302 and route not in PUBLIC_ROUTES:
                assert answer.url.startswith("/accounts/login/"), route
    assert opened == []


def test_the_admin_opens_for_staff_only(client):
    pages = ["/admin/"] + [
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/{end}"
        for model in admin.site._registry
        for end in ("", "add/", "export/")
    ]
    for user in (None, *_organizations_of_others()):
        if user is not None:
            client.force_login(user)
        answers = {page: client.get(page) for page in pages}
        assert [page for page, answer in answers.items() if answer.status_code not in {302, 404}] == []


def _organizations_of_others() -> list[User]:
    """People of a supplier and of an institution that have nothing yet, and somebody without an organization."""
    # Codes that the invented world does not use.
    supplier = SupplierFactory(business_no=business_number.invented(9800))
    institution = InstitutionFactory(institution_code="YYYYYY1")
    return [
        SupplierUserFactory(organization=supplier),
        InstitutionUserFactory(organization=institution),
        UserFactory(),
    ]


def test_nobody_opens_what_belongs_to_another_organization(client):
    mine = [route for route in routes() if route.startswith(("my/", "receipts/", "drafts/")) and "<" in route]
    mine = [route for route in mine if route not in BEGINNINGS]
    assert len(mine) > 60
    opened = []
    for outsider in _organizations_of_others():
        client.force_login(outsider)
        for route in mine:
            for number in NUMBERS:
                page = address(route, number)
                answer = client.get(page)
                if answer.status_code == 200:
                    opened.append(f"{outsider.current_organization}: {page}")
                if "<int:" not in route:
                    break
    assert opened == []


def test_nobody_changes_what_belongs_to_another_organization(client):
    mine = [route for route in routes() if route.startswith("my/") and "<int:" in route and route not in BEGINNINGS]
    changed = []
    for outsider in _organizations_of_others():
        client.force_login(outsider)
        for route in mine:
            for number in NUMBERS:
                page = address(route, number)
                before = AuditEntry.objects.count()
                answer = client.post(page, {"confirm": "on"})
                strangers = answer.status_code in {403, 404, 405}
                if not strangers and AuditEntry.objects.count() != before:
                    changed.append(f"{outsider.current_organization}: {page} {answer.status_code}")
    assert changed == []


def test_the_api_gives_everybody_their_own_things_only(client):
    numbers = range(1, 30)
    assert client.get("/api/v1/applications/").status_code in {401, 403}
    assert client.get("/api/v1/plans/").status_code in {401, 403}
    for outsider in _organizations_of_others():
        client.force_login(outsider)
        for kind in ("applications", "plans"):
            listed = client.get(f"/api/v1/{kind}/")
            assert listed.status_code == 403 or listed.json()["count"] == 0, kind
            single = [client.get(f"/api/v1/{kind}/{number}/").status_code for number in numbers]
            assert set(single) <= {403, 404}, kind
    owner = User.objects.get(email=f"institution@{DOMAIN}")
    client.force_login(owner)
    assert client.get("/api/v1/applications/").json()["count"] > 0


def test_the_api_takes_nothing_in(client):
    client.force_login(UserFactory())
    for kind in ("products", "applications", "plans", "rounds", "matches", "notices"):
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(f"/api/v1/{kind}/", data="{}", content_type="application/json")
            assert answer.status_code in {403, 405}, (kind, method)
            assert answer["Content-Type"] == "application/problem+json"


def _public_answers(client: Client) -> Iterator[tuple[str, str]]:
    """Whatever a stranger can read: public pages, the API, feeds, open data."""
    skip = {"mail/", "files/<uuid:file_id>/", "metrics/"}
    for route in sorted(PUBLIC_ROUTES - skip):
        for number in NUMBERS if "<int:" in route else (None,):
            answer = client.get(address(route, number))
            if answer.status_code == 200:
                yield address(route, number), b"".join(answer).decode() if answer.streaming else answer.text
    root = client.get("/api/v1/").json()
    for url in root.values():
        answer = client.get(url, {"page_size": 500})
        if answer.status_code == 200:
            yield url, json.dumps(answer.json(), ensure_ascii=False)
            rows = answer.json()
            for row in (rows.get("results", []) if isinstance(rows, dict) else rows)[:20]:
                if "id" in row:
                    single = client.get(f"{url}{row['id']}/")
                    yield f"{url}{row['id']}/", json.dumps(single.json(), ensure_ascii=False)


def _secrets() -> dict[str, str]:
    """What no stranger may read, and why: addresses and numbers of people, contacts, places that are kept secret."""
    from pilots.models import PilotApplication

    secrets = dict.fromkeys(User.objects.values_list("email", flat=True), "mail of a person")
    secrets |= dict.fromkeys(User.objects.exclude(phone="").values_list("phone", flat=True), "telephone of a person")
    for one in PilotApplication.objects.exclude(site_address="").values_list("site_address", flat=True):
        secrets[one] = "where a pilot use takes place"
    public = set(Organization.objects.values_list("address", flat=True)) | set(
        Organization.objects.values_list("phone", flat=True)
    )
    return {text: why for text, why in secrets.items() if len(text) > 6 and text not in public}


def test_no_stranger_reads_personal_data_or_the_place_of_a_pilot_use(client):
    secrets = _secrets()
    assert len(secrets) > 20
    answers = dict(_public_answers(client))
    assert len(answers) > 40
    found = [
        f"{where}: {why}: {text}" for where, body in answers.items() for text, why in secrets.items() if text in body
    ]
    assert found == []


def test_no_page_carries_anything_inline_and_every_one_has_the_strict_policy(client):
    client.force_login(PpsUserFactory(roles=["reviewer"]))
    for page in (
        "/",
        "/products/",
        "/statistics/",
        "/api/docs/",
        "/licenses/",
        "/admin/",
        "/admin/pilots/pilotround/",
    ):
        answer = client.get(page)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy, page
        assert "default-src 'self'" in policy, page
        assert re.findall(r"<style|<script>| style=\"| on(?:click|load|submit|change)=", answer.text) == [], page
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_mail_page_exists_only_where_mail_goes_to_files(client, settings):
    settings.MAIL_DIR = ""

    assert not may_read_mail_page(None)
    assert client.get("/mail/").status_code == 404
