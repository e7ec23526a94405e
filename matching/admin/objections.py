"""Objections to results in the admin: read with the explanation beside them, upheld or dismissed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAction, CaseAdmin
from matching import perms, services
from matching.errors import ObjectionRefused
from matching.forms import DismissForm, UpholdForm, correction_lines, explanation_text
from matching.models import ResultObjection
from matching.workflow import RESULT_OBJECTION_WORKFLOW
from pilots.enums import ObjectionAction

FOR_APPLICATION, FOR_PRODUCT = ("score", "units"), ("min_institutions", "max_units")


def _uphold(*, actor: Any, objection_id: int, answer: str, **numbers: int | None) -> Any:
    """Only the numbers that suit what the objection is about may be given."""
    objection = ResultObjection.objects.get(pk=objection_id)
    suits = FOR_APPLICATION if objection.application_id else FOR_PRODUCT
    given = {name: value for name, value in numbers.items() if value is not None}
    if set(given) - set(suits):
        raise ObjectionRefused(
            _("This objection is about an application: give a score or units.")
            if objection.application_id
            else _("This objection is about a product: give its fewest institutions or most units.")
        )
    return services.uphold_result_objection(actor=actor, objection_id=objection_id, answer=answer, correction=given)


def _effect(objection: ResultObjection) -> list[tuple[Any, Any]]:
    rows = [
        (_("Raised by"), objection.organization.name),
        (_("Objection"), objection.text),
        (_("What the applicant was told"), explanation_text(objection)),
    ]
    if objection.application is not None:
        application = objection.application
        rows.append((_("Units that the review allows"), f"{application.min_units}–{application.reviewed_units}"))
    return [(label, value) for label, value in rows if value]


@admin.register(ResultObjection)
class ResultObjectionAdmin(CaseAdmin):
    view_roles = (PpsRole.MATCHER, PpsRole.APPROVER, PpsRole.AUDITOR, PpsRole.ADMIN)
    act_roles = (PpsRole.MATCHER, PpsRole.APPROVER)
    workflow = RESULT_OBJECTION_WORKFLOW
    id_argument = "objection_id"
    list_display = ["number", "organization", "about", "run", "status", "raised_at", "decided_at", "corrected_by"]
    list_filter = ["status", "run__round"]
    list_select_related = ["organization", "application", "plan__product", "run", "corrected_by"]
    search_fields = ["number", "organization__name", "application__number", "plan__product__name", "text"]
    ordering = ["-raised_at"]
    readonly_fields = ["explanation", "changes"]
    fieldsets = [
        (
            None,
            {"fields": ["number", "status", "organization", "application", "plan", "run", "raised_by", "raised_at"]},
        ),
        (_("Objection"), {"fields": ["text", "explanation"]}),
        (_("Decision"), {"fields": ["answer", "changes", "decided_by", "decided_at", "corrected_by"]}),
    ]
    case_actions = [
        CaseAction(
            name="uphold",
            label=_("Uphold the objection"),
            service=_uphold,
            action=ObjectionAction.UPHOLD,
            form=UpholdForm,
            visible=perms.may_decide_result_objection,
            confirm=_(
                "The organization is told. A corrected run is started from the page of the result; offers that stand "
                "are not touched, and a second person approves what the correction adds."
            ),
            effect=_effect,
        ),
        CaseAction(
            name="dismiss",
            label=_("Dismiss the objection"),
            service=services.dismiss_result_objection,
            action=ObjectionAction.DISMISS,
            form=DismissForm,
            visible=perms.may_decide_result_objection,
            confirm=_("The organization is told, with your answer."),
            effect=_effect,
            tone="secondary",
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "organization", "application__plan__product", "plan__product", "run__round", "corrected_by"
            )
            .defer("run__result", "corrected_by__result")
        )

    @admin.display(description=_("about"))
    def about(self, obj: ResultObjection) -> str:
        return str(obj.application.number) if obj.application else str(obj.plan.product.name if obj.plan else "")

    @admin.display(description=_("what the applicant was told"))
    def explanation(self, obj: ResultObjection) -> str:
        return explanation_text(obj) or "–"

    @admin.display(description=_("correction"))
    def changes(self, obj: ResultObjection) -> str:
        return ", ".join(correction_lines(obj)) or "–"
