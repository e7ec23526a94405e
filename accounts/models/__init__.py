from accounts.models.invitations import Invitation
from accounts.models.memberships import Membership, MembershipQuerySet, RecoveryRequest
from accounts.models.organizations import Organization, OrganizationName, Province
from accounts.models.people import Consent, StaffRole, User

__all__ = [
    "Consent",
    "Invitation",
    "Membership",
    "MembershipQuerySet",
    "Organization",
    "OrganizationName",
    "Province",
    "RecoveryRequest",
    "StaffRole",
    "User",
]
