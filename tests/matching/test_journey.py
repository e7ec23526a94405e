from datetime import timedelta

import pytest

from core.calendar import today
from core.models import AuditEntry, Notification, Receipt
from matching import services
from matching.enums import AllocationStatus, ContractStatus, LineStatus, RunStatus
from matching.models import Allocation, Contract, ContractLine, Explanation
from pilots.enums import ApplicationStatus, RoundStatus
from tests.matching.factories import approve, deliver, inspect, make_world, prepare, publish, sign, solve
from tests.pilots.factories import account

pytestmark = pytest.mark.django_db
PRICE = 3_000_000


def test_a_run_is_solved_and_audited_and_explains_every_application():
    world = solve(make_world())

    assert world.run.status == RunStatus.SOLVED
    assert world.run.spent_krw == 15 * PRICE
    granted = dict(Explanation.objects.filter(run=world.run).values_list("application_id", "granted"))
    assert [granted[application.pk] for application in world.applications] == [10, 5, 0]
    last = Explanation.objects.get(run=world.run, application=world.applications[2])
    assert (last.waitlist_position, last.blocking) == (1, ["product_units"])


def test_approval_reserves_exactly_what_is_offered_and_moves_every_application():
    world = approve(make_world())

    assert [offer.units for offer in world.offers] == [10, 5]
    track = world.plans[0].track
    assert account(world.pilot_round, track).reserved_krw == 15 * PRICE
    statuses = [type(row).objects.get(pk=row.pk).status for row in world.applications]
    assert statuses == [ApplicationStatus.MATCHED, ApplicationStatus.MATCHED, ApplicationStatus.WAITLISTED]


def test_everybody_is_told_once_however_often_the_task_runs(run_outbox):
    world = publish(make_world())

    run_outbox()
    services.announce_run(run_id=world.run.pk)

    told = Notification.objects.filter(kind__in=["matching.offer_made", "matching.waitlisted"])
    assert sorted(told.values_list("recipient_id", flat=True)) == sorted(
        application.officer_id for application in world.applications
    )
    supplier = Notification.objects.filter(kind="matching.line_up_offered")
    assert list(supplier.values_list("recipient_id", flat=True)) == [world.plans[0].officer_id]


def test_the_whole_way_from_a_round_to_a_paid_contract():
    world = make_world()
    contract = sign(world)
    track = world.plans[0].track
    assert account(world.pilot_round, track).committed_krw == contract.total_krw == 15 * PRICE
    world.pilot_round.refresh_from_db()
    assert world.pilot_round.status == RoundStatus.EXECUTING

    for line in contract.lines.order_by("sequence"):
        deliver(line, world.plans[0].officer)
        inspect(line, line.application.officer)

    contract.refresh_from_db()
    assert contract.status == ContractStatus.ACCEPTED
    services.record_payment(
        actor=world.officer,
        contract_id=contract.pk,
        claimed_on=today(),
        paid_on=today(),
        tax_invoice_no="20260701-0001",
        late_penalty_krw=1_000_000,
    )
    balance = account(world.pilot_round, track)
    assert (balance.reserved_krw, balance.committed_krw, balance.spent_krw) == (0, 0, 44_000_000)
    assert services.close_contract(actor=world.officer, contract_id=contract.pk).status == ContractStatus.CLOSED
    assert Receipt.objects.filter(kind__startswith="matching.").count() == 2 + 1 + 2 + 2


def test_a_contract_has_one_line_per_institution_that_confirmed():
    contract = prepare(make_world())

    lines = list(contract.lines.order_by("sequence").values_list("units", "amount_krw", "status"))
    assert lines == [
        (10, 10 * PRICE, LineStatus.AWAITING_DELIVERY),
        (5, 5 * PRICE, LineStatus.AWAITING_DELIVERY),
    ]
    assert contract.total_krw == 15 * PRICE


def test_a_result_is_public_only_after_approval():
    world = publish(make_world())

    assert world.pilot_round.status == RoundStatus.RESULT_PUBLISHED
    assert AuditEntry.objects.filter(verb="publish", target_type="matching.matchingrun").count() == 1


def test_late_lines_are_reminded_once_a_week():
    contract = sign(make_world())
    ContractLine.objects.filter(contract=contract).update(due_on=today() - timedelta(days=1))

    assert services.remind_of_deliveries() == 2
    assert services.remind_of_deliveries() == 0
    assert Contract.objects.get().status == ContractStatus.SIGNED
    assert Allocation.objects.filter(status=AllocationStatus.CONFIRMED).count() == 2
