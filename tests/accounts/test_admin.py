import pytest
from django.urls import reverse

from accounts import services
from accounts.enums import OrganizationStatus, PpsRole, RecoveryStatus
from accounts.models import Organization
from core import dashboard
from core.models import AuditEntry
from tests.accounts.factories import (
    InstitutionFactory,
    MembershipFactory,
    PpsUserFactory,
    SupplierFactory,
    SupplierUserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client):
    person = PpsUserFactory()
    client.force_login(person)
    return person


def press(client, row, action, **entries):
    name = f"admin:accounts_{row._meta.model_name}_do"
    page = client.get(reverse(name, args=[row.pk, action]))
    return page, client.post(reverse(name, args=[row.pk, action]), entries)


def change_page(client, row):
    return client.get(reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk]))


def test_an_organization_is_confirmed_from_its_case_page(client, chief):
    person = UserFactory()
    organization = services.register_supplier(
        actor=person, name="새솔테크", business_no="4568701902", address="서울특별시 강남구 테헤란로 1"
    )

    assert "/do/confirm/" in change_page(client, organization).content.decode()
    page, answer = press(client, organization, "confirm")

    assert "456-87-01902" in page.content.decode()
    organization.refresh_from_db()
    assert (answer.status_code, organization.status) == (302, OrganizationStatus.CONFIRMED)
    assert "/do/confirm/" not in change_page(client, organization).content.decode()


def test_turning_down_needs_a_reason(client, chief):
    organization = SupplierFactory(pending=True)

    _page, answer = press(client, organization, "reject", reason="")
    assert answer.context["form"].errors
    press(client, organization, "reject", reason="번호가 다릅니다.")

    organization.refresh_from_db()
    assert (organization.status, organization.rejection_reason) == (OrganizationStatus.REJECTED, "번호가 다릅니다.")


@pytest.mark.parametrize("role", [PpsRole.MATCHER, PpsRole.AUDITOR, PpsRole.CONTRACT])
def test_other_roles_look_but_do_not_decide(client, role):
    organization = SupplierFactory(pending=True)
    client.force_login(PpsUserFactory(roles=[role]))

    assert "/do/" not in change_page(client, organization).content.decode()
    assert client.post(reverse("admin:accounts_organization_do", args=[organization.pk, "confirm"])).status_code == 403
    organization.refresh_from_db()
    assert organization.status == OrganizationStatus.PENDING


@pytest.mark.parametrize("model", ["user", "membership", "invitation", "recoveryrequest"])
def test_personal_data_is_for_administrators_and_auditors(client, model):
    page = reverse(f"admin:accounts_{model}_changelist")
    statuses = []
    for roles in ([PpsRole.ADMIN], [PpsRole.AUDITOR], [PpsRole.MATCHER], []):
        client.force_login(PpsUserFactory(roles=roles))
        statuses.append(client.get(page).status_code)
    assert statuses == [200, 200, 403, 403]


def test_marks_are_set_with_the_present_ones_filled_in(client, chief):
    organization = InstitutionFactory(is_rural=True)

    page, _answer = press(client, organization, "classify", is_safety_institution="on", institution_kind="central")

    assert page.context["form"].initial["is_rural"] is True
    organization.refresh_from_db()
    assert (organization.is_rural, organization.is_safety_institution) == (False, True)


def test_an_administrator_is_appointed_from_the_recovery_case(client, chief):
    company, person = SupplierFactory(), UserFactory()
    asked = services.request_recovery(actor=person, organization_id=company.pk, explanation="전임자 퇴사")

    page, _answer = press(client, asked, "appoint", reason="공문 확인")

    assert "전임자 퇴사" in page.content.decode()
    asked.refresh_from_db()
    assert asked.status == RecoveryStatus.APPOINTED
    assert change_page(client, asked).status_code == 200


def test_roles_are_given_and_taken_in_the_case_of_the_person(client, chief):
    person = UserFactory()

    press(client, person, "grant", role="matcher", reason="발령")
    person.refresh_from_db()
    assert person.role_codes() == {"matcher"}
    assert "matcher" in AuditEntry.objects.get(verb="grant_role").details["role"]
    assert change_page(client, person).status_code == 200

    press(client, person, "revoke", role="matcher", reason="전보")
    person.refresh_from_db()
    assert person.is_staff is False


