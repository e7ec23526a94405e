from typing import Any

from accounts.enums import MemberRole, OrganizationKind, PpsRole
from accounts.models import Invitation, Membership, Organization, RecoveryRequest, User


def is_signed_in(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active)


def is_pps(user: Any) -> bool:
    return bool(is_signed_in(user) and user.is_staff)


def has_pps_role(user: Any, *roles: str) -> bool:
    """Whether the person works at PPS and holds one of the roles (any role, when none is named)."""
    if not is_pps(user):
        return False
    held = user.role_codes()
    return bool(held & {str(role) for role in roles} if roles else held)


def organization_of(user: Any) -> Organization | None:
    """The organization the person works for now, confirmed or not."""
    if not is_signed_in(user):
        return None
    memberships = user.active_memberships()
    current = memberships.get(user.current_organization_id)
    if current is None:
        current = next(iter(memberships.values()), None)
    return current.organization if current else None


def membership_in(user: Any, organization_id: int | None) -> Membership | None:
    if not is_signed_in(user) or organization_id is None:
        return None
    found: Membership | None = user.active_memberships().get(organization_id)
    return found


def acts_for(user: Any, organization_id: int | None) -> bool:
    """Whether the person is an active member of the organization, whichever one is the current one."""
    return membership_in(user, organization_id) is not None


def is_admin_of(user: Any, organization_id: int | None) -> bool:
    membership = membership_in(user, organization_id)
    return membership is not None and membership.role == MemberRole.ADMIN


def may_approve_for(user: Any, organization_id: int | None) -> bool:
    """Whether the person may bind the organization: administrators and approvers."""
    membership = membership_in(user, organization_id)
    return membership is not None and membership.role in {MemberRole.ADMIN, MemberRole.APPROVER}


def _works_as(user: Any, kind: str) -> bool:
    organization = organization_of(user)
    return organization is not None and organization.kind == kind


def is_supplier(user: Any) -> bool:
    return _works_as(user, OrganizationKind.SUPPLIER)


def is_institution(user: Any) -> bool:
    return _works_as(user, OrganizationKind.INSTITUTION)


def may_work_as_supplier(user: Any) -> bool:
    organization = organization_of(user)
    return is_supplier(user) and organization is not None and organization.is_confirmed


def may_work_as_institution(user: Any) -> bool:
    organization = organization_of(user)
    return is_institution(user) and organization is not None and organization.is_confirmed


def may_register_organization(user: Any) -> bool:
    """Everybody but PPS staff, whose offices are not registered by their own people."""
    return is_signed_in(user) and not user.is_staff


def has_organization(user: Any) -> bool:
    return organization_of(user) is not None


def administers_current(user: Any) -> bool:
    organization = organization_of(user)
    return organization is not None and is_admin_of(user, organization.pk)


def may_decide_organization(user: User, organization: Organization) -> bool:
    """Confirming an organization one registered oneself would be confirming oneself."""
    return has_pps_role(user, PpsRole.ADMIN, PpsRole.REVIEWER) and organization.registered_by_id != user.pk


def may_administer_organization(user: User, organization: Organization) -> bool:
    return is_admin_of(user, organization.pk)


def may_close_organization(user: User, organization: Organization) -> bool:
    return has_pps_role(user, PpsRole.ADMIN)


def may_decide_membership(user: User, membership: Membership) -> bool:
    return is_admin_of(user, membership.organization_id) and membership.user_id != user.pk


def is_own_membership(user: User, membership: Membership) -> bool:
    return is_signed_in(user) and membership.user_id == user.pk


def may_appoint_administrator(user: User, case: Membership | RecoveryRequest) -> bool:
    return has_pps_role(user, PpsRole.ADMIN)


def may_answer_invitation(user: User, invitation: Invitation) -> bool:
    """An invitation belongs to the address it was sent to, not to whoever holds the link."""
    return is_signed_in(user) and user.email == invitation.email


def may_revoke_invitation(user: User, invitation: Invitation) -> bool:
    if invitation.organization_id is not None and is_admin_of(user, invitation.organization_id):
        return True
    return has_pps_role(user, PpsRole.ADMIN) or (is_signed_in(user) and invitation.invited_by_id == user.pk)


def nobody(user: Any, case: Any) -> bool:
    """For actions that only the portal takes by itself."""
    return False


def may_manage_staff(user: Any) -> bool:
    return has_pps_role(user, PpsRole.ADMIN)


def may_read_organization_file(actor: Any, target_id: str) -> bool:
    """Proofs of registration: the organization itself, and the PPS people who confirm it."""
    if has_pps_role(actor, PpsRole.ADMIN, PpsRole.REVIEWER, PpsRole.AUDITOR):
        return True
    return target_id.isdigit() and acts_for(actor, int(target_id))
