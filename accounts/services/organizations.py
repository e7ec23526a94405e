from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import perms
from accounts.codes import business_number, institution_code
from accounts.codes.places import parse_address
from accounts.enums import (
    Fact,
    MemberRole,
    MembershipStatus,
    OrganizationAction,
    OrganizationKind,
    OrganizationStatus,
    PpsRole,
)
from accounts.errors import AlreadyRegistered, BadNumber
from accounts.models import Membership, Organization, OrganizationName, User
from accounts.selectors import members_of, pps_staff
from accounts.signals import organization_confirmed, organization_renamed
from accounts.workflow import ORGANIZATION_WORKFLOW
from core.audit import record
from core.calendar import today
from core.errors import DomainError, NotPermitted
from core.notifications import notify_all
from core.receipts import issue_receipt
from core.uploads import attach_files

# What an administrator of an organization may change about it.
PROFILE_FIELDS = (
    "name", "name_en", "address", "phone", "website", "founded_on", "representative_name", "representative_birth_year",
)  # fmt: skip


def locked_organization(*, organization_id: int) -> Organization:
    """The organization's row, locked until the transaction ends."""
    return Organization.objects.select_for_update(of=("self",)).get(pk=organization_id)


def place_fields(*, address: str, province_id: str | None) -> dict[str, Any]:
    """Province and district as the address says; the chosen province counts only where the address is silent."""
    place = parse_address(address)
    if place is None:
        return {"province_id": province_id or None, "district": ""}
    return {"province_id": place.province_code, "district": place.district}


def checked_business_no(*, number: str) -> str:
    """The ten digits.

    Raises:
        BadNumber: no such number can exist, or it is one of the invented ones outside a demonstration.
    """
    digits = business_number.compact(number)
    if not business_number.is_valid(digits) or (business_number.is_invented(digits) and not settings.IS_DEMO):
        raise BadNumber(_("This is not a business registration number. Compare the ten digits with the certificate."))
    return digits


def checked_institution_code(*, code: str) -> str:
    """The seven characters, in capitals.

    Raises:
        BadNumber: the code has another shape.
    """
    compacted = institution_code.compact(code)
    if not institution_code.is_valid(compacted):
        raise BadNumber(_("An institution code has seven letters or digits, for example 6260000."))
    return compacted


@transaction.atomic
def register_supplier(
    *,
    actor: User,
    name: str,
    business_no: str,
    file_ids: Sequence[str] = (),
    province_id: str | None = None,
    **profile: Any,
) -> Organization:
    """Register a company and become its administrator; PPS confirms it later.

    Args:
        actor: the person who registers.
        name: the Korean name.
        business_no: with or without dashes.
        file_ids: staged uploads, for example the certificate of business registration.
        province_id: used only where the address does not begin with a province.
        profile: any of ``PROFILE_FIELDS`` and ``is_youth_startup``.

    Raises:
        BadNumber: the number cannot exist.
        AlreadyRegistered: an organization with this number exists; the person may ask to join it.
    """
    number = checked_business_no(number=business_no)
    return _register(
        actor,
        file_ids,
        kind=OrganizationKind.SUPPLIER,
        name=name,
        business_no=number,
        is_demo=business_number.is_invented(number),
        **place_fields(address=profile.get("address", ""), province_id=province_id),
        **profile,
    )


@transaction.atomic
def register_institution(
    *,
    actor: User,
    name: str,
    institution_code: str,
    institution_kind: str,
    file_ids: Sequence[str] = (),
    province_id: str | None = None,
    is_demo: bool = False,
    **profile: Any,
) -> Organization:
    """Register a demand institution and become its administrator; PPS confirms it later.

    Raises:
        BadNumber: the code has another shape.
        AlreadyRegistered: an institution with this code exists; the person may ask to join it.
    """
    return _register(
        actor,
        file_ids,
        kind=OrganizationKind.INSTITUTION,
        name=name,
        institution_code=checked_institution_code(code=institution_code),
        institution_kind=institution_kind,
        is_demo=is_demo,
        **place_fields(address=profile.get("address", ""), province_id=province_id),
        **profile,
    )


