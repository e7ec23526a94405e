"""Everybody in the invented world: PPS desks, companies, institutions, and a sign-in for each role."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts import services
from accounts.codes import business_number
from accounts.enums import MemberRole, OrganizationKind, OrganizationStatus, PpsRole
from accounts.models import Organization, OrganizationName, User
from accounts.services.memberships import become_member, make_current
from core.calendar import today
from core.workflow import SYSTEM
from demo import words
from demo.clock import Clock
from demo.scale import Scale
from demo.timeline import Timeline

PASSWORD = "demo-market-2026"  # noqa: S105 printed for everybody; the world is invented
DOMAIN = "demo.example"
DESKS = {
    "designation": (PpsRole.DESIGNATION,),
    "reviewer": (PpsRole.REVIEWER,),
    "reviewer2": (PpsRole.REVIEWER,),
    "matcher": (PpsRole.MATCHER,),
    "contract": (PpsRole.CONTRACT,),
    "inspector": (PpsRole.INSPECTOR,),
    "approver": (PpsRole.APPROVER,),
    "auditor": (PpsRole.AUDITOR,),
    "admin": (PpsRole.ADMIN,),
}
BATCH = 2000
KINDS = ("local", "education", "public_corporation", "central", "other")


@dataclass
class Cast:
    """The people and organizations that the builders work with, and the days on which they act."""

    timeline: Timeline
    desks: dict[str, User] = field(default_factory=dict)
    suppliers: list[Organization] = field(default_factory=list)
    institutions: list[Organization] = field(default_factory=list)
    officers: dict[int, User] = field(default_factory=dict)
    # The demonstration's institution: an officer who prepares, and the head who approves.
    prepares: User = field(init=False)
    approves: User = field(init=False)

    @property
    def clock(self) -> Clock:
        """The clock that everybody goes by."""
        return self.timeline.clock

    def officer(self, organization: Organization) -> User:
        """Somebody who works for the organization; made on first use."""
        if organization.pk not in self.officers:
            number = 1000 + organization.pk
            somebody = person(f"officer{organization.pk}", words.person(number))
            _join(somebody, organization, MemberRole.ADMIN)
            self.officers[organization.pk] = somebody
        return self.officers[organization.pk]


@lru_cache(maxsize=1)
def _hashed() -> str:
    """Hashing is slow on purpose; everybody here has the same password, so once is enough."""
    return make_password(PASSWORD)


def person(name: str, shown: str, language: str = "ko") -> User:
    """Somebody who can sign in at once."""
    somebody = services.sign_up(
        email=f"{name}@{DOMAIN}", password=None, name=shown, language=language, is_demo=True, is_verified=True
    )
    somebody.password = _hashed()
    somebody.save(update_fields=["password"])
    return somebody


def _join(person: User, organization: Organization, role: MemberRole) -> None:
    become_member(user=person, organization=organization, role=role, decided_by=None)
    make_current(user=person, organization=organization)
    person.refresh_from_db()
    person.forget()


@transaction.atomic
def build(scale: Scale, timeline: Timeline) -> Cast:
    """PPS, companies and institutions; the first of each has the sign-ins of the demonstration."""
    cast = Cast(timeline)
    timeline.clock.go(760)
    _desks(cast)
    for number in range(scale.suppliers):
        cast.suppliers.append(_supplier(number))
    for number in range(scale.institutions):
        cast.institutions.append(_institution(number))
    _master_table(scale.institutions, scale.registered)
    first = cast.suppliers[0]
    cast.officers[first.pk] = person("supplier", words.person(3))
    _join(cast.officers[first.pk], first, MemberRole.ADMIN)
    colleague = person("supplier2", words.person(4))
    _join(colleague, first, MemberRole.OFFICER)
    home = cast.institutions[0]
    cast.officers[home.pk] = person("institution", words.person(5))
    _join(cast.officers[home.pk], home, MemberRole.ADMIN)
    cast.approves = person("head", words.person(6))
    _join(cast.approves, home, MemberRole.APPROVER)
    cast.prepares = person("institution2", words.person(7))
    _join(cast.prepares, home, MemberRole.OFFICER)
    return cast


def _desks(cast: Cast) -> None:
    pps, _created = services.ensure_organization(
        actor=SYSTEM, kind=OrganizationKind.PPS, name="조달청", name_en="Public Procurement Service", is_demo=True
    )
    for number, (name, roles) in enumerate(DESKS.items()):
        somebody = person(name, words.person(20 + number))
        somebody.is_staff = True
        somebody.save(update_fields=["is_staff"])
        become_member(user=somebody, organization=pps, role=MemberRole.OFFICER, decided_by=None)
        for role in roles:
            services.grant_role(actor=SYSTEM, user_id=somebody.pk, role=role)
        cast.desks[name] = User.objects.get(pk=somebody.pk)


def _supplier(number: int) -> Organization:
    code, address = words.place(number)
    organization, _created = services.ensure_organization(
        actor=SYSTEM,
        kind=OrganizationKind.SUPPLIER,
        name=words.company(number),
        name_en=f"Invented Company {number + 1}",
        business_no=business_number.invented(number + 1),
        address=address,
        province_id=code,
        representative_name=words.person(number + 40),
        is_youth_startup=number % 6 == 0,
        is_demo=True,
    )
    return organization


def _institution(number: int) -> Organization:
    organization, _created = services.ensure_organization(
        actor=SYSTEM, kind=OrganizationKind.INSTITUTION, **_facts(number)
    )
    return organization


def _facts(number: int) -> dict[str, Any]:
    code, address = words.place(number * 3 + 1)
    name, kind = words.institution(number)
    return {
        "name": name,
        "name_en": f"Invented Institution {number + 1}",
        "institution_code": f"Z{number + 1:06d}",
        "institution_kind": kind,
        "address": address,
        "province_id": code,
        "is_safety_institution": "소방" in name,
        "is_rural": "군청" in name,
        "is_demo": True,
    }


def _master_table(first: int, last: int) -> None:
    """Institutions that are known and take no part, loaded in bulk as the list of KONEPS would be."""
    for start in range(first, last, BATCH):
        rows = [
            Organization(
                kind=OrganizationKind.INSTITUTION,
                status=OrganizationStatus.CONFIRMED,
                confirmed_at=timezone.now(),
                **_facts(number),
            )
            for number in range(start, min(start + BATCH, last))
        ]
        Organization.objects.bulk_create(rows)
        OrganizationName.objects.bulk_create(
            OrganizationName(organization=row, name=row.name, name_en=row.name_en, valid_from=today()) for row in rows
        )
