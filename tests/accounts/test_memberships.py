import threading

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import perms, selectors, services
from accounts.enums import Fact, MemberRole, MembershipStatus, PpsRole, RecoveryStatus
from accounts.errors import LastAdministrator
from accounts.models import Membership, RecoveryRequest
from core.errors import DomainError, IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification
from tests.accounts.factories import (
    MembershipFactory,
    PpsUserFactory,
    SupplierFactory,
    SupplierUserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return SupplierFactory()


@pytest.fixture
def chief(company):
    return SupplierUserFactory(organization=company)


def test_a_request_reaches_the_administrators_and_opens_nothing_yet(company, chief):
    person = UserFactory()

    membership = services.request_to_join(actor=person, organization_id=company.pk, message="구매팀입니다.")

    assert (membership.status, membership.role) == (MembershipStatus.REQUESTED, MemberRole.OFFICER)
    assert not perms.acts_for(person, company.pk)
    assert Notification.objects.get().recipient == chief
    assert Notification.objects.get().kind == Fact.JOIN_REQUESTED
    assert AuditEntry.objects.get().verb == "request_to_join"


def test_nobody_asks_twice_or_joins_twice(company, chief):
    person = UserFactory()
    services.request_to_join(actor=person, organization_id=company.pk)

    with pytest.raises(DomainError, match="waiting already"):
        services.request_to_join(actor=person, organization_id=company.pk)
    with pytest.raises(DomainError, match="member of the organization already"):
        services.request_to_join(actor=chief, organization_id=company.pk)


def test_staff_do_not_ask_to_join(company):
    with pytest.raises(NotPermitted):
        services.request_to_join(actor=PpsUserFactory(), organization_id=company.pk)


def test_an_accepted_person_acts_for_the_organization_in_the_given_role(company, chief):
    person = UserFactory()
    membership = services.request_to_join(actor=person, organization_id=company.pk)

    services.accept_request(actor=chief, membership_id=membership.pk, role=MemberRole.APPROVER)

    person.refresh_from_db()
    assert perms.organization_of(person) == company
    assert (perms.may_approve_for(person, company.pk), perms.is_admin_of(person, company.pk)) == (True, False)
    entry = AuditEntry.objects.get(verb="accept")
    assert (entry.actor, entry.before, entry.after) == (chief, "requested", "active")
    assert Notification.objects.get(recipient=person).kind == Fact.JOIN_ACCEPTED


def test_a_person_turned_down_reads_why_and_may_ask_again(company, chief):
    person = UserFactory()
    membership = services.request_to_join(actor=person, organization_id=company.pk)

    services.reject_request(actor=chief, membership_id=membership.pk, reason="모르는 분입니다.")

    assert Notification.objects.get(recipient=person).params["reason"] == "모르는 분입니다."
    assert services.request_to_join(actor=person, organization_id=company.pk).pk != membership.pk


def test_only_administrators_of_that_organization_decide(company):
    membership = MembershipFactory(requested=True, organization=company, role="officer")
    outsiders = [
        SupplierUserFactory(),
        SupplierUserFactory(organization=company, role=MemberRole.APPROVER),
        PpsUserFactory(),
        membership.user,
    ]
    for actor in outsiders:
        with pytest.raises(NotPermitted):
            services.accept_request(actor=actor, membership_id=membership.pk)
        with pytest.raises(NotPermitted):
            services.reject_request(actor=actor, membership_id=membership.pk, reason="x")


def test_a_request_can_be_withdrawn_by_its_owner_only(company, chief):
    membership = MembershipFactory(requested=True, organization=company)

    with pytest.raises(NotPermitted):
        services.withdraw_request(actor=chief, membership_id=membership.pk)
    services.withdraw_request(actor=membership.user, membership_id=membership.pk)

    membership.refresh_from_db()
    assert membership.status == MembershipStatus.LEFT
    assert list(selectors.former_members(organization_id=company.pk)) == []


def test_a_member_leaves_and_the_administrators_are_told(company, chief):
    person = SupplierUserFactory(organization=company, role=MemberRole.OFFICER)
    membership = person.memberships.get()

    services.leave_organization(actor=person, membership_id=membership.pk)

    assert (perms.organization_of(person), person.current_organization) == (None, None)
    assert Notification.objects.get(recipient=chief).kind == Fact.MEMBER_LEFT
    assert [row.user for row in selectors.former_members(organization_id=company.pk)] == [person]


def test_somebody_who_leaves_goes_on_with_the_other_organization(company, chief):
    person = SupplierUserFactory(organization=company, role=MemberRole.OFFICER)
    other = MembershipFactory(user=person).organization
    services.switch_organization(actor=person, organization_id=company.pk)

    services.leave_organization(actor=person, membership_id=person.memberships.get(organization=company).pk)

    assert perms.organization_of(person) == other


def test_the_last_administrator_cannot_leave_or_step_down(company, chief):
    SupplierUserFactory(organization=company, role=MemberRole.OFFICER)
    membership = chief.memberships.get()

    with pytest.raises(IllegalTransition, match="last administrator"):
        services.leave_organization(actor=chief, membership_id=membership.pk)
    with pytest.raises(LastAdministrator):
        services.change_role(actor=chief, membership_id=membership.pk, role=MemberRole.OFFICER)


def test_an_administrator_whose_account_is_locked_does_not_count(company, chief):
    other = SupplierUserFactory(organization=company)
    services.deactivate_user(actor=PpsUserFactory(), user_id=other.pk, reason="left")

    with pytest.raises(IllegalTransition, match="last administrator"):
        services.leave_organization(actor=chief, membership_id=chief.memberships.get().pk)


def test_one_of_two_administrators_may_leave(company, chief):
    SupplierUserFactory(organization=company)

    services.leave_organization(actor=chief, membership_id=chief.memberships.get().pk)

    assert not perms.acts_for(chief, company.pk)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_leave_at_once_do_not_both_get_out():
    company = SupplierFactory()
    people = [SupplierUserFactory(organization=company), SupplierUserFactory(organization=company)]
    refusals = []
    barrier = threading.Barrier(2)

    def run(person):
        try:
            barrier.wait(timeout=10)
            services.leave_organization(actor=person, membership_id=person.memberships.get().pk)
        except IllegalTransition as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(refusals) == 1
    assert Membership.objects.of_organization(company.pk).administrators().count() == 1


def test_a_removed_member_reads_why(company, chief):
    person = SupplierUserFactory(organization=company, role=MemberRole.APPROVER)

    services.remove_member(actor=chief, membership_id=person.memberships.get().pk, reason="퇴사")

    person.refresh_from_db()
    assert not perms.acts_for(person, company.pk)
    assert Notification.objects.get(recipient=person).params["reason"] == "퇴사"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before, entry.after, entry.reason) == ("remove", "active", "left", "퇴사")