def _register(actor: User, file_ids: Sequence[str], **fields: Any) -> Organization:
    if not perms.may_register_organization(actor):
        raise NotPermitted
    organization = _insert(fields, registered_by=actor)
    Membership.objects.create(
        user=actor,
        organization=organization,
        role=MemberRole.ADMIN,
        status=MembershipStatus.ACTIVE,
        joined_at=timezone.now(),
    )
    actor.current_organization = organization
    actor.save(update_fields=["current_organization"])
    actor.forget()
    if file_ids:
        attach_files(actor=actor, file_ids=list(file_ids), target=organization, purpose="registration")
    record(actor=actor, verb="register", target=organization, after=organization.status)
    _tell_pps(organization)
    issue_receipt(
        actor=actor,
        kind="accounts.organization",
        target=organization,
        title=_("Registration of %(name)s") % {"name": organization.name},
        lines=[
            (_("Kind"), organization.get_kind_display()),
            (_("Number"), organization.number_display),
            (_("Address"), organization.address),
        ],
    )
    return organization


def _insert(fields: dict[str, Any], *, registered_by: User | None) -> Organization:
    existing = _existing(fields.get("business_no", ""), fields.get("institution_code", ""))
    if existing is None:
        try:
            with transaction.atomic():
                organization = Organization.objects.create(registered_by=registered_by, **fields)
                OrganizationName.objects.create(
                    organization=organization,
                    name=organization.name,
                    name_en=organization.name_en,
                    valid_from=today(),
                )
                return organization
        except IntegrityError:
            # Two people registered the same organization in the same moment.
            existing = _existing(fields.get("business_no", ""), fields.get("institution_code", ""))
            if existing is None:
                raise
    raise AlreadyRegistered(
        _("%(name)s is registered already. You can ask its administrators to let you in.") % {"name": existing.name},
        organization_id=existing.pk,
    )


def _existing(business_no: str, code: str) -> Organization | None:
    if business_no:
        return Organization.objects.filter(business_no=business_no).first()
    return Organization.objects.filter(institution_code=code).first() if code else None


def _tell_pps(organization: Organization) -> None:
    notify_all(
        recipients=pps_staff(role=PpsRole.ADMIN),
        kind=Fact.ORGANIZATION_SUBMITTED,
        url=f"/admin/accounts/organization/{organization.pk}/change/",
        organization=organization.name,
    )


@transaction.atomic
def ensure_organization(*, actor: Any, kind: str, name: str, **fields: Any) -> tuple[Organization, bool]:
    """Find an organization by its number (or kind and name), or create it confirmed: for imports and PPS's own lists.

    Returns the organization and whether it is new. Existing rows are left as they are.
    """
    existing = _existing(fields.get("business_no", ""), fields.get("institution_code", ""))
    if existing is None and not fields.get("business_no") and not fields.get("institution_code"):
        existing = Organization.objects.filter(kind=kind, name=name).order_by("pk").first()
    if existing is not None:
        return existing, False
    placed = place_fields(address=fields.get("address", ""), province_id=fields.pop("province_id", None))
    organization = _insert(
        {
            "kind": kind,
            "name": name,
            "status": OrganizationStatus.CONFIRMED,
            "confirmed_at": timezone.now(),
            **placed,
            **fields,
        },
        registered_by=None,
    )
    record(actor=actor, verb="register", target=organization, after=organization.status, details={"confirmed": True})
    return organization, True


@transaction.atomic
def confirm_organization(*, actor: User, organization_id: int) -> Organization:
    """PPS has checked the registration: the organization may work in the portal."""
    organization = locked_organization(organization_id=organization_id)
    before = ORGANIZATION_WORKFLOW.advance(organization, OrganizationAction.CONFIRM, actor)
    organization.confirmed_at = timezone.now()
    organization.rejection_reason = ""
    organization.save(update_fields=["status", "confirmed_at", "rejection_reason"])
    record(actor=actor, verb=OrganizationAction.CONFIRM, target=organization, before=before, after=organization.status)
    _tell_members(organization, Fact.ORGANIZATION_CONFIRMED)
    organization_confirmed.send(sender=Organization, organization_id=organization.pk)
    return organization


@transaction.atomic
def reject_organization(*, actor: User, organization_id: int, reason: str) -> Organization:
    """PPS turns a registration down; the administrator may correct it and submit it again."""
    organization = locked_organization(organization_id=organization_id)
    before = ORGANIZATION_WORKFLOW.advance(organization, OrganizationAction.REJECT, actor)
    organization.rejection_reason = reason
    organization.save(update_fields=["status", "rejection_reason"])
    record(
        actor=actor,
        verb=OrganizationAction.REJECT,
        target=organization,
        before=before,
        after=organization.status,
        reason=reason,
    )
    _tell_members(organization, Fact.ORGANIZATION_REJECTED, reason=reason)
    return organization


