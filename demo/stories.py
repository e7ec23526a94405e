"""The executed round: one story per product, so that every state and every failure happens to somebody.

A story says how many institutions apply, whether the sign-ins of the demonstration take part in it, and what happens
after the matching.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from django.db import transaction

from accounts.models import Organization
from demo import branches_contracts, branches_use, execution, rounds, trials
from demo.people import Cast
from demo.scale import Scale
from feedback import services as feedback
from matching import services as matching
from pilots.models import AnnualPlan, PilotApplication, PilotRound, PilotUsePlan
from pilots.services import freeze_round
from products.models import Product

Tell = Callable[[Cast, PilotUsePlan], None]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to one product. ``own``: the demo supplier's; ``home``: the demo institution takes part."""

    tell: Tell
    applicants: int = 1
    own: bool = False
    home: bool = False
    most: int = 5


def open_offer(cast: Cast, plan: PilotUsePlan) -> None:
    """One institution has accepted; the demo institution and the demo supplier have not answered yet."""
    offers = execution.offers_of(plan)
    execution.accept(cast, [row for row in offers if row.application.institution_id != cast.institutions[0].pk])


def waitlist(cast: Cast, plan: PilotUsePlan) -> None:
    """An institution declines, the next of the waitlist is promoted; the contract waits for its signature."""
    first = execution.offers_of(plan)[0]
    matching.decline_offer(
        actor=cast.officer(first.application.institution),
        allocation_id=first.pk,
        reason="설치 장소가 철거됩니다.",
    )
    execution.accept_all(cast, plan)
    execution.contract(cast, plan)


def lapsed(_cast: Cast, plan: PilotUsePlan) -> None:
    """Nobody answers in time."""
    execution.lapse(plan)


def declined(cast: Cast, plan: PilotUsePlan) -> None:
    """The company gives its product up."""
    matching.decline_line_up(
        actor=cast.officer(plan.supplier), plan_id=plan.pk, reason="부품 수급이 어려워 납품할 수 없습니다."
    )


def ordinary(cast: Cast, plan: PilotUsePlan) -> None:
    """Delivered, used, reported, judged a success, paid and bought again."""
    row = execution.accepted(cast, plan)
    execution.pay(cast, row)
    matching.close_contract(actor=cast.desks["contract"], contract_id=row.pk)
    verdict = trials.judged(cast, row, "success")
    trials.certificate(cast, verdict)
    uses = trials.uses_of(row)
    for use in uses:
        row_id = trials.transfer(cast, use)
        feedback.complete_transfer(actor=cast.officer(use.institution), transfer_id=row_id)
    trials.reply(cast, uses[0].report)
    feedback.confirm_purchase(actor=cast.desks["contract"], purchase_id=trials.purchase(cast, uses[0]))


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


def executed(
    cast: Cast, scale: Scale, plan: AnnualPlan, own: Iterator[Product], stock: Iterator[Product]
) -> PilotRound:
    """The first round of the year, from the intake to the verdicts."""
    stories = (*STORIES, *[ORDINARY] * scale.ordinary_plans)
    done = rounds.taking_plans(cast, plan, title="상반기 시범구매", title_en="First-half pilot purchase")
    products = [next(own if story.own else stock) for story in stories]
    offers = rounds.plans(cast, done, products, most=[story.most for story in stories])
    rounds.open_now(cast, done)
    _apply(cast, stories, offers)
    rounds.begin_review(cast, done, days=300)
    rounds.pass_all(cast, list(PilotApplication.objects.filter(round=done, status="under_review").order_by("pk")))
    _match(cast, done)
    for story, offer in zip(stories, offers, strict=True):
        with transaction.atomic():
            story.tell(cast, offer)
    done.refresh_from_db()
    return done


def _apply(cast: Cast, stories: tuple[Story, ...], offers: list[PilotUsePlan]) -> None:
    others: Iterator[Organization] = cycle(cast.institutions[1:])
    counter = rounds.Counter(cast)
    for story, offer in zip(stories, offers, strict=True):
        if story.home:
            counter.apply(offer, cast.institutions[0])
        for _number in range(story.applicants - story.home):
            counter.apply(offer, next(others))


def _match(cast: Cast, pilot_round: PilotRound) -> None:
    """Two runs; the first result is superseded, the second returned once before it is approved."""
    matcher, approver = cast.desks["matcher"], cast.desks["approver"]
    freeze_round(actor=matcher, round_id=pilot_round.pk)
    execution.solved(cast, pilot_round)
    run = execution.solved(cast, pilot_round)
    matching.propose_run(actor=matcher, run_id=run.pk, note="검산을 마쳤습니다.")
    matching.return_run(actor=approver, run_id=run.pk, reason="청년기업 비중을 다시 확인하여 주십시오.")
    matching.propose_run(actor=matcher, run_id=run.pk, note="청년기업 비중 12퍼센트를 확인하였습니다.")
    matching.approve_run(actor=approver, run_id=run.pk)
    matching.publish_result(actor=approver, run_id=run.pk)