def test_accounts_are_locked_and_unlocked(client, chief):
    person = SupplierUserFactory()

    press(client, person, "deactivate", reason="퇴사")
    person.refresh_from_db()
    assert person.is_active is False

    press(client, person, "reactivate", reason="복귀")
    person.refresh_from_db()
    assert person.is_active is True


def test_passwords_and_tokens_never_show(client, chief):
    person = SupplierUserFactory()
    invitation = services.invite_member(
        actor=person, organization_id=person.current_organization_id, email="x@example.org", role="officer"
    )

    assert person.password not in change_page(client, person).content.decode()
    page = change_page(client, invitation).content.decode()
    assert invitation.token_hash not in page
    assert str(invitation.nonce) not in page


def test_invitations_are_sent_again_and_revoked(client, chief):
    person = SupplierUserFactory()
    invitation = services.invite_member(
        actor=person, organization_id=person.current_organization_id, email="x@example.org", role="officer"
    )

    press(client, invitation, "resend")
    press(client, invitation, "revoke")

    invitation.refresh_from_db()
    assert invitation.status == "revoked"


def test_the_list_finds_organizations_by_old_names_and_numbers(client, chief):
    person = SupplierUserFactory(organization=SupplierFactory(name="옛이름테크"))
    services.update_organization(actor=person, organization_id=person.current_organization_id, name="새이름테크")
    SupplierFactory()

    for text in ("옛이름", "새이름", person.current_organization.business_no):
        page = client.get(reverse("admin:accounts_organization_changelist"), {"q": text})
        assert [row.pk for row in page.context["cl"].result_list] == [person.current_organization_id]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("model", "queries"),
    [("organization", 9), ("user", 8), ("membership", 8), ("recoveryrequest", 8), ("province", 8)],
)
def test_lists_cost_the_same_for_one_or_many(client, chief, django_assert_num_queries, count, model, queries):
    for _number in range(count):
        company = MembershipFactory().organization
        services.request_recovery(actor=UserFactory(), organization_id=company.pk, explanation="x")
    page = reverse(f"admin:accounts_{model}_changelist")
    client.get(page)

    with django_assert_num_queries(queries):
        assert client.get(page).status_code == 200


def test_queues_show_what_waits_and_since_when():
    first = SupplierFactory(pending=True)
    SupplierFactory(pending=True)
    services.request_recovery(actor=UserFactory(), organization_id=SupplierFactory().pk, explanation="x")

    for roles, counts in (
        ([PpsRole.ADMIN], [2, 1]),
        ([PpsRole.REVIEWER], [2]),
        ([PpsRole.MATCHER], []),
    ):
        queues = [q for q in dashboard.queues_for(PpsUserFactory(roles=roles)) if "/accounts/" in q.url]
        assert [queue.count for queue in queues] == counts
    assert dashboard.queues_for(PpsUserFactory(roles=[PpsRole.REVIEWER]))[0].oldest_at == first.submitted_at


def test_the_queue_leads_to_the_waiting_organizations(client, chief):
    waiting = SupplierFactory(pending=True)
    SupplierFactory()
    queue = next(q for q in dashboard.queues_for(chief) if "/organization/" in q.url)

    page = client.get(queue.url)

    assert list(page.context["cl"].result_list) == [waiting]


def test_cards_point_people_to_what_waits_for_them():
    newcomer, person = UserFactory(), SupplierUserFactory()
    MembershipFactory(requested=True, organization=person.current_organization)

    assert [card.url for card in dashboard.cards_for(newcomer)] == [reverse("accounts:organization")]
    assert next((card.url, card.count) for card in dashboard.cards_for(person)) == (reverse("accounts:members"), 1)
    officer = SupplierUserFactory(organization=person.current_organization, role="officer")
    assert reverse("accounts:members") not in [card.url for card in dashboard.cards_for(officer)]


def test_a_rejected_organization_is_the_first_thing_its_administrator_sees():
    organization = SupplierFactory(pending=True)
    person = SupplierUserFactory(organization=organization)
    services.reject_organization(actor=PpsUserFactory(), organization_id=organization.pk, reason="번호")
    person.refresh_from_db()

    assert dashboard.cards_for(person)[0].hint == "번호"


def test_the_list_is_exported(client, chief):
    organization = SupplierFactory()

    answer = client.get(reverse("admin:accounts_organization_export"), {"format": "csv"})

    assert organization.name in answer.getvalue().decode("utf-8-sig")
    assert Organization.objects.count() == 1
