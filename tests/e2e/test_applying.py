"""Suppliers and institutions in a round, in the browser: plans, applications, the last second, and what goes wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from accounts.enums import MemberRole, PpsRole
from core.clock import database_now
from core.models import Receipt
from pilots import selectors, services
from pilots.enums import ApplicationStatus, PlanStatus, RoundStatus
from pilots.models import FrozenInstance, PilotApplication, PilotRound, PilotUsePlan
from tests.accounts.factories import (
    PASSWORD,
    InstitutionUserFactory,
    MembershipFactory,
    PpsUserFactory,
    SupplierUserFactory,
    UserFactory,
)
from tests.e2e.pages import Person
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, walk
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.browser

Meet = Callable[..., Person]

PLAN = {
    "price_basis": "contract",
    "price_note": "최근 계약 단가입니다.",
    "min_units": 2,
    "max_units": 60,
    "min_institutions": 1,
    "max_institutions": 5,
    "pilot_months": 6,
    "site_requirements": "전원과 통신 회선",
    "expected_improvement": "민원 응답 시간을 줄입니다.",
    "installation": "반나절이 걸립니다.",
    "training": "두 시간 교육합니다.",
    "safety": "전기 안전 인증을 받았습니다.",
    "yearly_operating_krw": 100_000,
    "operating_payer": "institution",
    "kpi-0-name": "정확도",
    "kpi-0-comparison": "at_least",
    "kpi-0-target": "90",
    "kpi-0-unit": "%",
    "kpi-0-measuring_method": "공인 측정기와 견줍니다.",
}
APPLICATION = {
    "site_name": "민원실",
    "site_address": "부산광역시 해운대구 센텀중앙로 1",
    "site_province": "26",
    "site_district": "해운대구",
    "problem": "공기질을 알기 어렵습니다.",
    "use_plan": "민원실에서 씁니다.",
    "responsible_person": "김담당",
    "letter_number": "시설과-77",
    "letter_on": "2026-01-05",
    "has_pledged": True,
}


@pytest.fixture
def paper(tmp_path: Path) -> Callable[[str], Path]:
    def write(name: str, content: bytes = b"%PDF-1.4\n%%EOF\n") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def supplier(meet: Meet) -> Person:
    return meet(SupplierUserFactory(verified=True))


@pytest.fixture
def institution(meet: Meet) -> Person:
    return meet(InstitutionUserFactory(verified=True))


def closes(seconds: float) -> None:
    """Move the closing time of every round to so many seconds from now, by the database's clock."""
    PilotRound.objects.update(closes_at=database_now() + timedelta(seconds=seconds))


def edit(who: Person, application: PilotApplication, **values: Any) -> None:
    who.go(f"/my/applications/{application.pk}/edit/")
    who.fill(**(APPLICATION | values))


def own_applications(who: Person) -> list[PilotApplication]:
    home = who.user.current_organization_id  # type: ignore[union-attr]
    return list(PilotApplication.objects.filter(institution=home).order_by("priority"))


def test_a_plan_is_returned_with_remarks_and_approved(
    meet: Meet, supplier: Person, paper: Callable[[str], Path]
) -> None:
    product = ProductFactory(supplier=supplier.user.current_organization, designated=True)  # type: ignore[union-attr]
    pilot_round = RoundFactory(intake=True)
    supplier.go(f"/my/plans/new/?round={pilot_round.pk}")
    supplier.press("Begin the plan")
    supplier.sees(product.designations.get().number)
    supplier.fill(unit_price_krw=3_000_000, **PLAN)
    supplier.press("Submit")
    supplier.sees("Attach the evidence of the price: a contract, a cost calculation or a quotation.")
    supplier.fill(price=paper("price.pdf"))
    supplier.press("Submit")
    first = supplier.receipt()

    reviewer = meet(PpsUserFactory(roles=[PpsRole.REVIEWER], verified=True))
    reviewer.open_case("pilots/pilotuseplan", product.name)
    reviewer.do("return", reason="가격 근거를 보완해 주십시오.", note_price="단가에 설치비가 들어 있습니까?")

    plan = PilotUsePlan.objects.get()
    supplier.go(f"/my/plans/{plan.pk}/edit/")
    supplier.sees("가격 근거를 보완해 주십시오.")
    section = supplier.page.locator("fieldset", has=supplier.page.locator("#id_price_note"))
    assert "단가에 설치비가 들어 있습니까?" in section.inner_text()
    supplier.fill(price_note="설치비를 포함한 단가입니다.")
    supplier.press("Submit")
    assert supplier.receipt() != first

    reviewer.open_case("pilots/pilotuseplan", product.name)
    reviewer.do("approve")
    supplier.go(f"/my/plans/{plan.pk}/")
    supplier.sees("Approved")
    supplier.misses("What to correct")
    plan.refresh_from_db()
    assert (plan.status, plan.price_note) == (PlanStatus.APPROVED, "설치비를 포함한 단가입니다.")
    assert supplier.faults == reviewer.faults == []


