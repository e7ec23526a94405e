from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin import CaseAction, CaseAdmin
from core.workflow import Workflow
from products import forms, services
from products.admin.parts import DECIDERS, EVERYBODY
from products.enums import DesignationAction, DesignationStatus
from products.models import Designation
from products.workflow import DESIGNATION_WORKFLOW

D = DesignationAction
WORKFLOW: Workflow = DESIGNATION_WORKFLOW


def _effect(designation: Designation) -> Sequence[tuple[Any, Any]]:
    return [
        (_("Product"), designation.product),
        (_("Holder"), designation.holder_name),
        (_("Validity"), f"{designation.valid_from} – {designation.valid_until}"),
        (_("Source of the validity"), designation.get_validity_source_display()),
    ]


def _may_be_extended(actor: Any, designation: Designation) -> bool:
    return any(WORKFLOW.refusal(designation, action, actor) is None for action in (D.EXTEND_FIRST, D.EXTEND_SECOND))


def _may_be_resumed(_actor: Any, designation: Designation) -> bool:
    return designation.status == DesignationStatus.SUSPENDED


def _is_standing(actor: Any, designation: Designation) -> bool:
    return WORKFLOW.refusal(designation, D.CANCEL, actor) is None


@admin.register(Designation)
class DesignationAdmin(CaseAdmin):
    view_roles = EVERYBODY
    act_roles = DECIDERS
    workflow = WORKFLOW
    list_display = [
        "number",
        "product",
        "holder_name",
        "certificate_no",
        "body_name",
        "valid_from",
        "valid_until",
        "validity_source",
        "status",
    ]
    list_select_related = ["product"]
    list_filter = ["status", "validity_source", "product__product_type", "body_name"]
    search_fields = ["number", "certificate_no", "product__name", "holder_name"]
    date_hierarchy = "valid_until"
    ordering = ["-valid_until", "-pk"]
    case_actions = [
        CaseAction(
            "confirm-validity",
            gettext_lazy("Confirm the validity"),
            services.confirm_validity,
            form=forms.ValidityForm,
            visible=_is_standing,
            confirm=gettext_lazy("Enter the dates on the certificate. They replace the estimate."),
            effect=_effect,
        ),
        CaseAction(
            "extend",
            gettext_lazy("Extend"),
            services.extend_designation,
            form=forms.ReasonForm,
            visible=_may_be_extended,
            confirm=gettext_lazy("The first extension adds one year, the second two. The company is told."),
            effect=_effect,
        ),
        CaseAction(
            "suspend",
            D.SUSPEND.label,
            services.suspend_designation,
            D.SUSPEND,
            form=forms.ReasonForm,
            confirm=gettext_lazy("The product takes part in nothing until the designation is resumed."),
            effect=_effect,
            tone="secondary",
        ),
        CaseAction(
            "resume",
            D.RESUME.label,
            services.resume_designation,
            form=forms.ReasonForm,
            visible=_may_be_resumed,
            confirm=gettext_lazy("The designation continues in the term it was in."),
            effect=_effect,
        ),
        CaseAction(
            "expire",
            D.EXPIRE.label,
            services.expire_designation,
            D.EXPIRE,
            form=forms.ReasonForm,
            confirm=gettext_lazy("Only once the last day of the validity is over."),
            effect=_effect,
            tone="secondary",
        ),
        CaseAction(
            "transfer",
            D.TRANSFER.label,
            services.transfer_designation,
            D.TRANSFER,
            form=forms.TransferForm,
            confirm=gettext_lazy("Product and certificate go to another company; the term stays the same."),
            effect=_effect,
            tone="secondary",
        ),
        CaseAction(
            "cancel",
            D.CANCEL.label,
            services.cancel_designation,
            D.CANCEL,
            form=forms.ReasonForm,
            confirm=gettext_lazy("The designation ends for good and the product leaves the catalogue."),
            effect=_effect,
            tone="danger",
        ),
    ]
