"""Rounds that are frozen, solved, approved or contracted, made by the services themselves; and bare contracts."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.enums import PpsRole
from accounts.models import User
from core.calendar import today
from matching import services
from matching.enums import ChecklistItem, ContractStatus, LineStatus
from matching.models import Allocation, Contract, ContractLine, MatchingRun
from pilots import services as pilots
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory
from tests.pilots.factories import (
    ApplicationFactory,
    PlanFactory,
    RoundFactory,
    RuleSetFactory,
    rule_body,
    walk,
)

C, L = ContractStatus, LineStatus
CHECKED = {item.value: "yes" for item in ChecklistItem}


@dataclass
class World:
    """A round with the people around it. ``wanted`` are (requested, minimum, score) per institution and plan."""

    pilot_round: PilotRound
    matcher: User
    approver: User
    officer: User
    plans: list[PilotUsePlan] = field(default_factory=list)
    applications: list[PilotApplication] = field(default_factory=list)
    run: MatchingRun | None = None

    def offer_of(self, application: PilotApplication) -> Allocation:
        return Allocation.objects.filter(application=application).latest("pk")

    @property
    def offers(self) -> list[Allocation]:
        return list(Allocation.objects.filter(run=self.run).order_by("pk"))


def make_world(
    *,
    wanted: tuple[tuple[int, int, int], ...] = ((10, 4, 800), (10, 4, 700), (10, 4, 600)),
    plan_count: int = 1,
    max_units: int = 15,
    budget_krw: int = 10_000_000_000,
    rules: dict[str, object] | None = None,
) -> World:
    """A reviewed round: ``plan_count`` products, each wanted as ``wanted`` says."""
    pilot_round = RoundFactory(
        reviewing=True, budget_krw=budget_krw, rule_set=RuleSetFactory(body=rule_body(**(rules or {})))
    )
    world = World(
        pilot_round=pilot_round,
        matcher=PpsUserFactory(roles=[PpsRole.MATCHER, PpsRole.REVIEWER]),
        approver=PpsUserFactory(roles=[PpsRole.APPROVER]),
        officer=PpsUserFactory(roles=[PpsRole.CONTRACT]),
    )
    for _ in range(plan_count):
        plan = PlanFactory(round=pilot_round, approved=True, max_units=max_units)
        world.plans.append(plan)
        for requested, minimum, score in wanted:
            world.applications.append(
                ApplicationFactory(plan=plan, requested_units=requested, min_units=minimum, score=score, passed=True)
            )
    return world


def freeze(world: World) -> World:
    pilots.freeze_round(actor=world.matcher, round_id=world.pilot_round.pk)
    world.pilot_round.refresh_from_db()
    return world


def solve(world: World) -> World:
    """Start a run and do a worker's part."""
    freeze(world)
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    services.solve_run(run_id=run.pk, worker="test")
    run.refresh_from_db()
    world.run = run
    return world


def approve(world: World) -> World:
    """Solve, propose and approve; the offers are out."""
    solve(world)
    services.propose_run(actor=world.matcher, run_id=world.run.pk)
    world.run = services.approve_run(actor=world.approver, run_id=world.run.pk)
    return world


def publish(world: World) -> World:
    """Approve and publish."""
    approve(world)
    services.publish_result(actor=world.approver, run_id=world.run.pk)
    world.pilot_round.refresh_from_db()
    return world


def confirm_all(world: World) -> World:
    """Publish, and let both sides accept every offer."""
    publish(world)
    for offer in world.offers:
        services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)
    for plan in world.plans:
        if Allocation.objects.filter(application__plan=plan).exists():
            services.accept_line_up(actor=plan.officer, plan_id=plan.pk)
    return world


def officer_of(offer: Allocation) -> User:
    """The institution's officer who applied."""
    return offer.application.officer


def prepare(world: World) -> Contract:
    """The contract of the first plan, with every offer confirmed."""
    confirm_all(world)
    return services.prepare_contract(
        actor=world.officer, plan_id=world.plans[0].pk, delivery_due_on=today() + timedelta(days=60)
    )


