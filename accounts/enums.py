from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.workflow import Edges


class Language(models.TextChoices):
    KO = "ko", "한국어"
    EN = "en", "English"


class OrganizationKind(models.TextChoices):
    SUPPLIER = "supplier", _("Supplier")
    INSTITUTION = "institution", _("Demand institution")
    PPS = "pps", _("Public Procurement Service")
    MINISTRY = "ministry", _("Ministry")
    OVERSEAS_INSTITUTION = "overseas_institution", _("Overseas institution")
    PARTNER_AGENCY = "partner_agency", _("Partner agency")
    RESEARCH_INSTITUTE = "research_institute", _("Research institute")


class InstitutionKind(models.TextChoices):
    CENTRAL = "central", _("Central government")
    LOCAL = "local", _("Local government")
    PUBLIC_CORPORATION = "public_corporation", _("Public corporation")
    LOCAL_PUBLIC_CORPORATION = "local_public_corporation", _("Local public corporation")
    EDUCATION = "education", _("Education")
    OTHER = "other", _("Other public institution")


class OrganizationStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for confirmation")
    CONFIRMED = "confirmed", pgettext_lazy("organization", "Confirmed")
    REJECTED = "rejected", pgettext_lazy("organization", "Turned down")
    SUSPENDED = "suspended", pgettext_lazy("organization", "Suspended")
    CLOSED = "closed", pgettext_lazy("organization", "Closed")


class OrganizationAction(models.TextChoices):
    CONFIRM = "confirm", _("Confirm organization")
    REJECT = "reject", _("Turn down organization")
    RESUBMIT = "resubmit", _("Submit again")
    SUSPEND = "suspend", _("Suspend organization")
    RESTORE = "restore", _("Lift suspension")
    CLOSE = "close", _("Close organization")


