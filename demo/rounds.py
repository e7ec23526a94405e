"""The steps of a round up to its review. Every step happens on its day: see :mod:`demo.timeline`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Organization, User
from core.calendar import today
from demo import papers, words
from demo.people import Cast
from demo.timeline import Story
from pilots import services
from pilots.enums import AcquisitionMode, AnnualPlanStatus, Comparison, Paper, ReviewReason
from pilots.models import AnnualPlan, PilotApplication, PilotRound, PilotUsePlan, RuleSet, Track
from pilots.services import Schedule, TrackBudget
from products.models import Product

BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Days:
    """When a round took its steps, in days ago; what is still to come is negative."""

    planned: int
    intake: int
    opened: int
    closed: int
    shut: int = 0  # of the intake; six days before the opening unless set

    @property
    def intake_closes(self) -> int:
        return self.shut or self.opened + 6


def annual_plan(cast: Cast, year: int, *, reason: str = "") -> Story[AnnualPlan]:
    """The year's plan over all tracks; the council confirms it five days after it is drafted."""
    tracks = list(Track.objects.order_by("order"))
    overseas = 20 * BILLION
    at_home = [track for track in tracks if not track.is_overseas]
    share = (83_900_000_000 - overseas) // len(at_home)
    amounts = [(track.pk, overseas if track.is_overseas else share) for track in tracks]
    ago = 150 if reason else 420
    yield ago
    plan = services.draft_annual_plan(
        actor=cast.desks["reviewer"],
        year=year,
        total_krw=83_900_000_000,
        tracks=amounts,
        council_session="제12차" if reason else "제9차",
        reason=reason,
    )
    yield ago - 5
    return services.confirm_annual_plan(actor=cast.desks["approver"], annual_plan_id=plan.pk)


