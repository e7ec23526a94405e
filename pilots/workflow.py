"""The lifecycles of the pilot purchase: who may take which step, and what stands in the way."""

from django.utils.translation import gettext as _

from core.workflow import Rule, Workflow
from pilots import perms
from pilots.enums import (
    ANNUAL_PLAN_EDGES,
    APPLICATION_EDGES,
    CORRECTION_EDGES,
    OBJECTION_EDGES,
    PLAN_EDGES,
    ROUND_EDGES,
    AnnualPlanAction,
    AnnualPlanStatus,
    ApplicationAction,
    ApplicationStatus,
    CorrectionAction,
    ObjectionAction,
    PlanAction,
    RoundAction,
    RoundStatus,
)
from pilots.models import PilotApplication, PilotRound

BEFORE_FREEZE = frozenset({RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.REVIEWING})


def plan_is_confirmed(pilot_round: PilotRound) -> str | None:
    if pilot_round.plan.status != AnnualPlanStatus.CONFIRMED:
        return _("The annual plan is not confirmed. Confirm it, then open the intake.")
    return None


def matched_or_exempt(application: PilotApplication) -> str | None:
    """Only an application whose institution was determined beforehand goes past matching."""
    if application.status != ApplicationStatus.MATCHED and not application.is_exempt:
        return _("Only an application that needs no matching can be confirmed before the matching.")
    return None


def not_frozen(application: PilotApplication) -> str | None:
    if application.status == ApplicationStatus.WAITLISTED or application.round.status in BEFORE_FREEZE:
        return None
    return _("Matching has begun, so the application cannot be withdrawn. Wait for the result and decline it there.")


def still_reviewing(application: PilotApplication) -> str | None:
    if application.round.status != RoundStatus.REVIEWING:
        return _("The round is not under review, so decisions cannot be made or taken back.")
    return None


ANNUAL_PLAN_WORKFLOW = Workflow(
    "pilots.AnnualPlan",
    ANNUAL_PLAN_EDGES,
    {
        AnnualPlanAction.CONFIRM: Rule(perms.may_confirm_annual_plan),
        AnnualPlanAction.SUPERSEDE: Rule(perms.may_supersede_annual_plan),
    },
)

ROUND_WORKFLOW = Workflow(
    "pilots.PilotRound",
    ROUND_EDGES,
    {
        RoundAction.OPEN_INTAKE: Rule(perms.may_plan, guards=(plan_is_confirmed,)),
        RoundAction.OPEN: Rule(perms.may_plan),
        RoundAction.CLOSE: Rule(perms.may_plan, system=True),
        RoundAction.START_REVIEW: Rule(perms.may_plan),
        RoundAction.FREEZE: Rule(perms.may_match),
        RoundAction.PUBLISH_RESULT: Rule(perms.may_publish_result),
        RoundAction.START_EXECUTING: Rule(perms.may_execute, system=True),
        RoundAction.COMPLETE: Rule(perms.may_execute, system=True),
        RoundAction.CANCEL: Rule(perms.may_plan),
    },
)

PLAN_WORKFLOW = Workflow(
    "pilots.PilotUsePlan",
    PLAN_EDGES,
    {
        PlanAction.SUBMIT: Rule(perms.may_write_plan),
        PlanAction.RETURN: Rule(perms.may_decide_plan),
        PlanAction.APPROVE: Rule(perms.may_decide_plan),
        PlanAction.EXCLUDE: Rule(perms.may_decide_plan),
        PlanAction.WITHDRAW: Rule(perms.may_write_plan),
    },
)

APPLICATION_WORKFLOW = Workflow(
    "pilots.PilotApplication",
    APPLICATION_EDGES,
    {
        ApplicationAction.SUBMIT: Rule(perms.may_write_application),
        ApplicationAction.START_REVIEW: Rule(perms.may_review),
        ApplicationAction.PASS: Rule(perms.may_review, guards=(still_reviewing,)),
        ApplicationAction.ADJUST: Rule(perms.may_review, guards=(still_reviewing,)),
        ApplicationAction.REJECT: Rule(perms.may_review, guards=(still_reviewing,)),
        ApplicationAction.REOPEN: Rule(perms.may_reopen, guards=(still_reviewing,)),
        ApplicationAction.MATCH: Rule(perms.may_record_match, system=True),
        ApplicationAction.WAITLIST: Rule(perms.may_record_match, system=True),
        ApplicationAction.NOT_MATCH: Rule(perms.may_record_match, system=True),
        ApplicationAction.CORRECT: Rule(perms.may_record_match),
        ApplicationAction.RELIST: Rule(perms.may_record_match),
        ApplicationAction.CONFIRM: Rule(perms.may_answer_match, guards=(matched_or_exempt,), system=True),
        ApplicationAction.DECLINE: Rule(perms.may_answer_match, system=True),
        ApplicationAction.WITHDRAW: Rule(perms.may_write_application, guards=(not_frozen,)),
        ApplicationAction.INVALIDATE: Rule(perms.may_invalidate, system=True),
    },
)

OBJECTION_WORKFLOW = Workflow(
    "pilots.Objection",
    OBJECTION_EDGES,
    {
        ObjectionAction.UPHOLD: Rule(perms.may_decide_objection),
        ObjectionAction.DISMISS: Rule(perms.may_decide_objection),
    },
)

CORRECTION_WORKFLOW = Workflow(
    "pilots.LedgerCorrection",
    CORRECTION_EDGES,
    {
        CorrectionAction.APPROVE: Rule(perms.may_decide_correction),
        CorrectionAction.REJECT: Rule(perms.may_decide_correction),
    },
)
