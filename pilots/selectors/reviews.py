"""The work pages of the amount-and-scale review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.money import format_krw
from pilots.enums import ApplicationStatus, PlanStatus
from pilots.models import PilotApplication, PilotUsePlan, ReviewerAbsence, RoundTrack, ScaleReview
from pilots.rules.schema import Rules
from pilots.rules.scoring import Part, total
from pilots.selectors.absences import absences_today, cases_of
from pilots.selectors.applications import DECIDED
from pilots.selectors.rules import computed_parts

LINES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """An application on the review page."""

    application: PilotApplication
    amount_krw: int
    parts: Sequence[Part]
    remarks: Sequence[str] = field(default=())

    @property
    def score(self) -> int:
        return total(self.parts)

    @property
    def is_changed(self) -> bool:
        """Whether a reviewer gave other points than the rules compute."""
        return any(row["points"] != row["computed"] for row in _stored(self.application))

    @property
    def may_pass_in_bulk(self) -> bool:
        return self.application.status == ApplicationStatus.UNDER_REVIEW and not self.application.is_exempt


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is asked for, against a limit; None where the rules know no limit."""

    label: str
    asked: int
    limit: int | None
    is_money: bool = False

    @property
    def is_exceeded(self) -> bool:
        return self.limit is not None and self.asked > self.limit

    def text(self, amount: int | None) -> str:
        if amount is None:
            return _("No limit")
        return format_krw(amount) if self.is_money else f"{amount:,}"

    @property
    def asked_text(self) -> str:
        return self.text(self.asked)

    @property
    def limit_text(self) -> str:
        return self.text(self.limit)

    @property
    def left_text(self) -> str:
        return self.text(max(0, self.limit - self.asked) if self.limit is not None else None)


def _stored(application: PilotApplication) -> list[dict[str, Any]]:
    """The sheet of a decision that stands."""
    review = getattr(application, "review", None)
    return list(review.score_parts) if review is not None and review.taken_back_at is None else []


def review_table(*, plan_id: int) -> QuerySet[PilotApplication]:
    """Every standing application for one product, side by side."""
    return (
        PilotApplication.objects.filter(plan_id=plan_id)
        .counted()
        .select_related(
            "institution__province",
            "review__reviewer",
            "review__covered_for",
            "plan__track",
            "plan__supplier",
            "plan__product",
            "round",
            "site_province",
        )
        .prefetch_related("questions", "objections")
        .order_by("number")
    )


def review_overview(*, round_id: int, actor: Any, whose: str = "") -> QuerySet[PilotUsePlan]:
    """Products of a round with the progress of their review; ``whose`` as in :func:`cases_of`."""
    counted = ~Q(
        applications__status__in=[ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN, ApplicationStatus.INVALID]
    )
    rows = PilotUsePlan.objects.filter(round_id=round_id, status=PlanStatus.APPROVED)
    return (
        rows.filter(cases_of(actor=actor, whose=whose))
        .select_related("product", "supplier", "track", "reviewer")
        .annotate(
            asked=Count("applications", filter=counted),
            waiting=Count("applications", filter=Q(applications__status=ApplicationStatus.UNDER_REVIEW)),
            decided=Count("applications", filter=Q(applications__status__in=DECIDED)),
            units=Sum("applications__requested_units", filter=counted),
        )
        .order_by("number")
    )


def price_remark(*, plan: PilotUsePlan) -> str:
    """How the plan's price compares with the price in the catalogue; empty when they agree."""
    listed = plan.item.price_krw if plan.item else None
    if plan.round.is_lease or not listed:
        return "" if plan.round.is_lease else _("The catalogue has no price for this item; check the evidence.")
    if plan.unit_price_krw > listed:
        permille = (plan.unit_price_krw - listed) * 1000 // listed
        return _("The price is %(percent)s %% above the catalogue's %(listed)s.") % {
            "percent": f"{permille / 10:g}",
            "listed": format_krw(listed),
        }
    return ""