def test_three_priorities_one_withdrawn_one_changed_at_the_last_minute(meet: Meet, institution: Person) -> None:
    pilot_round = RoundFactory(open=True)
    plans = PlanFactory.create_batch(3, round=pilot_round, approved=True)
    who = institution
    who.go(f"/rounds/{pilot_round.pk}/")
    for plan in plans:
        who.page.locator(f'label[for="compare-{plan.pk}"]').click()
    who.press("Put the ticked products into the cart")
    first, second, third = own_applications(who)
    for application in (first, second, third):
        edit(who, application, requested_units=6, min_units=2)
        who.press("Save draft")
    who.go(f"/my/applications/cart/{pilot_round.pk}/")
    who.fill(**{f"rank_{first.pk}": 3, f"rank_{second.pk}": 1, f"rank_{third.pk}": 2})
    who.page.get_by_role("button", name=who.words("Submit the drafts"), exact=True).click()
    with who.page.expect_navigation():
        who.page.locator("#confirm-dialog [data-confirm-yes]").click()
    assert [row.pk for row in own_applications(who)] == [second.pk, third.pk, first.pk]

    who.go(f"/my/applications/{first.pk}/")
    who.page.get_by_role("button", name=who.words("Withdraw"), exact=True).click()
    with who.page.expect_navigation():
        who.page.locator("#confirm-dialog [data-confirm-yes]").click()
    closes(60)
    edit(who, second, requested_units=9)
    who.press("Submit the change")
    who.receipt()
    who.sees("9")

    states = {row.pk: (row.status, row.requested_units, row.revision) for row in own_applications(who)}
    assert states == {
        first.pk: (ApplicationStatus.WITHDRAWN, 6, 1),
        second.pk: (ApplicationStatus.SUBMITTED, 9, 2),
        third.pk: (ApplicationStatus.SUBMITTED, 6, 1),
    }
    # Three submissions, one withdrawal, one change.
    assert Receipt.objects.count() == 5
    assert who.faults == []


def test_one_second_late_is_refused_and_the_draft_is_kept(institution: Person) -> None:
    application = ApplicationFactory(user=institution.user)
    edit(institution, application, problem="마지막 순간에 고친 문장입니다.")
    closes(-1)
    institution.press("Submit")

    institution.sees("The round is closed. Your draft is kept, but it cannot be submitted any more.")
    assert institution.page.locator("#id_problem").input_value() == "마지막 순간에 고친 문장입니다."
    application.refresh_from_db()
    assert (application.status, application.problem) == (ApplicationStatus.DRAFT, "마지막 순간에 고친 문장입니다.")
    assert not Receipt.objects.exists()
    assert institution.faults == []


def test_a_lease_costs_its_fee_times_the_months_on_every_page(
    supplier: Person, institution: Person, paper: Callable[[str], Path]
) -> None:
    product = ProductFactory(
        supplier=supplier.user.current_organization,  # type: ignore[union-attr]
        designated=True,
        is_lease_available=True,
    )
    pilot_round = RoundFactory(intake=True, acquisition_mode="lease")
    supplier.go(f"/my/plans/new/?round={pilot_round.pk}")
    supplier.press("Begin the plan")
    supplier.fill(monthly_fee_krw=200_000, price=paper("fee.pdf"), **PLAN)
    supplier.press("Save draft")
    supplier.sees("₩1,200,000")
    supplier.press("Submit")
    plan = PilotUsePlan.objects.get()
    assert (plan.status, plan.unit_price_krw) == (PlanStatus.SUBMITTED, 6 * 200_000)

    services.approve_plan(actor=PpsUserFactory(roles=[PpsRole.REVIEWER]), plan_id=plan.pk)
    now = database_now()
    PilotRound.objects.update(
        intake_opens_at=now - timedelta(days=9),
        intake_closes_at=now - timedelta(days=2),
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=9),
    )
    walk(pilot_round, RoundStatus.OPEN)
    institution.go(f"/rounds/{pilot_round.pk}/products/{plan.pk}/")
    institution.sees("₩200,000", "₩1,200,000")
    institution.press("Apply for pilot use")
    institution.sees("₩200,000", "₩1,200,000")
    institution.fill(**APPLICATION, requested_units=4)
    institution.press("Submit")
    institution.sees(f"₩{4 * 6 * 200_000:,}", product.name)
    assert supplier.faults == institution.faults == []


