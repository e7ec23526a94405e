"""Contracts: second persons, deliveries in parts, rejections, amendments, early ends, and lines abroad."""

from datetime import timedelta

import pytest

from core.calendar import today
from core.errors import IllegalTransition, NotPermitted
from core.models import Notification, Receipt
from core.workflow import SYSTEM
from matching import services
from matching.enums import AmendmentKind, ContractStatus, LineStatus
from matching.errors import ContractRefused, DeliveryRefused, SamePerson
from matching.models import Delivery, Inspection
from matching.signals import contract_paid, contract_signed, line_accepted
from pilots.enums import ApplicationStatus
from pilots.errors import BudgetExceeded
from tests.accounts.factories import (
    InstitutionUserFactory,
    OverseasInstitutionFactory,
    PpsUserFactory,
    SupplierUserFactory,
)
from tests.matching.factories import CHECKED, ContractLineFactory, deliver, inspect, make_world, prepare, sign
from tests.pilots.factories import TrackFactory, account, give
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db
PRICE = 3_000_000


@pytest.fixture
def world():
    return make_world()


def money(world):
    balance = account(world.pilot_round, world.plans[0].track)
    return balance.reserved_krw, balance.committed_krw, balance.spent_krw


def heard(signal):
    """Collect what a signal says during the test."""
    facts = []

    def listen(**kwargs):
        facts.append({name: value for name, value in kwargs.items() if name.endswith("_id")})

    signal.connect(listen, weak=False, dispatch_uid=f"tests.{id(facts)}")
    return facts, lambda: signal.disconnect(dispatch_uid=f"tests.{id(facts)}")


def test_whoever_prepared_a_contract_cannot_sign_it(world):
    contract = prepare(world)
    contract.prepared_by = PpsUserFactory()
    contract.save(update_fields=["prepared_by"])

    with pytest.raises(SamePerson):
        services.sign_contract(actor=contract.prepared_by, contract_id=contract.pk)

    assert money(world) == (15 * PRICE, 0, 0)


def test_signing_takes_the_role_of_an_approver(world):
    contract = prepare(world)

    with pytest.raises(NotPermitted):
        services.sign_contract(actor=world.matcher, contract_id=contract.pk)


def test_a_contract_is_signed_once(world):
    facts, stop = heard(contract_signed)
    contract = sign(world)

    with pytest.raises(IllegalTransition):
        services.sign_contract(actor=world.approver, contract_id=contract.pk)

    stop()
    assert (money(world), facts) == ((0, 15 * PRICE, 0), [{"contract_id": contract.pk}])


def test_a_product_has_one_contract_in_a_round(world):
    prepare(world)

    with pytest.raises(ContractRefused):
        services.prepare_contract(
            actor=world.officer, plan_id=world.plans[0].pk, delivery_due_on=today() + timedelta(days=60)
        )


def test_a_failed_contract_releases_its_money_and_its_applications(world):
    contract = prepare(world)

    services.fail_contract(actor=world.officer, contract_id=contract.pk, reason="지정 기간 만료")

    contract.refresh_from_db()
    assert (contract.status, money(world)) == (ContractStatus.FAILED, (0, 0, 0))
    world.applications[0].refresh_from_db()
    assert world.applications[0].status == ApplicationStatus.DECLINED


def test_units_may_come_in_parts_and_are_inspected_when_all_are_there(world):
    line = sign(world).lines.get(units=10)
    supplier = world.plans[0].officer

    services.record_delivery(
        actor=supplier, line_id=line.pk, units=4, delivered_on=today(), serials=["A1", "A2", "A3", "A4"]
    )
    line.refresh_from_db()
    assert line.status == LineStatus.AWAITING_DELIVERY

    receipt = services.record_delivery(actor=supplier, line_id=line.pk, units=6, delivered_on=today())
    line.refresh_from_db()
    assert (line.status, line.delivered_on) == (LineStatus.DELIVERED, today())
    assert line.inspect_by > today()
    assert (receipt.kind, Delivery.objects.count()) == ("matching.delivery", 2)
    assert Notification.objects.filter(kind="matching.delivered").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"units": 0},
        {"units": 11},
        {"delivered_on": today() + timedelta(days=1)},
        {"delivered_on": today() - timedelta(days=400)},
        {"units": 2, "serials": ["A1"]},
        {"units": 2, "serials": ["A1", "A1"]},
    ],
    ids=["none", "too many", "future", "before signing", "a serial missing", "a serial twice"],
)
def test_a_delivery_that_cannot_be_is_refused(world, change):
    line = sign(world).lines.get(units=10)

    with pytest.raises(DeliveryRefused):
        services.record_delivery(
            actor=world.plans[0].officer, line_id=line.pk, **{"units": 10, "delivered_on": today(), **change}
        )

    assert Delivery.objects.count() == 0


