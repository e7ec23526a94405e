from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import perms
from accounts.codes import business_number, institution_code
from accounts.codes.tokens import hash_of
from accounts.enums import (
    MemberRole,
    MembershipStatus,
    OrganizationStatus,
    PpsRole,
    RecoveryStatus,
)
from accounts.models import (
    Invitation,
    Membership,
    MembershipQuerySet,
    Organization,
    OrganizationName,
    Province,
    RecoveryRequest,
    User,
)
from core.dashboard import Card, Queue


def members_of(*, organization_id: int) -> QuerySet[User]:
    """The people who act for an organization."""
    return User.objects.members_of(organization_id).order_by("name", "-pk")


def administrators_of(*, organization_id: int) -> QuerySet[User]:
    """The people who may let others into an organization."""
    return (
        User.objects.active()
        .filter(
            memberships__organization_id=organization_id,
            memberships__status=MembershipStatus.ACTIVE,
            memberships__role=MemberRole.ADMIN,
        )
        .order_by("name", "-pk")
    )


def approvers_of(*, organization_id: int) -> QuerySet[User]:
    """The people who may bind an organization: administrators and approvers."""
    return (
        User.objects.active()
        .filter(
            memberships__organization_id=organization_id,
            memberships__status=MembershipStatus.ACTIVE,
            memberships__role__in=(MemberRole.ADMIN, MemberRole.APPROVER),
        )
        .order_by("name", "-pk")
    )


def pps_staff(*, role: str | None = None) -> QuerySet[User]:
    """PPS people, all of them or those with one role."""
    people = User.objects.active().filter(is_staff=True)
    if role is not None:
        people = people.filter(staff_roles__role=role)
    return people.order_by("name", "-pk")


def provinces() -> QuerySet[Province]:
    """The 17 provinces in the usual order."""
    return Province.objects.order_by("order")


def membership_rows(*, organization_id: int, text: str = "") -> QuerySet[Membership]:
    """The active members of an organization with their people, administrators first; ``text`` looks for a person."""
    rows = Membership.objects.of_organization(organization_id).active()
    if text:
        rows = rows.filter(Q(user__name__icontains=text) | Q(user__email__icontains=text))
    return rows.select_related("user").order_by("role", "user__name", "-pk")


def join_requests(*, organization_id: int) -> QuerySet[Membership]:
    """Who waits to be let in, the longest waiting first."""
    return (
        Membership.objects.of_organization(organization_id)
        .requested()
        .select_related("user")
        .order_by("requested_at", "-pk")
    )


def open_invitations(*, organization_id: int) -> QuerySet[Invitation]:
    """Links that were sent and not used yet."""
    rows = Invitation.objects.sent().filter(organization_id=organization_id)
    return rows.select_related("invited_by").order_by("-created_at", "-pk")


def former_members(*, organization_id: int) -> QuerySet[Membership]:
    """Who acted for the organization and left, the last first."""
    return (
        Membership.objects.of_organization(organization_id)
        .filter(status=MembershipStatus.LEFT, joined_at__isnull=False)
        .select_related("user")
        .order_by("-left_at", "-pk")
    )


def own_memberships(*, actor: User) -> MembershipQuerySet:
    """One's memberships and waiting requests, over all organizations."""
    return (
        Membership.objects.filter(user=actor)
        .exclude(status=MembershipStatus.LEFT)
        .select_related("organization")
        .order_by("-requested_at", "-pk")
    )


def own_recovery_requests(*, actor: User) -> QuerySet[RecoveryRequest]:
    """What one asked PPS for, newest first."""
    return (
        RecoveryRequest.objects.filter(requested_by=actor)
        .select_related("organization")
        .order_by("-requested_at", "-pk")
    )


def memberships_to_decide(*, actor: User) -> QuerySet[Membership]:
    """Every membership in the organizations that the actor administers; the pages pick single rows from it."""
    mine = Membership.objects.active().filter(user=actor, role=MemberRole.ADMIN).values("organization_id")
    return Membership.objects.filter(organization_id__in=mine).select_related("user", "organization")


def invitations_to_manage(*, actor: User) -> QuerySet[Invitation]:
    """Invitations into the organizations that the actor administers."""
    mine = Membership.objects.active().filter(user=actor, role=MemberRole.ADMIN).values("organization_id")
    return Invitation.objects.filter(organization_id__in=mine)


def organizations_to_join(*, actor: User) -> QuerySet[Organization]:
    """Organizations that somebody outside may ask to join."""
    inside = Membership.objects.active().filter(user=actor).values("organization_id")
    return Organization.objects.exclude(status=OrganizationStatus.CLOSED).exclude(pk__in=inside)


def names_of(*, organization_id: int) -> QuerySet[OrganizationName]:
    """What the organization is and was called, the present name first."""
    rows = OrganizationName.objects.filter(organization_id=organization_id)
    return rows.order_by("-valid_from", "-pk")


