from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts import perms, services
from accounts.codes.tokens import hash_of
from accounts.enums import Fact, InvitationKind, InvitationStatus, MemberRole, MembershipStatus
from accounts.models import Invitation
from core.errors import DomainError, IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification, OutboxMessage
from core.workflow import SYSTEM
from tests.accounts.factories import MembershipFactory, PpsUserFactory, SupplierUserFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief():
    return SupplierUserFactory()


def invited(chief, email="new@example.org", **changes):
    entries = {"organization_id": chief.current_organization_id, "email": email, "role": MemberRole.OFFICER, **changes}
    return services.invite_member(actor=chief, **entries)


def test_an_invitation_stores_only_the_hash_of_its_token(chief):
    invitation = invited(chief, email="New@Example.org")

    token = services.token_of(invitation=invitation)
    assert (invitation.email, invitation.token_hash) == ("new@example.org", hash_of(token))
    assert token not in str(Invitation.objects.values().get())
    assert token not in str(OutboxMessage.objects.values_list("kwargs", flat=True))
    assert AuditEntry.objects.get().verb == "invite"


def test_the_mail_has_the_link_and_speaks_the_invited_persons_language(chief, settings):
    korean, english = invited(chief), invited(chief, email="en@example.org", language="en", message="R&D <b>")

    for invitation in (korean, english):
        services.mail_invitation(invitation_id=invitation.pk)
        services.mail_invitation(invitation_id=invitation.pk)

    assert [message.to for message in mail.outbox] == [["new@example.org"], ["en@example.org"]]
    assert f"{settings.SITE_URL}/invitations/{services.token_of(invitation=korean)}/" in mail.outbox[0].body
    assert "invites you to act for" in mail.outbox[1].body
    assert "R&D <b>" in mail.outbox[1].body


def test_only_administrators_invite(chief):
    officer = SupplierUserFactory(organization=chief.current_organization, role=MemberRole.OFFICER)

    for actor in (officer, SupplierUserFactory(), PpsUserFactory()):
        with pytest.raises(NotPermitted):
            services.invite_member(
                actor=actor, organization_id=chief.current_organization_id, email="x@example.org", role="officer"
            )


def test_members_and_invited_people_are_not_invited_again(chief):
    invited(chief)

    with pytest.raises(DomainError, match="open already"):
        invited(chief, email="NEW@example.org")
    with pytest.raises(DomainError, match="member of the organization already"):
        invited(chief, email=chief.email)


def test_accepting_makes_a_member_and_tells_the_inviter(chief):
    invitation = invited(chief, role=MemberRole.APPROVER)
    person = UserFactory(email="new@example.org")

    services.accept_invitation(actor=person, invitation_id=invitation.pk)

    assert perms.organization_of(person) == chief.current_organization
    assert perms.may_approve_for(person, chief.current_organization_id)
    invitation.refresh_from_db()
    assert (invitation.status, invitation.accepted_by) == (InvitationStatus.ACCEPTED, person)
    assert Notification.objects.get(recipient=chief).kind == Fact.INVITATION_ACCEPTED
    with pytest.raises(IllegalTransition):
        services.accept_invitation(actor=person, invitation_id=invitation.pk)


def test_the_link_is_of_no_use_to_somebody_else(chief):
    invitation = invited(chief)

    with pytest.raises(NotPermitted):
        services.accept_invitation(actor=UserFactory(email="other@example.org"), invitation_id=invitation.pk)

    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.SENT


def test_an_invitation_answers_a_waiting_request(chief):
    person = UserFactory(email="new@example.org")
    waiting = MembershipFactory(requested=True, user=person, organization=chief.current_organization, role="officer")
    invitation = invited(chief, role=MemberRole.ADMIN)

    services.accept_invitation(actor=person, invitation_id=invitation.pk)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.role, waiting.decided_by) == (MembershipStatus.ACTIVE, MemberRole.ADMIN, chief)


def test_staff_cannot_accept_into_an_organization(chief):
    invitation = invited(chief)

    with pytest.raises(DomainError, match="PPS staff cannot join"):
        services.accept_invitation(actor=PpsUserFactory(email="new@example.org"), invitation_id=invitation.pk)

    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.SENT


def test_an_expired_link_is_refused_swept_and_replaced(chief):
    invitation = invited(chief)
    other = invited(chief, email="second@example.org")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    person = UserFactory(email="new@example.org")

    with pytest.raises(IllegalTransition, match="expired"):
        services.accept_invitation(actor=person, invitation_id=invitation.pk)
    assert invited(chief).pk != invitation.pk
    assert services.expire_invitations() == 1
    assert services.expire_invitations() == 0

    other.refresh_from_db()
    assert other.status == InvitationStatus.EXPIRED
    assert AuditEntry.objects.filter(verb="expire", actor=None).count() == 2


def test_a_revoked_link_is_refused_and_not_mailed(chief):
    invitation = invited(chief)
    stranger = SupplierUserFactory()

    with pytest.raises(NotPermitted):
        services.revoke_invitation(actor=stranger, invitation_id=invitation.pk)
    services.revoke_invitation(actor=chief, invitation_id=invitation.pk)
    services.mail_invitation(invitation_id=invitation.pk)

    assert mail.outbox == []
    with pytest.raises(IllegalTransition):
        services.accept_invitation(actor=UserFactory(email="new@example.org"), invitation_id=invitation.pk)


def test_sending_again_gives_the_same_link_its_full_time(chief):
    invitation = invited(chief)
    services.mail_invitation(invitation_id=invitation.pk)
    Invitation.objects.update(expires_at=timezone.now() + timedelta(hours=1))

    services.resend_invitation(actor=chief, invitation_id=invitation.pk)
    services.mail_invitation(invitation_id=invitation.pk)

    invitation.refresh_from_db()
    assert invitation.expires_at > timezone.now() + timedelta(days=13)
    assert len(mail.outbox) == 2
    with pytest.raises(NotPermitted):
        services.resend_invitation(actor=SupplierUserFactory(), invitation_id=invitation.pk)


def test_the_worker_mails_what_the_outbox_names(chief, run_outbox):
    invited(chief)

    run_outbox()

    assert mail.outbox[0].to == ["new@example.org"]


def test_another_app_may_own_a_kind_of_invitation(monkeypatch):
    monkeypatch.setattr("accounts.services.invitations._LANDINGS", {})
    services.register_invitation_kind(kind="overseas.guest", landing=lambda invitation, token: f"/overseas/{token}/")
    case = SupplierUserFactory()
    invitation = services.create_invitation(
        actor=PpsUserFactory(), kind="overseas.guest", email="guest@example.com", language="en", target=case
    )

    token = services.token_of(invitation=invitation)
    assert services.landing_of(invitation=invitation, token=token) == f"/overseas/{token}/"
    assert (invitation.target_type, invitation.target_id) == ("accounts.user", str(case.pk))
    services.accept_invitation(actor=SYSTEM, invitation_id=invitation.pk)
    invitation.refresh_from_db()
    assert (invitation.status, invitation.accepted_by) == (InvitationStatus.ACCEPTED, None)


def test_kinds_of_this_app_have_no_other_page(chief):
    invitation = invited(chief)

    assert invitation.kind == InvitationKind.MEMBER
    assert services.landing_of(invitation=invitation, token="x") is None