class MemberRole(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    APPROVER = "approver", _("Approver")
    OFFICER = "officer", _("Officer")


class MembershipStatus(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("membership", "Requested")
    ACTIVE = "active", pgettext_lazy("membership", "Active")
    REJECTED = "rejected", pgettext_lazy("membership", "Turned down")
    LEFT = "left", pgettext_lazy("membership", "Left")


class MembershipAction(models.TextChoices):
    ACCEPT = "accept", _("Accept request")
    REJECT = "reject", _("Turn down request")
    WITHDRAW = "withdraw", _("Withdraw request")
    LEAVE = "leave", _("Leave organization")
    REMOVE = "remove", _("Remove member")
    APPOINT = "appoint", _("Appoint as administrator")


class InvitationKind(models.TextChoices):
    """Kinds of this app. Higher apps add theirs with ``accounts.services.register_invitation_kind``."""

    MEMBER = "accounts.member", _("Member of an organization")


class InvitationStatus(models.TextChoices):
    SENT = "sent", pgettext_lazy("invitation", "Sent")
    ACCEPTED = "accepted", pgettext_lazy("invitation", "Accepted")
    REVOKED = "revoked", pgettext_lazy("invitation", "Revoked")
    EXPIRED = "expired", pgettext_lazy("invitation", "Expired")


class InvitationAction(models.TextChoices):
    ACCEPT = "accept", _("Accept invitation")
    REVOKE = "revoke", _("Revoke invitation")
    EXPIRE = "expire", _("Let invitation expire")


class RecoveryStatus(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("recovery", "Requested")
    APPOINTED = "appointed", pgettext_lazy("recovery", "Administrator appointed")
    DECLINED = "declined", pgettext_lazy("recovery", "Turned down")


class RecoveryAction(models.TextChoices):
    APPOINT = "appoint", _("Appoint the person as administrator")
    DECLINE = "decline", _("Turn down recovery request")


class PpsRole(models.TextChoices):
    DESIGNATION = "designation", _("Designation desk")
    REVIEWER = "reviewer", _("Pilot reviewer")
    MATCHER = "matcher", _("Matcher")
    CONTRACT = "contract", _("Contract officer")
    INSPECTOR = "inspector", _("Inspection officer")
    APPROVER = "approver", _("Approval head")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Portal administrator")


class ConsentDocument(models.TextChoices):
    TERMS = "terms", _("Terms of use")
    PRIVACY = "privacy", _("Collection and use of personal data")


class Fact(models.TextChoices):
    ORGANIZATION_CONFIRMED = "accounts.organization_confirmed", _("My organization was confirmed")
    ORGANIZATION_REJECTED = "accounts.organization_rejected", _("My organization was turned down")
    ORGANIZATION_SUSPENDED = "accounts.organization_suspended", _("My organization was suspended or restored")
    ORGANIZATION_SUBMITTED = "accounts.organization_submitted", _("An organization waits for confirmation")
    JOIN_REQUESTED = "accounts.join_requested", _("Somebody asks to join my organization")
    JOIN_ACCEPTED = "accounts.join_accepted", _("My request to join was accepted")
    JOIN_REJECTED = "accounts.join_rejected", _("My request to join was turned down")
    MEMBER_LEFT = "accounts.member_left", _("A member left my organization")
    MEMBER_REMOVED = "accounts.member_removed", _("I was removed from an organization")
    ROLE_CHANGED = "accounts.role_changed", _("My role in an organization was changed")
    INVITATION_ACCEPTED = "accounts.invitation_accepted", _("My invitation was accepted")
    RECOVERY_REQUESTED = "accounts.recovery_requested", _("An organization asks for a new administrator")
    RECOVERY_DECIDED = "accounts.recovery_decided", _("My recovery request was decided")


# Facts that one kind of organization alone is told; everybody else needs no choice about their mail.
TOLD_ONLY = {
    "pps": frozenset({Fact.ORGANIZATION_SUBMITTED}),
}


_O, _OA = OrganizationStatus, OrganizationAction
ORGANIZATION_EDGES: Edges = {
    _OA.CONFIRM: (frozenset({_O.PENDING}), _O.CONFIRMED),
    _OA.REJECT: (frozenset({_O.PENDING}), _O.REJECTED),
    _OA.RESUBMIT: (frozenset({_O.REJECTED}), _O.PENDING),
    _OA.SUSPEND: (frozenset({_O.CONFIRMED}), _O.SUSPENDED),
    _OA.RESTORE: (frozenset({_O.SUSPENDED}), _O.CONFIRMED),
    _OA.CLOSE: (frozenset({_O.CONFIRMED, _O.SUSPENDED, _O.REJECTED}), _O.CLOSED),
}
# An import of an official list brings organizations that need no confirmation.
ORGANIZATION_FIRST = frozenset({_O.PENDING, _O.CONFIRMED})

_M, _MA = MembershipStatus, MembershipAction
MEMBERSHIP_EDGES: Edges = {
    _MA.ACCEPT: (frozenset({_M.REQUESTED}), _M.ACTIVE),
    _MA.REJECT: (frozenset({_M.REQUESTED}), _M.REJECTED),
    _MA.WITHDRAW: (frozenset({_M.REQUESTED}), _M.LEFT),
    _MA.LEAVE: (frozenset({_M.ACTIVE}), _M.LEFT),
    _MA.REMOVE: (frozenset({_M.ACTIVE}), _M.LEFT),
    _MA.APPOINT: (frozenset({_M.REQUESTED}), _M.ACTIVE),
}
# Whoever registers an organization or accepts an invitation is a member at once.
MEMBERSHIP_FIRST = frozenset({_M.REQUESTED, _M.ACTIVE})

_I, _IA = InvitationStatus, InvitationAction
INVITATION_EDGES: Edges = {
    _IA.ACCEPT: (frozenset({_I.SENT}), _I.ACCEPTED),
    _IA.REVOKE: (frozenset({_I.SENT}), _I.REVOKED),
    _IA.EXPIRE: (frozenset({_I.SENT}), _I.EXPIRED),
}

_R, _RA = RecoveryStatus, RecoveryAction
RECOVERY_EDGES: Edges = {
    _RA.APPOINT: (frozenset({_R.REQUESTED}), _R.APPOINTED),
    _RA.DECLINE: (frozenset({_R.REQUESTED}), _R.DECLINED),
}
