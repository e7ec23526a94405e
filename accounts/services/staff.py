from django.db import transaction
from django.utils.translation import gettext as _

from accounts import perms
from accounts.enums import PpsRole
from accounts.models import StaffRole, User
from core.audit import record
from core.errors import DomainError, NotPermitted
from core.workflow import SYSTEM, System


@transaction.atomic
def grant_role(*, actor: User | System, user_id: int, role: str, reason: str = "") -> StaffRole:
    """Give a PPS role; the first one makes the person PPS staff. The set-up grants the first one as ``SYSTEM``.

    Raises:
        NotPermitted: the actor is not a portal administrator, or wants to widen their own rights.
        DomainError: the person acts for a supplier or institution, or has the role already.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if actor is not SYSTEM and not (perms.may_manage_staff(actor) and person.pk != actor.pk):
        raise NotPermitted
    if person.active_memberships() and not person.is_staff:
        raise DomainError(
            _("This person acts for an organization outside PPS. PPS staff need an account of their own for PPS work.")
        )
    if not person.is_active:
        raise DomainError(_("This account is locked. Unlock it before you give it a role."))
    granter = actor if isinstance(actor, User) else None
    given, created = StaffRole.objects.get_or_create(user=person, role=role, defaults={"granted_by": granter})
    if not created:
        raise DomainError(_("The person has this role already."))
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    person.forget()
    record(actor=actor, verb="grant_role", target=person, reason=reason, details={"role": str(role)})
    return given


@transaction.atomic
def revoke_role(*, actor: User, user_id: int, role: str, reason: str) -> User:
    """Take a PPS role away; with the last one the person stops being PPS staff.

    Raises:
        NotPermitted: the actor is not a portal administrator, or the role is their own.
        DomainError: the person does not have the role, or it is the last portal administrator's.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if not perms.may_manage_staff(actor) or person.pk == actor.pk:
        raise NotPermitted
    rows = StaffRole.objects.select_for_update(of=("self",)).filter(user=person)
    held = rows.filter(role=role).first()
    if held is None:
        raise DomainError(_("The person does not have this role."))
    if role == PpsRole.ADMIN and not _another_administrator(person):
        raise DomainError(_("This is the last portal administrator. Give the role to somebody else first."))
    held.delete()
    person.is_staff = rows.exists()
    person.save(update_fields=["is_staff"])
    person.forget()
    record(actor=actor, verb="revoke_role", target=person, reason=reason, details={"role": str(role)})
    return person


def _another_administrator(person: User) -> bool:
    others = StaffRole.objects.filter(role=PpsRole.ADMIN, user__is_active=True, user__is_staff=True)
    return others.exclude(user=person).exists()
