from typing import Any

from accounts.enums import PpsRole
from accounts.models import User
from accounts.perms import acts_for, has_pps_role, is_pps, may_work_as_supplier, organization_of


def may_browse_overseas(actor: Any) -> bool:
    """Companies, and partner agencies for their own calls."""
    organization = organization_of(actor)
    return organization is not None and (may_work_as_supplier(actor) or organization.kind == "partner_agency")


def may_apply(actor: User, application: Any = None) -> bool:
    return may_work_as_supplier(actor) and (application is None or acts_for(actor, application.supplier_id))


def may_run_calls(actor: User, obj: Any = None) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER)


def may_review(actor: User, application: Any = None) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER)


def may_decide(actor: User, obj: Any = None) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER)


def may_contract(actor: User, demonstration: Any = None) -> bool:
    return has_pps_role(actor, PpsRole.CONTRACT)


def may_give_opinion(actor: User, application: Any) -> bool:
    """The partner agency of the call."""
    return application.call.partner_id is not None and acts_for(actor, application.call.partner_id)


def nobody(actor: User, obj: Any) -> bool:
    """Steps that only the portal takes, for a guest with a link or after a fact elsewhere."""
    return False


def may_read_application_files(actor: User, target_id: str) -> bool:
    """PPS; companies and partners reach files through their own case pages, which list only visible cases."""
    return is_pps(actor)
