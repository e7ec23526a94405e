"""The executed round: one story per product, so that every state and every failure happens to somebody.

A story says how many institutions apply, whether the sign-ins of the demonstration take part in it, and what happens
after the matching.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from accounts.models import Organization
from demo import branches_contracts, branches_use, execution, rounds, trials
from demo.branches_contracts import ANSWERED
from demo.people import Cast
from demo.rounds import Days
from demo.scale import Scale
from demo.timeline import Story as Timed
from demo.timeline import together
from feedback import services as feedback
from matching import services as matching
from matching.models import Counterfactual, Explanation, MatchingRun
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from pilots.services import freeze_round
from products.models import Product

Tell = Callable[[Cast, PilotUsePlan], Timed[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to one product. ``own``: the demo supplier's; ``home``: the demo institution takes part."""

    tell: Tell
    applicants: int = 1
    own: bool = False
    home: bool = False
    most: int = 5


DAYS = Days(planned=372, intake=365, opened=342, closed=314)


def open_offer(cast: Cast, plan: PilotUsePlan) -> Timed[None]:
    """One institution has accepted; the demo institution and the demo supplier have not answered yet."""
    yield ANSWERED
    offers = execution.offers_of(plan)
    execution.accept(cast, [row for row in offers if row.application.institution_id != cast.institutions[0].pk])
    execution.keep_open(cast, plan)


def waitlist(cast: Cast, plan: PilotUsePlan) -> Timed[None]:
    """An institution declines, the next of the waitlist is promoted; the contract waits for its signature."""
    yield ANSWERED
    first = execution.offers_of(plan)[0]
    matching.decline_offer(
        actor=cast.officer(first.application.institution),
        allocation_id=first.pk,
        reason="설치 장소가 철거됩니다.",
    )
    yield ANSWERED - 1
    execution.accept_all(cast, plan)
    yield 4
    execution.contract(cast, plan, due_on=cast.clock.at(-60, 18).date())


def lapsed(_cast: Cast, _plan: PilotUsePlan) -> Timed[None]:
    """Nobody answers in time."""
    yield ANSWERED - 14
    matching.lapse_offers()


def declined(cast: Cast, plan: PilotUsePlan) -> Timed[None]:
    """The company gives its product up."""
    yield ANSWERED
    matching.decline_line_up(
        actor=cast.officer(plan.supplier), plan_id=plan.pk, reason="부품 수급이 어려워 납품할 수 없습니다."
    )


def ordinary(cast: Cast, plan: PilotUsePlan) -> Timed[None]:
    """Delivered, used, reported, judged a success, paid and bought again."""
    yield ANSWERED
    row = yield from execution.accepted(cast, plan)
    verdict = yield from trials.judged_and_paid(cast, row, "success", closes=True)
    yield from trials.certificate(cast, verdict)
    uses = trials.uses_of(row)
    for use in uses:
        transfer = trials.transfer(cast, use)
        feedback.complete_transfer(actor=cast.officer(use.institution), transfer_id=transfer)
    trials.reply(cast, uses[0].report)
    purchase = yield from trials.purchase(cast, uses[0])
    feedback.confirm_purchase(actor=cast.desks["contract"], purchase_id=purchase)


def running(cast: Cast, plan: PilotUsePlan) -> Timed[None]:
    """Delivered and paid some weeks ago, in use at every institution."""
    yield ANSWERED
    ago = 24 + plan.pk % 40
    row = yield from execution.accepted(cast, plan, ago=ago)
    starts = [trials.start(cast, use) for use in trials.uses_of(row)]
    yield from together(execution.pay(cast, row, ago=ago - 15), *starts)


STORIES = (
    Story(open_offer, 2, own=True, home=True),
    Story(branches_contracts.delivery_due, 3, own=True, home=True),
    Story(branches_use.feedback_to_read, 2, own=True),
    Story(branches_use.in_use, 3, home=True),
    Story(branches_use.report_due, 2, home=True),
    Story(branches_use.settled, 5),
    Story(branches_use.reporting, 4),
    Story(branches_use.verdicts, 3),
    Story(branches_use.appeal_filed),
    Story(branches_use.appeal_upheld),
    Story(branches_use.appeal_dismissed),
    Story(branches_use.correction_evidenced),
    Story(branches_use.corrected),
    Story(branches_use.not_corrected),
    Story(branches_contracts.failed),
    Story(branches_contracts.terminated),
    Story(branches_contracts.amended, 3),
    Story(branches_contracts.rejected_delivery, 2),
    Story(waitlist, 6, most=2),
    Story(lapsed),
    Story(declined),
)
ORDINARY = Story(ordinary, 3)
RUNNING = Story(running, 2)


def products(scale: Scale, own: Iterator[Product], stock: Iterator[Product]) -> list[tuple[Story, Product]]:
    """Which product has which story."""
    stories = (*STORIES, *[ORDINARY] * scale.ordinary_plans, *[RUNNING] * scale.running_plans)
    return [(story, next(own if story.own else stock)) for story in stories]


