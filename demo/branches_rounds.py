"""The other rounds: under review, open, taking plans, and small ones at every further step."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from core.calendar import today
from core.workflow import SYSTEM
from demo import execution, rounds
from demo.people import Cast
from demo.scale import Scale
from matching import services as matching
from matching.enums import RunAction
from matching.models import MatchingRun, RunStep
from matching.workflow import RUN_WORKFLOW
from pilots import services
from pilots.enums import PlanSection
from pilots.models import AnnualPlan, BudgetAccount, PilotApplication, PilotRound, PilotUsePlan, Track
from products.models import Product

SMALL = 1_200_000_000


def annual_plans(cast: Cast) -> AnnualPlan:
    """This year's plan in its second version, and a draft for the next year."""
    year = today().year
    rounds.annual_plan(cast, year)
    current = rounds.annual_plan(cast, year, reason="추경에 따라 분야별 금액을 다시 나누었습니다.")
    at_home = list(Track.objects.filter(is_overseas=False).order_by("order"))
    services.draft_annual_plan(
        actor=cast.desks["reviewer"],
        year=year + 1,
        total_krw=60_000_000_000,
        tracks=[(track.pk, 60_000_000_000 // len(at_home)) for track in at_home],
    )
    return current


@transaction.atomic
def under_review(cast: Cast, scale: Scale, plan: AnnualPlan, stock: Iterator[Product]) -> None:
    """Decisions of every kind, questions, objections; a quarter of the applications still waits."""
    row = rounds.taking_plans(cast, plan, title="하반기 시범구매", title_en="Second-half pilot purchase")
    offers = rounds.plans(cast, row, [next(stock) for _ in range(scale.review_plans)])
    rounds.open_now(cast, row)
    rows = rounds.applications(cast, offers, cast.institutions[1:], scale.review_applications)
    rounds.begin_review(cast, row, days=40)
    rows = list(PilotApplication.objects.filter(pk__in=[r.pk for r in rows]).order_by("-requested_units", "pk"))
    adjusted, *rejected = rows[:4]
    rounds.adjust(cast, adjusted)
    for application in rejected:
        rounds.reject(cast, application)
    _objections(cast, rejected)
    rounds.pass_all(cast, rows[4 : len(rows) * 3 // 4])
    asked, withdrawn, invalid = rows[-3:]
    services.ask_question(
        actor=cast.desks["reviewer"], application_id=asked.pk, question="설치 장소의 통신 회선을 알려 주십시오."
    )
    services.withdraw_application(
        actor=cast.officer(withdrawn.institution),
        application_id=withdrawn.pk,
        reason="운영 예산을 확보하지 못하였습니다.",
    )
    services.invalidate_application(
        actor=cast.desks["reviewer"], application_id=invalid.pk, reason="같은 사업으로 이미 지원을 받았습니다."
    )


def _objections(cast: Cast, rejected: list[PilotApplication]) -> None:
    """One waits, one is upheld so that the application is reviewed anew, one is dismissed."""
    made = [
        services.raise_objection(
            actor=cast.officer(row.institution),
            application_id=row.pk,
            text="전원 공사를 마쳤으므로 다시 심사해 주십시오.",
        )
        for row in rejected
    ]
    second = cast.desks["reviewer2"]
    services.uphold_objection(actor=second, objection_id=made[1].pk, text="공사 완료 사진을 확인하였습니다.")
    services.dismiss_objection(actor=second, objection_id=made[2].pk, text="공사 완료를 확인할 수 없습니다.")


@transaction.atomic
def open_now(cast: Cast, scale: Scale, plan: AnnualPlan, own: Iterator[Product], stock: Iterator[Product]) -> None:
    """Open to institutions; the demo institution has a draft, one plan was excluded later."""
    row = rounds.taking_plans(cast, plan, title="연말 시범구매", title_en="Year-end pilot purchase")
    products = [next(own), *(next(stock) for _ in range(scale.open_plans + 1))]
    offers = rounds.plans(cast, row, products)
    rounds.open_now(cast, row)
    *offers, excluded = offers
    services.exclude_plan(actor=cast.desks["reviewer"], plan_id=excluded.pk, reason="같은 제품이 이미 구매되었습니다.")
    rounds.applications(cast, offers, cast.institutions[2:], scale.open_applications)
    rounds.Counter(cast).apply(offers[0], cast.institutions[0], stop="draft")


@transaction.atomic
def taking_plans(cast: Cast, plan: AnnualPlan, own: Iterator[Product], stock: list[Product]) -> None:
    """A lease round whose plans are in every state before the opening."""
    lease = rounds.taking_plans(cast, plan, title="임차 시범구매", title_en="Lease pilot purchase", lease=True)
    mine = next(own)
    submitted, approved, returned, excluded, withdrawn = [p for p in stock if p.is_lease_available][:5]
    rounds.plans(cast, lease, [mine], stop="draft")
    rounds.plans(cast, lease, [approved])
    waiting = rounds.plans(cast, lease, [submitted, returned, excluded, withdrawn], stop="submitted")
    reviewer = cast.desks["reviewer"]
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
    services.withdraw_plan(actor=cast.officer(waiting[3].supplier), plan_id=waiting[3].pk)


def small_ones(cast: Cast, plan: AnnualPlan, stock: Iterator[Product]) -> None:
    """A round at each step that the large ones do not show."""
    texts = (
        ("planned", "내년 준비 시범구매", "Preparatory pilot purchase"),
        ("cancelled", "긴급 재난안전 시범구매", "Emergency pilot purchase"),
        ("closed", "생활안전 시범구매", "Daily-safety pilot purchase"),
        ("matching", "탄소중립 시범구매", "Carbon-neutral pilot purchase"),
        ("published", "스마트도시 시범구매", "Smart-city pilot purchase"),
        ("completed", "연초 시범구매", "Early pilot purchase"),
    )
    for stop, title, title_en in texts:
        row = rounds.planned(cast, plan, title=title, title_en=title_en, budget_krw=SMALL)
        if stop != "planned":
            _small(cast, row, next(stock), stop)


def _small(cast: Cast, row: PilotRound, product: Product, stop: str) -> None:
    reviewer = cast.desks["reviewer"]
    with transaction.atomic():
        services.open_intake(actor=reviewer, round_id=row.pk)
        (offer,) = rounds.plans(cast, row, [product])
        rounds.open_now(cast, row)
        institutions: list[Organization] = [cast.institutions[(row.pk + step) % 9 + 1] for step in (0, 1)]
        counter = rounds.Counter(cast)
        rows = [counter.apply(offer, institution) for institution in institutions]
        if stop == "cancelled":
            services.cancel_round(actor=reviewer, round_id=row.pk, reason="재난 복구 예산으로 바꾸어 씁니다.")
            return
        if stop == "closed":
            rounds.close(cast, row, days=27)
            return
        rounds.begin_review(cast, row, days={"completed": 330}.get(stop, 60))
        rounds.pass_all(cast, rows)
    if stop == "matching":
        _runs(cast, row)
        return
    execution.match(cast, row)
    if stop == "completed":
        _complete(cast, offer)


def _complete(cast: Cast, offer: PilotUsePlan) -> None:
    contract = execution.accepted(cast, offer, ago=230)
    execution.pay(cast, contract, ago=215)
    matching.close_contract(actor=cast.desks["contract"], contract_id=contract.pk)
    services.complete_round(actor=cast.desks["contract"], round_id=offer.round_id)


def _runs(cast: Cast, row: PilotRound) -> None:
    """A run that was called off, one that failed, one that was solved, one that waits for the second person."""
    matcher = cast.desks["matcher"]
    services.freeze_round(actor=matcher, round_id=row.pk)
    cancelled = matching.start_run(actor=matcher, round_id=row.pk)
    matching.cancel_run(actor=matcher, run_id=cancelled.pk)
    failed = matching.start_run(actor=matcher, round_id=row.pk)
    _lose_workers(failed)
    execution.solved(cast, row)
    proposed = execution.solved(cast, row)
    matching.propose_run(actor=matcher, run_id=proposed.pk, note="두 기관 모두 신청한 수량을 받습니다.")


def _lose_workers(run: MatchingRun) -> None:
    """Five workers in a row died over the first step, which the sixth finds and ends the run."""
    RUN_WORKFLOW.advance(run, RunAction.BEGIN, SYSTEM)
    now = timezone.now()
    run.began_at = now
    run.attempt_count, run.lease_owner, run.lease_until = 5, "lost", now - timedelta(minutes=5)
    run.save()
    RunStep.objects.create(run=run, sequence=1, name="prepare", worker="lost", attempt_count=5, began_at=now)
    matching.solve_run(run_id=run.pk, worker="demo")


@transaction.atomic
def corrections(cast: Cast, row: PilotRound) -> None:
    """Corrections of the ledger: one approved, one turned down, one waiting."""
    account = BudgetAccount.objects.filter(round=row, track__isnull=False).order_by("pk")[0]
    approver = cast.desks["approver"]
    made = [
        services.propose_correction(
            actor=cast.desks["contract"], account_id=account.pk, bucket="planned", amount_krw=amount, reason=reason
        )
        for amount, reason in (
            (5_000_000, "이월액이 빠져 있었습니다."),
            (-900_000_000, "중복으로 더한 금액입니다."),
            (2_000_000, "단수 차이를 바로잡습니다."),
        )
    ]
    services.approve_correction(actor=approver, correction_id=made[0].pk)
    services.reject_correction(actor=approver, correction_id=made[1].pk, reason="중복을 확인할 수 없습니다.")
