"""Demonstrations abroad at every step."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.calendar import today
from core.errors import DomainError
from demo import execution, words
from demo.people import Cast
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


def build(cast: Cast, pilot_round: PilotRound, products: list[Product], count: int) -> None:
    """A call with ``count`` applications; more than half get as far as an evaluated result."""
    call = _call(cast, pilot_round)
    for number in range(count):
        step = STEPS[number % len(STEPS)] if number < len(STEPS) else "evaluated"
        with transaction.atomic():
            _one(cast, call, products[number % len(products)], number, step)
    _other_calls(cast, pilot_round)


def _other_calls(cast: Cast, pilot_round: PilotRound) -> None:
    """A call that is being written, one that is closed, one whose selection is published, one that was called off."""
    reviewer, approver = cast.desks["reviewer"], cast.desks["approver"]
    _draft(cast, pilot_round, "(정부 협력 수요, 작성 중)", "government co-operation (being written)")
    _closed(cast, pilot_round, "(현지 기관 수요 1차)", "demand of institutions abroad, first")
    decided = _closed(cast, pilot_round, "(현지 기관 수요 2차)", "demand of institutions abroad, second")
    services.decide_call(actor=approver, call_id=decided.pk)
    cancelled = _draft(cast, pilot_round, "(재외공관 추천)", "recommended by missions abroad")
    services.open_call(actor=reviewer, call_id=cancelled.pk)
    services.cancel_call(actor=reviewer, call_id=cancelled.pk, reason="추천 기관이 없어 공모를 취소합니다.")


def _closed(cast: Cast, pilot_round: PilotRound, title_ko: str, title_en: str) -> OverseasCall:
    call = _draft(cast, pilot_round, title_ko, title_en)
    services.open_call(actor=cast.desks["reviewer"], call_id=call.pk)
    OverseasCall.objects.filter(pk=call.pk).update(
        opens_at=F("opens_at") - timedelta(days=60), closes_at=F("closes_at") - timedelta(days=60)
    )
    return services.close_call(actor=cast.desks["reviewer"], call_id=call.pk)


def _call(cast: Cast, pilot_round: PilotRound) -> OverseasCall:
    call = _draft(cast, pilot_round, "(기업 발굴 수요)", "company-discovered demand")
    return services.open_call(actor=cast.desks["reviewer"], call_id=call.pk)


def _draft(cast: Cast, pilot_round: PilotRound, title_ko: str, title_en: str) -> OverseasCall:
    now = timezone.now()
    return services.draft_call(
        actor=cast.desks["reviewer"],
        round_id=pilot_round.pk,
        demand_source="company_discovered",
        title_ko=f"{pilot_round.year}년 해외실증 공모 {title_ko}",
        title_en=f"Demonstrations abroad {pilot_round.year}: {title_en}",
        body_ko="해외 공공기관의 수요를 발굴한 기업은 신청하시기 바랍니다.",
        body_en="Companies that have found demand at a public institution abroad may apply.",
        ceiling_krw=300_000_000,
        opens_at=now - timedelta(days=20),
        closes_at=now + timedelta(days=30),
    )


def _one(cast: Cast, call: OverseasCall, product: Product, number: int, step: str) -> None:
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
        services.withdraw_application(actor=owner, application_id=application.pk)
        return
    _decide(cast, application.pk, number, step)


def _decide(cast: Cast, pk: int, number: int, step: str) -> None:
    reviewer = cast.desks["reviewer"]
    if step == "submitted":
        return
    services.take_up_review(actor=reviewer, application_id=pk)
    if step == "review":
        return
    if step == "rejected":
        services.reject_application(actor=reviewer, application_id=pk, reason="현지 수요를 확인할 수 없습니다.")
        return
    if step == "reserve":
        services.reserve_application(actor=reviewer, application_id=pk, reason="예산 범위에서 다음 순위입니다.")
        return
    services.propose_application(actor=reviewer, application_id=pk, reason="현지 수요와 후속 계획이 분명합니다.")
    if step == "proposed":
        return
    application = services.select_application(actor=cast.desks["approver"], application_id=pk)
    _demonstrate(cast, application.demonstration, number, step)


def _demonstrate(cast: Cast, demonstration: Demonstration, number: int, step: str) -> None:
    if step == "selected":
        return
    services.give_agreement(
        demonstration_id=demonstration.pk,
        name="Alex Invented, director",
        agrees=step != "declined",
        reason="The site is being rebuilt." if step == "declined" else "",
    )
    if step in {"declined", "agreed"}:
        return
    demonstration = services.prepare_overseas_contract(
        actor=cast.desks["contract"], demonstration_id=demonstration.pk, delivery_due_on=today() + timedelta(days=90)
    )
    contract = demonstration.contract
    if contract is None:
        return
    matching.sign_contract(
        actor=cast.desks["approver"], contract_id=contract.pk, signed_on=today() - timedelta(days=240)
    )
    if step == "contracted":
        return
    line = services.line_of(demonstration=demonstration)
    if line is None:
        return
    owner = cast.officer(demonstration.application.supplier)
    matching.record_delivery(
        actor=owner, line_id=line.pk, units=line.units, delivered_on=today() - timedelta(days=190)
    )
    if step == "delivered":
        return
    services.accept_delivery(demonstration_id=demonstration.pk, name="Alex Invented", accepts=True)
    if step != "in_use":
        execution.pay(cast, contract, ago=165)
        _report(cast, demonstration, number, step)


def _report(cast: Cast, demonstration: Demonstration, number: int, step: str) -> None:
    services.report_result(
        demonstration_id=demonstration.pk,
        used_from=today() - timedelta(days=185),
        used_until=today() - timedelta(days=5),
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
    services.approve_evaluation(actor=cast.desks["approver"], demonstration_id=demonstration.pk)
    services.record_certificate(
        actor=cast.desks["reviewer"],
        demonstration_id=demonstration.pk,
        name="Local type approval",
        body="Invented Standards Office",
        certificate_no=f"TA-{number + 1:04d}",
        valid_until=today() + timedelta(days=900),
    )
