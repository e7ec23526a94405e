"""The demonstration's world, made once in its smallest size and thrown away."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Organization, User
from core import chains, dashboard
from core.audit import record
from core.clock import database_now
from core.models import AuditEntry, Notification, OutboxMessage
from core.notifications import told_only
from core.workflow import REGISTRY
from demo.people import DOMAIN
from feedback.models import PilotReport, PilotUse
from matching.models import Allocation, ContractLine, LineSite
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from pilots.selectors import own_cases, unbalanced
from products.models import Product
from products.services.catalogue import refresh_search_text

pytestmark = pytest.mark.django_db
# A run or a question is in these for seconds, while a worker has it; one left in them would be ended by the relay.
PASSING = {
    "matching.MatchingRun": {"queued", "running", "cancelling"},
    "matching.Counterfactual": {"waiting"},
}
DESKS = ("designation", "reviewer", "matcher", "contract", "inspector", "approver", "admin")


@pytest.fixture(scope="module", autouse=True)
def _world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), override_settings(IS_DEMO=True), transaction.atomic():
        call_command("seed_demo", scale="tiny", verbosity=0)
        yield
        transaction.set_rollback(True)


def _person(name: str) -> User:
    return User.objects.get(email=f"{name}@{DOMAIN}")


def _counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.parametrize("label", sorted(name for name in REGISTRY if not name.startswith("tests.")))
def test_every_state_occurs(label: str) -> None:
    model = apps.get_model(label)
    states = {value for value, _label in model._meta.get_field("status").flatchoices}  # type: ignore[union-attr]
    found = set(model._default_manager.order_by().values_list("status", flat=True).distinct())
    assert found == states - PASSING.get(label, set())


def test_a_second_call_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = _counts()
    call_command("seed_demo", scale="tiny")
    assert "nothing was changed" in capsys.readouterr().out
    assert _counts() == before


def test_the_ledger_proves_and_balances(capsys: pytest.CaptureFixture[str]) -> None:
    while chains.seal_all():
        continue
    call_command("verify_ledger")
    assert f"{AuditEntry.objects.count()} rows proved, 0 not yet sealed" in capsys.readouterr().out
    rounds = list(PilotRound.objects.order_by("pk"))
    assert len(rounds) >= 10
    assert {row.pk: unbalanced(round_id=row.pk) for row in rounds} == {row.pk: [] for row in rounds}


def test_everything_happened_in_the_order_of_its_days() -> None:
    moments = list(AuditEntry.objects.order_by("pk").values_list("happened_at", flat=True))
    assert moments == sorted(moments)
    assert moments[-1] <= database_now()
    assert len({moment.date() for moment in moments}) > 100


def test_the_clocks_are_put_right_afterwards() -> None:
    user = User.objects.order_by("pk")[0]
    before = database_now()
    entry = record(actor=user, verb="test", target=user)
    entry.refresh_from_db()
    assert timezone.now() - before < timedelta(minutes=1)
    assert before - entry.happened_at < timedelta(minutes=1)


def test_everybody_is_invented() -> None:
    numbers = Organization.objects.exclude(business_no="").values_list("business_no", flat=True)
    assert numbers
    assert [number for number in numbers if not number.startswith("000")] == []
    assert not User.objects.exclude(email__endswith=f"@{DOMAIN}").exists()


@pytest.mark.parametrize("desk", DESKS)
def test_every_desk_has_a_case(desk: str) -> None:
    waiting = {str(queue.title): queue.count for queue in dashboard.queues_for(_person(desk)) if queue.count}
    assert waiting


def test_the_supplier_has_something_to_do() -> None:
    company = _person("supplier").current_organization
    assert Product.objects.filter(supplier=company, status="draft").exists()
    assert PilotUsePlan.objects.filter(supplier=company, status="draft", round__status="plan_intake").exists()
    offers = Allocation.objects.filter(application__plan__supplier=company, status="offered")
    assert offers.filter(institution_response="accepted", supplier_response="pending").exists()
    assert ContractLine.objects.filter(contract__supplier=company, status="awaiting_delivery").exists()
    assert PilotReport.objects.filter(use__supplier=company, status="accepted", reply=None).exists()


def test_the_institution_has_something_to_do() -> None:
    home = _person("institution").current_organization
    assert PilotApplication.objects.filter(institution=home, status="draft", round__status="open").exists()
    offers = Allocation.objects.filter(application__institution=home, status="offered")
    assert offers.filter(institution_response="pending").exists()
    assert ContractLine.objects.filter(institution=home, status="delivered").exists()
    assert PilotUse.objects.filter(institution=home, status="in_use").exists()
    assert PilotReport.objects.filter(use__institution=home, status="draft").exists()


def test_the_head_has_something_to_approve_and_the_officer_something_to_revise() -> None:
    home, head = _person("institution").current_organization, _person("head")
    waiting = PilotApplication.objects.filter(institution=home, approval_requested_by=_person("institution2"))
    assert waiting.filter(approval_requested_at__isnull=False, round__status="open").exists()
    assert waiting.filter(sent_back_by=head, round__status="open").exists()


def test_only_people_whom_a_visitor_can_be_get_letters() -> None:
    waiting = OutboxMessage.objects.filter(task="core.deliver_notification", done_at=None)
    keys = set(waiting.values_list("kwargs__notification_id", flat=True))
    people = set(User.objects.filter(notifications__in=keys).values_list("email", flat=True))
    assert f"supplier@{DOMAIN}" in people
    assert [email for email in people if email.startswith("officer")] == []


def test_the_catalogue_is_searched_as_if_each_product_had_been_registered() -> None:
    for product in Product.objects.filter(is_listed=True).select_related("supplier").order_by("pk")[:2]:
        written = product.search_text
        refresh_search_text(product=product)
        assert product.search_text == written != ""


def test_a_colleague_covers_for_the_absent_reviewer() -> None:
    cover = _person("reviewer")
    absent = PilotUsePlan.objects.filter(round__status="reviewing", reviewer=_person("reviewer2"))
    assert absent.exists()
    assert set(absent) <= set(PilotUsePlan.objects.filter(own_cases(actor=cover)))


def test_some_lines_have_several_places_and_lose_no_unit() -> None:
    sites = LineSite.objects.select_related("line")
    assert sites.filter(units__gt=0).exists()
    assert [site.pk for site in sites if site.units >= site.line.units] == []


def test_nobody_is_told_what_their_mail_preferences_do_not_offer() -> None:
    only = told_only()
    told = Notification.objects.filter(kind__in=only, recipient__current_organization__isnull=False)
    pairs = told.order_by().values_list("kind", "recipient__current_organization__kind").distinct()
    assert [(kind, side) for kind, side in pairs if only[kind] != side] == []
