from typing import Any

from django.utils.translation import gettext as _

from core.workflow import Rule, Workflow
from products import perms
from products.enums import (
    APPLICATION_EDGES,
    DESIGNATION_EDGES,
    PRODUCT_EDGES,
    ApplicationAction,
    DesignationAction,
    ProductAction,
    ProductStatus,
    ProductType,
)
from products.models import Designation, DesignationApplication, Product


def is_registered(application: DesignationApplication) -> str | None:
    if application.product.status != ProductStatus.REGISTERED:
        return _("The product is not registered yet. Complete and register it, then submit the application.")
    return None


def is_type_1(application: DesignationApplication) -> str | None:
    if application.product_type != ProductType.TYPE_1:
        return _("Only Type 1 rests on a ministry's decision. A Type 2 case goes to the gate review.")
    return None


def is_type_2(application: DesignationApplication) -> str | None:
    if application.product_type != ProductType.TYPE_2:
        return _("A Type 1 case has no panel at PPS. Record the ministry's decision instead.")
    return None


def is_proposed(application: DesignationApplication) -> str | None:
    if application.proposed_by_id is None:
        return _("Nobody has proposed the designation yet. One person proposes, a second one approves.")
    return None


def has_not_appealed(application: DesignationApplication) -> str | None:
    if application.has_appealed:
        return _("An appeal can be made once. This decision is final.")
    return None


def extended(times: int) -> Any:
    """A guard: a suspended designation resumes in the state it was suspended from."""

    def was_extended(designation: Designation) -> str | None:
        if designation.extension_count != times:
            return _("The designation was in another term when it was suspended.")
        return None

    return was_extended


_P = ProductAction
PRODUCT_WORKFLOW: Workflow = Workflow(
    Product._meta.label,
    PRODUCT_EDGES,
    {
        _P.REGISTER: Rule(perms.may_edit_product),
        _P.WITHDRAW: Rule(perms.owns_product),
        _P.RESTORE: Rule(perms.may_edit_product),
    },
)

_A = ApplicationAction
APPLICATION_WORKFLOW: Workflow = Workflow(
    DesignationApplication._meta.label,
    APPLICATION_EDGES,
    {
        _A.SUBMIT: Rule(perms.may_apply, guards=(is_registered,)),
        _A.START_CHECK: Rule(perms.may_work_case),
        _A.REQUEST_SUPPLEMENT: Rule(perms.may_work_case),
        _A.ANSWER_SUPPLEMENT: Rule(perms.owns_application),
        _A.CLOSE_SUPPLEMENT: Rule(perms.may_work_case),
        _A.PASS_CHECK: Rule(perms.may_work_case, guards=(is_type_2,)),
        _A.RECORD_MINISTRY_DECISION: Rule(perms.may_work_case, guards=(is_type_1,)),
        _A.PASS_GATE: Rule(perms.may_work_case),
        _A.START_SCORING: Rule(perms.may_work_case),
        _A.PASS_SCORING: Rule(perms.may_work_case),
        _A.PASS_INSPECTION: Rule(perms.may_work_case),
        _A.DESIGNATE: Rule(perms.may_approve_designation, guards=(is_proposed,)),
        _A.REJECT: Rule(perms.may_decide),
        _A.DECLARE_INELIGIBLE: Rule(perms.may_decide),
        _A.WITHDRAW: Rule(perms.owns_application),
        _A.APPEAL: Rule(perms.owns_application, guards=(has_not_appealed,)),
        _A.UPHOLD_APPEAL: Rule(perms.may_decide),
        _A.DISMISS_APPEAL: Rule(perms.may_decide),
    },
)

_D = DesignationAction
DESIGNATION_WORKFLOW: Workflow = Workflow(
    Designation._meta.label,
    DESIGNATION_EDGES,
    {
        _D.EXTEND_FIRST: Rule(perms.may_change_designation),
        _D.EXTEND_SECOND: Rule(perms.may_change_designation),
        _D.SUSPEND: Rule(perms.may_change_designation),
        _D.RESUME: Rule(perms.may_change_designation, guards=(extended(0),)),
        _D.RESUME_FIRST: Rule(perms.may_change_designation, guards=(extended(1),)),
        _D.RESUME_SECOND: Rule(perms.may_change_designation, guards=(extended(2),)),
        _D.EXPIRE: Rule(perms.may_change_designation, system=True),
        _D.CANCEL: Rule(perms.may_change_designation),
        _D.TRANSFER: Rule(perms.may_change_designation),
    },
)
