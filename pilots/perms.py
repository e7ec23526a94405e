"""Who may do what in the pilot purchase; shared by workflows, pages and the API."""

from typing import Any

from accounts.enums import PpsRole
from accounts.perms import (
    acts_for,
    has_pps_role,
    is_institution,
    is_pps,
    is_supplier,
    may_approve_for,
    may_work_as_institution,
    may_work_as_supplier,
)
from pilots.models import (
    AnnualPlan,
    LedgerCorrection,
    Objection,
    PilotApplication,
    PilotRound,
    PilotUsePlan,
)

READERS = (
    PpsRole.REVIEWER,
    PpsRole.MATCHER,
    PpsRole.CONTRACT,
    PpsRole.INSPECTOR,
    PpsRole.APPROVER,
    PpsRole.AUDITOR,
    PpsRole.ADMIN,
)


def may_see_pilots(actor: Any) -> bool:
    """PPS people whose work touches the pilot purchase."""
    return has_pps_role(actor, *READERS)


def may_plan(actor: Any, obj: AnnualPlan | PilotRound | None = None) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.ADMIN)


def may_confirm_annual_plan(actor: Any, plan: AnnualPlan) -> bool:
    """The council's confirmation is entered by a second person."""
    return has_pps_role(actor, PpsRole.APPROVER, PpsRole.ADMIN) and plan.created_by_id != actor.pk


def may_supersede_annual_plan(actor: Any, plan: AnnualPlan) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER, PpsRole.ADMIN)


def may_match(actor: Any, pilot_round: PilotRound) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER)


def may_publish_result(actor: Any, pilot_round: PilotRound) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER, PpsRole.APPROVER)


def may_execute(actor: Any, pilot_round: PilotRound) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER, PpsRole.CONTRACT)


def may_edit_rule_sets(actor: Any) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.ADMIN)


def may_file_plans(actor: Any) -> bool:
    return may_work_as_supplier(actor)


def may_see_own_plans(actor: Any) -> bool:
    return is_supplier(actor)


def may_write_plan(actor: Any, plan: PilotUsePlan) -> bool:
    return acts_for(actor, plan.supplier_id)


def may_decide_plan(actor: Any, plan: PilotUsePlan) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER)


def may_apply(actor: Any) -> bool:
    return may_work_as_institution(actor)


def may_see_own_applications(actor: Any) -> bool:
    return is_institution(actor)


def may_write_application(actor: Any, application: PilotApplication) -> bool:
    return acts_for(actor, application.institution_id)


def may_send_back(actor: Any, application: PilotApplication) -> bool:
    """An approver answers the officer who prepared the application."""
    return may_write_application(actor, application) and may_approve_for(actor, application.institution_id)


def may_review(actor: Any, application: PilotApplication | None = None) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER)


def may_record_absence(actor: Any) -> bool:
    """Reviewers enter their own absences and those of colleagues who cannot."""
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.ADMIN)


def may_reopen(actor: Any, application: PilotApplication) -> bool:
    """Whoever reviews, and the approver who upholds an objection against a review."""
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.APPROVER)


def may_record_match(actor: Any, application: PilotApplication) -> bool:
    return has_pps_role(actor, PpsRole.MATCHER, PpsRole.APPROVER)


def may_answer_match(actor: Any, application: PilotApplication) -> bool:
    """Both sides answer a match; PPS may enter an answer that came by letter, and contracts that fail."""
    return (
        acts_for(actor, application.institution_id)
        or acts_for(actor, application.plan.supplier_id)
        or has_pps_role(actor, PpsRole.MATCHER, PpsRole.CONTRACT, PpsRole.APPROVER)
    )


def may_invalidate(actor: Any, application: PilotApplication) -> bool:
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.ADMIN)


def may_object(actor: Any, application: PilotApplication) -> bool:
    return acts_for(actor, application.institution_id) or acts_for(actor, application.plan.supplier_id)


def may_decide_objection(actor: Any, objection: Objection) -> bool:
    """Never by the person who made the decision objected to."""
    review = getattr(objection.application, "review", None)
    return has_pps_role(actor, PpsRole.REVIEWER, PpsRole.APPROVER) and (
        review is None or review.reviewer_id != actor.pk
    )


def may_move_money(actor: Any) -> bool:
    return has_pps_role(actor, PpsRole.ADMIN, PpsRole.APPROVER, PpsRole.CONTRACT)


def may_decide_correction(actor: Any, correction: LedgerCorrection) -> bool:
    return has_pps_role(actor, PpsRole.APPROVER) and correction.proposed_by_id != actor.pk


def may_read_plan_file(actor: Any, target_id: str) -> bool:
    """PPS and the supplier; an institution reads the plan on its page, not the price evidence."""
    if may_see_pilots(actor):
        return True
    plan = PilotUsePlan.objects.filter(pk=target_id).first()
    return plan is not None and acts_for(actor, plan.supplier_id)


def may_read_application_file(actor: Any, target_id: str) -> bool:
    if may_see_pilots(actor):
        return True
    application = PilotApplication.objects.filter(pk=target_id).first()
    return application is not None and acts_for(actor, application.institution_id)


def may_read_objection(actor: Any, target_id: str) -> bool:
    """PPS and the side that objected; never the other side."""
    if may_see_pilots(actor):
        return True
    objection = Objection.objects.filter(pk=target_id).first()
    return objection is not None and acts_for(actor, objection.organization_id)


def is_pps_person(actor: Any) -> bool:
    return is_pps(actor)
