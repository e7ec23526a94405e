import datetime as dt
import threading

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from accounts import perms, selectors, services
from accounts.codes import business_number
from accounts.enums import Fact, OrganizationKind, OrganizationStatus, PpsRole
from accounts.errors import AlreadyRegistered, BadNumber
from accounts.models import Organization, OrganizationName, Province
from core.errors import DomainError, IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification, Receipt
from core.uploads import files_of
from tests.accounts.factories import (
    InstitutionFactory,
    InstitutionUserFactory,
    MembershipFactory,
    OrganizationFactory,
    PpsUserFactory,
    SupplierFactory,
    SupplierUserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
REAL = "4568701902"
SEOUL_ADDRESS = "서울특별시 강남구 테헤란로 1"


def registered(actor, **changes):
    entries = {"name": "새솔테크", "business_no": "456-87-01902", "address": SEOUL_ADDRESS, **changes}
    return services.register_supplier(actor=actor, **entries)


def test_the_17_provinces_are_there():
    assert Province.objects.count() == 17
    assert [p.name_en for p in selectors.provinces()[:3]] == ["Seoul", "Busan", "Daegu"]
    assert Province.objects.get(pk="51").name_ko == "강원특별자치도"
    assert not Province.objects.filter(pk__in=["42", "45"]).exists()


def test_whoever_registers_a_company_administers_it_and_waits_for_pps():
    chief, person = PpsUserFactory(roles=[PpsRole.ADMIN]), UserFactory()

    organization = registered(person)

    assert (organization.business_no, organization.status) == (REAL, OrganizationStatus.PENDING)
    assert (organization.province_id, organization.district, organization.is_demo) == ("11", "강남구", False)
    assert perms.is_admin_of(person, organization.pk)
    assert perms.organization_of(person) == organization
    assert (perms.is_supplier(person), perms.may_work_as_supplier(person)) == (True, False)
    assert [name.name for name in selectors.names_of(organization_id=organization.pk)] == ["새솔테크"]
    assert AuditEntry.objects.get().verb == "register"
    assert Receipt.objects.get().holder == person
    assert Notification.objects.get(recipient=chief).kind == Fact.ORGANIZATION_SUBMITTED


def test_a_number_that_cannot_exist_is_refused():
    with pytest.raises(BadNumber):
        registered(UserFactory(), business_no="4568701903")
    assert Organization.objects.count() == 0


@pytest.mark.parametrize(("is_demo", "accepted"), [(True, True), (False, False)])
def test_invented_numbers_are_for_demonstrations_only(settings, is_demo, accepted):
    settings.IS_DEMO = is_demo

    try:
        organization = registered(UserFactory(), business_no=business_number.invented(1))
    except BadNumber:
        assert not accepted
    else:
        assert (accepted, organization.is_demo) == (True, True)


def test_a_second_registration_leads_to_the_first():
    first = registered(UserFactory())

    with pytest.raises(AlreadyRegistered) as refusal:
        registered(UserFactory())

    assert refusal.value.organization_id == first.pk


def test_staff_do_not_register_organizations():
    with pytest.raises(NotPermitted):
        registered(PpsUserFactory())


def test_an_institution_is_registered_by_its_code():
    person = UserFactory()

    organization = services.register_institution(
        actor=person,
        name="가상시청",
        institution_code=" 626 0000",
        institution_kind="local",
        address="1 Main Street",
        province_id="26",
    )

    assert (organization.kind, organization.institution_code) == (OrganizationKind.INSTITUTION, "6260000")
    assert (organization.province_id, organization.district) == ("26", "")
    with pytest.raises(BadNumber):
        services.register_institution(actor=person, name="x", institution_code="12", institution_kind="local")


def test_pps_confirms_and_the_members_are_told():
    person, officer = UserFactory(), PpsUserFactory(roles=[PpsRole.REVIEWER])
    organization = registered(person)

    services.confirm_organization(actor=officer, organization_id=organization.pk)

    person.refresh_from_db()
    assert perms.may_work_as_supplier(person)
    entry = AuditEntry.objects.filter(verb="confirm").get()
    assert (entry.actor, entry.before, entry.after) == (officer, "pending", "confirmed")
    assert Notification.objects.filter(recipient=person, kind=Fact.ORGANIZATION_CONFIRMED).count() == 1
    with pytest.raises(IllegalTransition):
        services.confirm_organization(actor=officer, organization_id=organization.pk)


@pytest.mark.parametrize("roles", [[], [PpsRole.AUDITOR], [PpsRole.MATCHER]])
def test_other_desks_do_not_confirm(roles):
    organization = registered(UserFactory())

    with pytest.raises(NotPermitted):
        services.confirm_organization(actor=PpsUserFactory(roles=roles), organization_id=organization.pk)

    organization.refresh_from_db()
    assert organization.status == OrganizationStatus.PENDING


def test_a_registration_turned_down_can_be_corrected_and_submitted_again():
    person, officer = UserFactory(), PpsUserFactory()
    organization = registered(person)

    services.reject_organization(actor=officer, organization_id=organization.pk, reason="주소가 다릅니다.")
    services.update_organization(actor=person, organization_id=organization.pk, address="부산광역시 해운대구 센텀로 1")
    organization = services.resubmit_organization(actor=person, organization_id=organization.pk)

    assert (organization.status, organization.province_id) == (OrganizationStatus.PENDING, "26")
    assert Notification.objects.get(kind=Fact.ORGANIZATION_REJECTED).params["reason"] == "주소가 다릅니다."
    assert Notification.objects.filter(kind=Fact.ORGANIZATION_SUBMITTED).count() == 2
    services.confirm_organization(actor=officer, organization_id=organization.pk)
    organization.refresh_from_db()
    assert organization.rejection_reason == ""


def test_only_the_administrator_submits_again():
    organization = SupplierFactory(pending=True)
    services.reject_organization(actor=PpsUserFactory(), organization_id=organization.pk, reason="x")
    officer = SupplierUserFactory(organization=organization, role="officer")

    with pytest.raises(NotPermitted):
        services.resubmit_organization(actor=officer, organization_id=organization.pk)


def test_a_suspended_organization_stops_working_until_pps_restores_it():
    chief, person = PpsUserFactory(), SupplierUserFactory()
    organization_id = person.current_organization_id

    services.suspend_organization(actor=chief, organization_id=organization_id, reason="sanction")
    person.refresh_from_db()
    assert not perms.may_work_as_supplier(person)

    services.restore_organization(actor=chief, organization_id=organization_id, reason="over")
    person.refresh_from_db()
    assert perms.may_work_as_supplier(person)
    assert Notification.objects.filter(recipient=person, kind=Fact.ORGANIZATION_SUSPENDED).count() == 2


def test_a_closed_organization_is_final():
    chief, person = PpsUserFactory(), SupplierUserFactory()
    services.close_organization(actor=chief, organization_id=person.current_organization_id, reason="merged")

    person.refresh_from_db()
    with pytest.raises(DomainError, match="closed"):
        services.update_organization(actor=person, organization_id=person.current_organization_id, name="x")
    with pytest.raises(IllegalTransition):
        services.restore_organization(actor=chief, organization_id=person.current_organization_id, reason="x")


def test_old_names_stay_and_are_still_found():
    person = SupplierUserFactory(organization=SupplierFactory(name="산업통상자원부산하", name_en="Old Name"))
    organization_id = person.current_organization_id

    services.update_organization(actor=person, organization_id=organization_id, name="산업통상부산하")

    present, old = selectors.names_of(organization_id=organization_id)
    assert (present.name, present.valid_until) == ("산업통상부산하", None)
    assert (old.name, old.valid_until is None) == ("산업통상자원부산하", False)
    for text in ("통상자원", "통상부산하", "old name"):
        assert [o.pk for o in selectors.search_organizations(text=text)] == [organization_id]
    assert AuditEntry.objects.get().details == {"changed": ["name"]}


def test_a_profile_without_a_new_name_adds_no_history():
    person = SupplierUserFactory()

    services.update_organization(actor=person, organization_id=person.current_organization_id, phone="02-1")

    assert OrganizationName.objects.filter(organization=person.current_organization).count() == 1


def test_a_name_was_valid_from_its_first_day_to_the_day_before_its_last():
    name = OrganizationName(valid_from=dt.date(2020, 1, 1), valid_until=dt.date(2021, 1, 1))

    days = [(2019, 12, 31), (2020, 1, 1), (2020, 12, 31), (2021, 1, 1)]
    assert [name.was_valid(dt.date(*day)) for day in days] == [False, True, True, False]


def test_officers_and_strangers_do_not_change_the_profile():
    organization = SupplierFactory()
    for person in (SupplierUserFactory(organization=organization, role="officer"), SupplierUserFactory()):
        with pytest.raises(NotPermitted):
            services.update_organization(actor=person, organization_id=organization.pk, name="x")


def test_pps_sets_the_marks_that_count_in_matching():
    organization = InstitutionFactory()

    services.classify_organization(
        actor=PpsUserFactory(),
        organization_id=organization.pk,
        is_youth_startup=False,
        is_safety_institution=True,
        is_rural=True,
        institution_kind="central",
    )

    organization.refresh_from_db()
    assert (organization.is_safety_institution, organization.is_rural) == (True, True)
    assert organization.institution_kind == "central"
    with pytest.raises(NotPermitted):
        services.classify_organization(
            actor=SupplierUserFactory(),
            organization_id=organization.pk,
            is_youth_startup=True,
            is_safety_institution=True,
            is_rural=True,
        )


def test_an_import_finds_or_makes_organizations_once():
    chief = PpsUserFactory()
    first, created = services.ensure_organization(
        actor=chief, kind=OrganizationKind.SUPPLIER, name="빛가람", business_no=REAL, address=SEOUL_ADDRESS
    )
    again, created_again = services.ensure_organization(
        actor=chief, kind=OrganizationKind.SUPPLIER, name="다른 이름", business_no=REAL
    )
    ministry, _ = services.ensure_organization(actor=chief, kind=OrganizationKind.MINISTRY, name="산업통상부")
    same, _ = services.ensure_organization(actor=chief, kind=OrganizationKind.MINISTRY, name="산업통상부")

    assert (created, created_again, first.pk, again.name) == (True, False, again.pk, "빛가람")
    assert (first.is_confirmed, first.district, ministry.pk) == (True, "강남구", same.pk)
    assert AuditEntry.objects.count() == 2


def test_people_find_their_organization_by_any_spelling_of_its_number():
    supplier = SupplierFactory(business_no=REAL)
    institution = InstitutionFactory(institution_code="B550001")

    assert selectors.organization_by_number(number="456-87-01902") == supplier
    assert selectors.organization_by_number(number="b550001") == institution
    assert selectors.organization_by_number(number="nonsense") is None


def test_organizations_are_seen_by_their_members_and_by_pps():
    mine, other = SupplierUserFactory(), SupplierUserFactory()

    assert list(Organization.objects.visible_to(mine)) == [mine.current_organization]
    assert Organization.objects.visible_to(PpsUserFactory()).count() == 2
    assert not perms.acts_for(mine, other.current_organization_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"business_no": "12"},
        {"business_no": ""},
        {"kind": "institution"},
        {"kind": "other"},
        {"confirmed_at": None},
    ],
)
def test_the_database_refuses_organizations_that_make_no_sense(wrong):
    organization = SupplierFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=organization.pk).update(**wrong)


