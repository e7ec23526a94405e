"""A demonstration abroad at every step, made with the services themselves."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.enums import PpsRole
from accounts.models import User
from accounts.services.invitations import token_of
from core.calendar import today
from matching import services as matching
from overseas import services
from overseas.models import Demonstration, OverseasApplication, OverseasCall
from overseas.services import NewApplication
from pilots.models import BudgetAccount, PilotRound, RoundTrack, Track
from pilots.services.ledger import change_planned
from products.models import Product
from tests.accounts.factories import PpsUserFactory, SupplierUserFactory
from tests.pilots.factories import RoundFactory
from tests.products.factories import ProductFactory


@dataclass
class World:
    """The people and the case."""

    reviewer: User
    approver: User
    officer: User
    supplier: User
    product: Product
    call: OverseasCall
    application: OverseasApplication | None = None
    demonstration: Demonstration | None = None

    @property
    def token(self) -> str:
        self.demonstration.refresh_from_db()
        return token_of(invitation=self.demonstration.invitation)


def content(world: World, **changes: object) -> NewApplication:
    values = {
        "product_id": world.product.pk,
        "country_id": "VN",
        "institution_name": "Hanoi Invented Water Company",
        "contact_name": "Tran Invented",
        "contact_email": "tran@example.org",
        "site": "Plant 3",
        "problem": "Turbidity is measured by hand.",
        "use_plan": "Install at the inlet and compare for six months.",
        "units": 4,
        "unit_price_krw": 25_000_000,
        "months": 6,
    }
    return NewApplication(**{**values, **changes})


def open_world(*, budget_krw: int = 1_000_000_000) -> World:
    """An open call in a round with an overseas track, a company with a designated product."""
    pilot_round = RoundFactory(open=True)
    track = Track.objects.get(is_overseas=True)
    add_track(pilot_round, track, budget_krw)
    supplier = SupplierUserFactory()
    reviewer = PpsUserFactory(roles=[PpsRole.REVIEWER])
    call = services.draft_call(
        actor=reviewer,
        round_id=pilot_round.pk,
        demand_source="company_discovered",
        title_ko="해외실증 공모",
        title_en="Call for demonstrations",
        body_ko="모집합니다.",
        body_en="Please apply.",
        ceiling_krw=300_000_000,
        opens_at=timezone.now() - timedelta(hours=1),
        closes_at=timezone.now() + timedelta(days=20),
    )
    return World(
        reviewer=reviewer,
        approver=PpsUserFactory(roles=[PpsRole.APPROVER]),
        officer=PpsUserFactory(roles=[PpsRole.CONTRACT]),
        supplier=supplier,
        product=ProductFactory(supplier=supplier.current_organization, designated=True),
        call=services.open_call(actor=reviewer, call_id=call.pk),
    )


def add_track(pilot_round: PilotRound, track: Track, budget_krw: int) -> None:
    """The overseas part of a round, planned in the ledger."""
    RoundTrack.objects.create(round=pilot_round, track=track, budget_krw=budget_krw)
    BudgetAccount.objects.create(round=pilot_round, track=track)
    change_planned(
        actor=None,
        round_id=pilot_round.pk,
        track_id=track.pk,
        amount_krw=budget_krw,
        key=f"overseas:{pilot_round.pk}",
        note="",
    )


def submitted(world: World | None = None) -> World:
    world = world or open_world()
    draft = services.draft_application(actor=world.supplier, call_id=world.call.pk, content=content(world))
    world.application = services.submit_application(actor=world.supplier, application_id=draft.pk)
    return world


def selected(world: World | None = None) -> World:
    world = submitted(world)
    pk = world.application.pk
    services.take_up_review(actor=world.reviewer, application_id=pk)
    services.propose_application(actor=world.reviewer, application_id=pk, reason="수요가 확실합니다.")
    world.application = services.select_application(actor=world.approver, application_id=pk)
    world.demonstration = world.application.demonstration
    return world


def contracted(world: World | None = None) -> World:
    world = selected(world)
    pk = world.demonstration.pk
    services.give_agreement(demonstration_id=pk, name="Tran Invented, director", agrees=True)
    world.demonstration = services.prepare_overseas_contract(
        actor=world.officer, demonstration_id=pk, delivery_due_on=today() + timedelta(days=60)
    )
    matching.sign_contract(actor=world.approver, contract_id=world.demonstration.contract_id)
    world.demonstration.refresh_from_db()
    return world


def delivered(world: World | None = None) -> World:
    world = contracted(world)
    line = services.line_of(demonstration=world.demonstration)
    matching.record_delivery(actor=world.supplier, line_id=line.pk, units=line.units, delivered_on=today())
    return world


def in_use(world: World | None = None) -> World:
    world = delivered(world)
    world.demonstration = services.accept_delivery(
        demonstration_id=world.demonstration.pk, name="Tran Invented", accepts=True
    )
    return world


def reported(world: World | None = None) -> World:
    world = in_use(world)
    services.report_result(
        demonstration_id=world.demonstration.pk,
        used_from=today() - timedelta(days=180),
        used_until=today(),
        summary="Turbidity was measured every minute. Write to tran@example.org for details.",
        measured="98.2 % agreement with the reference",
        rating=5,
        reporter_name="Tran Invented",
        wants_more=True,
        may_publish=True,
    )
    world.demonstration.refresh_from_db()
    return world


def evaluated(world: World | None = None) -> World:
    world = reported(world)
    pk = world.demonstration.pk
    services.propose_evaluation(
        actor=world.reviewer, demonstration_id=pk, evaluation="success", summary="목표를 달성했습니다."
    )
    world.demonstration = services.approve_evaluation(actor=world.approver, demonstration_id=pk)
    return world
