"""Pilot use, the institution's report, the verdict of two people, the supplier's reply, the public part."""

from datetime import timedelta

from django.db.models import F

from core.calendar import today
from feedback.models import PilotUse
from tests.e2e.cast import PRODUCT, Journey
from tests.e2e.walk import step

SUMMARY = "누수를 하루 만에 찾았습니다."
REPLY = "의견 고맙습니다. 다음 판에서 전지를 바꾸겠습니다."
SECRET = "전지가 한 번 방전되었습니다."


def _open_use(j: Journey) -> None:
    j.institution.go("/my/uses/")
    j.institution.follow(PRODUCT)


@step("feedback.pilotuse:start", "feedback.pilotuse:end")
def use(j: Journey) -> None:
    """The institution starts, keeps a log, and ends once the period is over."""
    who = j.institution
    _open_use(j)
    who.sees("탐지율")
    who.follow("Start pilot use")
    who.fill(started_on=today().isoformat())
    who.press("Start")
    _months_pass()
    _open_use(j)
    who.follow("Record an indicator")
    who.fill(read_on=today().isoformat(), value="94", note="첫 달")
    who.press("Record")
    who.sees("94")
    who.follow("End pilot use")
    who.press("End")
    who.sees("Write the result report")


def _months_pass() -> None:
    step = timedelta(days=40)
    PilotUse.objects.update(
        accepted_on=F("accepted_on") - step, started_on=F("started_on") - step, ends_on=F("ends_on") - step
    )


@step("feedback.pilotreport:submit")
def report(j: Journey) -> None:
    """The report: KPI values, ratings, a public and a private part."""
    who = j.institution
    _open_use(j)
    who.follow("Write the result report")
    who.fill(used_days=28, user_count=6)
    for name in ("performance", "quality", "convenience", "safety", "maintenance", "price"):
        who.fill(**{f"rating_{name}": 5})
    value = who.page.locator('[name^="kpi_"][name$="_value"]').first.get_attribute("name") or ""
    who.fill(**{value: "94", value.replace("_value", "_note"): "시험 관로"})
    who.fill(
        satisfaction=4,
        public_summary=SUMMARY,
        private_defects=SECRET,
        purchase_intention="yes",
        stars=5,
        review="설치가 쉽습니다.",
        may_publish=True,
        signed_by_name="시설과장",
        request_0="전지를 바꿔 주십시오.",
    )
    choice = who.page.locator('[name="continue_plan"] option').nth(1).get_attribute("value")
    who.fill(continue_plan=choice)
    who.press("Save and check before submitting")
    who.sees(SUMMARY, SECRET)
    who.press("Submit the report")
    j.receipts.append(who.receipt())
    j.visitor.go(j.facts["product_url"])
    j.visitor.misses(SUMMARY)


@step("feedback.pilotreport:accept", "feedback.verdict:approve")
def judge(j: Journey) -> None:
    """The inspector accepts the report and proposes a verdict; the approver decides."""
    who = j.inspector
    who.open_case("feedback/pilotreport", PRODUCT)
    who.do("accept")
    who.open_case("feedback/pilotuse", PRODUCT)
    who.do("propose-verdict", outcome="success", reason="목표를 넘었습니다.", public_summary="목표를 달성하였습니다.")
    who.open_case("feedback/verdict", PRODUCT)
    assert not who.offers("approve"), "the proposer does not approve"
    j.approver.open_case("feedback/verdict", PRODUCT)
    j.approver.do("approve")
    j.run_outbox()


@step("feedback.pilotreport:reply")
def reply(j: Journey) -> None:
    """The supplier reads all of it and replies; the product page shows the public part only."""
    who = j.supplier
    who.go("/my/feedback/")
    who.follow(PRODUCT)
    who.sees(SUMMARY, SECRET, "전지를 바꿔 주십시오.")
    who.follow("Reply")
    who.fill(body=REPLY)
    who.press("Publish the reply")
    who.sees(REPLY)
    j.visitor.go(j.facts["product_url"])
    j.visitor.sees(SUMMARY, "설치가 쉽습니다.")
    j.visitor.misses(SECRET)
    j.visitor.go(f"{j.facts['product_url']}pilot-results/")
    j.visitor.sees(REPLY)
    j.visitor.misses(SECRET)


STEPS = [use, report, judge, reply]
