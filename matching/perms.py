from accounts.enums import OrganizationKind, PpsRole
from accounts.models import User
from accounts.perms import (
    acts_for,
    has_pps_role,
    is_pps,
    may_work_as_institution,
    may_work_as_supplier,
    organization_of,
)
from matching.enums import ContractStatus
from matching.models import (
    Allocation,
    Contract,
    ContractAmendment,
    ContractLine,
    Explanation,
    Inspection,
    MatchingRun,
    ResultObjection,
    WhatIf,
    WhatIfOrder,
)

NOT_SIGNED = frozenset({ContractStatus.PREPARING, ContractStatus.FAILED})
STAFF_ROLES = (PpsRole.MATCHER, PpsRole.APPROVER, PpsRole.CONTRACT, PpsRole.INSPECTOR, PpsRole.AUDITOR, PpsRole.ADMIN)


def may_run_matching(actor: User, run: MatchingRun | None = None) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER)


def may_approve_run(actor: User, run: MatchingRun | None = None) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER)


def may_return_run(actor: User, run: MatchingRun) -> bool:
    """The approver sends a proposal back; the proposer may take it back."""
    return has_pps_role(actor, PpsRole.APPROVER, PpsRole.MATCHER)


def is_second_person(actor: User, first_id: int | None) -> bool:
    """Four eyes: whoever proposed, prepared or asked does not also decide."""
    return actor.pk != first_id


def may_publish_result(actor: User, run: MatchingRun | None = None) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER, PpsRole.APPROVER)


def may_try_what_if(actor: User) -> bool:
    """A what-if decides nothing, so both who run and who approve may ask."""
    return has_pps_role(actor, PpsRole.MATCHER, PpsRole.APPROVER)


def may_change_what_if(actor: User, what_if: WhatIf) -> bool:
    return what_if.author_id == actor.pk


def may_withdraw_what_if_order(actor: User, order: WhatIfOrder) -> bool:
    return order.author_id == actor.pk


def may_override_award(actor: User, run: MatchingRun | None = None) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER)


def may_decide_result_objection(actor: User, objection: ResultObjection) -> bool:
    """Never by the person who approved the result objected to."""
    is_desk = has_pps_role(actor, PpsRole.MATCHER, PpsRole.APPROVER)
    return is_desk and is_second_person(actor, objection.run.approved_by_id)


def may_object_to_result(actor: User) -> bool:
    return may_work_as_supplier(actor) or may_work_as_institution(actor)


def may_read_objection_file(actor: User, objection_id: str) -> bool:
    return ResultObjection.objects.visible_to(actor).filter(pk=objection_id).exists()


def may_browse_matches(actor: User) -> bool:
    return may_work_as_supplier(actor) or may_work_as_institution(actor)


def may_answer_as_institution(actor: User, allocation: Allocation) -> bool:
    return may_work_as_institution(actor) and acts_for(actor, allocation.application.institution_id)


def may_answer_as_supplier(actor: User, allocation: Allocation) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, allocation.application.plan.supplier_id)


def may_answer(actor: User, allocation: Allocation) -> bool:
    return may_answer_as_institution(actor, allocation) or may_answer_as_supplier(actor, allocation)


def may_ask_as_staff(actor: User, row: Explanation) -> bool:
    """What would have been enough: staff may ask as soon as the run is solved."""
    return has_pps_role(actor, *STAFF_ROLES, PpsRole.REVIEWER) and row.run.has_result


def may_ask_as_applicant(actor: User, row: Explanation) -> bool:
    """The institution may ask once the result is public."""
    return (
        may_work_as_institution(actor)
        and acts_for(actor, row.application.institution_id)
        and row.run.approved_at is not None
        and row.run.round.result_published_at is not None
    )


def may_ask_what_would_do(actor: User, row: Explanation) -> bool:
    return may_ask_as_staff(actor, row) or may_ask_as_applicant(actor, row)


def may_prepare_contract(actor: User, contract: Contract | None = None) -> bool:
    return has_pps_role(actor, PpsRole.CONTRACT)


def may_sign_contract(actor: User, contract: Contract | None = None) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER)


def may_decide_amendment(actor: User, amendment: ContractAmendment) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER)


def may_record_payment(actor: User, contract: Contract | None = None) -> bool:
    return has_pps_role(actor, PpsRole.CONTRACT)


def may_browse_contracts(actor: User) -> bool:
    """Both sides at home, and institutions abroad that have an account."""
    organization = organization_of(actor)
    is_abroad = organization is not None and organization.kind == OrganizationKind.OVERSEAS_INSTITUTION
    return is_abroad or may_work_as_supplier(actor) or may_work_as_institution(actor)


def may_deliver(actor: User, line: ContractLine) -> bool:
    return may_work_as_supplier(actor) and acts_for(actor, line.contract.supplier_id)


def may_inspect(actor: User, line: ContractLine) -> bool:
    """The receiving institution, or a PPS inspector in its place."""
    return acts_for(actor, line.institution_id) or has_pps_role(actor, PpsRole.INSPECTOR)


def may_see_line(actor: User, line: ContractLine) -> bool:
    if is_pps(actor):
        return True
    is_party = acts_for(actor, line.institution_id) or acts_for(actor, line.contract.supplier_id)
    return is_party and line.contract.status not in NOT_SIGNED


def may_read_line_file(actor: User, line_id: str) -> bool:
    line = ContractLine.objects.select_related("contract").filter(pk=line_id).first()
    return line is not None and may_see_line(actor, line)


def may_read_inspection_file(actor: User, inspection_id: str) -> bool:
    inspection = Inspection.objects.select_related("line__contract").filter(pk=inspection_id).first()
    return inspection is not None and may_see_line(actor, inspection.line)


def may_read_contract_file(actor: User, contract_id: str) -> bool:
    contract = Contract.objects.filter(pk=contract_id).first()
    if contract is None:
        return False
    is_supplier = acts_for(actor, contract.supplier_id) and contract.status not in NOT_SIGNED
    return is_pps(actor) or is_supplier
