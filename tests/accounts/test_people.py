import pytest
from django.db import IntegrityError, InternalError, transaction

from accounts import perms, selectors, services
from accounts.enums import ConsentDocument, PpsRole
from accounts.models import Consent, User
from core.errors import DomainError, NotPermitted
from core.models import AuditEntry
from core.workflow import SYSTEM
from tests.accounts.factories import PASSWORD, PpsUserFactory, SupplierUserFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_signing_up_keeps_language_and_consents():
    person = services.sign_up(email="Kim@Example.org", password="a long password 1", name="김하나", language="en")

    assert (person.email, person.language) == ("kim@example.org", "en")
    assert person.check_password("a long password 1")
    assert set(person.consents.values_list("document", flat=True)) == set(ConsentDocument.values)
    assert AuditEntry.objects.get().verb == "sign_up"


def test_invented_people_sign_in_without_proving_their_address(client):
    services.sign_up(
        email="kim@example.org", password=PASSWORD, name="김하나", language="ko", is_demo=True, is_verified=True
    )

    answer = client.post("/accounts/login/", {"login": "kim@example.org", "password": PASSWORD})

    assert answer.url == "/my/organization/"


def test_an_address_in_capitals_never_reaches_the_table():
    person = UserFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(email="UPPER@example.org")


def test_consents_are_never_changed():
    person = services.sign_up(email="kim@example.org", password=None, name="김하나", language="ko")

    with pytest.raises(InternalError, match="append-only"), transaction.atomic():
        Consent.objects.filter(user=person).update(version="other")


def test_profile_changes_are_audited_without_their_values():
    person = UserFactory(name="김하나", language="ko")

    services.update_profile(actor=person, name="김둘", phone=person.phone, language="en")

    person.refresh_from_db()
    assert (person.name, person.language) == ("김둘", "en")
    assert AuditEntry.objects.get().details == {"changed": ["name", "language"]}


def test_the_first_role_makes_a_person_staff_and_the_last_one_ends_it():
    chief, person = PpsUserFactory(), UserFactory()

    services.grant_role(actor=chief, user_id=person.pk, role=PpsRole.MATCHER, reason="new")
    person.refresh_from_db()
    assert perms.has_pps_role(person, PpsRole.MATCHER)
    assert not perms.has_pps_role(person, PpsRole.REVIEWER)

    services.revoke_role(actor=chief, user_id=person.pk, role=PpsRole.MATCHER, reason="moved")
    person.refresh_from_db()
    assert (person.is_staff, perms.is_pps(person)) == (False, False)
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["grant_role", "revoke_role"]


def test_the_set_up_appoints_the_first_administrator():
    person = UserFactory()

    services.grant_role(actor=SYSTEM, user_id=person.pk, role=PpsRole.ADMIN)

    person.refresh_from_db()
    assert perms.may_manage_staff(person)
    assert AuditEntry.objects.get().actor is None


@pytest.mark.parametrize("roles", [[], [PpsRole.REVIEWER], [PpsRole.AUDITOR]])
def test_only_portal_administrators_give_roles(roles):
    with pytest.raises(NotPermitted):
        services.grant_role(
            actor=PpsUserFactory(roles=roles), user_id=UserFactory().pk, role=PpsRole.MATCHER, reason="x"
        )
    assert AuditEntry.objects.count() == 0


def test_nobody_widens_their_own_rights():
    chief = PpsUserFactory(roles=[PpsRole.ADMIN])

    with pytest.raises(NotPermitted):
        services.grant_role(actor=chief, user_id=chief.pk, role=PpsRole.APPROVER, reason="x")


def test_people_of_suppliers_do_not_become_staff():
    with pytest.raises(DomainError, match="account of their own"):
        services.grant_role(actor=PpsUserFactory(), user_id=SupplierUserFactory().pk, role=PpsRole.MATCHER, reason="x")


def test_the_last_portal_administrator_keeps_the_role():
    chief, other = PpsUserFactory(roles=[PpsRole.ADMIN]), PpsUserFactory(roles=[PpsRole.ADMIN])
    services.deactivate_user(actor=other, user_id=chief.pk, reason="left")

    # A page that was opened before the lock still carries the old rights of its owner.
    with pytest.raises(DomainError, match="last portal administrator"):
        services.revoke_role(actor=chief, user_id=other.pk, role=PpsRole.ADMIN, reason="x")
    with pytest.raises(NotPermitted):
        services.revoke_role(actor=other, user_id=other.pk, role=PpsRole.ADMIN, reason="x")


def test_a_locked_account_loses_every_right_and_gets_them_back():
    chief, person = PpsUserFactory(), SupplierUserFactory()
    organization_id = person.current_organization_id

    services.deactivate_user(actor=chief, user_id=person.pk, reason="left the company")
    person.refresh_from_db()
    assert (perms.is_signed_in(person), perms.acts_for(person, organization_id)) == (False, False)
    assert list(selectors.members_of(organization_id=organization_id)) == []

    services.reactivate_user(actor=chief, user_id=person.pk, reason="came back")
    person.refresh_from_db()
    assert perms.acts_for(person, organization_id)


def test_nobody_locks_their_own_account():
    chief = PpsUserFactory()

    with pytest.raises(DomainError, match="your own account"):
        services.deactivate_user(actor=chief, user_id=chief.pk, reason="x")
