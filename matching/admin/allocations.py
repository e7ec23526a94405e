"""Offers and explanations in the admin, to look up, to answer questions from, and to set an award by hand."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import PpsRole
from core.admin import CaseAdmin
from core.errors import DomainError
from core.money import format_krw
from matching import perms, selectors, services
from matching.admin import filters
from matching.admin.counterfactuals import CounterfactualPages
from matching.errors import OverrideRefused
from matching.forms import OverrideForm
from matching.models import Allocation, Explanation, MatchingRun
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
class ExplanationAdmin(CounterfactualPages, CaseAdmin):
    view_roles = (*perms.STAFF_ROLES, PpsRole.REVIEWER)
    list_display = [
        "application", "institution", "product", "score_shown", "requested_units", "granted", "amount",
        "waitlist_position", "limits", "scarce",
    ]  # fmt: skip
    export_fields = [
        "application", "institution_name", "province", "product_name", "track", "score_shown", "requested_units",
        "granted", "amount", "waitlist_position", "limits", "scarce",
    ]  # fmt: skip
    list_filter = [
        "run", filters.OutcomeFilter, "application__plan__track", "application__institution__province",
        filters.LimitFilter, filters.ScarcityFilter, filters.ScoreFilter, filters.ProductFilter,
        filters.InstitutionFilter,
    ]  # fmt: skip
    list_select_related = [
        "application__institution__province", "application__plan__product", "application__plan__track", "run",
    ]  # fmt: skip
    search_fields = ["application__number", "application__institution__name", "application__plan__product__name"]
    readonly_fields = [
        "institution",
        "product",
        "minimum",
        "unit_price",
        "score_shown",
        "amount",
        "limits",
        "scarce",
        "sentences",
    ]
    fieldsets = [
        (None, {"fields": [
            "sentences", "run", "application", "institution", "product", "score_shown", "minimum", "requested_units",
            "granted", "unit_price", "amount", "is_predetermined", "waitlist_position", "limits", "scarce",
            "override_reason", "told_at",
        ]}),
    ]  # fmt: skip
    ordering = ["-run_id", "-score", "application_id"]
    change_form_template = "admin/matching/explanation.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        # Django applies ``list_select_related`` only to a queryset that has joined nothing yet.
        joined = super().get_queryset(request).select_related("run__round", *self.list_select_related)
        return joined.defer("run__result")

    @admin.display(description=_("institution"), ordering="application__institution__name")
    def institution(self, obj: Explanation) -> Any:
        institution = obj.application.institution
        return self._narrowed(obj, "institution", institution.pk, institution.name, self.province(obj))

    @admin.display(description=_("product"), ordering="application__plan__product__name")
    def product(self, obj: Explanation) -> Any:
        plan = obj.application.plan
        return self._narrowed(obj, "plan", plan.pk, plan.product.name, plan.track.name)

    def _narrowed(self, obj: Explanation, name: str, key: int, text: str, note: str) -> Any:
        """The name as a link to the rows of the same run that share it, and where it belongs."""
        url = reverse("admin:matching_explanation_changelist")
        link = format_html('<a href="{}?run__id__exact={}&amp;{}={}">{}</a>', url, obj.run_id, name, key, text)
        return format_html('{}<br><small class="case-note">{}</small>', link, note)

    @admin.display(description=_("institution"))
    def institution_name(self, obj: Explanation) -> str:
        return obj.application.institution.name

    @admin.display(description=_("product"))
    def product_name(self, obj: Explanation) -> str:
        return obj.application.plan.product.name

    @admin.display(description=_("province"))
    def province(self, obj: Explanation) -> str:
        return str(obj.application.institution.province or "–")

    @admin.display(description=_("track"))
    def track(self, obj: Explanation) -> str:
        return obj.application.plan.track.name

    @admin.display(description=_("score"), ordering="score")
    def score_shown(self, obj: Explanation) -> str:
        return obj.score_points

    @admin.display(description=_("smallest number of units"))
    def minimum(self, obj: Explanation) -> str:
        return f"{obj.application.min_units:,}"

    @admin.display(description=_("price of a unit"))
    def unit_price(self, obj: Explanation) -> str:
        return format_krw(obj.application.plan.unit_price_krw)

    @admin.display(description=_("amount (won)"))
    def amount(self, obj: Explanation) -> str:
        return f"{obj.granted * obj.application.plan.unit_price_krw:,}"

    @admin.display(description=_("limits met"))
    def limits(self, obj: Explanation) -> str:
        return obj.limits_met

    @admin.display(description=_("what was scarcest"), ordering="scarcity")
    def scarce(self, obj: Explanation) -> str:
        return str(selectors.sentences.SCARCE.get(obj.scarcity, "–"))

    @admin.display(description=_("what the applicant reads"))
    def sentences(self, obj: Explanation) -> str:
        return " ".join([selectors.sentences.outcome_of(row=obj), *selectors.sentences.reasons_of(row=obj)])

    def get_urls(self) -> list[Any]:
        own = [
            path(
                "<int:explanation_id>/override/",
                self.admin_site.admin_view(self.override_view),
                name="matching_explanation_override",
            )
        ]
        return [*own, *super().get_urls()]

    def case_context(self, request: HttpRequest, obj: Explanation) -> dict[str, Any]:
        return {
            **selectors.counterfactual_context(actor=request.user, row=obj),  # type: ignore[arg-type]
            **selectors.award_proof(row=obj),
            "rivals": selectors.rivals_of(row=obj),
            "may_override": services.may_change_awards(actor=request.user, run=obj.run),  # type: ignore[arg-type]
        }

    def override_view(self, request: HttpRequest, explanation_id: int) -> HttpResponse:
        """Set one award with a reason: alone, or with everything else solved anew around it."""
        row = get_object_or_404(self.get_queryset(request), pk=explanation_id)
        if not perms.may_override_award(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        form = OverrideForm(request.POST or None, row=row)
        if request.method == "POST" and form.is_valid():
            run = self._overridden(request, row, form)
            if run is not None:
                return redirect("admin:matching_matchingrun_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": _("Set an award by hand"),
            "form": form,
            "reasons": selectors.sentences.reasons_of(row=row),
            "others": selectors.overrides_of(run=row.run),
        }
        return render(request, "admin/matching/override.html", context)

    def _overridden(self, request: HttpRequest, row: Explanation, form: OverrideForm) -> MatchingRun | None:
        values = form.cleaned_data
        service = services.solve_around_award if values["how"] == "anew" else services.change_award
        try:
            run = service(
                actor=request.user,  # type: ignore[arg-type]
                run_id=row.run_id,
                application_id=row.application_id,
                units=values["units"],
                reason=values["reason"],
            )
        except OverrideRefused as error:
            for text in (str(error), *error.reasons):
                form.add_error(error.field or None, text)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The award is set in the new run %(run)s.") % {"run": run})
            return run
        return None
