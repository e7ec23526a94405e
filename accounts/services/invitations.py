from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import perms
from accounts.codes.tokens import hash_of
from accounts.enums import Fact, InvitationAction, InvitationKind, InvitationStatus
from accounts.errors import InvitationUnusable
from accounts.models import Invitation, Organization, User
from accounts.selectors import members_of
from accounts.services.memberships import become_member, let_in
from accounts.services.organizations import locked_organization
from accounts.workflow import INVITATION_WORKFLOW
from core.audit import record
from core.errors import DomainError, NotPermitted
from core.notifications import notify
from core.outbox import enqueue
from core.workflow import SYSTEM, System

VALID_DAYS = 14
# kind -> page of the app that knows what this kind of invitation is about; gets the invitation and its token
_LANDINGS: dict[str, Callable[[Invitation, str], str]] = {}


def register_invitation_kind(*, kind: str, landing: Callable[[Invitation, str], str]) -> None:
    """Let a higher app own a kind of invitation: ``landing(invitation, token)`` is the path of its page.

    Called from the app's ``ready``. Its mail is ``templates/<app>/mail/invitation_<name>_{subject,body}.txt``.
    """
    _LANDINGS[kind] = landing


def landing_of(*, invitation: Invitation, token: str) -> str | None:
    """The page that another app shows for this invitation; None for the kinds of this app."""
    landing = _LANDINGS.get(invitation.kind)
    return landing(invitation, token) if landing else None


def token_of(*, invitation: Invitation) -> str:
    """The secret in the link, derived anew each time: a copy of the database alone opens nothing."""
    return salted_hmac("accounts.invitation", invitation.nonce.hex, algorithm="sha256").hexdigest()


@transaction.atomic
def create_invitation(
    *,
    actor: User | System,
    kind: str,
    email: str,
    name: str = "",
    language: str = "ko",
    organization_id: int | None = None,
    role: str = "",
    message: str = "",
    target: models.Model | None = None,
    landing: str = "",
    valid_days: int = VALID_DAYS,
) -> Invitation:
    """Send a link to an e-mail address. The caller has checked that the actor may; ``invite_member`` does so itself.

    Args:
        actor: who invites.
        kind: an ``InvitationKind``, or a kind registered by another app.
        email: where the link goes.
        name: how the mail addresses the person.
        language: of the mail and of the page behind the link.
        organization_id: the organization that accepting leads into.
        role: the role there.
        message: a few words of the inviting person.
        target: the case the invitation is about.
        landing: a path to go to after accepting.
        valid_days: how long the link works.

    Raises:
        DomainError: an open invitation for the same address and purpose exists.
    """
    invitation = Invitation(
        kind=kind,
        email=email.lower(),
        name=name,
        language=language,
        organization_id=organization_id,
        role=role,
        message=message,
        target_type=target._meta.label_lower if target else "",
        target_id=str(target.pk) if target else "",
        landing=landing,
        invited_by=actor if isinstance(actor, User) else None,
        expires_at=timezone.now() + timedelta(days=valid_days),
    )
    same = Invitation.objects.sent().filter(
        kind=invitation.kind,
        email=invitation.email,
        organization=invitation.organization,
        target_type=invitation.target_type,
        target_id=invitation.target_id,
    )
    for old in same.select_for_update(of=("self",)):
        if not old.is_overdue:
            raise DomainError(_("An invitation to this address is open already. Send it again or revoke it."))
        _expire(old)
    invitation.token_hash = hash_of(token_of(invitation=invitation))
    invitation.save(force_insert=True)
    record(actor=actor, verb="invite", target=invitation, after=invitation.status, details={"role": str(role)})
    enqueue("accounts.mail_invitation", invitation_id=invitation.pk)
    return invitation


@transaction.atomic
def invite_member(
    *,
    actor: User,
    organization_id: int,
    email: str,
    role: str,
    name: str = "",
    message: str = "",
    language: str = "ko",
) -> Invitation:
    """Invite somebody into one's organization.

    Raises:
        NotPermitted: the actor is not an administrator of the organization.
        DomainError: the person is a member already, or an invitation is open.
    """
    if not perms.is_admin_of(actor, organization_id):
        raise NotPermitted
    locked_organization(organization_id=organization_id)
    if members_of(organization_id=organization_id).filter(email=email.lower()).exists():
        raise DomainError(_("This person is a member of the organization already."))
    return create_invitation(
        actor=actor,
        kind=InvitationKind.MEMBER,
        email=email,
        name=name,
        language=language,
        organization_id=organization_id,
        role=role,
        message=message,
    )