def planned(
    cast: Cast, days: Days, *, title: str, title_en: str, lease: bool = False, budget_krw: int = 6 * BILLION
) -> PilotRound:
    """A round as it is planned; the money of the smaller ones is for pilots at home only."""
    tracks = list(Track.objects.order_by("order"))
    at_home = [track for track in tracks if not track.is_overseas]
    parts = [TrackBudget(track.pk, budget_krw // len(at_home)) for track in at_home]
    if budget_krw >= 6 * BILLION and not lease:
        parts += [TrackBudget(track.pk, 4 * BILLION) for track in tracks if track.is_overseas]
    plan = AnnualPlan.objects.get(year=cast.clock.today.year, status=AnnualPlanStatus.CONFIRMED)
    rules = RuleSet.objects.filter(effective_on__lte=cast.clock.today).order_by("-effective_on", "-pk")[0]
    return services.plan_round(
        actor=cast.desks["reviewer"],
        annual_plan_id=plan.pk,
        rule_set_id=rules.pk,
        title_ko=title,
        title_en=title_en,
        budget_krw=sum(part.budget_krw for part in parts),
        schedule=Schedule(
            intake_opens_at=cast.clock.at(days.intake, 9),
            intake_closes_at=cast.clock.at(days.intake_closes, 18),
            opens_at=cast.clock.at(days.opened, 9),
            closes_at=cast.clock.at(days.closed, 18),
        ),
        tracks=parts,
        acquisition_mode=AcquisitionMode.LEASE if lease else AcquisitionMode.PURCHASE,
    )


def taking_plans(cast: Cast, days: Days, **texts: Any) -> Story[PilotRound]:
    """A round that calls for plans."""
    yield days.planned
    pilot_round = planned(cast, days, **texts)
    yield days.intake
    return services.open_intake(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def plans(
    cast: Cast,
    pilot_round: PilotRound,
    products: list[Product],
    *,
    ago: int,
    stop: str = "approved",
    most: Sequence[int] = (),
) -> Story[list[PilotUsePlan]]:
    """A plan for each product, handed in ``ago`` days ago and approved three days later, up to the state ``stop``.

    ``most`` says how many institutions each takes.
    """
    tracks = [
        part.track for part in pilot_round.tracks.select_related("track").order_by("pk") if not part.track.is_overseas
    ]
    yield ago
    made = []
    for number, product in enumerate(products):
        count = most[number] if number < len(most) else 5
        made.append(_plan(cast, pilot_round, product, tracks[number % len(tracks)], number, stop, count))
    if stop != "approved":
        return made
    yield ago - 3
    return [services.approve_plan(actor=cast.desks["reviewer"], plan_id=plan.pk) for plan in made]


@transaction.atomic
def _plan(
    cast: Cast, pilot_round: PilotRound, product: Product, track: Track, number: int, stop: str, most: int
) -> PilotUsePlan:
    owner = cast.officer(product.supplier)
    plan = services.start_use_plan(actor=owner, round_id=pilot_round.pk, product_id=product.pk)
    _fill(owner, plan, product, track, number, most)
    return plan if stop == "draft" else services.submit_use_plan(actor=owner, plan_id=plan.pk)


def _fill(owner: User, plan: PilotUsePlan, product: Product, track: Track, number: int, most: int) -> None:
    item = product.items.order_by("pk").first()
    price = item.price_krw if item and item.price_krw else 5_000_000
    limit = max(2, min(40, 280_000_000 // price))
    services.save_use_plan(
        actor=owner,
        plan_id=plan.pk,
        values={
            "track_id": track.pk,
            "item_id": item.pk if item else None,
            "unit_price_krw": price,
            "monthly_fee_krw": price // 24,
            "price_note": "최근 계약 단가입니다.",
            "min_units": 1,
            "max_units": limit,
            "min_institutions": 1,
            "max_institutions": most,
            "pilot_months": 3 + number % 3,
            "site_requirements": "전원 220V와 통신 회선",
            "expected_improvement": "점검 시간을 줄이고 이상을 먼저 압니다.",
            "installation": "설치에 반나절이 걸립니다.",
            "training": "현장에서 두 시간 교육합니다.",
            "safety": "전기 안전 인증을 받았습니다.",
            "follow_up_offer": "추가 구매 시 5퍼센트를 할인합니다.",
            "yearly_operating_krw": price // 20,
        },
        kpis=[
            {
                "name": "측정 정확도",
                "unit": "%",
                "comparison": Comparison.AT_LEAST,
                "target": Decimal(90),
                "measuring_method": "공인 측정기와 나란히 재어 비교합니다.",
            },
            {
                "name": "고장 시간",
                "unit": "시간/월",
                "comparison": Comparison.AT_MOST,
                "target": Decimal(4),
                "measuring_method": "기기가 남긴 기록으로 셉니다.",
            },
        ],
        file_ids=[
            papers.stored(
                owner, name="가격산출근거.pdf", line=f"Invented price evidence, won {price}", purpose=Paper.PRICE
            )
        ],
    )


def opened(cast: Cast, pilot_round: PilotRound, days: Days) -> Story[PilotRound]:
    """Publish the survey; institutions may apply from this moment."""
    yield days.opened
    return services.open_round(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def applications(
    cast: Cast, offers: list[PilotUsePlan], institutions: list[Organization], count: int, *, days: tuple[int, int]
) -> Story[list[PilotApplication]]:
    """``count`` submitted applications between two days, spread over the plans and institutions."""
    counter = Counter(cast)
    first, last = days
    made = []
    for number in range(count):
        plan = offers[(number + number // len(offers)) % len(offers)]
        institution = institutions[(number + number // len(institutions)) % len(institutions)]
        if (plan.pk, institution.pk) not in counter.seen:
            yield first - (first - last) * number // count
            made.append(counter.apply(plan, institution))
    return made


class Counter:
    """Hands in the applications of a round; each institution ranks its own one after another."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.seen: set[tuple[int, int]] = set()
        self.ranks: dict[int, int] = {}

    @transaction.atomic
    def apply(self, plan: PilotUsePlan, institution: Organization, *, stop: str = "submitted") -> PilotApplication:
        """One application of an institution for a product, as a draft or submitted."""
        officer, number = self.cast.officer(institution), len(self.seen)
        self.seen.add((plan.pk, institution.pk))
        self.ranks[institution.pk] = self.ranks.get(institution.pk, 0) + 1
        # five institutions together stay below what the rules allow for one product
        affordable = max(plan.min_units, min(plan.max_units, 55_000_000 // plan.unit_price_krw or 1))
        wanted = max(plan.min_units, affordable - number % 3)
        draft = services.start_application(actor=officer, plan_id=plan.pk)
        draft = services.save_application(
            actor=officer,
            application_id=draft.pk,
            values=_values(institution, self.ranks[institution.pk], wanted, number),
            sites=_further_sites(institution, wanted) if number % 4 == 1 else None,
        )
        if stop == "draft":
            return draft
        return services.submit_application(actor=officer, application_id=draft.pk)


def _further_sites(institution: Organization, wanted: int) -> list[dict[str, Any]]:
    """A second building, where enough units are wanted; it gets a third of them."""
    site = {"name": "별관", "address": institution.address, "district": institution.district}
    place = site | {"province_id": institution.province_id, "units": wanted // 3}
    return [place] if wanted >= 3 else []


def _values(institution: Organization, priority: int, wanted: int, number: int) -> dict[str, Any]:
    return {
        "requested_units": wanted,
        "min_units": max(1, wanted // 2),
        "priority": priority,
        "site_name": "본관 1층",
        "site_address": institution.address,
        "site_district": institution.district,
        "site_province_id": institution.province_id,
        "is_security_site": institution.is_safety_institution,
        "problem": "점검 인력이 부족하여 이상을 늦게 압니다.",
        "use_plan": "상시 운영하며 매주 기록을 확인합니다.",
        "expected_effect": "점검 시간을 절반으로 줄입니다.",
        "responsible_person": words.person(number),
        "operating_budget_krw": 3_000_000,
        "follow_up_budget_krw": 20_000_000 if number % 2 else 0,
        "follow_up_plan": "결과가 좋으면 내년에 추가로 구매합니다." if number % 2 else "",
        "letter_number": f"총무과-{1200 + number}",
        "letter_on": today(),
        "has_pledged": True,
    }


def close(cast: Cast, pilot_round: PilotRound, days: Days) -> Story[PilotRound]:
    """The closing time has passed."""
    yield cast.clock.after(days.closed)
    return services.close_round(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def begin_review(cast: Cast, pilot_round: PilotRound, days: Days) -> Story[PilotRound]:
    """Close the round, and begin the review on the next day."""
    yield from close(cast, pilot_round, days)
    yield cast.clock.after(cast.clock.after(days.closed))
    return services.start_review(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def pass_all(cast: Cast, rows: list[PilotApplication]) -> None:
    """Every application goes through as it was submitted."""
    services.pass_all(
        actor=cast.desks["reviewer"], round_id=rows[0].round_id, application_ids=[row.pk for row in rows]
    )


def adjust(cast: Cast, row: PilotApplication) -> None:
    """One unit less than asked for, with the reason."""
    services.decide_application(
        actor=cast.desks["reviewer"],
        application_id=row.pk,
        decision="adjust",
        units=row.requested_units - 1,
        reason_code=ReviewReason.QUANTITY_NOT_JUSTIFIED,
        message="사용 규모를 고려하여 한 대를 줄였습니다.",
    )


def reject(cast: Cast, row: PilotApplication) -> None:
    """Turned down, with the reason."""
    services.decide_application(
        actor=cast.desks["reviewer"],
        application_id=row.pk,
        decision="reject",
        reason_code=ReviewReason.SITE_UNSUITABLE,
        message="사용 장소의 전원 조건이 맞지 않습니다.",
    )
