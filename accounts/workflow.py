from django.utils.translation import gettext as _

from accounts import perms
from accounts.enums import (
    INVITATION_EDGES,
    MEMBERSHIP_EDGES,
    ORGANIZATION_EDGES,
    RECOVERY_EDGES,
    InvitationAction,
    MemberRole,
    MembershipAction,
    OrganizationAction,
    RecoveryAction,
)
from accounts.models import Invitation, Membership
from core.workflow import Rule, Workflow


def keeps_an_administrator(membership: Membership) -> str | None:
    """An organization whose last administrator left could never let anybody in again."""
    if membership.role != MemberRole.ADMIN:
        return None
    others = Membership.objects.of_organization(membership.organization_id).administrators().exclude(pk=membership.pk)
    if others.exists():
        return None
    return _("This is the last administrator of the organization. Make another member administrator first.")


def is_still_valid(invitation: Invitation) -> str | None:
    if not invitation.is_overdue:
        return None
    return _("This invitation has expired. Ask the person who invited you for a new one.")


ORGANIZATION_WORKFLOW = Workflow(
    "accounts.Organization",
    ORGANIZATION_EDGES,
    {
        OrganizationAction.CONFIRM: Rule(perms.may_decide_organization),
        OrganizationAction.REJECT: Rule(perms.may_decide_organization),
        OrganizationAction.RESUBMIT: Rule(perms.may_administer_organization),
        OrganizationAction.SUSPEND: Rule(perms.may_close_organization),
        OrganizationAction.RESTORE: Rule(perms.may_close_organization),
        OrganizationAction.CLOSE: Rule(perms.may_close_organization),
    },
)

MEMBERSHIP_WORKFLOW = Workflow(
    "accounts.Membership",
    MEMBERSHIP_EDGES,
    {
        # The portal accepts when the person who asked was invited as well.
        MembershipAction.ACCEPT: Rule(perms.may_decide_membership, system=True),
        MembershipAction.REJECT: Rule(perms.may_decide_membership),
        MembershipAction.WITHDRAW: Rule(perms.is_own_membership),
        MembershipAction.LEAVE: Rule(perms.is_own_membership, guards=(keeps_an_administrator,)),
        MembershipAction.REMOVE: Rule(perms.may_decide_membership, guards=(keeps_an_administrator,)),
        MembershipAction.APPOINT: Rule(perms.may_appoint_administrator),
    },
)

INVITATION_WORKFLOW = Workflow(
    "accounts.Invitation",
    INVITATION_EDGES,
    {
        # The system rule serves apps whose guests answer through the link without an account of their own.
        InvitationAction.ACCEPT: Rule(perms.may_answer_invitation, guards=(is_still_valid,), system=True),
        InvitationAction.REVOKE: Rule(perms.may_revoke_invitation),
        InvitationAction.EXPIRE: Rule(perms.nobody, system=True),
    },
)

RECOVERY_WORKFLOW = Workflow(
    "accounts.RecoveryRequest",
    RECOVERY_EDGES,
    {
        RecoveryAction.APPOINT: Rule(perms.may_appoint_administrator),
        RecoveryAction.DECLINE: Rule(perms.may_appoint_administrator),
    },
)
