from core.workflow import Rule, Workflow
from matching import perms
from matching.enums import (
    ALLOCATION_EDGES,
    AMENDMENT_EDGES,
    CONTRACT_EDGES,
    COUNTERFACTUAL_EDGES,
    LINE_EDGES,
    RUN_EDGES,
    AllocationAction,
    AmendmentAction,
    ContractAction,
    CounterfactualAction,
    LineAction,
    RunAction,
)
from pilots.enums import OBJECTION_EDGES, ObjectionAction


def _nobody(_actor: object, _obj: object) -> bool:
    """Steps that only the portal itself takes."""
    return False


RUN_WORKFLOW = Workflow(
    "matching.MatchingRun",
    RUN_EDGES,
    {
        RunAction.BEGIN: Rule(_nobody, system=True),
        RunAction.REQUEST_CANCEL: Rule(perms.may_run_matching),
        RunAction.CANCEL: Rule(perms.may_run_matching, system=True),
        RunAction.FAIL: Rule(_nobody, system=True),
        RunAction.SOLVE: Rule(_nobody, system=True),
        RunAction.PROPOSE: Rule(perms.may_run_matching),
        RunAction.RETURN: Rule(perms.may_return_run),
        RunAction.APPROVE: Rule(perms.may_approve_run),
        RunAction.SUPERSEDE: Rule(_nobody, system=True),
    },
)

COUNTERFACTUAL_WORKFLOW = Workflow(
    "matching.Counterfactual",
    COUNTERFACTUAL_EDGES,
    {
        CounterfactualAction.ANSWER: Rule(_nobody, system=True),
        CounterfactualAction.FAIL: Rule(_nobody, system=True),
        CounterfactualAction.ASK_AGAIN: Rule(lambda actor, row: perms.may_ask_what_would_do(actor, row.explanation)),
    },
)

ALLOCATION_WORKFLOW = Workflow(
    "matching.Allocation",
    ALLOCATION_EDGES,
    {
        AllocationAction.CONFIRM: Rule(perms.may_answer),
        AllocationAction.DECLINE: Rule(perms.may_answer),
        AllocationAction.LAPSE: Rule(_nobody, system=True),
        AllocationAction.CANCEL: Rule(_nobody, system=True),
    },
)

CONTRACT_WORKFLOW = Workflow(
    "matching.Contract",
    CONTRACT_EDGES,
    {
        ContractAction.SIGN: Rule(perms.may_sign_contract),
        ContractAction.BEGIN_DELIVERY: Rule(_nobody, system=True),
        ContractAction.ACCEPT: Rule(_nobody, system=True),
        ContractAction.PAY: Rule(perms.may_record_payment),
        ContractAction.CLOSE: Rule(perms.may_prepare_contract),
        ContractAction.FAIL: Rule(perms.may_prepare_contract),
        ContractAction.TERMINATE: Rule(perms.may_sign_contract),
        ContractAction.CURTAIL: Rule(perms.may_sign_contract),
    },
)

LINE_WORKFLOW = Workflow(
    "matching.ContractLine",
    LINE_EDGES,
    {
        # By the system where an amendment cuts a line to what has arrived.
        LineAction.DELIVER: Rule(perms.may_deliver, system=True),
        LineAction.REJECT: Rule(perms.may_inspect, system=True),
        LineAction.ACCEPT: Rule(perms.may_inspect, system=True),
        LineAction.CANCEL: Rule(_nobody, system=True),
    },
)

AMENDMENT_WORKFLOW = Workflow(
    "matching.ContractAmendment",
    AMENDMENT_EDGES,
    {
        AmendmentAction.APPROVE: Rule(perms.may_decide_amendment),
        AmendmentAction.REJECT: Rule(perms.may_decide_amendment),
    },
)

RESULT_OBJECTION_WORKFLOW = Workflow(
    "matching.ResultObjection",
    OBJECTION_EDGES,
    {
        ObjectionAction.UPHOLD: Rule(perms.may_decide_result_objection),
        ObjectionAction.DISMISS: Rule(perms.may_decide_result_objection),
    },
)
