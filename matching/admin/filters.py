"""Filters over the applications of a run: every number on the run's page leads to the rows behind it."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organization
from matching.enums import Limit
from matching.models import Explanation
from matching.selectors.figures import BAND
from matching.selectors.sentences import SCARCE
from pilots.models import PilotUsePlan

OUTCOMES: dict[str, tuple[Any, Q]] = {
    "granted": (pgettext_lazy("outcome", "With an offer"), Q(granted__gt=0)),
    "full": (pgettext_lazy("outcome", "Granted in full"), Q(granted=F("requested_units"))),
    "reduced": (pgettext_lazy("outcome", "Reduced"), Q(granted__gt=0, granted__lt=F("requested_units"))),
    "nothing": (pgettext_lazy("outcome", "Without an offer"), Q(granted=0)),
    "waitlisted": (pgettext_lazy("outcome", "On the waitlist"), Q(waitlist_position__isnull=False)),
    "refused": (pgettext_lazy("outcome", "Not matched"), Q(granted=0, waitlist_position=None)),
    "predetermined": (
        pgettext_lazy("outcome", "Determined before matching"),
        Q(is_predetermined=True, override_reason=""),
    ),
    "by_hand": (pgettext_lazy("outcome", "Set by hand"), ~Q(override_reason="")),
    "youth": (
        pgettext_lazy("outcome", "Offers for youth startups"),
        Q(granted__gt=0, application__plan__supplier__is_youth_startup=True),
    ),
}


class OutcomeFilter(admin.SimpleListFilter):
    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _condition) in OUTCOMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Explanation]) -> QuerySet[Explanation]:
        chosen = OUTCOMES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class LimitFilter(admin.SimpleListFilter):
    title = _("limit met")
    parameter_name = "limit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(value), label) for value, label in Limit.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Explanation]) -> QuerySet[Explanation]:
        return queryset.filter(blocking__contains=[self.value()]) if self.value() else queryset


class ScarcityFilter(admin.SimpleListFilter):
    title = _("what was scarcest")
    parameter_name = "scarcity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(code), label) for code, label in SCARCE.items() if code != "youth"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Explanation]) -> QuerySet[Explanation]:
        return queryset.filter(scarcity=self.value()) if self.value() else queryset


class ScoreFilter(admin.SimpleListFilter):
    """Bands of ten points, as the chart draws them."""

    title = _("score")
    parameter_name = "band"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(band), f"{band * BAND // 10}–{(band + 1) * BAND // 10}") for band in range(15)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Explanation]) -> QuerySet[Explanation]:
        value = self.value() or ""
        if not value.isdigit():
            return queryset
        return queryset.filter(score__gte=int(value) * BAND, score__lt=(int(value) + 1) * BAND)


class ChosenFilter(admin.SimpleListFilter):
    """One product or institution that a link has chosen: thousands of choices would help nobody, search does."""

    lookup = ""

    def name_of(self, key: int) -> str | None:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = request.GET.get(str(self.parameter_name), "")
        return [(value, self.name_of(int(value)) or "–")] if value.isdigit() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Explanation]) -> QuerySet[Explanation]:
        value = self.value() or ""
        return queryset.filter(**{self.lookup: int(value)}) if value.isdigit() else queryset


class ProductFilter(ChosenFilter):
    title = _("product")
    parameter_name = "plan"
    lookup = "application__plan_id"

    def name_of(self, key: int) -> str | None:
        return PilotUsePlan.objects.filter(pk=key).values_list("product__name", flat=True).first()


class InstitutionFilter(ChosenFilter):
    title = _("institution")
    parameter_name = "institution"
    lookup = "application__institution_id"

    def name_of(self, key: int) -> str | None:
        return Organization.objects.filter(pk=key).values_list("name", flat=True).first()