def sign(world: World) -> Contract:
    """The signed contract of the first plan."""
    return services.sign_contract(actor=world.approver, contract_id=prepare(world).pk)


class ContractFactory(DjangoModelFactory[Contract]):
    """A contract in preparation, without money in the ledger; ``signed``, ``in_delivery``, ``accepted``, ``paid``."""

    class Meta:
        model = Contract
        skip_postgeneration_save = True

    plan = factory.SubFactory(PlanFactory, approved=True)
    round = factory.LazyAttribute(lambda o: o.plan.round)
    track = factory.LazyAttribute(lambda o: o.plan.track)
    product = factory.LazyAttribute(lambda o: o.plan.product)
    supplier = factory.LazyAttribute(lambda o: o.plan.supplier)
    number = factory.Sequence(lambda n: f"C-TEST-{n + 1:04d}")
    total_krw = 30_000_000
    delivery_due_on = factory.LazyFunction(lambda: today() + timedelta(days=60))
    prepared_by = factory.SubFactory(PpsUserFactory)
    prepared_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        stages = ("signed", "in_delivery", "accepted", "paid")
        wanted = {name: kwargs.pop(name, False) for name in stages}
        row = super()._create(model_class, *args, **kwargs)
        reached = [name for name in stages if wanted[name]]
        if reached:
            facts = {"approved_by": PpsUserFactory(), "signed_on": today() - timedelta(days=30)}
            Contract.objects.filter(pk=row.pk).update(status=C.SIGNED, **facts)
            path = (C.IN_DELIVERY, C.ACCEPTED, C.PAID)
            row.approved_by, row.signed_on, row.status = facts["approved_by"], facts["signed_on"], C.SIGNED
            walk(row, *path[: stages.index(reached[-1])])
        return row


class ContractLineFactory(DjangoModelFactory[ContractLine]):
    """A line to be delivered; ``delivered=True`` or ``accepted=True`` brings it there, ``rejected=True`` too."""

    class Meta:
        model = ContractLine
        skip_postgeneration_save = True

    class Params:
        user = factory.SubFactory(InstitutionUserFactory)

    contract = factory.SubFactory(ContractFactory, in_delivery=True)
    sequence = factory.LazyAttribute(lambda o: o.contract.lines.count() + 1)
    institution = factory.LazyAttribute(lambda o: o.user.current_organization)
    units = 10
    unit_price_krw = 3_000_000
    amount_krw = factory.LazyAttribute(lambda o: o.units * o.unit_price_krw)
    site_name = "본관 1층"
    site_address = "부산광역시 해운대구 센텀중앙로 1"
    site_province_id = "26"
    due_on = factory.LazyAttribute(lambda o: o.contract.delivery_due_on)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        stages = ("delivered", "rejected", "accepted")
        wanted = {name: kwargs.pop(name, False) for name in stages}
        row = super()._create(model_class, *args, **kwargs)
        if any(wanted.values()):
            _set(row, status=L.DELIVERED, delivered_on=today() - timedelta(days=10), inspect_by=today())
        if wanted["accepted"]:
            _set(row, status=L.ACCEPTED, accepted_on=today() - timedelta(days=7))
        elif wanted["rejected"]:
            _set(row, status=L.REJECTED, attempt=2)
        return row


def _set(row: ContractLine, **facts: object) -> None:
    ContractLine.objects.filter(pk=row.pk).update(**facts)
    for name, value in facts.items():
        setattr(row, name, value)


def deliver(line: ContractLine, actor: User, *, on: date | None = None) -> None:
    """Bring every unit of a line to its site."""
    services.record_delivery(actor=actor, line_id=line.pk, units=line.units, delivered_on=on or today())


def inspect(line: ContractLine, actor: User, *, result: str = "accepted", defects: str = "") -> None:
    """Judge the delivery of a line."""
    services.record_inspection(
        actor=actor,
        line_id=line.pk,
        result=result,
        checklist=CHECKED if result == "accepted" else {**CHECKED, "condition": "no"},
        defects=defects,
        inspector_name="김검사",
        inspected_on=today(),
    )
