from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core import calendar
from core.errors import IllegalTransition, NotPermitted
from core.models import Notification, Receipt
from products import services
from products.enums import (
    ApplicationStatus,
    DesignationStatus,
    ProductType,
    ProposalRoute,
)
from products.errors import (
    ApplicationIncomplete,
    DatesInvalid,
    ScoresInvalid,
    SecondPersonNeeded,
    TooLate,
)
from products.models import Designation, DesignationApplication, Product, RubricCriterion
from tests.accounts.factories import InstitutionFactory, PpsUserFactory, SupplierUserFactory
from tests.products.factories import ApplicationFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier(db: Any) -> Any:
    return SupplierUserFactory()


def organization_of(user: Any) -> Any:
    return user.memberships.get().organization


def submitted(supplier: Any, **product: Any) -> DesignationApplication:
    application = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier), **product))
    services.submit_application(actor=supplier, application_id=application.pk)
    application.refresh_from_db()
    return application


def gates(passed: bool = True) -> dict[str, bool]:
    codes = RubricCriterion.objects.filter(rubric__version=2, kind="gate").values_list("code", flat=True)
    return dict.fromkeys(codes, passed)


def averages(points: str = "8") -> dict[str, Decimal]:
    codes = RubricCriterion.objects.filter(rubric__version=2, kind="score").values_list("code", flat=True)
    return dict.fromkeys(codes, Decimal(points))


def at_council(supplier: Any, officer: Any) -> DesignationApplication:
    case = submitted(supplier)
    arguments = {"actor": officer, "application_id": case.pk}
    services.start_check(**arguments)
    services.pass_check(**arguments)
    services.pass_gate(**arguments, results=gates())
    services.start_scoring(**arguments, panel_size=7)
    services.pass_scoring(**arguments, averages=averages())
    services.pass_inspection(**arguments, inspected_on=calendar.today(), finding="확인함")
    case.refresh_from_db()
    return case


def proposed(supplier: Any, officer: Any) -> DesignationApplication:
    case = at_council(supplier, officer)
    return services.propose_designation(
        actor=officer,
        application_id=case.pk,
        council_session="2026-4",
        council_held_on=calendar.today(),
        reason="의결",
    )


def test_a_submission_is_numbered_receipted_and_told_to_the_desk(supplier: Any):
    officer = PpsUserFactory(roles=["designation"])

    case = submitted(supplier)

    assert case.number == f"DA-{calendar.today().year}-0001"
    assert (case.rubric.code, case.rubric.version) == ("type_2", 2)
    assert Receipt.objects.get().kind == "products.application"
    assert Notification.objects.get(recipient=officer).kind == "products.application_submitted"


@pytest.mark.parametrize(
    "change",
    [
        {"public_problem": ""},
        {"has_sworn": False},
        {"route": ProposalRoute.DEMAND_PROPOSED},
        {"route": ProposalRoute.SCOUT_RECOMMENDED},
        {"product_type": ProductType.TYPE_1},
        {"is_ai_product": True},
    ],
)
def test_an_incomplete_application_is_not_submitted(supplier: Any, change: dict[str, Any]):
    application = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)), **change)

    with pytest.raises(ApplicationIncomplete):
        services.submit_application(actor=supplier, application_id=application.pk)

    application.refresh_from_db()
    assert (application.status, application.number) == (ApplicationStatus.DRAFT, "")


@pytest.mark.parametrize(
    "change",
    [
        {"route": ProposalRoute.DEMAND_PROPOSED, "demand_task": "저수지 감시"},
        {"route": ProposalRoute.SCOUT_RECOMMENDED, "scout_reference": "SC-1"},
    ],
)
def test_the_other_routes_lead_to_the_desk_too(supplier: Any, change: dict[str, Any]):
    if "demand_task" in change:
        change = {**change, "demand_institution": InstitutionFactory()}
    application = ApplicationFactory(product=ProductFactory(supplier=organization_of(supplier)), **change)

    services.submit_application(actor=supplier, application_id=application.pk)

    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED


def test_a_product_has_one_open_application(supplier: Any):
    case = submitted(supplier)

    with pytest.raises(ApplicationIncomplete):
        services.save_application(actor=supplier, fields={"product": case.product})


def test_an_application_for_a_draft_is_refused(supplier: Any):
    product = ProductFactory(draft=True, supplier=organization_of(supplier))

    with pytest.raises(ApplicationIncomplete):
        services.save_application(actor=supplier, fields={"product": product})


def test_an_application_for_another_company_s_product_is_refused(supplier: Any):
    with pytest.raises(NotPermitted):
        services.save_application(actor=supplier, fields={"product": ProductFactory()})


def test_a_second_click_on_submit_is_refused_and_changes_nothing(supplier: Any):
    case = submitted(supplier)

    with pytest.raises(IllegalTransition):
        services.submit_application(actor=supplier, application_id=case.pk)

    assert Receipt.objects.count() == 1