def organization_by_number(*, number: str) -> Organization | None:
    """The organization with this business number or institution code, however it was typed."""
    digits, code = business_number.compact(number), institution_code.compact(number)
    if business_number.is_valid(digits):
        return Organization.objects.filter(business_no=digits).first()
    return Organization.objects.filter(institution_code=code).first() if institution_code.is_valid(code) else None


def search_organizations(*, text: str, kind: str | None = None) -> QuerySet[Organization]:
    """Confirmed organizations by present or former name, or by number."""
    rows = Organization.objects.confirmed()
    if kind is not None:
        rows = rows.filter(kind=kind)
    if text:
        named = Organization.objects.named(text).values("pk")
        number = business_number.compact(text)
        rows = rows.filter(Q(pk__in=named) | Q(business_no=number) | Q(institution_code__iexact=text.strip()))
    return rows.select_related("province").order_by("name", "-pk")


def has_administrator(*, organization_id: int) -> bool:
    """Whether anybody with a working account could let people in."""
    return Membership.objects.of_organization(organization_id).administrators().exists()


def invitation_by_token(*, token: str) -> Invitation | None:
    """The invitation behind a link."""
    rows = Invitation.objects.select_related("organization", "invited_by")
    return rows.filter(token_hash=hash_of(token)).first()


def person(*, user_id: int) -> User:
    """A fresh copy of a person's row, for forms that write on their instance before they are valid."""
    return User.objects.get(pk=user_id)


def person_by_email(*, email: str) -> User | None:
    """The account with this address, locked or not."""
    return User.objects.filter(email=email.lower()).first()


def current_organizations(*, actor: User) -> QuerySet[Organization]:
    """The organization the actor works for now, or nothing."""
    current = perms.organization_of(actor)
    rows = Organization.objects.select_related("province")
    return rows.filter(pk=current.pk) if current else rows.none()


def administered_now(*, actor: User) -> QuerySet[Organization]:
    """The current organization where the actor administers it, or nothing."""
    rows = current_organizations(actor=actor)
    return rows if perms.administers_current(actor) else rows.none()


def organizations_to_recover() -> QuerySet[Organization]:
    """Organizations for which somebody may ask PPS for an administrator."""
    return Organization.objects.exclude(status=OrganizationStatus.CLOSED)


def organization_queue() -> QuerySet[Organization]:
    """For the admin: organizations with the number of their active members and whether anybody administers them."""
    administrators = Membership.objects.administrators().filter(organization=OuterRef("pk"))
    active = Q(memberships__status=MembershipStatus.ACTIVE)
    return Organization.objects.select_related("province", "registered_by").annotate(
        member_count=Count("memberships", filter=active, distinct=True),
        is_administered=Exists(administrators),
    )


def last_sign_in_of_administrators(*, organization_id: int) -> Any:
    """When an administrator of the organization last signed in; None for never."""
    people = administrators_of(organization_id=organization_id).order_by()
    return people.aggregate(last=Max("last_login"))["last"]


def cards(*, actor: User) -> Iterator[Card]:
    """What waits for an organization's administrator on the home page of signed-in people."""
    organization = perms.organization_of(actor)
    if organization is None:
        if perms.may_register_organization(actor):
            yield Card(
                title=_("Join or register your organization"),
                count=1,
                url=reverse("accounts:organization"),
                tone="warning",
                hint=_("You can work in the portal once you belong to an organization."),
                group=_("My organization"),
            )
        return
    if organization.status == OrganizationStatus.REJECTED and perms.is_admin_of(actor, organization.pk):
        yield Card(
            title=_("Your organization was turned down"),
            count=1,
            url=reverse("accounts:organization"),
            tone="danger",
            hint=organization.rejection_reason,
            group=_("My organization"),
        )
    if perms.is_admin_of(actor, organization.pk):
        yield Card(
            title=_("Requests to join"),
            count=join_requests(organization_id=organization.pk).count(),
            url=reverse("accounts:members"),
            tone="info",
            hint=_("People who ask to act for your organization."),
            group=_("My organization"),
        )


def queues() -> Iterator[Queue]:
    """What waits for PPS: registrations and organizations without an administrator."""
    pending = Organization.objects.filter(status=OrganizationStatus.PENDING)
    asked = RecoveryRequest.objects.filter(status=RecoveryStatus.REQUESTED)
    registrations = pending.aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    recoveries = asked.aggregate(count=Count("pk"), oldest=Min("requested_at"))
    yield Queue(
        title=_("Organizations to confirm"),
        count=registrations["count"],
        url=f"{reverse('admin:accounts_organization_changelist')}?status__exact={OrganizationStatus.PENDING}",
        oldest_at=registrations["oldest"],
        roles=frozenset({PpsRole.ADMIN, PpsRole.REVIEWER}),
    )
    yield Queue(
        title=_("Organizations that ask for an administrator"),
        count=recoveries["count"],
        url=f"{reverse('admin:accounts_recoveryrequest_changelist')}?status__exact={RecoveryStatus.REQUESTED}",
        oldest_at=recoveries["oldest"],
        roles=frozenset({PpsRole.ADMIN}),
    )
