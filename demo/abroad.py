"""Demonstrations abroad at every step."""

from datetime import timedelta

from core.calendar import today
from core.errors import DomainError
from demo import execution, words
from demo.people import Cast
from demo.timeline import Story
from matching import services as matching
from overseas import services
from overseas.models import Demonstration, OverseasCall
from overseas.services import NewApplication
from pilots.models import PilotRound
from products.models import Product

STEPS = (
    "submitted", "review", "proposed", "reserve", "rejected", "selected", "declined", "agreed", "contracted",
    "delivered", "in_use", "reported", "evaluating", "evaluated", "draft", "withdrawn",
)  # fmt: skip
# Everything that needs the selection of the first call; the others apply to the second, which is open
EARLY = frozenset(STEPS[3:14])
# How many days ago an application of the first call was taken up, where its demonstration has not come to its end
TAKEN_UP = {"selected": 8, "agreed": 20, "contracted": 60, "delivered": 104, "in_use": 200}


def build(cast: Cast, products: list[Product], count: int) -> Story[None]:
    """A call of last winter whose demonstrations are done or under way, one that is open, and others.

    More than half of the applications get as far as an evaluated result.
    """
    yield 330
    call = _draft(cast, "(기업 발굴 수요)", "company-discovered demand", ago=330)
    services.open_call(actor=cast.desks["reviewer"], call_id=call.pk)
    steps = [STEPS[number] if number < len(STEPS) else "evaluated" for number in range(count)]
    early = [_one(cast, call, products[n % len(products)], n, step) for n, step in enumerate(steps) if step in EARLY]
    cast.timeline.start(*early)
    yield 298
    services.close_call(actor=cast.desks["reviewer"], call_id=call.pk)
    yield 20
    current = _draft(cast, "(2차, 기업 발굴 수요)", "company-discovered demand, second", ago=20)
    services.open_call(actor=cast.desks["reviewer"], call_id=current.pk)
    late = [
        _one(cast, current, products[n % len(products)], n, step) for n, step in enumerate(steps) if step not in EARLY
    ]
    cast.timeline.start(*late)


def other_calls(cast: Cast) -> Story[None]:
    """A call that is being written, one that is closed, one whose selection is published, one that was called off."""
    reviewer, approver = cast.desks["reviewer"], cast.desks["approver"]
    yield 200
    decided = _draft(cast, "(현지 기관 수요 1차)", "demand of institutions abroad, first", ago=200)
    services.open_call(actor=reviewer, call_id=decided.pk)
    yield 165
    services.close_call(actor=reviewer, call_id=decided.pk)
    yield 150
    services.decide_call(actor=approver, call_id=decided.pk)
    yield 100
    cancelled = _draft(cast, "(재외공관 추천)", "recommended by missions abroad", ago=100)
    services.open_call(actor=reviewer, call_id=cancelled.pk)
    yield 80
    services.cancel_call(actor=reviewer, call_id=cancelled.pk, reason="추천 기관이 없어 공모를 취소합니다.")
    yield 45
    closed = _draft(cast, "(현지 기관 수요 2차)", "demand of institutions abroad, second", ago=45)
    services.open_call(actor=reviewer, call_id=closed.pk)
    yield 11
    services.close_call(actor=reviewer, call_id=closed.pk)
    yield 3
    _draft(cast, "(정부 협력 수요, 작성 중)", "government co-operation (being written)", ago=-10)


def _draft(cast: Cast, title_ko: str, title_en: str, *, ago: int) -> OverseasCall:
    """A call that opens ``ago`` days ago and closes thirty days later."""
    pilot_round = PilotRound.objects.get(title_en__startswith="First-half")
    return services.draft_call(
        actor=cast.desks["reviewer"],
        round_id=pilot_round.pk,
        demand_source="company_discovered",
        title_ko=f"{pilot_round.year}년 해외실증 공모 {title_ko}",
        title_en=f"Demonstrations abroad {pilot_round.year}: {title_en}",
        body_ko="해외 공공기관의 수요를 발굴한 기업은 신청하시기 바랍니다.",
        body_en="Companies that have found demand at a public institution abroad may apply.",
        ceiling_krw=300_000_000,
        opens_at=cast.clock.at(ago, 9),
        closes_at=cast.clock.at(ago - 30, 18),
    )