def test_only_the_designation_desk_works_on_cases(supplier: Any):
    case = submitted(supplier)

    with pytest.raises(NotPermitted):
        services.start_check(actor=PpsUserFactory(roles=["contract"]), application_id=case.pk)
    with pytest.raises(NotPermitted):
        services.start_check(actor=supplier, application_id=case.pk)


def test_a_supplement_goes_to_the_supplier_and_back(supplier: Any):
    officer, case = PpsUserFactory(), submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)

    services.request_supplement(actor=officer, application_id=case.pk, message="성적서")
    asked = Notification.objects.get(recipient=supplier)
    services.answer_supplement(actor=supplier, application_id=case.pk, answer="보냅니다")

    case.refresh_from_db()
    request = case.supplements.get()
    assert case.status == ApplicationStatus.DOC_CHECK
    assert (asked.kind, asked.params["message"]) == ("products.supplement_requested", "성적서")
    assert request.due_at == calendar.deadline_at(calendar.add_working_days(calendar.today(), 10))
    assert (request.answer, request.answered_by) == ("보냅니다", supplier)


def test_an_answer_after_the_deadline_is_refused_and_the_case_goes_on(supplier: Any):
    officer, case = PpsUserFactory(), submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)
    services.request_supplement(actor=officer, application_id=case.pk, message="성적서")
    case.supplements.update(due_at=timezone.now() - timedelta(minutes=1))

    with pytest.raises(TooLate):
        services.answer_supplement(actor=supplier, application_id=case.pk, answer="늦었습니다")
    services.close_supplement(actor=officer, application_id=case.pk)

    case.refresh_from_db()
    assert (case.status, case.supplements.get().answer) == (ApplicationStatus.DOC_CHECK, "")


def test_the_desk_waits_until_the_deadline_of_a_supplement(supplier: Any):
    officer, case = PpsUserFactory(), submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)
    services.request_supplement(actor=officer, application_id=case.pk, message="성적서")

    with pytest.raises(DatesInvalid):
        services.close_supplement(actor=officer, application_id=case.pk)


def test_a_deadline_in_the_past_is_refused(supplier: Any):
    officer, case = PpsUserFactory(), submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)

    with pytest.raises(DatesInvalid):
        services.request_supplement(actor=officer, application_id=case.pk, message="성적서", due_on=calendar.today())


def test_a_type_2_case_walks_to_its_designation_with_two_people(supplier: Any):
    first, second = PpsUserFactory(), PpsUserFactory()
    case = proposed(supplier, first)

    designation = services.approve_designation(actor=second, application_id=case.pk)

    case.refresh_from_db()
    product = Product.objects.get()
    assert case.status == ApplicationStatus.DESIGNATED
    assert (case.proposed_by, case.approved_by, case.total_points) == (first, second, Decimal(80))
    assert designation.number == f"IP-{calendar.today().year}-2-0001"
    assert designation.valid_until == calendar.today().replace(year=calendar.today().year + 3) - timedelta(days=1)
    assert (product.is_public, product.certificate_no) == (True, designation.number)
    assert list(Product.objects.designated(on=calendar.today())) == [product]
    assert case.steps.count() == 8
    assert Notification.objects.filter(recipient=supplier, kind="products.application_decided").count() == 1


def test_the_person_who_proposed_cannot_approve(supplier: Any):
    officer = PpsUserFactory()
    case = proposed(supplier, officer)

    with pytest.raises(SecondPersonNeeded):
        services.approve_designation(actor=officer, application_id=case.pk)

    assert not Designation.objects.exists()


def test_nothing_is_approved_that_nobody_proposed(supplier: Any):
    officer = PpsUserFactory()
    case = at_council(supplier, officer)

    with pytest.raises(IllegalTransition):
        services.approve_designation(actor=PpsUserFactory(), application_id=case.pk)


def test_a_proposal_can_be_taken_back_and_made_again_by_the_other(supplier: Any):
    first, second = PpsUserFactory(), PpsUserFactory()
    case = proposed(supplier, first)

    services.take_back_proposal(actor=second, application_id=case.pk, reason="오기")
    services.propose_designation(
        actor=second,
        application_id=case.pk,
        council_session="2026-5",
        council_held_on=calendar.today(),
        reason="의결",
    )

    assert services.approve_designation(actor=first, application_id=case.pk).status == DesignationStatus.DESIGNATED


def test_a_failed_gate_does_not_lead_to_the_panel(supplier: Any):
    officer, case = PpsUserFactory(), submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)
    services.pass_check(actor=officer, application_id=case.pk)

    with pytest.raises(ScoresInvalid):
        services.pass_gate(actor=officer, application_id=case.pk, results={**gates(), "safety": False})
    with pytest.raises(ScoresInvalid):
        services.pass_gate(actor=officer, application_id=case.pk, results={"safety": True})

    case.refresh_from_db()
    assert case.status == ApplicationStatus.GATE_REVIEW


@pytest.mark.parametrize("size", [3, 6])
def test_a_panel_is_odd_and_has_five_members(supplier: Any, size: int):
    with pytest.raises(ScoresInvalid):
        services.start_scoring(actor=PpsUserFactory(), application_id=submitted(supplier).pk, panel_size=size)


