"""A matching run, both sides' answers, the public result, the contract and the delivery."""

from datetime import timedelta

from core.calendar import today
from pilots.models import PilotRound
from pilots.selectors import balances
from tests.e2e.cast import PRODUCT, Journey
from tests.e2e.steps.pilot import ROUND, UNIT_PRICE
from tests.e2e.walk import step

UNITS = 2


def money(kind: str) -> int:
    """A balance of the round in the ledger."""
    return int(getattr(balances(round_id=PilotRound.objects.get(title_ko=ROUND).pk), kind))


@step("matching.matchingrun:solve", "matching.matchingrun:approve")
def run(j: Journey) -> None:
    """The matcher starts a run, the worker solves it, a second person approves it."""
    who = j.matcher
    who.go("/admin/matching/matchingrun/")
    who.page.locator('a[href$="/matchingrun/start/"]').first.click()
    who.submit()
    assert not who.offers("propose"), "there is no result yet"
    j.run_outbox()
    who.page.reload()
    who.do("propose", note="탐색 결과를 확인하였습니다.")
    assert not who.offers("approve"), "the proposer does not approve"
    j.approver.open_case("matching/matchingrun", "")
    j.approver.sees("탐색 결과를 확인하였습니다.")
    assert money("reserved") == 0
    j.approver.do("approve")
    j.run_outbox()
    assert money("reserved") == UNITS * UNIT_PRICE


@step("matching.allocation:accept_as_institution", "matching.allocation:accept_as_supplier")
def answer(j: Journey) -> None:
    """The institution sees the reduced quantity and its deadline and accepts; so does the supplier."""
    who = j.institution
    who.go("/my/matches/")
    who.page.locator("#content tbody a").first.click()
    who.sees("Fewer units than you asked for", "Please answer this offer")
    who.fill(pledge=True)
    who.press("Accept the match")
    j.receipts.append(who.receipt())
    who = j.supplier
    who.go("/my/matches/")
    who.follow(PRODUCT)
    who.sees(j.home.name)
    who.fill(pledge=True)
    who.press("Accept the institutions")
    j.receipts.append(who.receipt())


@step("matching.matchingrun:publish")
def publish(j: Journey) -> None:
    """The result becomes public."""
    j.visitor.go("/results/")
    j.visitor.misses(j.home.name)
    j.matcher.open_case("matching/matchingrun", "")
    j.matcher.do("publish")
    j.run_outbox()
    j.visitor.go("/results/")
    j.visitor.sees(PRODUCT, j.home.name)
    j.visitor.go("/notices/")
    j.visitor.sees(ROUND)


@step("matching.contract:prepare", "matching.contract:sign")
def contract(j: Journey) -> None:
    """The contract officer writes the contract, a second person signs, the money is committed."""
    who = j.contract
    who.go("/admin/matching/contract/prepare/")
    who.follow(PRODUCT)
    who.sees(j.home.name)
    who.fill(delivery_due_on=(today() + timedelta(days=45)).isoformat(), special_conditions="야간 설치")
    who.submit()
    assert not who.offers("sign"), "the person who prepared it does not sign"
    j.approver.open_case("matching/contract", PRODUCT)
    j.approver.do("sign")
    j.run_outbox()
    assert money("committed") == UNITS * UNIT_PRICE
    assert money("reserved") == 0
    assert PilotRound.objects.get(title_ko=ROUND).status == "executing"
    j.supplier.go("/my/contracts/")
    j.supplier.sees(PRODUCT)


@step("matching.contractline:deliver", "matching.contractline:accept")
def deliver(j: Journey) -> None:
    """The supplier delivers, the institution inspects and accepts."""
    who = j.supplier
    who.go("/my/deliveries/")
    who.page.locator("#content tbody a").first.click()
    who.follow("Record a delivery")
    who.fill(units=UNITS, delivered_on=today().isoformat(), serials="SN-1\nSN-2", note="교육을 마쳤습니다.")
    who.press("Record the delivery")
    j.receipts.append(who.receipt())
    who = j.institution
    who.go("/my/deliveries/")
    who.page.locator("#content tbody a").first.click()
    who.sees("SN-1, SN-2")
    who.follow("Inspect the delivery")
    for check in who.page.locator('[name^="check_"][value="yes"]').all():
        check.check(force=True)
    who.fill(result="accepted", inspected_on=today().isoformat(), inspector_name="시설과 박담당")
    who.press("Record the inspection")
    j.run_outbox()


@step("matching.contract:pay")
def pay(j: Journey) -> None:
    """The accepted contract is paid; reserved, committed and spent add up to what was planned."""
    who = j.contract
    who.open_case("matching/contract", PRODUCT)
    who.do("pay", claimed_on=today().isoformat(), paid_on=today().isoformat(), tax_invoice_no="20261122-0001")
    assert money("spent") == UNITS * UNIT_PRICE
    assert money("committed") == money("reserved") == 0
    assert money("planned") == money("available") + UNITS * UNIT_PRICE


STEPS = [run, publish, answer, contract, deliver, pay]