@transaction.atomic
def resubmit_organization(*, actor: User, organization_id: int) -> Organization:
    """Ask PPS to look again after a correction."""
    organization = locked_organization(organization_id=organization_id)
    before = ORGANIZATION_WORKFLOW.advance(organization, OrganizationAction.RESUBMIT, actor)
    organization.submitted_at = timezone.now()
    organization.save(update_fields=["status", "submitted_at"])
    record(
        actor=actor, verb=OrganizationAction.RESUBMIT, target=organization, before=before, after=organization.status
    )
    _tell_pps(organization)
    return organization


@transaction.atomic
def suspend_organization(*, actor: User, organization_id: int, reason: str) -> Organization:
    """Stop an organization from working in the portal until PPS lifts the suspension."""
    return _move(actor, organization_id, OrganizationAction.SUSPEND, reason)


@transaction.atomic
def restore_organization(*, actor: User, organization_id: int, reason: str) -> Organization:
    """Lift a suspension."""
    return _move(actor, organization_id, OrganizationAction.RESTORE, reason)


@transaction.atomic
def close_organization(*, actor: User, organization_id: int, reason: str) -> Organization:
    """The organization no longer exists, or was merged; its history stays."""
    return _move(actor, organization_id, OrganizationAction.CLOSE, reason)


def _move(actor: User, organization_id: int, action: OrganizationAction, reason: str) -> Organization:
    organization = locked_organization(organization_id=organization_id)
    before = ORGANIZATION_WORKFLOW.advance(organization, action, actor)
    organization.save(update_fields=["status"])
    record(actor=actor, verb=action, target=organization, before=before, after=organization.status, reason=reason)
    _tell_members(organization, Fact.ORGANIZATION_SUSPENDED, state=str(organization.status), reason=reason)
    return organization


def _tell_members(organization: Organization, kind: Fact, **params: str) -> None:
    notify_all(
        recipients=members_of(organization_id=organization.pk),
        kind=kind,
        url="/my/organization/",
        organization=organization.name,
        **params,
    )


@transaction.atomic
def update_organization(
    *, actor: User, organization_id: int, province_id: str | None = None, **profile: Any
) -> Organization:
    """Change the profile. A new name opens a new row of the name history; the number never changes.

    Raises:
        NotPermitted: the actor is not an administrator of the organization.
        DomainError: the organization is closed.
    """
    organization = locked_organization(organization_id=organization_id)
    if not perms.may_administer_organization(actor, organization):
        raise NotPermitted
    if organization.status == OrganizationStatus.CLOSED:
        raise DomainError(_("The organization is closed, so its profile can no longer be changed."))
    given = {field: profile[field] for field in PROFILE_FIELDS if field in profile}
    if "address" in given:
        given |= place_fields(address=given["address"], province_id=province_id)
    changed = [field for field, value in given.items() if getattr(organization, field) != value]
    if {"name", "name_en"} & set(changed):
        _rename(organization, given.get("name", organization.name), given.get("name_en", organization.name_en))
    for field in changed:
        setattr(organization, field, given[field])
    organization.save(update_fields=[field.removesuffix("_id") for field in changed])
    record(actor=actor, verb="update_organization", target=organization, details={"changed": changed})
    return organization


def _rename(organization: Organization, name: str, name_en: str) -> None:
    present = organization.names.select_for_update(of=("self",)).filter(valid_until=None).first()
    if present is not None:
        present.valid_until = today()
        present.save(update_fields=["valid_until"])
    OrganizationName.objects.create(organization=organization, name=name, name_en=name_en, valid_from=today())
    organization_renamed.send(sender=Organization, organization_id=organization.pk)


@transaction.atomic
def classify_organization(
    *,
    actor: User,
    organization_id: int,
    is_youth_startup: bool,
    is_safety_institution: bool,
    is_rural: bool,
    institution_kind: str = "",
) -> Organization:
    """Set the marks that count in the review of plans and in matching. PPS judges them.

    Raises:
        NotPermitted: the actor holds no role for it, or registered the organization.
    """
    organization = locked_organization(organization_id=organization_id)
    if not perms.may_decide_organization(actor, organization):
        raise NotPermitted
    marks: dict[str, Any] = {
        "is_youth_startup": is_youth_startup,
        "is_safety_institution": is_safety_institution,
        "is_rural": is_rural,
    }
    if organization.kind == OrganizationKind.INSTITUTION and institution_kind:
        marks["institution_kind"] = institution_kind
    for field, value in marks.items():
        setattr(organization, field, value)
    organization.save(update_fields=list(marks))
    record(actor=actor, verb="classify", target=organization, details=marks)
    return organization