def test_members_do_not_remove_each_other(company, chief):
    officer = SupplierUserFactory(organization=company, role=MemberRole.OFFICER)

    with pytest.raises(NotPermitted):
        services.remove_member(actor=officer, membership_id=chief.memberships.get().pk, reason="x")


def test_roles_change_and_the_person_is_told(company, chief):
    person = SupplierUserFactory(organization=company, role=MemberRole.OFFICER)

    services.change_role(actor=chief, membership_id=person.memberships.get().pk, role=MemberRole.ADMIN)

    person.refresh_from_db()
    assert perms.is_admin_of(person, company.pk)
    assert AuditEntry.objects.get().details == {"from": "officer", "to": "admin"}
    assert Notification.objects.get(recipient=person).params["role"] == "admin"


def test_portal_administrators_add_members_directly(company):
    person = UserFactory()

    services.add_member(actor=PpsUserFactory(), organization_id=company.pk, user_id=person.pk, role=MemberRole.ADMIN)

    person.refresh_from_db()
    assert perms.is_admin_of(person, company.pk)
    with pytest.raises(NotPermitted):
        services.add_member(
            actor=SupplierUserFactory(), organization_id=company.pk, user_id=UserFactory().pk, role=MemberRole.ADMIN
        )


def test_the_database_keeps_one_open_membership_per_person(company, chief):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=chief, organization=company)