def test_a_rejected_delivery_is_delivered_and_inspected_again(world):
    contract = sign(world)
    line, supplier = contract.lines.get(units=10), world.plans[0].officer
    institution = line.application.officer
    deliver(line, supplier)
    inspect(line, institution, result="rejected", defects="2대가 파손되었습니다.")

    line.refresh_from_db()
    assert (line.status, line.attempt) == (LineStatus.REJECTED, 2)
    deliver(line, supplier)
    inspect(line, institution)

    line.refresh_from_db()
    assert (line.status, line.accepted_on) == (LineStatus.ACCEPTED, today())
    assert list(Inspection.objects.order_by("pk").values_list("attempt", "result")) == [
        (1, "rejected"),
        (2, "accepted"),
    ]
    assert Receipt.objects.filter(kind="matching.inspection").count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"checklist": {**CHECKED, "condition": "no"}},
        {"checklist": {}},
        {"defects": "흠집"},
        {"result": "rejected"},
        {"inspected_on": today() + timedelta(days=1)},
    ],
    ids=["a point unmet", "nothing checked", "accepted with a defect", "rejected without one", "future"],
)
def test_an_inspection_that_contradicts_itself_is_refused(world, change):
    line = sign(world).lines.get(units=10)
    deliver(line, world.plans[0].officer)
    values = {
        "result": "accepted", "checklist": CHECKED, "inspector_name": "김검사", "inspected_on": today(), **change
    }  # fmt: skip

    with pytest.raises(DeliveryRefused):
        services.record_inspection(actor=line.application.officer, line_id=line.pk, **values)

    assert Inspection.objects.count() == 0


@pytest.mark.parametrize("stranger", [InstitutionUserFactory, SupplierUserFactory])
def test_strangers_neither_deliver_nor_inspect(stranger):
    line, person = ContractLineFactory(), stranger()

    with pytest.raises(NotPermitted):
        services.record_delivery(actor=person, line_id=line.pk, units=1, delivered_on=today())
    with pytest.raises(NotPermitted):
        inspect(ContractLineFactory(delivered=True), person)


def test_acceptance_says_so_inside_the_transaction(world):
    contract = sign(world)
    accepted, stop_accepted = heard(line_accepted)
    paid, stop_paid = heard(contract_paid)
    for line in contract.lines.order_by("sequence"):
        deliver(line, world.plans[0].officer)
        inspect(line, line.application.officer)

    services.record_payment(
        actor=world.officer, contract_id=contract.pk, claimed_on=today(), paid_on=today(), tax_invoice_no="T-1"
    )

    stop_accepted()
    stop_paid()
    lines = [line.pk for line in contract.lines.order_by("sequence")]
    assert (accepted, paid) == ([{"line_id": pk} for pk in lines], [{"contract_id": contract.pk}])
    assert money(world) == (0, 0, 15 * PRICE)


def test_payment_waits_for_the_last_acceptance(world):
    contract = sign(world)

    with pytest.raises(IllegalTransition):
        services.record_payment(
            actor=world.officer, contract_id=contract.pk, claimed_on=today(), paid_on=today(), tax_invoice_no="T-1"
        )


def propose(world, line, **change):
    return services.propose_amendment(actor=world.officer, line_id=line.pk, reason="현장 사정", **change)


@pytest.mark.parametrize(("units", "committed"), [(7, 12), (12, 17)])
def test_an_amended_quantity_moves_exactly_its_money(world, units, committed):
    contract = sign(world)
    line = contract.lines.get(units=10)
    amendment = propose(world, line, kind=AmendmentKind.QUANTITY, units=units)
    assert money(world) == (0, 15 * PRICE, 0)

    services.approve_amendment(actor=world.approver, amendment_id=amendment.pk)

    contract.refresh_from_db()
    line.refresh_from_db()
    assert (line.units, contract.total_krw) == (units, committed * PRICE)
    assert money(world) == (0, committed * PRICE, 0)


def test_a_line_cut_to_what_has_arrived_can_be_inspected(world):
    contract = sign(world)
    line = contract.lines.get(units=10)
    supplier = world.plans[0].officer
    services.record_delivery(actor=supplier, line_id=line.pk, units=6, delivered_on=today())
    amendment = propose(world, line, kind=AmendmentKind.QUANTITY, units=6)

    services.approve_amendment(actor=world.approver, amendment_id=amendment.pk)

    line.refresh_from_db()
    assert (line.status, line.units, line.delivered_on) == (LineStatus.DELIVERED, 6, today())
    assert line.inspect_by > today()
    assert money(world) == (0, 11 * PRICE, 0)


