from core.workflow import Rule, Workflow
from overseas.enums import (
    CALL_EDGES,
    DEMONSTRATION_EDGES,
    OVERSEAS_EDGES,
    CallAction,
    DemonstrationAction,
    OverseasAction,
)
from overseas.perms import may_apply, may_decide, may_review, may_run_calls, nobody

CALL_WORKFLOW = Workflow(
    "overseas.OverseasCall",
    CALL_EDGES,
    {
        CallAction.OPEN: Rule(may_run_calls),
        CallAction.CLOSE: Rule(may_run_calls, system=True),
        CallAction.DECIDE: Rule(may_decide),
        CallAction.CANCEL: Rule(may_run_calls),
    },
)

OVERSEAS_WORKFLOW = Workflow(
    "overseas.OverseasApplication",
    OVERSEAS_EDGES,
    {
        OverseasAction.SUBMIT: Rule(may_apply),
        OverseasAction.REVIEW: Rule(may_review),
        OverseasAction.PROPOSE: Rule(may_review),
        OverseasAction.RETURN: Rule(may_decide),
        OverseasAction.SELECT: Rule(may_decide),
        OverseasAction.RESERVE: Rule(may_review),
        OverseasAction.REJECT: Rule(may_review),
        OverseasAction.WITHDRAW: Rule(may_apply),
    },
)

DEMONSTRATION_WORKFLOW = Workflow(
    "overseas.Demonstration",
    DEMONSTRATION_EDGES,
    {
        DemonstrationAction.AGREE: Rule(nobody, system=True),
        DemonstrationAction.DECLINE: Rule(nobody, system=True),
        DemonstrationAction.CONTRACT: Rule(nobody, system=True),
        DemonstrationAction.ACCEPT: Rule(nobody, system=True),
        DemonstrationAction.REPORT: Rule(nobody, system=True),
        DemonstrationAction.PROPOSE: Rule(may_review),
        DemonstrationAction.RETURN: Rule(may_decide),
        DemonstrationAction.EVALUATE: Rule(may_decide),
        DemonstrationAction.CANCEL: Rule(may_review, system=True),
    },
)
