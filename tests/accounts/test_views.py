import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import services
from accounts.enums import InvitationStatus, MemberRole, MembershipStatus, OrganizationStatus
from accounts.models import Invitation, Membership, Organization, RecoveryRequest
from core.uploads import files_of
from tests.accounts.factories import (
    InstitutionFactory,
    InstitutionUserFactory,
    MembershipFactory,
    PpsUserFactory,
    SupplierFactory,
    SupplierUserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
REAL = "4568701902"
COMPANY = {
    "name": "새솔테크",
    "business_no": "456-87-01902",
    "address": "서울특별시 강남구 테헤란로 1",
    "representative_name": "박대표",
}


@pytest.fixture
def chief(client):
    person = SupplierUserFactory()
    client.force_login(person)
    return person


def url(name, *args):
    return reverse(f"accounts:{name}", args=args)


# Finding and registering


def test_somebody_without_an_organization_is_shown_the_way(client):
    client.force_login(UserFactory())

    page = client.get(url("organization"))

    assert page.status_code == 200
    assert 'name="number"' in page.content.decode()


@pytest.mark.parametrize(
    ("number", "target"),
    [
        ("456-87-01902", "/my/organization/register/supplier/?business_no=456-87-01902"),
        ("6260000", "/my/organization/register/institution/?institution_code=6260000"),
    ],
)
def test_an_unknown_number_leads_to_the_registration(client, number, target):
    client.force_login(UserFactory())

    assert client.get(url("start"), {"number": number}).url == target


def test_a_known_number_leads_to_the_request_to_join(client):
    company = SupplierFactory(business_no=REAL)
    client.force_login(UserFactory())

    assert client.get(url("start"), {"number": REAL}).url == url("join", company.pk)


def test_a_wrong_number_is_explained_beside_the_field(client):
    client.force_login(UserFactory())

    page = client.get(url("start"), {"number": "4568701903"})

    assert "number" in page.context["form"].errors


def test_a_company_is_registered_with_its_proof(client):
    person = UserFactory()
    client.force_login(person)
    proof = SimpleUploadedFile("proof.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf")

    answer = client.post(url("register_supplier"), {**COMPANY, "files": [proof], "is_youth_startup": "on"})

    organization = Organization.objects.get()
    assert answer.url == url("organization")
    assert (organization.business_no, organization.is_youth_startup) == (REAL, True)
    assert [f.original_name for f in files_of(target=organization)] == ["proof.pdf"]
    assert organization.name in client.get(url("organization")).content.decode()


def test_a_failed_registration_keeps_what_was_typed_and_uploaded(client):
    client.force_login(UserFactory())
    proof = SimpleUploadedFile("proof.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf")

    page = client.post(url("register_supplier"), {**COMPANY, "business_no": "1", "files": [proof]})

    kept = page.context["staged"].ids
    assert set(page.context["form"].errors) == {"business_no"}
    assert f'name="kept_files" value="{kept[0]}"' in page.content.decode()
    client.post(url("register_supplier"), {**COMPANY, "kept_files": kept})
    assert files_of(target=Organization.objects.get()).count() == 1


def test_an_institution_abroad_of_the_address_rules_chooses_its_province(client):
    client.force_login(UserFactory())
    entries = {"name": "가상군청", "institution_code": "4270000", "institution_kind": "local", "address": "중앙로 1"}

    page = client.post(url("register_institution"), entries)
    assert set(page.context["form"].errors) == {"province"}

    client.post(url("register_institution"), {**entries, "province": "51"})
    assert Organization.objects.get().province_id == "51"


def test_registering_a_known_company_offers_to_join_it(client):
    company = SupplierFactory(business_no=REAL)
    client.force_login(UserFactory())

    assert client.post(url("register_supplier"), COMPANY).url == url("join", company.pk)


def test_asking_to_join_and_withdrawing(client):
    company = SupplierUserFactory().current_organization
    person = UserFactory()
    client.force_login(person)

    assert client.get(url("join", company.pk)).status_code == 200
    client.post(url("join", company.pk), {"message": "구매팀입니다."})
    membership = Membership.objects.get(user=person)
    assert (membership.status, membership.message) == (MembershipStatus.REQUESTED, "구매팀입니다.")
    assert client.get(url("organization")).status_code == 200

    client.post(url("withdraw", membership.pk))
    membership.refresh_from_db()
    assert membership.status == MembershipStatus.LEFT


def test_an_organization_without_administrator_points_to_pps(client):
    company = SupplierFactory()
    client.force_login(UserFactory())

    assert url("recovery", company.pk) in client.get(url("join", company.pk)).content.decode()
    assert client.get(url("recovery", company.pk)).status_code == 200
    client.post(url("recovery", company.pk), {"explanation": "전임자가 퇴사했습니다."})
    assert RecoveryRequest.objects.get().organization == company


# The organization


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_members_see_their_organization(client, status):
    company = SupplierFactory(pending=status == "pending")
    client.force_login(SupplierUserFactory(organization=company))

    page = client.get(url("organization")).content.decode()

    assert company.name in page
    assert company.number_display in page


def test_a_rejected_organization_is_corrected_and_submitted_again(client):
    company = SupplierFactory(pending=True)
    services.reject_organization(actor=PpsUserFactory(), organization_id=company.pk, reason="주소를 확인하세요.")
    client.force_login(SupplierUserFactory(organization=company))

    assert "주소를 확인하세요." in client.get(url("organization")).content.decode()
    client.post(url("resubmit"))

    company.refresh_from_db()
    assert company.status == OrganizationStatus.PENDING


def test_the_profile_is_edited_with_the_present_values(client, chief):
    page = client.get(url("organization_edit"))
    assert chief.current_organization.name in page.content.decode()

    client.post(
        url("organization_edit"),
        {"name": "새 이름", "address": "부산광역시 수영구 광안로 1", "representative_name": "박대표"},
    )

    chief.current_organization.refresh_from_db()
    assert (chief.current_organization.name, chief.current_organization.district) == ("새 이름", "수영구")
    assert "새 이름" in client.get(url("organization")).content.decode()


def test_a_refused_profile_changes_nothing(client, chief):
    page = client.post(url("organization_edit"), {"name": "", "address": "x"})

    assert {"name", "address"} & set(page.context["form"].errors) == {"name"}
    chief.current_organization.refresh_from_db()
    assert chief.current_organization.name != ""


def test_switching_between_organizations(client, chief):
    other = MembershipFactory(user=chief, organization=InstitutionFactory()).organization
    first = chief.memberships.exclude(organization=other).get().organization

    assert url("switch", first.pk) in client.get(url("organization")).content.decode()
    client.post(url("switch", first.pk))

    chief.refresh_from_db()
    assert chief.current_organization == first


# Members


@pytest.mark.parametrize("count", [1, 3])
def test_the_member_page_costs_the_same_for_one_or_many(client, chief, django_assert_num_queries, count):
    company = chief.current_organization
    for number in range(count):
        SupplierUserFactory(organization=company, role=MemberRole.OFFICER)
        MembershipFactory(requested=True, organization=company)
        services.invite_member(
            actor=chief, organization_id=company.pk, email=f"invited{number}@example.org", role="officer"
        )
    client.get(url("members"))

    with django_assert_num_queries(10):
        page = client.get(url("members"))

    assert page.context["listing"].total == count + 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_organization_page_costs_the_same_for_one_or_many(client, chief, django_assert_num_queries, count):
    for _number in range(count):
        MembershipFactory(user=chief)
        MembershipFactory(user=chief, requested=True, role=MemberRole.OFFICER)
    client.get(url("organization"))

    with django_assert_num_queries(10):
        assert client.get(url("organization")).status_code == 200


def test_members_are_searched_sorted_and_exported(client, chief):
    SupplierUserFactory(organization=chief.current_organization, role=MemberRole.OFFICER, name="홍길동")

    assert client.get(url("members"), {"q": "길동"}).context["listing"].total == 1
    assert client.get(url("members"), {"q": "없는"}).context["listing"].total == 0
    names = [row.user.name for row in client.get(url("members"), {"sort": "-name"}).context["listing"].page]
    assert names == sorted(names, reverse=True)
    export = client.get(url("members"), {"export": "csv"})
    assert export["Content-Type"].startswith("text/csv")
    assert "홍길동" in export.content.decode("utf-8-sig")


def test_officers_see_members_but_no_requests_and_no_buttons(client):
    company = SupplierUserFactory().current_organization
    MembershipFactory(requested=True, organization=company)
    client.force_login(SupplierUserFactory(organization=company, role=MemberRole.OFFICER))

    page = client.get(url("members"))

    assert "requests" not in page.context
    assert url("invite") not in page.content.decode()


@pytest.mark.parametrize(
    ("name", "entries", "status", "role"),
    [
        ("member_accept", {"role": "approver"}, "active", "approver"),
        ("member_reject", {"reason": "모르는 분"}, "rejected", "officer"),
    ],
)
def test_requests_are_answered_on_a_page_that_says_what_happens(client, chief, name, entries, status, role):
    membership = MembershipFactory(requested=True, organization=chief.current_organization, role="officer")

    assert membership.user.name in client.get(url(name, membership.pk)).content.decode()
    assert client.post(url(name, membership.pk), entries).url == url("members")

    membership.refresh_from_db()
    assert (membership.status, membership.role) == (status, role)


def test_members_get_another_role_or_are_removed(client, chief):
    person = SupplierUserFactory(organization=chief.current_organization, role=MemberRole.OFFICER)
    membership = person.memberships.get()

    client.post(url("member_role", membership.pk), {"role": "approver"})
    membership.refresh_from_db()
    assert membership.role == MemberRole.APPROVER

    client.post(url("member_remove", membership.pk), {"reason": "퇴사"})
    membership.refresh_from_db()
    assert membership.status == MembershipStatus.LEFT


def test_the_last_administrator_is_told_why_leaving_is_impossible(client, chief):
    answer = client.post(url("leave", chief.memberships.get().pk), follow=True)

    assert [str(m.level_tag) for m in answer.context["messages"]] == ["error"]
    assert chief.memberships.get().status == MembershipStatus.ACTIVE


def test_other_organizations_members_do_not_exist_here(client, chief):
    other = SupplierUserFactory().memberships.get()

    for name in ("member_accept", "member_reject", "member_role", "member_remove"):
        assert client.get(url(name, other.pk)).status_code == 404
    assert client.post(url("leave", other.pk)).status_code == 404


# Invitations


def test_inviting_sending_again_and_revoking(client, chief):
    entries = {"email": "new@example.org", "role": "officer", "language": "ko"}
    assert client.get(url("invite")).status_code == 200
    assert client.post(url("invite"), entries).url == url("members")
    invitation = Invitation.objects.get()
    assert "email" in client.post(url("invite"), {**entries, "email": "x"}).context["form"].errors
    assert client.post(url("invite"), entries).context["form"].non_field_errors()

    client.post(url("invitation_resend", invitation.pk))
    client.post(url("invitation_revoke", invitation.pk))
    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.REVOKED


@pytest.fixture
def invitation():
    chief = SupplierUserFactory()
    return services.invite_member(
        actor=chief, organization_id=chief.current_organization_id, email="new@example.org", role="approver"
    )


def link(invitation):
    return url("invitation", services.token_of(invitation=invitation))


def test_a_wrong_token_opens_nothing(client):
    assert client.get(url("invitation", "0" * 64)).status_code == 404


def test_the_invited_person_accepts(client, invitation):
    person = UserFactory(email="new@example.org")
    client.force_login(person)

    assert client.get(link(invitation)).context["is_mine"] is True
    client.post(link(invitation))

    assert person.memberships.get().role == MemberRole.APPROVER
    assert client.get(link(invitation)).context["is_open"] is False


def test_somebody_else_with_the_link_is_told_whose_it_is(client, invitation):
    client.force_login(UserFactory())

    assert "new@example.org" in client.get(link(invitation)).content.decode()
    client.post(link(invitation))
    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.SENT


def test_a_newcomer_signs_up_without_a_second_proof_of_the_address(client, invitation):
    answer = client.post(link(invitation))
    assert answer.url.startswith(reverse("account_signup"))
    page = client.get(answer.url)
    assert page.context["form"]["email"].initial == "new@example.org"

    answer = client.post(
        answer.url,
        {
            "email": "new@example.org",
            "name": "김하나",
            "password1": "a long password 1",
            "password2": "a long password 1",
            "language": "ko",
            "agree_terms": "on",
            "agree_privacy": "on",
            "next": link(invitation),
        },
    )
    assert answer.url == link(invitation)
    client.post(link(invitation))

    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.ACCEPTED
    assert mail.outbox == []


def test_a_known_person_signs_in_first(client, invitation):
    UserFactory(email="new@example.org")

    assert client.post(link(invitation)).url.startswith(reverse("account_login"))


# Who may open what

SIGNED_IN = ("organization", "profile")
NEWCOMERS = ("start", "register_supplier", "register_institution")
MEMBERS = ("members",)
ADMINISTRATORS = ("organization_edit", "invite")
POLICY = [
    (role, name, 200 if allowed else 403)
    for role, groups in {
        "newcomer": [SIGNED_IN, NEWCOMERS],
        "officer": [SIGNED_IN, NEWCOMERS, MEMBERS],
        "administrator": [SIGNED_IN, NEWCOMERS, MEMBERS, ADMINISTRATORS],
        "institution": [SIGNED_IN, NEWCOMERS, MEMBERS, ADMINISTRATORS],
        "pps": [SIGNED_IN],
    }.items()
    for name in SIGNED_IN + NEWCOMERS + MEMBERS + ADMINISTRATORS
    for allowed in [any(name in group for group in groups)]
]
PEOPLE = {
    "newcomer": UserFactory,
    "officer": lambda: SupplierUserFactory(role=MemberRole.OFFICER),
    "administrator": SupplierUserFactory,
    "institution": InstitutionUserFactory,
    "pps": PpsUserFactory,
}


@pytest.mark.parametrize(("role", "name", "status"), POLICY)
def test_policy(client, role, name, status):
    client.force_login(PEOPLE[role]())

    assert client.get(url(name)).status_code == status


@pytest.mark.parametrize("name", SIGNED_IN + NEWCOMERS + MEMBERS + ADMINISTRATORS)
def test_visitors_are_sent_to_the_sign_in(client, name):
    assert client.get(url(name)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["terms", "privacy"])
def test_what_people_agree_to_is_public(client, name):
    assert client.get(url(name)).status_code == 200


@pytest.mark.parametrize(
    "route",
    [
        "account_email",
        "account_change_password",
        "account_logout",
        "account_reauthenticate",
        "account_reset_password",
        "account_reset_password_done",
        "mfa_index",
        "usersessions_list",
    ],
)
def test_every_page_of_one_s_own_account_opens(client, route):
    client.force_login(InstitutionUserFactory())

    assert client.get(reverse(route)).status_code == 200


def test_who_has_no_organization_is_shown_the_way_to_one(client):
    client.force_login(UserFactory())
    way = reverse("accounts:start")
    assert way in client.get(reverse("products:mine")).content.decode()

    client.force_login(InstitutionUserFactory())
    assert way not in client.get(reverse("products:mine")).content.decode()
