from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import perms
from accounts.enums import Fact, MemberRole, MembershipAction, MembershipStatus, OrganizationStatus
from accounts.errors import LastAdministrator
from accounts.models import Membership, Organization, User
from accounts.selectors import administrators_of
from accounts.services.organizations import locked_organization
from accounts.workflow import MEMBERSHIP_WORKFLOW, keeps_an_administrator
from core.audit import record
from core.errors import DomainError, NotPermitted
from core.notifications import notify, notify_all
from core.workflow import System

MEMBERS_URL = "/my/organization/members/"


def locked_membership(*, membership_id: int) -> Membership:
    """Lock the organization first: two administrators who leave at once must see each other."""
    organization_id = Membership.objects.values_list("organization_id", flat=True).get(pk=membership_id)
    locked_organization(organization_id=organization_id)
    return (
        Membership.objects.select_for_update(of=("self",)).select_related("user", "organization").get(pk=membership_id)
    )


def become_member(*, user: User, organization: Organization, role: str, decided_by: User | None) -> Membership:
    """Insert an active membership and make it the current one where the person has none."""
    membership = Membership.objects.create(
        user=user,
        organization=organization,
        role=role,
        status=MembershipStatus.ACTIVE,
        joined_at=timezone.now(),
        decided_by=decided_by,
    )
    make_current(user=user, organization=organization, only_if_none=True)
    return membership


def make_current(*, user: User, organization: Organization | None, only_if_none: bool = False) -> None:
    """Set what the person works for now; ``only_if_none`` keeps a present choice that still holds."""
    user.forget()
    if only_if_none and user.current_organization_id in user.active_memberships():
        return
    user.current_organization = organization
    user.save(update_fields=["current_organization"])


@transaction.atomic
def add_member(*, actor: User, organization_id: int, user_id: int, role: str) -> Membership:
    """Make somebody a member at once: portal administrators, and the set-up of demonstration data through them.

    Raises:
        NotPermitted: the actor is not a portal administrator.
        DomainError: the person is a member, or has asked to become one, already.
    """
    if not perms.may_manage_staff(actor):
        raise NotPermitted
    organization = locked_organization(organization_id=organization_id)
    person = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    _refuse_second_membership(person, organization)
    membership = become_member(user=person, organization=organization, role=role, decided_by=actor)
    record(actor=actor, verb="add_member", target=membership, after=membership.status, details={"role": str(role)})
    return membership


def _refuse_second_membership(person: User, organization: Organization) -> None:
    open_states = (MembershipStatus.REQUESTED, MembershipStatus.ACTIVE)
    present = Membership.objects.filter(user=person, organization=organization, status__in=open_states).first()
    if present is None:
        return
    if present.status == MembershipStatus.ACTIVE:
        raise DomainError(_("This person is a member of the organization already."))
    raise DomainError(_("A request to join this organization is waiting already. Its administrators will answer it."))


@transaction.atomic
def request_to_join(*, actor: User, organization_id: int, message: str = "") -> Membership:
    """Ask the administrators of an organization to be let in.

    Raises:
        NotPermitted: PPS staff do not join organizations.
        DomainError: already a member, already asked, or the organization is closed.
    """
    if not perms.may_register_organization(actor):
        raise NotPermitted
    organization = locked_organization(organization_id=organization_id)
    if organization.status == OrganizationStatus.CLOSED:
        raise DomainError(_("This organization is closed. Ask PPS if you think that is wrong."))
    _refuse_second_membership(actor, organization)
    membership = Membership.objects.create(
        user=actor, organization=organization, role=MemberRole.OFFICER, message=message
    )
    record(actor=actor, verb="request_to_join", target=membership, after=membership.status)
    notify_all(
        recipients=administrators_of(organization_id=organization.pk),
        kind=Fact.JOIN_REQUESTED,
        url=MEMBERS_URL,
        person=actor.name,
        organization=organization.name,
    )
    return membership


def let_in(*, actor: User | System, membership: Membership, role: str, decided_by: User | None) -> None:
    """Turn a waiting request into a membership; the caller holds the locks and tells people."""
    before = MEMBERSHIP_WORKFLOW.advance(membership, MembershipAction.ACCEPT, actor)
    membership.role = role
    membership.joined_at = timezone.now()
    membership.decided_by = decided_by
    membership.save(update_fields=["status", "role", "joined_at", "decided_by"])
    make_current(user=membership.user, organization=membership.organization, only_if_none=True)
    record(
        actor=actor,
        verb=MembershipAction.ACCEPT,
        target=membership,
        before=before,
        after=membership.status,
        details={"role": str(role)},
    )


