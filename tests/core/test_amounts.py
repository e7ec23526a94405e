"""Won in the admin: with separators wherever they are only looked at."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets

from accounts.enums import PpsRole
from core.amounts import AmountsShown, amount_column
from feedback.models import PilotReport
from tests.accounts.factories import PpsUserFactory
from tests.pilots.factories import RoundFactory

pytestmark = pytest.mark.django_db
OURS = {"core", "accounts", "products", "pilots", "matching", "feedback", "overseas", "market"}


@pytest.fixture
def staff_request(rf):
    request = rf.get("/admin/")
    request.user = PpsUserFactory(roles=list(PpsRole))
    return request


def _bare(names):
    return [name for name in names if isinstance(name, str) and name.endswith("_krw")]


def test_no_list_and_no_case_page_shows_bare_digits(staff_request):
    found = []
    for model, each in admin.site._registry.items():
        if type(each).__module__.split(".")[0] not in OURS:
            continue
        found += [f"{model.__name__} list: {name}" for name in _bare(each.get_list_display(staff_request))]
        shown = flatten_fieldsets(each.get_fieldsets(staff_request))
        found += [f"{model.__name__} page: {name}" for name in _bare(shown) if name not in each.editable_fields]
    assert found == []


def test_an_amount_that_nobody_entered_is_a_dash():
    column = amount_column(PilotReport, "purchase_budget_krw")

    assert column(PilotReport(purchase_budget_krw=None)) == "–"
    assert column(PilotReport(purchase_budget_krw=1_000)) == "₩1,000"


def test_every_amount_stands_on_a_case_page_once(staff_request):
    repeated = []
    for model, each in admin.site._registry.items():
        names = [getattr(name, "__name__", name) for name in flatten_fieldsets(each.get_fieldsets(staff_request))]
        repeated += [f"{model.__name__}: {name}" for name in set(names) if names.count(name) > 1]
    assert repeated == []


def test_every_table_within_a_case_shows_amounts_so():
    inlines = {inline for each in admin.site._registry.values() for inline in each.inlines}
    assert [inline.__name__ for inline in inlines if not issubclass(inline, AmountsShown)] == []


def test_a_round_shows_its_budget_with_separators_in_the_list_and_on_its_page(client, staff_request):
    RoundFactory(budget_krw=1_234_567_890)
    client.force_login(staff_request.user)

    listed = client.get("/admin/pilots/pilotround/").content.decode()
    row = admin.site._registry[RoundFactory._meta.model].model.objects.get()
    page = client.get(f"/admin/pilots/pilotround/{row.pk}/change/").content.decode()

    assert "₩1,234,567,890" in listed
    assert "₩1,234,567,890" in page
    assert "1234567890" not in listed + page