def executed(cast: Cast, told: list[tuple[Story, Product]]) -> Timed[None]:
    """The first large round of the year, from the intake to the verdicts."""
    stories = [story for story, _product in told]
    texts = {"title": "상반기 시범구매", "title_en": "First-half pilot purchase"}
    done = yield from rounds.taking_plans(cast, DAYS, budget_krw=12 * rounds.BILLION, **texts)
    offered, most = [product for _story, product in told], [story.most for story in stories]
    offers = yield from rounds.plans(cast, done, offered, ago=DAYS.intake - 10, most=most)
    yield from rounds.opened(cast, done, DAYS)
    yield from _apply(cast, stories, offers)
    yield from rounds.begin_review(cast, done, DAYS)
    yield DAYS.closed - 8
    rounds.pass_all(cast, list(PilotApplication.objects.filter(round=done, status="under_review").order_by("pk")))
    yield from _match(cast, done)
    cast.timeline.start(*[story.tell(cast, offer) for story, offer in zip(stories, offers, strict=True)])


def _apply(cast: Cast, stories: list[Story], offers: list[PilotUsePlan]) -> Timed[None]:
    others: Iterator[Organization] = cycle(cast.institutions[1:])
    counter = rounds.Counter(cast)
    span = DAYS.opened - DAYS.closed - 3
    for number, (story, offer) in enumerate(zip(stories, offers, strict=True)):
        yield DAYS.opened - 1 - span * number // len(stories)
        if story.home:
            counter.apply(offer, cast.institutions[0])
        for _number in range(story.applicants - story.home):
            counter.apply(offer, next(others))


def _match(cast: Cast, pilot_round: PilotRound) -> Timed[None]:
    """Two runs; the first result is superseded, the second returned once before it is approved."""
    matcher, approver = cast.desks["matcher"], cast.desks["approver"]
    yield 302
    freeze_round(actor=matcher, round_id=pilot_round.pk)
    execution.solved(cast, pilot_round)
    run = execution.solved(cast, pilot_round)
    matching.propose_run(actor=matcher, run_id=run.pk, note="검산을 마쳤습니다.")
    yield 300
    matching.return_run(actor=approver, run_id=run.pk, reason="청년기업 비중을 다시 확인하여 주십시오.")
    yield 298
    matching.propose_run(actor=matcher, run_id=run.pk, note="청년기업 비중 12퍼센트를 확인하였습니다.")
    yield 296
    matching.approve_run(actor=approver, run_id=run.pk)
    matching.publish_result(actor=approver, run_id=run.pk)
    _ask_what_would_do(cast, run)
    yield from _objections(cast, run)


def _objections(cast: Cast, run: MatchingRun) -> Timed[None]:
    """Two institutions of the waitlist object; one is right, and a corrected result changes the order."""
    matcher, approver = cast.desks["matcher"], cast.desks["approver"]
    rows = Explanation.objects.waitlisted().filter(run=run).select_related("application__institution")
    last, other = rows.order_by("-waitlist_position", "pk")[:2]
    yield 295
    filed = [
        matching.object_as_institution(
            actor=cast.officer(row.application.institution), application_id=row.application_id, text=text
        )[0]
        for row, text in (
            (last, "후속 구매 예산을 확보하였으나 점수에 반영되지 않았습니다."),
            (other, "우리 기관이 먼저 신청하였습니다."),
        )
    ]
    yield 294
    matching.uphold_result_objection(
        actor=matcher,
        objection_id=filed[0].pk,
        answer="예산 확보 공문을 확인하였습니다. 점수를 바로잡아 다시 매칭합니다.",
        correction={"score": last.score + 300},
    )
    matching.dismiss_result_objection(
        actor=matcher, objection_id=filed[1].pk, answer="신청 순서는 점수가 같을 때에만 적용됩니다."
    )
    corrected = matching.start_correction(actor=matcher, run_id=run.pk)
    matching.solve_run(run_id=corrected.pk, worker="demo")
    matching.propose_run(actor=matcher, run_id=corrected.pk, note="이의신청에 따른 정정입니다.")
    yield 293
    matching.approve_run(actor=approver, run_id=corrected.pk)
    matching.publish_result(actor=approver, run_id=corrected.pk)


def _ask_what_would_do(cast: Cast, run: MatchingRun) -> None:
    """Questions what would have been enough: two answered, one given up after lost workers."""
    rows = Explanation.objects.waitlisted().filter(run=run).select_related("application__institution").order_by("pk")
    for place, row in enumerate(rows[:3]):
        asker = cast.desks["matcher"] if place else cast.officer(row.application.institution)
        question = matching.ask_what_would_do(actor=asker, explanation_id=row.pk)
        if place == 2:
            Counterfactual.objects.filter(pk=question.pk).update(attempt_count=5)
        matching.find_counterfactual(counterfactual_id=question.pk, worker="demo")
