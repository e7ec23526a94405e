from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import perms
from accounts.enums import (
    Fact,
    MemberRole,
    MembershipAction,
    MembershipStatus,
    OrganizationStatus,
    PpsRole,
    RecoveryAction,
    RecoveryStatus,
)
from accounts.models import Membership, Organization, RecoveryRequest, User
from accounts.selectors import administrators_of, pps_staff
from accounts.services.memberships import become_member, make_current
from accounts.services.organizations import locked_organization
from accounts.workflow import MEMBERSHIP_WORKFLOW, RECOVERY_WORKFLOW
from core.audit import record
from core.errors import DomainError, NotPermitted
from core.notifications import notify, notify_all
from core.uploads import attach_files


@transaction.atomic
def request_recovery(
    *, actor: User, organization_id: int, explanation: str, file_ids: tuple[str, ...] = ()
) -> RecoveryRequest:
    """Ask PPS to appoint oneself administrator, because nobody is left who could.

    Administrators whose accounts still work are told, so that nobody takes an organization over behind their backs.

    Raises:
        NotPermitted: PPS staff do not administer organizations.
        DomainError: the person administers it already, has asked already, or the organization is closed.
    """
    if not perms.may_register_organization(actor):
        raise NotPermitted
    organization = locked_organization(organization_id=organization_id)
    if organization.status == OrganizationStatus.CLOSED:
        raise DomainError(_("This organization is closed. Ask PPS if you think that is wrong."))
    if perms.is_admin_of(actor, organization_id):
        raise DomainError(_("You are an administrator of this organization already."))
    if RecoveryRequest.objects.filter(
        organization=organization, requested_by=actor, status=RecoveryStatus.REQUESTED
    ).exists():
        raise DomainError(_("PPS has your request already and will answer it."))
    request = RecoveryRequest.objects.create(organization=organization, requested_by=actor, explanation=explanation)
    if file_ids:
        attach_files(actor=actor, file_ids=list(file_ids), target=request, purpose="recovery")
    record(actor=actor, verb="request_recovery", target=request, after=request.status, reason=explanation)
    told = {"person": actor.name, "organization": organization.name}
    notify_all(
        recipients=pps_staff(role=PpsRole.ADMIN),
        kind=Fact.RECOVERY_REQUESTED,
        url=f"/admin/accounts/recoveryrequest/{request.pk}/change/",
        **told,
    )
    notify_all(
        recipients=administrators_of(organization_id=organization_id),
        kind=Fact.RECOVERY_REQUESTED,
        url="/my/organization/members/",
        **told,
    )
    return request


def _locked(recovery_id: int) -> tuple[Organization, RecoveryRequest]:
    organization_id = RecoveryRequest.objects.values_list("organization_id", flat=True).get(pk=recovery_id)
    organization = locked_organization(organization_id=organization_id)
    request = (
        RecoveryRequest.objects.select_for_update(of=("self",))
        .select_related("requested_by", "organization")
        .get(pk=recovery_id)
    )
    return organization, request


@transaction.atomic
def appoint_administrator(*, actor: User, recovery_id: int, reason: str) -> RecoveryRequest:
    """PPS makes the person who asked an administrator of the organization."""
    organization, request = _locked(recovery_id)
    request = _decide(actor, request, RecoveryAction.APPOINT, reason)
    _make_administrator(actor, organization, request.requested_by, reason)
    return request


@transaction.atomic
def decline_recovery(*, actor: User, recovery_id: int, reason: str) -> RecoveryRequest:
    """PPS leaves the organization's administration as it is."""
    _organization, request = _locked(recovery_id)
    return _decide(actor, request, RecoveryAction.DECLINE, reason)


def _decide(actor: User, request: RecoveryRequest, action: RecoveryAction, reason: str) -> RecoveryRequest:
    before = RECOVERY_WORKFLOW.advance(request, action, actor)
    request.decided_by = actor
    request.decided_at = timezone.now()
    request.decision_reason = reason
    request.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    record(actor=actor, verb=action, target=request, before=before, after=request.status, reason=reason)
    notify(
        recipient=request.requested_by,
        kind=Fact.RECOVERY_DECIDED,
        url="/my/organization/",
        organization=request.organization.name,
        state=str(request.status),
        reason=reason,
    )
    return request


def _make_administrator(actor: User, organization: Organization, person: User, reason: str) -> None:
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .filter(
            user=person,
            organization=organization,
            status__in=(MembershipStatus.REQUESTED, MembershipStatus.ACTIVE),
        )
        .first()
    )
    if membership is None:
        become_member(user=person, organization=organization, role=MemberRole.ADMIN, decided_by=actor)
        return
    membership.role = MemberRole.ADMIN
    if membership.status == MembershipStatus.REQUESTED:
        before = MEMBERSHIP_WORKFLOW.advance(membership, MembershipAction.APPOINT, actor)
        membership.joined_at = timezone.now()
        membership.decided_by = actor
        record(
            actor=actor,
            verb=MembershipAction.APPOINT,
            target=membership,
            before=before,
            after=membership.status,
            reason=reason,
        )
    membership.save(update_fields=["status", "role", "joined_at", "decided_by"])
    make_current(user=person, organization=organization, only_if_none=True)
