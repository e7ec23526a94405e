"""Offers and explanations in the admin, to look up and to answer questions from."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAdmin
from matching import perms, selectors
from matching.models import Allocation, Explanation
from matching.workflow import ALLOCATION_WORKFLOW


@admin.register(Allocation)
class AllocationAdmin(CaseAdmin):
    view_roles = (*perms.STAFF_ROLES, PpsRole.REVIEWER)
    workflow = ALLOCATION_WORKFLOW
    list_display = [
        "application", "institution", "product", "units", "requested_units", "amount_krw", "status",
        "institution_response", "supplier_response", "respond_until",
    ]  # fmt: skip
    list_filter = ["status", "institution_response", "supplier_response", "origin", "run"]
    list_select_related = ["application__institution", "application__plan__product", "run"]
    search_fields = ["application__number", "application__institution__name", "application__plan__product__name"]
    ordering = ["-id"]

    @admin.display(description=_("institution"), ordering="application__institution__name")
    def institution(self, obj: Allocation) -> str:
        return obj.application.institution.name

    @admin.display(description=_("product"), ordering="application__plan__product__name")
    def product(self, obj: Allocation) -> str:
        return obj.application.plan.product.name


@admin.register(Explanation)
class ExplanationAdmin(CaseAdmin):
    view_roles = (*perms.STAFF_ROLES, PpsRole.REVIEWER)
    list_display = [
        "application", "institution", "product", "score", "requested_units", "granted", "waitlist_position", "limits",
        "scarcity",
    ]  # fmt: skip
    list_filter = ["run", "is_predetermined", "scarcity", ("waitlist_position", admin.EmptyFieldListFilter)]
    list_select_related = ["application__institution", "application__plan__product", "run"]
    search_fields = ["application__number", "application__institution__name", "application__plan__product__name"]
    readonly_fields = ["sentences"]
    ordering = ["-id"]

    @admin.display(description=_("institution"), ordering="application__institution__name")
    def institution(self, obj: Explanation) -> str:
        return obj.application.institution.name

    @admin.display(description=_("product"), ordering="application__plan__product__name")
    def product(self, obj: Explanation) -> str:
        return obj.application.plan.product.name

    @admin.display(description=_("limits met"))
    def limits(self, obj: Explanation) -> str:
        return ", ".join(obj.blocking) or "–"

    @admin.display(description=_("what the applicant reads"))
    def sentences(self, obj: Explanation) -> str:
        return " ".join([selectors.sentences.outcome_of(row=obj), *selectors.sentences.reasons_of(row=obj)])
