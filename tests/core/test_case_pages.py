"""Case pages of the admin show people what they may open, in words."""

import pytest
from django.urls import reverse

from accounts.enums import OrganizationKind, PpsRole
from accounts.models import Membership
from tests.accounts.factories import PpsUserFactory
from tests.matching.factories import make_world, solve

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return solve(make_world()).run


@pytest.mark.parametrize(
    ("role", "opens_people"), [(PpsRole.MATCHER, False), (PpsRole.AUDITOR, True), (PpsRole.ADMIN, True)]
)
def test_a_case_links_only_to_cases_that_open_for_the_reader(client, run, role, opens_people):
    client.force_login(PpsUserFactory(roles=[role]))
    person = reverse("admin:accounts_user_change", args=[run.requested_by_id])

    page = client.get(reverse("admin:matching_matchingrun_change", args=[run.pk])).content.decode()

    assert run.requested_by.name in page
    assert (f'href="{person}"' in page, client.get(person).status_code == 200) == (opens_people, opens_people)


@pytest.mark.parametrize(("role", "opens_people"), [(PpsRole.REVIEWER, False), (PpsRole.AUDITOR, True)])
def test_the_rows_of_a_case_link_no_further(client, run, role, opens_people):
    client.force_login(PpsUserFactory(roles=[role]))
    membership = Membership.objects.filter(organization__kind=OrganizationKind.SUPPLIER).first()
    person = reverse("admin:accounts_user_change", args=[membership.user_id])

    page = client.get(reverse("admin:accounts_organization_change", args=[membership.organization_id]))

    assert membership.user.name in page.content.decode()
    assert (f'href="{person}"' in page.content.decode()) == opens_people


def test_yes_and_no_are_words_and_the_number_of_the_row_is_not_shown(client, run):
    client.force_login(PpsUserFactory(roles=[PpsRole.MATCHER]))

    page = client.get(reverse("admin:matching_matchingrun_change", args=[run.pk])).content.decode()

    assert '<div class="readonly">아니요</div>' in page
    assert "icon-no" not in page
    assert "field-id" not in page


def test_the_number_stands_where_a_proof_names_it(client, run):
    client.force_login(PpsUserFactory(roles=[PpsRole.AUDITOR]))
    entry = reverse("admin:core_auditentry_changelist")

    first = client.get(entry).context["cl"].result_list[0]

    assert "field-id" in client.get(reverse("admin:core_auditentry_change", args=[first.pk])).content.decode()


def test_the_history_calls_the_portal_by_a_korean_name(client, run):
    client.force_login(PpsUserFactory(roles=[PpsRole.MATCHER]))

    page = client.get(reverse("admin:matching_matchingrun_history", args=[run.pk])).content.decode()

    assert "시스템" in page
    assert ">system<" not in page


@pytest.mark.parametrize(
    ("model", "button", "role", "other"),
    [
        ("market_notice", "market_notice_write", PpsRole.REVIEWER, PpsRole.AUDITOR),
        ("overseas_overseascall", "overseas_call_write", PpsRole.REVIEWER, PpsRole.AUDITOR),
        ("feedback_verdict", "feedback_verdict_products", PpsRole.INSPECTOR, PpsRole.AUDITOR),
    ],
)
def test_a_list_offers_its_button_to_those_who_may_press_it(client, model, button, role, other):
    seen = []
    for each in (role, other):
        client.force_login(PpsUserFactory(roles=[each]))
        page = client.get(reverse(f"admin:{model}_changelist")).content.decode()
        seen.append(reverse(f"admin:{button}") in page)

    assert seen == [True, False]
