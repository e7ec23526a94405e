"""The other rounds: under review, open, taking plans, and small ones at every further step."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Organization
from core.workflow import SYSTEM
from demo import execution, rounds
from demo.people import Cast
from demo.rounds import Days
from demo.scale import Scale
from demo.timeline import Story
from matching import services as matching
from matching.enums import RunAction
from matching.models import Explanation, MatchingRun, RunStep
from matching.selectors import run_document
from matching.workflow import RUN_WORKFLOW
from pilots import services
from pilots.enums import PlanSection
from pilots.models import BudgetAccount, PilotApplication, PilotRound, PilotUsePlan, Track
from products.models import Product

SMALL = 1_200_000_000


def annual_plans(cast: Cast) -> Story[None]:
    """This year's plan in its second version, and a draft for the next year."""
    year = cast.clock.today.year
    yield from rounds.annual_plan(cast, year)
    yield from rounds.annual_plan(cast, year, reason="추경에 따라 분야별 금액을 다시 나누었습니다.")
    at_home = list(Track.objects.filter(is_overseas=False).order_by("order"))
    yield 9
    services.draft_annual_plan(
        actor=cast.desks["reviewer"],
        year=year + 1,
        total_krw=60_000_000_000,
        tracks=[(track.pk, 60_000_000_000 // len(at_home)) for track in at_home],
    )


def under_review(cast: Cast, scale: Scale, products: list[Product]) -> Story[None]:
    """Decisions of every kind, questions, objections; a quarter of the applications still waits."""
    days = Days(planned=110, intake=104, opened=78, closed=40)
    row = yield from rounds.taking_plans(cast, days, title="하반기 시범구매", title_en="Second-half pilot purchase")
    offers = yield from rounds.plans(cast, row, products, ago=90)
    yield from rounds.opened(cast, row, days)
    rows = yield from rounds.applications(
        cast, offers, cast.institutions[1:], scale.review_applications, days=(76, 42)
    )
    yield from rounds.begin_review(cast, row, days)
    _share_out(cast, offers)
    rows = list(PilotApplication.objects.filter(pk__in=[r.pk for r in rows]).order_by("-requested_units", "pk"))
    adjusted, *rejected = rows[:4]
    asked, withdrawn, invalid = rows[-3:]
    yield 24
    rounds.pass_all(cast, rows[4 : len(rows) * 3 // 4])
    services.invalidate_application(
        actor=cast.desks["reviewer"], application_id=invalid.pk, reason="같은 사업으로 이미 지원을 받았습니다."
    )
    yield 15
    services.withdraw_application(
        actor=cast.officer(withdrawn.institution),
        application_id=withdrawn.pk,
        reason="운영 예산을 확보하지 못하였습니다.",
    )
    yield 6
    rounds.adjust(cast, adjusted)
    for application in rejected:
        rounds.reject(cast, application)
    yield from _objections(cast, rejected)
    services.ask_question(
        actor=cast.desks["reviewer"], application_id=asked.pk, question="설치 장소의 통신 회선을 알려 주십시오."
    )
    _leave(cast)


def _share_out(cast: Cast, offers: list[PilotUsePlan]) -> None:
    """Every product but one has its reviewer."""
    first, second = cast.desks["reviewer"], cast.desks["reviewer2"]
    for number, offer in enumerate(offers[:-1]):
        services.assign_reviewer(actor=first, plan_id=offer.pk, reviewer=second if number % 3 == 1 else first)


def _leave(cast: Cast) -> None:
    """The second reviewer is away from today on, and the first one covers."""
    first, second = cast.desks["reviewer"], cast.desks["reviewer2"]
    day = cast.clock.today
    services.record_absence(
        actor=second,
        reviewer=second,
        cover=first,
        from_on=day,
        until_on=day + timedelta(days=8),
        reason="교육 파견",
    )


LARGE = 24_000_000_000


def large(cast: Cast, scale: Scale, products: list[Product]) -> Story[None]:
    """The year's main round: reviewed to the last application and frozen for matching."""
    days = Days(planned=124, intake=118, opened=92, closed=54)
    texts = {"title": "정기 시범구매", "title_en": "Main pilot purchase of the year"}
    row = yield from rounds.taking_plans(cast, days, budget_krw=LARGE, **texts)
    offers = yield from rounds.plans(cast, row, products, ago=104)
    yield from rounds.opened(cast, row, days)
    rows = yield from rounds.applications(cast, offers, cast.institutions[1:], scale.large_applications, days=(90, 56))
    yield from rounds.begin_review(cast, row, days)
    several = [application for application in rows if application.requested_units > 1]
    yield 40
    for application in several[::20]:
        rounds.adjust(cast, application)
    for application in several[10::40]:
        rounds.reject(cast, application)
    yield 30
    rounds.pass_all(cast, rows)
    yield 20
    services.freeze_round(actor=cast.desks["matcher"], round_id=row.pk)


def _objections(cast: Cast, rejected: list[PilotApplication]) -> Story[None]:
    """One waits, one is upheld so that the application is reviewed anew, one is dismissed."""
    yield 4
    made = [
        services.raise_objection(
            actor=cast.officer(row.institution),
            application_id=row.pk,
            text="전원 공사를 마쳤으므로 다시 심사해 주십시오.",
        )
        for row in rejected
    ]
    second = cast.desks["reviewer2"]
    yield 1
    services.uphold_objection(actor=second, objection_id=made[1].pk, text="공사 완료 사진을 확인하였습니다.")
    services.dismiss_objection(actor=second, objection_id=made[2].pk, text="공사 완료를 확인할 수 없습니다.")


def open_now(cast: Cast, scale: Scale, products: list[Product]) -> Story[None]:
    """Open to institutions; the demo institution has drafts on both sides of its approval, one plan was excluded."""
    days = Days(planned=52, intake=47, opened=12, closed=-16, shut=20)
    row = yield from rounds.taking_plans(cast, days, title="연말 시범구매", title_en="Year-end pilot purchase")
    offers = yield from rounds.plans(cast, row, products, ago=33)
    yield from rounds.opened(cast, row, days)
    *offers, excluded = offers
    yield 10
    services.exclude_plan(actor=cast.desks["reviewer"], plan_id=excluded.pk, reason="같은 제품이 이미 구매되었습니다.")
    yield from rounds.applications(cast, offers, cast.institutions[2:], scale.open_applications, days=(9, 1))
    counter, home = rounds.Counter(cast), cast.institutions[0]
    _draft, asked, revised = (counter.apply(offer, home, stop="draft") for offer in offers[:3])
    services.request_approval(actor=cast.prepares, application_id=asked.pk)
    services.request_approval(actor=cast.prepares, application_id=revised.pk)
    services.send_back(
        actor=cast.approves,
        application_id=revised.pk,
        remark="내년 운영 예산을 예산부서와 확인한 뒤 금액을 고쳐 다시 올려 주십시오.",
    )


def taking_plans(cast: Cast, mine: Product, products: list[Product]) -> Story[None]:
    """A lease round whose plans are in every state before the opening."""
    days = Days(planned=16, intake=11, opened=-14, closed=-42, shut=-12)
    lease = yield from rounds.taking_plans(
        cast, days, title="임차 시범구매", title_en="Lease pilot purchase", lease=True
    )
    submitted, approved, returned, excluded, withdrawn = products
    yield from rounds.plans(cast, lease, [approved], ago=8)
    waiting = yield from rounds.plans(cast, lease, [submitted, returned, excluded, withdrawn], ago=4, stop="submitted")
    reviewer = cast.desks["reviewer"]
    yield 2
    services.return_plan(
        actor=reviewer,
        plan_id=waiting[1].pk,
        reason="월 사용료의 산출 근거를 덧붙여 주십시오.",
        notes={
            PlanSection.PRICE: "월 사용료에 소모품이 포함되는지 적어 주십시오.",
            PlanSection.FILES: "최근 임차 계약서 사본을 덧붙여 주십시오.",
        },
    )
    services.exclude_plan(actor=reviewer, plan_id=waiting[2].pk, reason="임차에 맞지 않는 소모품입니다.")
    yield 1
    services.withdraw_plan(actor=cast.officer(waiting[3].supplier), plan_id=waiting[3].pk)
    yield from rounds.plans(cast, lease, [mine], ago=1, stop="draft")


SMALL_ONES = (
    ("completed", "연초 시범구매", "Early pilot purchase", Days(planned=412, intake=408, opened=392, closed=366)),
    (
        "cancelled",
        "긴급 재난안전 시범구매",
        "Emergency pilot purchase",
        Days(planned=95, intake=92, opened=72, closed=50),
    ),
    (
        "published",
        "스마트도시 시범구매",
        "Smart-city pilot purchase",
        Days(planned=88, intake=82, opened=60, closed=33),
    ),
    (
        "matching",
        "탄소중립 시범구매",
        "Carbon-neutral pilot purchase",
        Days(planned=80, intake=74, opened=52, closed=26),
    ),
    ("closed", "생활안전 시범구매", "Daily-safety pilot purchase", Days(planned=60, intake=55, opened=30, closed=2)),
    (
        "planned",
        "내년 준비 시범구매",
        "Preparatory pilot purchase",
        Days(planned=7, intake=-20, opened=-45, closed=-72),
    ),
)


def small_ones(cast: Cast, products: Iterator[Product]) -> list[Story[None]]:
    """A round at each step that the large ones do not show."""
    return [
        _small(cast, stop, days, next(products), title=title, title_en=title_en)
        for stop, title, title_en, days in SMALL_ONES
    ]


def _small(cast: Cast, stop: str, days: Days, product: Product, **texts: Any) -> Story[None]:
    if stop == "planned":
        yield days.planned
        rounds.planned(cast, days, budget_krw=SMALL, **texts)
        return
    reviewer = cast.desks["reviewer"]
    row = yield from rounds.taking_plans(cast, days, budget_krw=SMALL, **texts)
    (offer,) = yield from rounds.plans(cast, row, [product], ago=days.intake - 6)
    yield from rounds.opened(cast, row, days)
    yield days.opened - 4
    institutions: list[Organization] = [cast.institutions[(row.pk + step) % 9 + 1] for step in (0, 1)]
    counter = rounds.Counter(cast)
    rows = [counter.apply(offer, institution) for institution in institutions]
    if stop == "cancelled":
        yield days.opened - 6
        services.cancel_round(actor=reviewer, round_id=row.pk, reason="재난 복구 예산으로 바꾸어 씁니다.")
    elif stop == "closed":
        yield from rounds.close(cast, row, days)
    else:
        yield from rounds.begin_review(cast, row, days)
        yield days.closed - 7
        rounds.pass_all(cast, rows)
        yield from {"matching": _runs, "published": _published, "completed": _completed}[stop](cast, row, offer)


def _published(cast: Cast, row: PilotRound, offer: PilotUsePlan) -> Story[None]:
    yield from execution.match(cast, row, ago=1)
    execution.keep_open(cast, offer)
    application = PilotApplication.objects.filter(plan=offer).select_related("institution").order_by("pk")[0]
    matching.object_as_institution(
        actor=cast.officer(application.institution),
        application_id=application.pk,
        text="배정 수량은 맞으나 설명에 적힌 점수에 후속 구매 예산이 빠져 있습니다.",
    )


def _completed(cast: Cast, row: PilotRound, offer: PilotUsePlan) -> Story[None]:
    yield from execution.match(cast, row, ago=350)
    yield 346
    contract = yield from execution.accepted(cast, offer, ago=260)
    yield from execution.pay(cast, contract, ago=245)
    matching.close_contract(actor=cast.desks["contract"], contract_id=contract.pk)
    yield 240
    services.complete_round(actor=cast.desks["contract"], round_id=row.pk)


def _runs(cast: Cast, row: PilotRound, _offer: PilotUsePlan) -> Story[None]:
    """A run that was called off, one that failed, one that was solved, one that waits for the second person."""
    matcher = cast.desks["matcher"]
    yield 12
    services.freeze_round(actor=matcher, round_id=row.pk)
    cancelled = matching.start_run(actor=matcher, round_id=row.pk)
    matching.cancel_run(actor=matcher, run_id=cancelled.pk)
    yield 8
    failed = matching.start_run(actor=matcher, round_id=row.pk)
    _lose_workers(failed)
    yield 7
    solved = execution.solved(cast, row)
    yield 5
    _tries(cast, solved)
    yield 1
    proposed = execution.solved(cast, row)
    matching.propose_run(actor=matcher, run_id=proposed.pk, note="두 기관 모두 신청한 수량을 받습니다.")


def _tries(cast: Cast, run: MatchingRun) -> None:
    """Two what-ifs to compare, and one award set by hand."""
    matcher, document = cast.desks["matcher"], run_document(run=run)
    budget = document["budget_krw"]
    for name, changes in (
        ("예산을 줄이면", {"budget_krw": budget // 20}),
        ("제품당 한 기관만", {"all_products": {"max_institutions": 1}}),
    ):
        matching.try_what_if(actor=matcher, run_id=run.pk, name=name, changes=changes)
    row = Explanation.objects.filter(run=run, granted__gt=0).order_by("pk")[0]
    matching.change_award(
        actor=matcher,
        run_id=run.pk,
        application_id=row.application_id,
        units=row.granted - 1,
        reason="현장의 전원 용량에 맞추어 한 대를 줄입니다.",
    )


def _lose_workers(run: MatchingRun) -> None:
    """Five workers in a row died over the first step, which the sixth finds and ends the run."""
    RUN_WORKFLOW.advance(run, RunAction.BEGIN, SYSTEM)
    now = timezone.now()
    run.began_at = now
    run.attempt_count, run.lease_owner, run.lease_until = 5, "lost", now - timedelta(minutes=5)
    run.save()
    RunStep.objects.create(run=run, sequence=1, name="prepare", worker="lost", attempt_count=5, began_at=now)
    matching.solve_run(run_id=run.pk, worker="demo")


def corrections(cast: Cast) -> Story[None]:
    """Corrections of the ledger: one approved, one turned down, one waiting."""
    approver = cast.desks["approver"]
    proposals = (
        (70, 5_000_000, "이월액이 빠져 있었습니다."),
        (44, -900_000_000, "중복으로 더한 금액입니다."),
        (3, 2_000_000, "단수 차이를 바로잡습니다."),
    )
    made = []
    for ago, amount, reason in proposals:
        yield ago
        account = BudgetAccount.objects.filter(round__title_en__startswith="First-half", track__isnull=False).order_by(
            "pk"
        )[0]
        row = services.propose_correction(
            actor=cast.desks["contract"], account_id=account.pk, bucket="planned", amount_krw=amount, reason=reason
        )
        made.append(row)
        yield ago - 2
        if len(made) == 1:
            services.approve_correction(actor=approver, correction_id=row.pk)
        elif len(made) == 2:
            services.reject_correction(actor=approver, correction_id=row.pk, reason="중복을 확인할 수 없습니다.")
