"""The matching desk in a browser: run, two what-ifs, one award set by hand, a second person, the public result."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.enums import PpsRole
from core.models import Notification
from matching.enums import Fact
from matching.models import Allocation, MatchingRun, WhatIf
from tests.accounts.factories import PpsUserFactory
from tests.e2e.pages import Person
from tests.matching.factories import freeze, make_world

pytestmark = pytest.mark.browser
REASON = "현장의 전원 용량에 맞추어 줄입니다."
LETTERS = (Fact.OFFER_MADE, Fact.WAITLISTED, Fact.LINE_UP_OFFERED)


def try_what_if(who: Person, run: MatchingRun, name: str, **numbers: str) -> None:
    who.go(f"/admin/matching/matchingrun/{run.pk}/change/")
    who.page.locator('a[href*="/whatif/try/"]').first.click()
    for part in who.page.locator("details.what-if-part > summary").all():
        part.click()
    who.fill(name=name, **numbers)
    who.submit()
    who.sees(name, "Who gains and who loses")


def test_a_round_is_run_compared_overridden_approved_and_published(
    meet: Callable[..., Person], run_outbox: Callable[[], int]
) -> None:
    world = freeze(make_world())
    matcher = meet(PpsUserFactory(roles=[PpsRole.MATCHER], verified=True))
    approver = meet(PpsUserFactory(roles=[PpsRole.APPROVER], verified=True))
    visitor = meet()

    # A run, watched to its end.
    matcher.go("/admin/matching/matchingrun/")
    matcher.page.locator('a[href$="/matchingrun/start/"]').first.click()
    matcher.submit()
    run_outbox()
    run = MatchingRun.objects.get()
    matcher.page.reload()
    matcher.sees("Awards by track", "What more money would be worth")

    # Two what-ifs, side by side.
    try_what_if(matcher, run, "예산 축소", budget_krw="30,000,000")
    try_what_if(matcher, run, "기관 한 곳", all_product_max_institutions="1")
    for box in matcher.page.locator('.compare-picker input[name="what_if"]').all():
        box.check()
    with matcher.page.expect_navigation():
        matcher.page.locator('.compare-picker input[type="submit"]').click()
    matcher.sees("Figures side by side", "예산 축소", "기관 한 곳")
    assert (WhatIf.objects.count(), Allocation.objects.count()) == (2, 0)

    # One award by hand, reached from a number on the page of the run.
    matcher.go(f"/admin/matching/matchingrun/{run.pk}/change/")
    matcher.page.locator('a[href*="outcome=granted"]').first.click()
    matcher.page.locator("#result_list tbody th a").filter(has_text=world.applications[0].number).click()
    matcher.page.locator('a[href$="/override/"]').click()
    matcher.fill(units=8, reason=REASON, how="only")
    matcher.submit()
    matcher.sees(REASON)
    matcher.do("propose", note="한 건을 직권으로 조정하였습니다.")
    assert not matcher.offers("approve")

    # A second person sees the override, approves, reads the letters and publishes.
    approver.page.goto(matcher.page.url)
    approver.page.locator('a.case-action[href$="/do/approve/"]').click()
    approver.sees(REASON)
    approver.submit()
    assert Notification.objects.filter(kind__in=LETTERS).count() == 0
    approver.page.locator('a.case-action[href$="/do/publish/"]').click()
    approver.sees("The public notice", "Granted with fewer units", world.applications[0].institution.name)
    approver.submit()
    run_outbox()

    assert Notification.objects.filter(kind__in=LETTERS).count() == 4
    visitor.go(f"/results/{world.pilot_round.pk}/")
    visitor.sees(world.plans[0].product.name, REASON, "How to check this result")
    with visitor.page.expect_download() as download:
        visitor.page.locator('a[href$="/instance.json"]').click()
    assert '"format":"pilot-matching/1"' in download.value.path().read_text()
    expect(visitor.page).to_have_url(re.compile(r"/results/"))
    assert [person.faults for person in (matcher, approver, visitor) if person.faults] == []