def scoring(supplier: Any, officer: Any) -> DesignationApplication:
    case = submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)
    services.pass_check(actor=officer, application_id=case.pk)
    services.pass_gate(actor=officer, application_id=case.pk, results=gates())
    services.start_scoring(actor=officer, application_id=case.pk, panel_size=5)
    return case


@pytest.mark.parametrize(
    "changes",
    [
        dict.fromkeys(("market", "growth", "supply"), Decimal(0)) | {"urgency": Decimal(5)},
        dict.fromkeys(("public_issue", "public_need", "urgency", "life_effect"), Decimal("5.9")),
        {"novelty": Decimal("10.01")},
        {"novelty": Decimal(-1)},
    ],
    ids=["total", "minimum of a group", "above the maximum", "negative"],
)
def test_scores_below_or_outside_the_rubric_are_refused(supplier: Any, changes: dict[str, Decimal]):
    officer = PpsUserFactory()
    case = scoring(supplier, officer)
    points = averages("9.9") | changes
    if "market" in changes:
        points = averages("7") | changes

    with pytest.raises(ScoresInvalid):
        services.pass_scoring(actor=officer, application_id=case.pk, averages=points)

    case.refresh_from_db()
    assert (case.status, case.panel_scores.count()) == (ApplicationStatus.PANEL_SCORING, 0)


def test_a_type_1_case_rests_on_the_ministry_s_decision(supplier: Any):
    product = ProductFactory(supplier=organization_of(supplier), product_type=ProductType.TYPE_1)
    case = ApplicationFactory(product=product, rnd_ministry="산림청", rnd_project_no="R-1")
    officer = PpsUserFactory()
    services.submit_application(actor=supplier, application_id=case.pk)
    services.start_check(actor=officer, application_id=case.pk)

    with pytest.raises(IllegalTransition):
        services.pass_check(actor=officer, application_id=case.pk)
    services.record_ministry_decision(
        actor=officer,
        application_id=case.pk,
        ministry_name="산림청",
        decision_no="2026-10",
        decided_on=calendar.today(),
    )
    services.propose_designation(
        actor=officer,
        application_id=case.pk,
        council_session="2026-4",
        council_held_on=calendar.today(),
        reason="의결",
    )
    designation = services.approve_designation(
        actor=PpsUserFactory(), application_id=case.pk, certificate_no="2026-101"
    )

    assert designation.number == f"IP-{calendar.today().year}-1-0001"
    assert (designation.body_name, designation.certificate_no) == ("산림청", "2026-101")


def test_a_type_2_case_has_no_ministry(supplier: Any):
    officer, case = PpsUserFactory(), submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)

    with pytest.raises(IllegalTransition):
        services.record_ministry_decision(
            actor=officer,
            application_id=case.pk,
            ministry_name="산림청",
            decision_no="1",
            decided_on=calendar.today(),
        )


def rejected(supplier: Any, officer: Any) -> DesignationApplication:
    case = submitted(supplier)
    services.start_check(actor=officer, application_id=case.pk)
    services.declare_ineligible(actor=officer, application_id=case.pk, reason="요건 미달")
    case.refresh_from_db()
    return case


def test_a_turned_down_supplier_reads_the_reason_and_appeals_once(supplier: Any):
    officer = PpsUserFactory()
    case = rejected(supplier, officer)

    services.appeal(actor=supplier, application_id=case.pk, grounds="요건을 갖추었습니다")
    services.dismiss_appeal(actor=officer, application_id=case.pk, reason="변동 없음")

    with pytest.raises(IllegalTransition):
        services.appeal(actor=supplier, application_id=case.pk, grounds="다시")
    case.refresh_from_db()
    assert (case.status, case.decision_reason) == (ApplicationStatus.REJECTED, "변동 없음")


def test_an_upheld_appeal_is_judged_again(supplier: Any):
    officer = PpsUserFactory()
    case = rejected(supplier, officer)

    services.appeal(actor=supplier, application_id=case.pk, grounds="요건을 갖추었습니다")
    services.uphold_appeal(actor=officer, application_id=case.pk, reason="인정")

    case.refresh_from_db()
    assert (case.status, case.decided_by) == (ApplicationStatus.DOC_CHECK, None)


def test_an_appeal_after_its_time_is_refused(supplier: Any):
    case = rejected(supplier, PpsUserFactory())
    DesignationApplication.objects.filter(pk=case.pk).update(decided_at=timezone.now() - timedelta(days=40))

    with pytest.raises(TooLate):
        services.appeal(actor=supplier, application_id=case.pk, grounds="늦었습니다")


def test_a_supplier_withdraws_its_case_and_another_does_not(supplier: Any):
    case = submitted(supplier)

    with pytest.raises(NotPermitted):
        services.withdraw_application(actor=SupplierUserFactory(), application_id=case.pk)
    services.withdraw_application(actor=supplier, application_id=case.pk, reason="재준비")

    case.refresh_from_db()
    assert case.status == ApplicationStatus.WITHDRAWN
