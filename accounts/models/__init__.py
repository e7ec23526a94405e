from accounts.models.invitations import Invitation
from accounts.models.memberships import Membership, RecoveryRequest
from accounts.models.organizations import Organization, OrganizationName, Province
from accounts.models.people import Consent, StaffRole, User

__all__ = [
    "Consent",
    "Invitation",
    "Membership",
    "Organization",
    "OrganizationName",
    "Province",
    "RecoveryRequest",
    "StaffRole",
    "User",
]