def test_an_exempt_application_goes_past_matching_and_says_so(institution: Person) -> None:
    plan = PlanFactory(approved=True)
    institution.go(f"/rounds/{plan.round_id}/products/{plan.pk}/")
    institution.press("Apply for pilot use")
    institution.fill(**APPLICATION, requested_units=4, is_exempt=True)
    institution.press("Submit")
    institution.sees("Say why no matching is needed.")
    institution.fill(exempt_reason="demand_proposed")
    institution.press("Submit")
    institution.sees("No matching for this application", "The institution proposed the demand for this product")

    application = PilotApplication.objects.get()
    reviewer = PpsUserFactory(roles=[PpsRole.REVIEWER])
    closes(-1)
    services.close_round(actor=reviewer, round_id=plan.round_id)
    services.start_review(actor=reviewer, round_id=plan.round_id)
    services.decide_application(actor=reviewer, application_id=application.pk, decision="pass")
    institution.go(f"/my/applications/{application.pk}/")
    institution.sees("No matching (determined beforehand)")
    institution.misses("The matching follows")
    services.freeze_round(actor=PpsUserFactory(roles=[PpsRole.MATCHER]), round_id=plan.round_id)
    frozen = json.loads(selectors.frozen_bytes(frozen_id=FrozenInstance.objects.get().pk))
    assert [row["predetermined"] for row in frozen["applications"]] == [True]
    assert institution.faults == []


def test_a_session_that_ends_while_writing_costs_nothing(institution: Person) -> None:
    application = ApplicationFactory(user=institution.user)
    edit(institution, application, problem="로그아웃된 뒤에도 남아야 하는 문장입니다.")
    press_after_the_session_ended(institution, "Submit")

    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED
    assert application.problem == "로그아웃된 뒤에도 남아야 하는 문장입니다."


def test_an_answer_survives_a_session_that_ended_although_it_has_no_draft(institution: Person) -> None:
    application = ApplicationFactory(
        user=institution.user, plan=PlanFactory(round=RoundFactory(reviewing=True), approved=True), under_review=True
    )
    question = services.ask_question(
        actor=PpsUserFactory(roles=[PpsRole.REVIEWER]), application_id=application.pk, question="회선이 있습니까?"
    )
    institution.go(f"/my/applications/{application.pk}/")
    institution.fill(answer="오래 걸려 쓴 답변입니다.")
    press_after_the_session_ended(institution, "Send the answer")

    question.refresh_from_db()
    assert question.answer == "오래 걸려 쓴 답변입니다."


def press_after_the_session_ended(who: Person, button: str) -> None:
    """The session ends elsewhere, the person is told on the spot, signs in in a second window and presses again."""
    Session.objects.all().delete()
    who.page.get_by_role("button", name=who.words(button), exact=True).click()
    status = who.page.locator("[data-autosave-status].is-failed")
    status.get_by_role("link").wait_for()
    assert who.words("You are no longer signed in. What you typed is still here.") in status.inner_text()
    with who.context.expect_page() as opened:
        status.get_by_role("link").click()
    other = opened.value
    other.locator('[name="login"]').fill(who.user.email)  # type: ignore[union-attr]
    other.locator('[name="password"]').fill(PASSWORD)
    other.locator("main form button[type=submit]").first.click()
    other.wait_for_url("**/my/**")
    who.press(button)


def test_two_officers_do_not_overwrite_each_other(meet: Meet, institution: Person) -> None:
    application = ApplicationFactory(user=institution.user)
    colleague = UserFactory(verified=True)
    MembershipFactory(user=colleague, organization=application.institution, role=MemberRole.OFFICER)
    other = meet(colleague)
    edit(institution, application, problem="첫째 담당자의 문장")
    edit(other, application, problem="둘째 담당자의 문장")
    institution.press("Save draft")
    other.press("Save draft")

    other.sees(institution.user.name, "첫째 담당자의 문장")  # type: ignore[union-attr]
    assert other.page.locator("#id_problem").input_value() == "둘째 담당자의 문장"
    application.refresh_from_db()
    assert application.problem == "첫째 담당자의 문장"

    other.press("Save draft")
    application.refresh_from_db()
    assert application.problem == "둘째 담당자의 문장"
    assert institution.faults == other.faults == []


def test_a_double_click_and_wrong_files_do_no_harm(
    institution: Person, paper: Callable[..., Path], settings: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000_000
    application = ApplicationFactory(user=institution.user)
    edit(institution, application, problem="파일이 틀려도 남는 문장")
    wrong = paper("program.exe", b"MZ")
    large = paper("large.pdf", b"%PDF-1.4\n" + b"0" * 1_000_001)
    institution.fill(letter=[paper("letter.pdf"), wrong, large])
    institution.press("Submit")

    institution.sees("letter.pdf", "program.exe", "large.pdf")
    assert institution.page.locator("#letter-error").count() == 1
    assert institution.page.locator("#id_problem").input_value() == "파일이 틀려도 남는 문장"
    with institution.page.expect_navigation():
        institution.page.get_by_role("button", name=institution.words("Submit"), exact=True).dblclick()

    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED
    assert Receipt.objects.count() == 1
    institution.sees("letter.pdf")
    institution.misses("program.exe")
    assert institution.faults == []
