"""A round: budget, plans, the public notice, an application, and its review."""

from datetime import timedelta

from django.utils import timezone

from pilots.models import PilotRound, RuleSet, Track
from tests.e2e.cast import PRODUCT, Journey, days_pass
from tests.e2e.walk import step

ROUND = "2026년 누수 시범구매"
UNIT_PRICE = 12_000_000


@step("pilots.annualplan:confirm", "pilots.pilotround:open_intake")
def prepare_round(j: Journey) -> None:
    """The reviewer writes the annual plan and, once it is confirmed, plans a round with its tracks."""
    who = j.reviewer
    year = timezone.localdate().year
    tracks = list(Track.objects.order_by("order"))
    who.go("/admin/pilots/annualplan/")
    who.page.locator('a[href$="/annualplan/draft/"]').first.click()
    who.fill(year=year, total_krw=len(tracks) * 1_000_000_000, council_session="제1차")
    who.fill(**{f"budget_{track.pk}": 1_000_000_000 for track in tracks})
    who.submit()
    assert not who.offers("confirm"), "the plan is confirmed by somebody else"
    j.approver.open_case("pilots/annualplan", str(year))
    j.approver.do("confirm")

    who.go("/admin/pilots/pilotround/")
    who.page.locator('a[href$="/pilotround/plan/"]').first.click()
    who.fill(title_ko=ROUND, title_en="Leak pilot purchase 2026", budget_krw=len(tracks) * 300_000_000)
    plan = who.page.locator("#id_annual_plan option").nth(1).get_attribute("value")
    who.fill(annual_plan=plan, rule_set=RuleSet.objects.latest("effective_on", "pk").pk, acquisition_mode="purchase")
    who.fill(**{f"budget_{track.pk}": 300_000_000 for track in tracks})
    now = timezone.localtime()
    times = {"intake_opens_at": -1, "intake_closes_at": 10, "opens_at": 10, "closes_at": 35}
    for name, days in times.items():
        moment = now + timedelta(days=days)
        who.fill(**{f"{name}_0": moment.strftime("%Y-%m-%d"), f"{name}_1": moment.strftime("%H:%M:%S")})
    who.submit()
    who.do("open_intake")
    j.run_outbox()


@step("pilots.pilotuseplan:submit")
def file_plan(j: Journey) -> None:
    """The call for plans is public; the supplier files one for the product."""
    j.visitor.go("/notices/")
    j.visitor.sees(ROUND)
    who = j.supplier
    who.go("/rounds/")
    who.follow(ROUND)
    who.follow("File a pilot-use plan")
    who.sees(PRODUCT)
    who.press("Begin the plan")
    track = Track.objects.exclude(is_overseas=True).order_by("order").first()
    who.fill(
        track=track.pk,  # type: ignore[union-attr]
        unit_price_krw=UNIT_PRICE,
        price_basis="contract",
        price_note="계약서 사본을 붙입니다.",
        min_units=1,
        max_units=10,
        min_institutions=1,
        max_institutions=5,
        pilot_months=1,
        site_requirements="맨홀과 통신 회선",
        expected_improvement="누수를 찾는 시간이 줄어듭니다.",
        installation="반나절이 걸립니다.",
        training="두 시간 교육합니다.",
        safety="전기 안전 인증을 받았습니다.",
        follow_up_offer="추가 구매 시 할인합니다.",
        yearly_operating_krw=500_000,
        operating_payer="institution",
    )
    who.fill(
        **{
            "kpi-0-name": "탐지율",
            "kpi-0-comparison": "at_least",
            "kpi-0-target": "90",
            "kpi-0-unit": "%",
            "kpi-0-measuring_method": "시험 관로에서 쟀습니다.",
        }
    )
    who.fill(price=j.paper("price.pdf"))
    who.press("Submit")
    who.sees("price.pdf")
    who.misses("Submit the plan")


@step("pilots.pilotuseplan:approve", "pilots.pilotround:open")
def open_round(j: Journey) -> None:
    """The reviewer approves the plan and publishes the survey, which opens the round."""
    who = j.reviewer
    who.open_case("pilots/pilotuseplan", PRODUCT)
    who.sees("price.pdf")
    who.do("approve")
    days_pass(11)
    who.open_case("pilots/pilotround", ROUND)
    who.do("open")
    j.run_outbox()
    j.visitor.go("/notices/")
    j.visitor.follow(ROUND)
    j.visitor.go("/rounds/")
    j.visitor.follow(ROUND)
    j.visitor.sees(PRODUCT)


@step("pilots.pilotapplication:submit")
def apply(j: Journey) -> None:
    """The institution finds the product in the catalogue and applies."""
    who = j.institution
    who.go("/products/")
    who.fill(q="누수")
    who.page.locator('[name="q"]').last.press("Enter")
    who.follow(PRODUCT)
    who.press("Apply for pilot use")
    who.fill(
        requested_units=3,
        min_units=1,
        priority=1,
        site_name="해운대 배수지",
        site_address="부산광역시 해운대구 센텀중앙로 1",
        site_province="26",
        site_district="해운대구",
        problem="누수 민원이 늘고 있습니다.",
        use_plan="관로 세 곳에서 견줍니다.",
        expected_effect="누수율을 이 퍼센트 낮춥니다.",
        responsible_person="시설과 박담당",
        operating_budget_krw=1_000_000,
        has_pledged=True,
    )
    who.fill(letter=j.paper("letter.pdf"), files=j.paper("site.pdf"))
    who.press("Submit")
    j.receipts.append(who.receipt())
    who.sees(PRODUCT)
    j.supplier.go("/my/plans/")
    j.supplier.sees(PRODUCT)


@step("pilots.pilotapplication:adjust", "pilots.pilotround:freeze")
def review(j: Journey) -> None:
    """After the closing the reviewer looks at amount and scale, and grants one unit fewer."""
    who = j.reviewer
    days_pass(30)
    who.open_case("pilots/pilotround", ROUND)
    who.do("close")
    who.do("start_review")
    assert not who.offers("freeze"), "the reviewer does not freeze"
    who.follow("Amount and scale review")
    who.follow(PRODUCT)
    who.sees(j.home.name)
    who.follow("Decide")
    who.sees("누수 민원이 늘고 있습니다.", "site.pdf")
    who.fill(decision="adjust", units=2)
    reason = who.page.locator("#id_reason_code option").last.get_attribute("value")
    who.fill(reason_code=reason, message="두 곳이면 충분히 견줄 수 있습니다.")
    who.submit()
    j.matcher.open_case("pilots/pilotround", ROUND)
    j.matcher.do("freeze")
    assert PilotRound.objects.get(title_ko=ROUND).status == "matching"
    j.institution.go("/my/applications/")
    j.institution.page.locator("#content tbody a").first.click()
    j.institution.sees("두 곳이면 충분히 견줄 수 있습니다.")


STEPS = [prepare_round, file_plan, open_round, apply, review]