def mail_invitation(*, invitation_id: int) -> None:
    """Mail the link once per request to do so. An invitation that is no longer open is nothing to do."""
    with transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("organization", "invited_by")
            .filter(pk=invitation_id, status=InvitationStatus.SENT, mailed_at=None)
            .first()
        )
        if invitation is None:
            return
        app, _dot, fact = invitation.kind.partition(".")
        context: dict[str, Any] = {
            "invitation": invitation,
            "organization": invitation.organization,
            "inviter": invitation.invited_by,
            "link": f"{settings.SITE_URL}/invitations/{token_of(invitation=invitation)}/",
        }
        with translation.override(invitation.language):
            subject = render_to_string(f"{app}/mail/invitation_{fact}_subject.txt", context)
            body = render_to_string(f"{app}/mail/invitation_{fact}_body.txt", context)
        EmailMessage(" ".join(subject.split()), body.strip(), settings.DEFAULT_FROM_EMAIL, [invitation.email]).send()
        invitation.mailed_at = timezone.now()
        invitation.save(update_fields=["mailed_at"])


def _locked(invitation_id: int) -> Invitation:
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization", "invited_by")
        .get(pk=invitation_id)
    )


@transaction.atomic
def resend_invitation(*, actor: User, invitation_id: int) -> Invitation:
    """Mail an open invitation again and let it run for its full time once more.

    Raises:
        NotPermitted: the actor may not dispose of it.
        DomainError: it is no longer open.
    """
    invitation = _locked(invitation_id)
    if not perms.may_revoke_invitation(actor, invitation):
        raise NotPermitted
    if invitation.status != InvitationStatus.SENT:
        raise DomainError(_("This invitation is no longer open. Write a new one."))
    invitation.expires_at = timezone.now() + timedelta(days=VALID_DAYS)
    invitation.mailed_at = None
    invitation.save(update_fields=["expires_at", "mailed_at"])
    record(actor=actor, verb="resend_invitation", target=invitation)
    enqueue("accounts.mail_invitation", invitation_id=invitation.pk)
    return invitation


@transaction.atomic
def accept_invitation(*, actor: User | System, invitation_id: int) -> Invitation:
    """Use the link. For an invitation into an organization the person becomes a member at once.

    ``SYSTEM`` accepts for guests of other apps, who answer through the link without an account.

    Raises:
        NotPermitted: the invitation was sent to another address.
        InvitationUnusable: PPS staff do not join organizations.
        IllegalTransition: it was used, revoked or has expired.
    """
    invitation = _locked(invitation_id)
    organization = (
        locked_organization(organization_id=invitation.organization_id) if invitation.organization_id else None
    )
    before = INVITATION_WORKFLOW.advance(invitation, InvitationAction.ACCEPT, actor)
    person = actor if isinstance(actor, User) else None
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = person
    invitation.save(update_fields=["status", "accepted_at", "accepted_by"])
    if person is not None and organization is not None and invitation.role:
        _join(person, organization, invitation)
    record(actor=actor, verb=InvitationAction.ACCEPT, target=invitation, before=before, after=invitation.status)
    if invitation.invited_by is not None:
        notify(
            recipient=invitation.invited_by,
            kind=Fact.INVITATION_ACCEPTED,
            url="/my/organization/members/",
            email=invitation.email,
            organization=organization.name if organization else "",
        )
    return invitation


def _join(person: User, organization: Organization, invitation: Invitation) -> None:
    if person.is_staff:
        raise InvitationUnusable(_("PPS staff cannot join an organization with their PPS account."))
    waiting = person.memberships.select_for_update(of=("self",)).requested().filter(organization=organization).first()
    if waiting is not None:
        # The person had asked to join as well: the invitation is the administrators' answer.
        let_in(actor=SYSTEM, membership=waiting, role=invitation.role, decided_by=invitation.invited_by)
        person.forget()
    elif not perms.acts_for(person, organization.pk):
        become_member(user=person, organization=organization, role=invitation.role, decided_by=invitation.invited_by)


@transaction.atomic
def revoke_invitation(*, actor: User, invitation_id: int) -> Invitation:
    """Make an open link useless."""
    invitation = _locked(invitation_id)
    before = INVITATION_WORKFLOW.advance(invitation, InvitationAction.REVOKE, actor)
    invitation.save(update_fields=["status"])
    record(actor=actor, verb=InvitationAction.REVOKE, target=invitation, before=before, after=invitation.status)
    return invitation


def expire_invitations() -> int:
    """Close the links whose time is over; returns how many."""
    count = 0
    for key in Invitation.objects.overdue().values_list("pk", flat=True):
        with transaction.atomic():
            invitation = _locked(key)
            if invitation.status == InvitationStatus.SENT and invitation.is_overdue:
                _expire(invitation)
                count += 1
    return count


def _expire(invitation: Invitation) -> None:
    before = INVITATION_WORKFLOW.advance(invitation, InvitationAction.EXPIRE, SYSTEM)
    invitation.save(update_fields=["status"])
    record(actor=SYSTEM, verb=InvitationAction.EXPIRE, target=invitation, before=before, after=invitation.status)