def _remarks(application: PilotApplication, plan: PilotUsePlan, known: "_Known") -> list[str]:
    found = []
    if application.is_exempt:
        found.append(_("Says that no matching is needed: %(why)s") % {"why": application.get_exempt_reason_display()})
    if application.institution_id in known.received:
        found.append(_("Received this product before."))
    if plan.suitable_kinds and application.institution.institution_kind not in plan.suitable_kinds:
        found.append(_("Not a kind of institution that the supplier named."))
    if plan.suitable_provinces and application.site_province_id not in plan.suitable_provinces:
        found.append(_("The site is outside the supplier's provinces."))
    if any(question.answered_at is None for question in application.questions.all()):
        found.append(_("A question waits for an answer."))
    elif application.questions.all():
        found.append(_("A question was answered."))
    return [*found, *_institution_remarks(known, application.institution_id)]


def _institution_remarks(known: "_Known", institution_id: int) -> list[str]:
    """What the institution asks for in the whole round, against the ceilings per institution."""
    won, products = known.asked.get(institution_id, (0, 0))
    ceilings, found = known.rules.ceilings, []
    if ceilings.institution_krw and won > ceilings.institution_krw:
        found.append(
            _("The institution asks for %(asked)s in this round; the ceiling is %(ceiling)s.")
            % {"asked": format_krw(won), "ceiling": format_krw(ceilings.institution_krw)}
        )
    if ceilings.institution_products and products > ceilings.institution_products:
        found.append(
            _("The institution asks for %(asked)s products in this round; the ceiling is %(ceiling)s.")
            % {"asked": products, "ceiling": ceilings.institution_products}
        )
    return found


UNITS = Coalesce("reviewed_units", "requested_units")
WON = Sum(UNITS * F("plan__unit_price_krw"), default=0)


