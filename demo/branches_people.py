"""Organizations, memberships, invitations and recovery requests that did not go the straight way."""

from accounts import services
from accounts.codes import business_number
from accounts.enums import MemberRole
from accounts.models import Invitation, Organization
from demo import words
from demo.people import DOMAIN, Cast, person
from demo.timeline import Story


def build(cast: Cast) -> None:
    """Everything that waits for PPS or for an administrator, and what became of the rest."""
    *cast.suppliers, closed, suspended = cast.suppliers
    cast.timeline.start(
        _registrations(cast),
        _sanctions(cast, closed, suspended),
        _requests(cast),
        _invitations(cast),
        _recoveries(cast),
    )


def _registrations(cast: Cast) -> Story[None]:
    yield 18
    refused = person("refused", words.person(31))
    turned = services.register_institution(
        actor=refused,
        name="(가상) 확인 필요 기관",
        institution_code="Z900001",
        institution_kind="other",
        is_demo=True,
    )
    yield 15
    services.reject_organization(
        actor=cast.desks["admin"],
        organization_id=turned.pk,
        reason="기관코드가 공문과 다릅니다. 공문을 다시 올려 주십시오.",
    )
    yield 1
    newcomer = person("newcomer", words.person(30))
    services.register_supplier(actor=newcomer, name="(가상) 새내기 연구소", business_no=business_number.invented(9001))


def _sanctions(cast: Cast, closed: Organization, suspended: Organization) -> Story[None]:
    admin = cast.desks["admin"]
    yield 130
    services.close_organization(actor=admin, organization_id=closed.pk, reason="폐업 신고가 확인되었습니다.")
    yield 64
    services.suspend_organization(actor=admin, organization_id=suspended.pk, reason="부정당업자 제재 기간입니다.")


def _requests(cast: Cast) -> Story[None]:
    """Requests to join: one waits, one was turned down; a colleague has left."""
    first = cast.suppliers[0]
    owner = cast.officers[first.pk]
    yield 400
    former = services.request_to_join(
        actor=person("former", words.person(35)), organization_id=first.pk, message="영업 담당입니다."
    )
    former = services.accept_request(actor=owner, membership_id=former.pk)
    yield 30
    services.remove_member(actor=owner, membership_id=former.pk, reason="퇴사하였습니다.")
    yield 22
    turned = services.request_to_join(
        actor=person("stranger", words.person(34)), organization_id=first.pk, message="함께 일하고 싶습니다."
    )
    yield 20
    services.reject_request(actor=owner, membership_id=turned.pk, reason="우리 회사 직원이 아닙니다.")
    yield 2
    services.request_to_join(
        actor=person("joiner", words.person(32)), organization_id=first.pk, message="품질 담당입니다."
    )


def _invitations(cast: Cast) -> Story[None]:
    """One open, one accepted, one taken back, one that nobody answered in time."""
    first = cast.suppliers[0]
    yield 90
    accepted = _invite(cast, first, "colleague", 36)
    services.accept_invitation(actor=person("colleague", words.person(36)), invitation_id=accepted.pk)
    mistyped = _invite(cast, first, "mistyped", 37)
    services.revoke_invitation(actor=cast.officers[first.pk], invitation_id=mistyped.pk)
    _invite(cast, first, "silent", 38)
    yield 20
    services.expire_invitations()
    yield 3
    _invite(cast, first, "invited", 33)


def _invite(cast: Cast, organization: Organization, name: str, number: int) -> Invitation:
    return services.invite_member(
        actor=cast.officers[organization.pk],
        organization_id=organization.pk,
        email=f"{name}@{DOMAIN}",
        role=MemberRole.OFFICER,
        name=words.person(number),
    )


def _recoveries(cast: Cast) -> Story[None]:
    """People who ask to take over an organization whose administrator is gone."""
    admin = cast.desks["admin"]
    waiting, appointed, declined = cast.institutions[-3:]
    reason = "담당자가 모두 퇴직하여 관리자를 다시 정하고자 합니다."
    yield 50
    granted = services.request_recovery(
        actor=person("successor2", words.person(42)), organization_id=appointed.pk, explanation=reason
    )
    refused = services.request_recovery(
        actor=person("successor3", words.person(43)), organization_id=declined.pk, explanation=reason
    )
    yield 46
    services.appoint_administrator(actor=admin, recovery_id=granted.pk, reason="공문으로 확인하였습니다.")
    services.decline_recovery(actor=admin, recovery_id=refused.pk, reason="지금 관리자와 연락이 됩니다.")
    yield 2
    services.request_recovery(
        actor=person("successor1", words.person(41)), organization_id=waiting.pk, explanation=reason
    )
