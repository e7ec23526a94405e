"""Rounds at every stage: one executed, one under review, one open, one taking plans.

Services decide by the database's clock, so a past round is opened now and its dates are moved back afterwards: the
builder travels in time, the rules do not bend.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import Organization, User
from core.calendar import today
from core.errors import DomainError
from demo import words
from demo.people import Cast
from pilots import services
from pilots.enums import AcquisitionMode, Comparison, ReviewReason
from pilots.models import AnnualPlan, PilotApplication, PilotRound, PilotUsePlan, RuleSet, Track
from pilots.services import Schedule, TrackBudget
from products.models import Product

BILLION = 1_000_000_000


def annual_plan(cast: Cast, year: int) -> AnnualPlan:
    """The year's confirmed plan over all tracks."""
    tracks = list(Track.objects.order_by("order"))
    overseas = 20 * BILLION
    at_home = [track for track in tracks if not track.is_overseas]
    share = (83_900_000_000 - overseas) // len(at_home)
    amounts = [(track.pk, overseas if track.is_overseas else share) for track in tracks]
    plan = services.draft_annual_plan(
        actor=cast.desks["reviewer"], year=year, total_krw=83_900_000_000, tracks=amounts, council_session="제12차"
    )
    return services.confirm_annual_plan(actor=cast.desks["approver"], annual_plan_id=plan.pk)


def planned(cast: Cast, plan: AnnualPlan, *, title: str, title_en: str, lease: bool = False) -> PilotRound:
    """A round whose intake is open now."""
    now = timezone.now()
    tracks = list(Track.objects.order_by("order"))
    at_home = [track for track in tracks if not track.is_overseas]
    parts = [TrackBudget(track.pk, 6 * BILLION // len(at_home)) for track in at_home]
    parts += [TrackBudget(track.pk, 4 * BILLION) for track in tracks if track.is_overseas and not lease]
    rules = RuleSet.objects.filter(effective_on__lte=today()).order_by("-effective_on", "-pk").first()
    if rules is None:
        raise RuleSet.DoesNotExist
    pilot_round = services.plan_round(
        actor=cast.desks["reviewer"],
        annual_plan_id=plan.pk,
        rule_set_id=rules.pk,
        title_ko=title,
        title_en=title_en,
        budget_krw=sum(part.budget_krw for part in parts),
        schedule=Schedule(
            intake_opens_at=now - timedelta(minutes=5),
            intake_closes_at=now + timedelta(days=10),
            opens_at=now + timedelta(days=10),
            closes_at=now + timedelta(days=35),
        ),
        tracks=parts,
        acquisition_mode=AcquisitionMode.LEASE if lease else AcquisitionMode.PURCHASE,
    )
    return services.open_intake(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def travel(pilot_round: PilotRound, *, days: int) -> None:
    """Move the dates of a round into the past."""
    step = timedelta(days=days)
    PilotRound.objects.filter(pk=pilot_round.pk).update(
        intake_opens_at=F("intake_opens_at") - step,
        intake_closes_at=F("intake_closes_at") - step,
        opens_at=F("opens_at") - step,
        closes_at=F("closes_at") - step,
    )
    pilot_round.refresh_from_db()


def plans(cast: Cast, pilot_round: PilotRound, products: list[Product], *, approve: bool = True) -> list[PilotUsePlan]:
    """A pilot-use plan for each product, submitted and (unless told otherwise) approved."""
    made = []
    tracks = [
        part.track for part in pilot_round.tracks.select_related("track").order_by("pk") if not part.track.is_overseas
    ]
    for number, product in enumerate(products):
        owner = cast.officer(product.supplier)
        try:
            plan = services.start_use_plan(actor=owner, round_id=pilot_round.pk, product_id=product.pk)
        except DomainError:
            continue
        _fill(owner, plan, product, tracks[number % len(tracks)], number)
        plan = services.submit_use_plan(actor=owner, plan_id=plan.pk)
        if approve:
            plan = services.approve_plan(actor=cast.desks["reviewer"], plan_id=plan.pk)
        made.append(plan)
    return made


def _fill(owner: User, plan: PilotUsePlan, product: Product, track: Track, number: int) -> None:
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
            "max_institutions": 5,
            "pilot_months": 3 + number % 4,
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
    )


def open_now(cast: Cast, pilot_round: PilotRound) -> PilotRound:
    """Publish the survey; institutions may apply from this moment."""
    now = timezone.now()
    PilotRound.objects.filter(pk=pilot_round.pk).update(
        intake_opens_at=now - timedelta(days=40),
        intake_closes_at=now - timedelta(days=12),
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=25),
    )
    return services.open_round(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def applications(
    cast: Cast, offers: list[PilotUsePlan], institutions: list[Organization], count: int
) -> list[PilotApplication]:
    """``count`` submitted applications, a few of each institution with its own priorities."""
    made: list[PilotApplication] = []
    ranks: dict[int, int] = {}
    for number in range(count):
        plan = offers[(number * 7 + number // len(offers)) % len(offers)]
        institution = institutions[number % len(institutions)]
        application = _apply(cast, plan, institution, ranks.get(institution.pk, 0) + 1, number)
        if application is not None:
            ranks[institution.pk] = application.priority
            made.append(application)
    return made


def _apply(
    cast: Cast, plan: PilotUsePlan, institution: Organization, priority: int, number: int
) -> PilotApplication | None:
    officer = cast.officer(institution)
    most = max(plan.min_units, min(plan.max_units, 60_000_000 // plan.unit_price_krw or 1))
    wanted = max(plan.min_units, most - number % 3)
    try:
        draft = services.start_application(actor=officer, plan_id=plan.pk)
        services.save_application(
            actor=officer, application_id=draft.pk, values=_values(institution, priority, wanted, number)
        )
        return services.submit_application(actor=officer, application_id=draft.pk)
    except DomainError:
        return None  # the same product twice, or a priority above the rule: the invented institution gives up


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
        "has_pledged": True,
    }


def close(cast: Cast, pilot_round: PilotRound, *, days: int) -> PilotRound:
    """Let the closing time pass, and begin the review."""
    travel(pilot_round, days=days)
    services.close_round(actor=cast.desks["reviewer"], round_id=pilot_round.pk)
    return services.start_review(actor=cast.desks["reviewer"], round_id=pilot_round.pk)


def review(cast: Cast, rows: list[PilotApplication], *, leave: int = 0) -> None:
    """Decide all but the last ``leave``: most pass, some are adjusted, a few rejected."""
    reviewer = cast.desks["reviewer"]
    passed = []
    for number, row in enumerate(rows[: len(rows) - leave]):
        if number % 13 == 12:
            services.decide_application(
                actor=reviewer,
                application_id=row.pk,
                decision="reject",
                reason_code=ReviewReason.values[-1],
                message="사용 장소의 전원 조건이 맞지 않습니다.",
            )
        elif number % 6 == 5 and row.requested_units > row.min_units:
            services.decide_application(
                actor=reviewer,
                application_id=row.pk,
                decision="adjust",
                units=row.requested_units - 1,
                reason_code=ReviewReason.values[-1],
                message="사용 규모를 고려하여 한 대를 줄였습니다.",
            )
        else:
            passed.append(row.pk)
    if passed:
        services.pass_all(actor=reviewer, round_id=rows[0].round_id, application_ids=passed)