def _standing(round_id: int) -> QuerySet[PilotApplication]:
    """Applications of a round that may still be granted."""
    return (
        PilotApplication.objects.filter(round_id=round_id).counted().exclude(status=ApplicationStatus.REVIEW_REJECTED)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What remarks look up: earlier receivers of the product, and what each institution asks for in the round."""

    rules: Rules
    received: frozenset[int]
    asked: Mapping[int, tuple[int, int]]


def _known(plan: PilotUsePlan, rules: Rules, institution_ids: set[int]) -> _Known:
    received = PilotApplication.objects.filter(
        plan__product_id=plan.product_id,
        institution_id__in=institution_ids,
        status__in=[ApplicationStatus.CONFIRMED, ApplicationStatus.MATCHED],
    ).exclude(round_id=plan.round_id)
    asked = (
        _standing(plan.round_id)
        .filter(institution_id__in=institution_ids)
        .values("institution_id")
        .annotate(won=WON, products=Count("pk"))
        .order_by("institution_id")
    )
    return _Known(
        rules,
        frozenset(received.values_list("institution_id", flat=True)),
        {row["institution_id"]: (row["won"], row["products"]) for row in asked},
    )


def review_page(*, plan: PilotUsePlan, number: str | int = 1) -> "Page[PilotApplication]":
    """A page of the applications for one product; the last page when the number is too high."""
    return Paginator(review_table(plan_id=plan.pk), LINES_PER_PAGE).get_page(number)


def review_lines(*, plan: PilotUsePlan, rules: Rules, applications: Sequence[PilotApplication]) -> list[Line]:
    """Applications for one product side by side, in as many queries for one as for a hundred."""
    parts = computed_parts(applications=applications, rules=rules, year=plan.round.year)
    known = _known(plan, rules, {row.institution_id for row in applications})
    return [
        Line(
            application=row,
            amount_krw=row.requested_units * plan.unit_price_krw,
            parts=[Part(part["code"], part["points"]) for part in _stored(row)] or parts[row.pk],
            remarks=_remarks(row, plan, known),
        )
        for row in applications
    ]


def capacities(*, plan: PilotUsePlan, rules: Rules) -> list[Capacity]:
    """The limits of the product, and of its track and round over all their products, against what is asked for."""
    own = Q(plan=plan)
    standing = _standing(plan.round_id).aggregate(
        units=Sum(UNITS, filter=own, default=0),
        institutions=Count("pk", filter=own),
        product=Sum(UNITS * F("plan__unit_price_krw"), filter=own, default=0),
        track=Sum(UNITS * F("plan__unit_price_krw"), filter=Q(plan__track_id=plan.track_id), default=0),
        round=WON,
    )
    caps = [limit for limit in (plan.max_institutions, rules.ceilings.institutions_per_product) if limit]
    track = RoundTrack.objects.filter(round_id=plan.round_id, track_id=plan.track_id).first()
    ceiling = plan.ceiling_krw if plan.ceiling_krw is not None else rules.ceilings.product_krw
    return [
        Capacity(_("Units of the product"), standing["units"], plan.max_units),
        Capacity(_("Institutions of the product"), standing["institutions"], min(caps)),
        Capacity(_("Amount of the product"), standing["product"], ceiling, is_money=True),
        Capacity(
            _("Budget of the track, all its products"),
            standing["track"],
            track.budget_krw if track else 0,
            is_money=True,
        ),
        Capacity(_("Budget of the round, all its products"), standing["round"], plan.round.budget_krw, is_money=True),
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reviewer (or nobody in particular) has come in a round."""

    reviewer: str
    waiting: int
    decided: int
    absence: ReviewerAbsence | None = None

    @property
    def total(self) -> int:
        return self.waiting + self.decided

    @property
    def percent(self) -> int:
        return self.decided * 100 // self.total if self.total else 100


def review_progress(*, round_id: int) -> list[Progress]:
    """Progress of the review by assigned reviewer, with the absences of today."""
    waits = Q(status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.UNDER_REVIEW])
    rows = (
        PilotApplication.objects.filter(round_id=round_id)
        .counted()
        .values("plan__reviewer_id", "plan__reviewer__name")
        .annotate(waiting=Count("pk", filter=waits), decided=Count("pk", filter=~waits))
        .order_by("plan__reviewer__name", "plan__reviewer_id")
    )
    absences = absences_today()
    return [
        Progress(
            row["plan__reviewer__name"] or _("Not assigned"),
            row["waiting"],
            row["decided"],
            absences.get(row["plan__reviewer_id"]),
        )
        for row in rows
    ]


def parts_of_lines(*, lines: Sequence[Line]) -> tuple[list[str], list[str]]:
    """The parts of the score by which these lines differ from nothing, and those that give nobody a point."""
    codes = [part.code for part in lines[0].parts] if lines else []
    given = {part.code for line in lines for part in line.parts if part.points}
    return [code for code in codes if code in given], [code for code in codes if code not in given]


def part_text(*, code: str) -> str:
    """What a part of the score rewards, in words."""
    texts = {
        "BASE": _("Points everybody has"),
        "RANK": _("Priority of the institution"),
        "S2": _("Product from research of a local government"),
        "S3": _("Safety equipment for a safety institution"),
        "S4": _("Track of new technology"),
        "S5": _("Track of services that citizens feel"),
        "S6": _("Budget for follow-up purchases"),
        "S7": _("Record of the institution"),
        "S8": _("Health or daily life in a rural community"),
        "S9": _("Asked for by a ministry"),
        "S10": _("Youth startup, until the share is met"),
        "S12": _("Overseas: plan to buy more"),
    }
    return texts.get(code, code)


def review_record(*, application: PilotApplication) -> dict[str, Any]:
    """Questions, answers and the sheet of the decision, for the case page of an application."""
    questions = application.questions.select_related("asked_by", "answered_by").order_by("pk")
    review = ScaleReview.objects.filter(application=application).select_related("reviewer", "covered_for").first()
    sheet = [row | {"text": part_text(code=row["code"])} for row in review.score_parts] if review else []
    return {"questions": questions, "review": review, "sheet": sheet}