def _one(cast: Cast, call: OverseasCall, product: Product, number: int, step: str) -> Story[None]:
    early = step in EARLY
    ago = 326 - number % 20 if early else 15 - number % 8
    yield ago
    country, name = words.ABROAD[number % len(words.ABROAD)]
    owner = cast.officer(product.supplier)
    item = product.items.order_by("pk").first()
    price = item.price_krw if item and item.price_krw else 5_000_000
    try:
        draft = services.draft_application(
            actor=owner,
            call_id=call.pk,
            content=NewApplication(
                product_id=product.pk,
                country_id=country,
                institution_name=name
                if number < len(words.ABROAD)
                else f"{name}, branch {number // len(words.ABROAD) + 1}",
                contact_name="Alex Invented",
                contact_email=f"guest{number + 1}@demo.example",
                site="Main building",
                problem="Inspections are done by hand and come too late.",
                use_plan="Install on site, train the staff, compare with the present method.",
                units=max(1, min(4, 120_000_000 // price)),
                unit_price_krw=price,
                months=6,
                local_permits="No permit needed.",
                expected_follow_up="Two more sites next year.",
            ),
        )
        if step == "draft":
            return
        application = services.submit_application(actor=owner, application_id=draft.pk)
    except DomainError:
        return  # the same product twice
    if step == "withdrawn":
        yield ago - 4
        services.withdraw_application(actor=owner, application_id=application.pk)
    elif step != "submitted":
        yield from _decide(cast, application.pk, number, step, TAKEN_UP.get(step, 290) if early else 4)


def _decide(cast: Cast, pk: int, number: int, step: str, ago: int) -> Story[None]:
    reviewer = cast.desks["reviewer"]
    yield ago
    services.take_up_review(actor=reviewer, application_id=pk)
    if step == "review":
        return
    yield ago - 2
    if step == "rejected":
        services.reject_application(actor=reviewer, application_id=pk, reason="현지 수요를 확인할 수 없습니다.")
        return
    if step == "reserve":
        services.reserve_application(actor=reviewer, application_id=pk, reason="예산 범위에서 다음 순위입니다.")
        return
    services.propose_application(actor=reviewer, application_id=pk, reason="현지 수요와 후속 계획이 분명합니다.")
    if step == "proposed":
        return
    yield ago - 3
    application = services.select_application(actor=cast.desks["approver"], application_id=pk)
    yield from _demonstrate(cast, application.demonstration, number, step, ago)


def _demonstrate(cast: Cast, demonstration: Demonstration, number: int, step: str, ago: int) -> Story[None]:
    if step == "selected":
        return
    yield ago - 12
    services.give_agreement(
        demonstration_id=demonstration.pk,
        name="Alex Invented, director",
        agrees=step != "declined",
        reason="The site is being rebuilt." if step == "declined" else "",
    )
    if step in {"declined", "agreed"}:
        return
    yield ago - 40
    demonstration = services.prepare_overseas_contract(
        actor=cast.desks["contract"],
        demonstration_id=demonstration.pk,
        delivery_due_on=cast.clock.at(ago - 110, 18).date(),
    )
    contract, line = demonstration.contract, services.line_of(demonstration=demonstration)
    if contract is None or line is None:
        return
    yield ago - 50
    matching.sign_contract(actor=cast.desks["approver"], contract_id=contract.pk, signed_on=today())
    if step == "contracted":
        return
    yield ago - 100
    owner = cast.officer(demonstration.application.supplier)
    matching.record_delivery(actor=owner, line_id=line.pk, units=line.units, delivered_on=today())
    if step == "delivered":
        return
    yield ago - 104
    services.accept_delivery(demonstration_id=demonstration.pk, name="Alex Invented", accepts=True)
    if step != "in_use":
        yield from execution.pay(cast, contract, ago=ago - 125)
        yield from _report(cast, demonstration, number, step)


def _report(cast: Cast, demonstration: Demonstration, number: int, step: str) -> Story[None]:
    until = 40 - number % 25
    yield until
    services.report_result(
        demonstration_id=demonstration.pk,
        used_from=cast.clock.day(185),
        used_until=today() - timedelta(days=2),
        summary="The product ran through a full season. Staff needed half the time for inspections.",
        measured="Agreement with the reference: 97.4 %. Downtime: 2.1 hours a month.",
        problems="The manual should exist in the local language.",
        rating=4 + number % 2,
        reporter_name="Alex Invented",
        wants_more=bool(number % 2),
        may_publish=True,
    )
    if step == "reported":
        return
    yield until - 6
    services.propose_evaluation(
        actor=cast.desks["reviewer"],
        demonstration_id=demonstration.pk,
        evaluation="insufficient" if number % 7 == 6 else "success",
        summary="현지 기관의 시험에서 목표를 확인하였습니다."
        if number % 7 != 6
        else "가동 시간이 목표에 미치지 못하였습니다.",
    )
    if step == "evaluating":
        return
    yield until - 9
    services.approve_evaluation(actor=cast.desks["approver"], demonstration_id=demonstration.pk)
    services.record_certificate(
        actor=cast.desks["reviewer"],
        demonstration_id=demonstration.pk,
        name="Local type approval",
        body="Invented Standards Office",
        certificate_no=f"TA-{number + 1:04d}",
        valid_until=today() + timedelta(days=900),
    )