def test_an_amendment_beyond_the_budget_changes_nothing():
    world = make_world(budget_krw=45_000_000)
    line = sign(world).lines.get(units=10)
    amendment = propose(world, line, kind=AmendmentKind.QUANTITY, units=11)

    with pytest.raises(BudgetExceeded):
        services.approve_amendment(actor=world.approver, amendment_id=amendment.pk)

    line.refresh_from_db()
    assert (line.units, money(world)) == (10, (0, 15 * PRICE, 0))


def test_the_proposer_of_an_amendment_cannot_decide_it(world):
    line = sign(world).lines.get(units=10)
    both = PpsUserFactory()
    amendment = services.propose_amendment(
        actor=both,
        line_id=line.pk,
        kind=AmendmentKind.DUE_DATE,
        reason="자재 수급",
        due_on=today() + timedelta(days=90),
    )

    with pytest.raises(SamePerson):
        services.approve_amendment(actor=both, amendment_id=amendment.pk)

    services.approve_amendment(actor=world.approver, amendment_id=amendment.pk)
    line.refresh_from_db()
    assert line.due_on == today() + timedelta(days=90)


def test_a_terminated_contract_releases_everything(world):
    contract = sign(world)
    services.request_termination(actor=world.officer, contract_id=contract.pk, reason="공급기업 폐업")

    services.terminate_contract(actor=world.approver, contract_id=contract.pk)

    contract.refresh_from_db()
    assert (contract.status, money(world)) == (ContractStatus.TERMINATED, (0, 0, 0))
    assert set(contract.lines.values_list("status", flat=True)) == {LineStatus.CANCELLED}


def test_what_was_accepted_before_the_end_is_still_paid(world):
    contract = sign(world)
    line = contract.lines.get(units=10)
    deliver(line, world.plans[0].officer)
    inspect(line, line.application.officer)
    services.request_termination(actor=world.officer, contract_id=contract.pk, reason="공급기업 폐업")

    services.terminate_contract(actor=world.approver, contract_id=contract.pk)

    contract.refresh_from_db()
    assert (contract.status, contract.total_krw) == (ContractStatus.ACCEPTED, 10 * PRICE)
    assert money(world) == (0, 10 * PRICE, 0)


def test_ending_a_contract_takes_two_people(world):
    contract = sign(world)
    both = PpsUserFactory()
    with pytest.raises(ContractRefused):
        services.terminate_contract(actor=both, contract_id=contract.pk)
    services.request_termination(actor=both, contract_id=contract.pk, reason="공급기업 폐업")

    with pytest.raises(SamePerson):
        services.terminate_contract(actor=both, contract_id=contract.pk)


def test_a_contract_abroad_reserves_commits_and_is_accepted_by_a_guest(world):
    overseas = TrackFactory(code="overseas", name_ko="해외실증", name_en="Overseas demonstration", is_overseas=True)
    give(world.pilot_round, overseas, 100_000_000)
    supplier = SupplierUserFactory()
    institution = OverseasInstitutionFactory()
    contract = services.create_contract(
        actor=world.officer,
        round_id=world.pilot_round.pk,
        track_id=overseas.pk,
        product_id=ProductFactory(supplier=supplier.current_organization).pk,
        supplier_id=supplier.current_organization.pk,
        delivery_due_on=today() + timedelta(days=120),
        lines=[services.NewLine(institution_id=institution.pk, units=2, unit_price_krw=20_000_000, site_name="Hanoi")],
    )
    assert account(world.pilot_round, overseas).reserved_krw == 40_000_000

    services.sign_contract(actor=world.approver, contract_id=contract.pk)
    line = contract.lines.get()
    deliver(line, supplier)
    services.record_inspection(
        actor=SYSTEM,
        line_id=line.pk,
        result="accepted",
        checklist=CHECKED,
        inspector_name="Nguyen Van A",
        inspected_on=today(),
    )

    contract.refresh_from_db()
    assert contract.status == ContractStatus.ACCEPTED
    assert account(world.pilot_round, overseas).committed_krw == 40_000_000
    assert Inspection.objects.get().recorded_by is None


def test_a_contract_abroad_beyond_the_track_is_refused(world):
    overseas = TrackFactory(code="overseas", name_ko="해외실증", name_en="Overseas demonstration", is_overseas=True)
    give(world.pilot_round, overseas, 39_999_999)

    with pytest.raises(BudgetExceeded):
        services.create_contract(
            actor=world.officer,
            round_id=world.pilot_round.pk,
            track_id=overseas.pk,
            product_id=ProductFactory().pk,
            supplier_id=SupplierUserFactory().current_organization.pk,
            delivery_due_on=today() + timedelta(days=120),
            lines=[
                services.NewLine(institution_id=OverseasInstitutionFactory().pk, units=2, unit_price_krw=20_000_000)
            ],
        )