# Recovery


def test_a_newcomer_becomes_administrator_of_an_organization_nobody_administers(company):
    pps, person = PpsUserFactory(roles=[PpsRole.ADMIN]), UserFactory()
    asked = services.request_recovery(actor=person, organization_id=company.pk, explanation="전임자 퇴사")

    services.appoint_administrator(actor=pps, recovery_id=asked.pk, reason="공문 확인")

    person.refresh_from_db()
    asked.refresh_from_db()
    assert perms.is_admin_of(person, company.pk)
    assert (asked.status, asked.decided_by, asked.decision_reason) == (RecoveryStatus.APPOINTED, pps, "공문 확인")
    assert Notification.objects.get(recipient=pps).kind == Fact.RECOVERY_REQUESTED
    assert Notification.objects.get(recipient=person).kind == Fact.RECOVERY_DECIDED


def test_a_member_rises_and_a_waiting_request_is_answered(company):
    pps = PpsUserFactory()
    officer = SupplierUserFactory(organization=company, role=MemberRole.OFFICER)
    waiting = MembershipFactory(requested=True, organization=company, role=MemberRole.OFFICER)
    for person in (officer, waiting.user):
        asked = services.request_recovery(actor=person, organization_id=company.pk, explanation="전임자 퇴사")
        services.appoint_administrator(actor=pps, recovery_id=asked.pk, reason="확인")

    waiting.refresh_from_db()
    assert waiting.status == MembershipStatus.ACTIVE
    assert Membership.objects.of_organization(company.pk).administrators().count() == 2


def test_present_administrators_learn_of_the_request(company, chief):
    services.request_recovery(actor=UserFactory(), organization_id=company.pk, explanation="x")

    assert Notification.objects.get(recipient=chief).kind == Fact.RECOVERY_REQUESTED


def test_pps_may_say_no(company):
    pps, person = PpsUserFactory(), UserFactory()
    asked = services.request_recovery(actor=person, organization_id=company.pk, explanation="x")

    services.decline_recovery(actor=pps, recovery_id=asked.pk, reason="증빙 없음")

    person.refresh_from_db()
    assert not perms.acts_for(person, company.pk)
    with pytest.raises(IllegalTransition):
        services.appoint_administrator(actor=pps, recovery_id=asked.pk, reason="x")


@pytest.mark.parametrize("roles", [[], [PpsRole.REVIEWER], [PpsRole.AUDITOR]])
def test_only_the_portal_administrator_appoints(company, roles):
    asked = services.request_recovery(actor=UserFactory(), organization_id=company.pk, explanation="x")

    with pytest.raises(NotPermitted):
        services.appoint_administrator(actor=PpsUserFactory(roles=roles), recovery_id=asked.pk, reason="x")

    assert RecoveryRequest.objects.get().status == RecoveryStatus.REQUESTED


def test_administrators_and_staff_have_nothing_to_recover(company, chief):
    with pytest.raises(DomainError, match="administrator of this organization already"):
        services.request_recovery(actor=chief, organization_id=company.pk, explanation="x")
    with pytest.raises(NotPermitted):
        services.request_recovery(actor=PpsUserFactory(), organization_id=company.pk, explanation="x")


def test_pps_is_asked_once(company):
    person = UserFactory()
    services.request_recovery(actor=person, organization_id=company.pk, explanation="x")

    with pytest.raises(DomainError, match="has your request already"):
        services.request_recovery(actor=person, organization_id=company.pk, explanation="x")
