"""A demonstration abroad: call, application, selection, the guest's link, contract, report, the world map."""

import re
from datetime import timedelta

from django.core import mail
from django.utils import timezone

from core.calendar import today
from pilots.models import BudgetAccount, PilotRound
from tests.e2e.cast import INSTITUTION_ABROAD, PRODUCT, PRODUCT_EN, Journey
from tests.e2e.steps.pilot import ROUND, UNIT_PRICE
from tests.e2e.walk import step

CALL = "해외실증 공모"
MEASURED = "Found 47 of 50 leaks."


@step("overseas.overseascall:open")
def call(j: Journey) -> None:
    """The reviewer writes and opens a call."""
    who = j.reviewer
    who.go("/admin/overseas/overseascall/")
    who.page.locator('a[href$="/overseascall/write/"]').first.click()
    now = timezone.localtime()
    who.fill(
        round=PilotRound.objects.get(title_ko=ROUND).pk,
        demand_source="company_discovered",
        title_ko=CALL,
        title_en="Demonstrations abroad",
        body_ko="해외 수요를 찾은 기업은 신청하십시오.",
        body_en="Companies with demand abroad may apply.",
        ceiling_krw=100_000_000,
        opens_at=(now - timedelta(days=1)).strftime("%Y-%m-%d %H:%M"),
        closes_at=(now + timedelta(days=20)).strftime("%Y-%m-%d %H:%M"),
    )
    who.submit()
    who.do("open")
    j.run_outbox()
    j.visitor.go("/notices/")
    j.visitor.sees(CALL)


@step("overseas.overseasapplication:submit")
def apply(j: Journey) -> None:
    """The company applies with a country and an institution."""
    who = j.supplier
    who.go("/my/overseas/")
    who.follow(CALL)
    product = who.page.locator("#id_product option").last.get_attribute("value")
    who.fill(
        product=product,
        units=1,
        unit_price_krw=UNIT_PRICE,
        months=3,
        country="VN",
        institution_name=INSTITUTION_ABROAD,
        contact_name="Alex Invented",
        contact_email="guest@abroad.example",
        site="Main pumping station",
        problem="Leaks are found too late.",
        use_plan="Install, listen, compare.",
        local_permits="None.",
        expected_follow_up="Two more sites.",
    )
    j.facts["country"] = who.page.locator("#id_country option:checked").inner_text()
    who.press("Submit application")
    who.sees(INSTITUTION_ABROAD)
    j.facts["overseas_number"] = who.page.locator("#content dd").first.inner_text()


@step("overseas.overseasapplication:select")
def select(j: Journey) -> None:
    """The reviewer proposes, the approver selects; the institution abroad gets its link."""
    who = j.reviewer
    who.open_case("overseas/overseasapplication", INSTITUTION_ABROAD)
    who.do("review")
    who.do("propose", reason="수요가 분명합니다.")
    assert not who.offers("select")
    mail.outbox.clear()
    j.approver.open_case("overseas/overseasapplication", INSTITUTION_ABROAD)
    j.approver.do("select")
    j.run_outbox()
    letters = [letter for letter in mail.outbox if letter.to == ["guest@abroad.example"]]
    assert len(letters) == 1
    found = re.search(r"/invitations/[^/\s]+/", str(letters[0].body))
    assert found is not None, letters[0].body
    j.facts["guest_path"] = found.group()


@step("overseas.demonstration:agree")
def agree(j: Journey) -> None:
    """The guest reads English without being signed in, and agrees."""
    j.visitor.language = "en"
    j.visitor.go(j.facts["guest_path"])
    j.visitor.sees("Do you agree to the demonstration?", PRODUCT_EN)
    j.visitor.fill(name="Alex Invented, director", answer="agree")
    j.visitor.press("Send answer")
    j.visitor.misses("Do you agree to the demonstration?")


@step("matching.contract:prepare", "matching.contract:sign")
def contract(j: Journey) -> None:
    """The contract takes its money from the overseas track."""
    who = j.contract
    who.open_case("overseas/demonstration", INSTITUTION_ABROAD)
    who.do("contract", delivery_due_on=(today() + timedelta(days=60)).isoformat())
    j.approver.open_case("matching/contract", PRODUCT)
    j.approver.sees(INSTITUTION_ABROAD)
    j.approver.do("sign")
    j.run_outbox()
    account = BudgetAccount.objects.get(round__title_ko=ROUND, track__is_overseas=True)
    assert account.committed_krw == UNIT_PRICE


@step("matching.contractline:deliver", "matching.contractline:accept", "overseas.demonstration:report")
def deliver(j: Journey) -> None:
    """The supplier delivers; the guest inspects and, after the test, reports."""
    who = j.supplier
    who.go("/my/deliveries/")
    who.page.locator("#content tbody tr").filter(has_text=INSTITUTION_ABROAD).locator("a").first.click()
    who.follow("Record a delivery")
    who.fill(units=1, delivered_on=today().isoformat(), serials="SN-9")
    who.press("Record the delivery")
    guest = j.visitor
    guest.go(j.facts["guest_path"])
    guest.fill(name="Alex Invented, director", answer="accept")
    guest.press("Send result")
    j.run_outbox()
    guest.go(j.facts["guest_path"])
    guest.fill(
        used_from=today().isoformat(),
        used_until=today().isoformat(),
        summary="It worked in the rainy season.",
        measured=MEASURED,
        rating=5,
        wants_more=True,
        may_publish=True,
        reporter_name="Alex Invented",
    )
    guest.press("Send report")
    guest.sees("Thank you. Your report has arrived; nothing more is needed.")


@step("overseas.demonstration:evaluate")
def evaluate(j: Journey) -> None:
    """Two people evaluate; the result stands on the public page, in the list and on the map."""
    who = j.reviewer
    who.open_case("overseas/demonstration", INSTITUTION_ABROAD)
    who.do("propose", evaluation="success", summary="현지에서 목표를 확인하였습니다.")
    assert not who.offers("evaluate")
    j.approver.open_case("overseas/demonstration", INSTITUTION_ABROAD)
    j.approver.do("evaluate")
    visitor = j.visitor
    visitor.language = "ko"
    visitor.go("/overseas/")
    visitor.sees(PRODUCT, INSTITUTION_ABROAD)
    assert visitor.page.locator(".im-map-world use title").filter(has_text=j.facts["country"]).count() == 1
    visitor.follow(j.facts["overseas_number"])
    visitor.sees(MEASURED)


STEPS = [call, apply, select, agree, contract, deliver, evaluate]