@transaction.atomic
def accept_request(*, actor: User, membership_id: int, role: str = MemberRole.OFFICER) -> Membership:
    """Let somebody in who asked."""
    membership = locked_membership(membership_id=membership_id)
    let_in(actor=actor, membership=membership, role=role, decided_by=actor)
    notify(
        recipient=membership.user,
        kind=Fact.JOIN_ACCEPTED,
        url="/my/organization/",
        organization=membership.organization.name,
    )
    return membership


@transaction.atomic
def reject_request(*, actor: User, membership_id: int, reason: str) -> Membership:
    """Turn down somebody who asked to be let in."""
    membership = locked_membership(membership_id=membership_id)
    before = MEMBERSHIP_WORKFLOW.advance(membership, MembershipAction.REJECT, actor)
    membership.reason = reason
    membership.decided_by = actor
    membership.save(update_fields=["status", "reason", "decided_by"])
    record(
        actor=actor,
        verb=MembershipAction.REJECT,
        target=membership,
        before=before,
        after=membership.status,
        reason=reason,
    )
    notify(
        recipient=membership.user,
        kind=Fact.JOIN_REJECTED,
        url="/my/organization/",
        organization=membership.organization.name,
        reason=reason,
    )
    return membership


@transaction.atomic
def withdraw_request(*, actor: User, membership_id: int) -> Membership:
    """Take back one's own request to join."""
    return _end(actor, membership_id, MembershipAction.WITHDRAW)


@transaction.atomic
def leave_organization(*, actor: User, membership_id: int) -> Membership:
    """Stop acting for an organization. The last administrator cannot leave."""
    membership = _end(actor, membership_id, MembershipAction.LEAVE)
    notify_all(
        recipients=administrators_of(organization_id=membership.organization_id),
        kind=Fact.MEMBER_LEFT,
        url=MEMBERS_URL,
        person=membership.user.name,
        organization=membership.organization.name,
    )
    return membership


@transaction.atomic
def remove_member(*, actor: User, membership_id: int, reason: str) -> Membership:
    """Take somebody out of the organization, with a reason that they are told."""
    membership = _end(actor, membership_id, MembershipAction.REMOVE, reason)
    notify(
        recipient=membership.user,
        kind=Fact.MEMBER_REMOVED,
        url="/my/organization/",
        organization=membership.organization.name,
        reason=reason,
    )
    return membership


def _end(actor: User, membership_id: int, action: MembershipAction, reason: str = "") -> Membership:
    membership = locked_membership(membership_id=membership_id)
    before = MEMBERSHIP_WORKFLOW.advance(membership, action, actor)
    membership.left_at = timezone.now()
    membership.reason = reason
    membership.save(update_fields=["status", "left_at", "reason"])
    person = membership.user
    person.forget()
    if person.current_organization_id == membership.organization_id:
        others = list(person.active_memberships().values())
        make_current(user=person, organization=others[0].organization if others else None)
    if actor.pk == person.pk:
        actor.refresh_from_db(fields=["current_organization"])
    record(actor=actor, verb=action, target=membership, before=before, after=membership.status, reason=reason)
    return membership


@transaction.atomic
def change_role(*, actor: User, membership_id: int, role: str) -> Membership:
    """Give a member another role.

    Raises:
        NotPermitted: the actor is not an administrator of the organization.
        LastAdministrator: nobody would be left to administer it.
        DomainError: the person is not an active member.
    """
    membership = locked_membership(membership_id=membership_id)
    if not perms.is_admin_of(actor, membership.organization_id):
        raise NotPermitted
    if membership.status != MembershipStatus.ACTIVE:
        raise DomainError(_("Only active members have a role. Reload the page."))
    if role != MemberRole.ADMIN and (reason := keeps_an_administrator(membership)):
        raise LastAdministrator(reason)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    membership.user.forget()
    if actor.pk == membership.user_id:
        actor.forget()
    record(actor=actor, verb="change_role", target=membership, details={"from": str(before), "to": str(role)})
    if membership.user_id != actor.pk:
        notify(
            recipient=membership.user,
            kind=Fact.ROLE_CHANGED,
            url="/my/organization/",
            organization=membership.organization.name,
            role=str(role),
        )
    return membership


@transaction.atomic
def switch_organization(*, actor: User, organization_id: int) -> Organization:
    """Work for another of one's organizations from now on.

    Raises:
        NotPermitted: not an active member of it.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    membership = perms.membership_in(person, organization_id)
    if membership is None:
        raise NotPermitted
    before = person.current_organization_id
    make_current(user=person, organization=membership.organization)
    actor.refresh_from_db(fields=["current_organization"])
    record(actor=actor, verb="switch_organization", target=person, details={"from": before, "to": organization_id})
    return membership.organization