def test_a_youth_startup_needs_no_more_than_its_mark():
    assert not OrganizationFactory().is_youth_startup


def test_the_current_organization_is_one_of_the_active_memberships():
    person = SupplierUserFactory()
    other = MembershipFactory(user=person, organization=InstitutionFactory(), role="officer").organization
    assert perms.organization_of(person) == other

    services.switch_organization(actor=person, organization_id=person.memberships.first().organization_id)

    assert perms.is_supplier(person)
    with pytest.raises(NotPermitted):
        services.switch_organization(actor=person, organization_id=InstitutionUserFactory().current_organization_id)


def test_proofs_are_attached_to_the_registration(stored_file):
    person = UserFactory()
    stored = stored_file(person)

    organization = registered(person, file_ids=[str(stored.pk)])

    assert list(files_of(target=organization)) == [stored]
    assert perms.may_read_organization_file(person, str(organization.pk))
    assert perms.may_read_organization_file(PpsUserFactory(roles=[PpsRole.REVIEWER]), str(organization.pk))
    assert not perms.may_read_organization_file(SupplierUserFactory(), str(organization.pk))
    assert not perms.may_read_organization_file(person, "../1")


@pytest.mark.django_db(transaction=True)
def test_two_people_who_register_the_same_company_at_once_meet_in_one():
    people = [UserFactory(), UserFactory()]
    outcomes = []
    barrier = threading.Barrier(2)

    def run(person):
        try:
            barrier.wait(timeout=10)
            outcomes.append(registered(person).pk)
        except AlreadyRegistered as refusal:
            outcomes.append(refusal.organization_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert outcomes == [Organization.objects.get().pk] * 2


def test_a_rejected_organization_cannot_be_confirmed_behind_the_workflow():
    organization = SupplierFactory(pending=True)
    services.reject_organization(actor=PpsUserFactory(), organization_id=organization.pk, reason="x")

    with pytest.raises(InternalError), transaction.atomic():
        Organization.objects.filter(pk=organization.pk).update(
            status=OrganizationStatus.CONFIRMED, confirmed_at=dt.datetime.now(dt.UTC)
        )
