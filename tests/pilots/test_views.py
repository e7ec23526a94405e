from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MemberRole
from core.models import FormDraft, Receipt, StoredFile
from core.templatetags.ui import kdatetime
from pilots.enums import ApplicationStatus, PlanStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from tests.accounts.factories import InstitutionUserFactory, MembershipFactory, SupplierUserFactory, UserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory
from tests.products.factories import ProductFactory

pytestmark = pytest.mark.django_db


def plan_form(plan, **changes):
    kpi = plan.kpis.first()
    data = {
        "track": plan.track_id,
        "item": plan.item_id or "",
        "unit_price_krw": 3_000_000,
        "price_basis": "contract",
        "price_note": "최근 계약 단가",
        "min_units": 2,
        "max_units": 100,
        "min_institutions": 1,
        "max_institutions": 5,
        "pilot_months": 3,
        "site_requirements": "전원",
        "expected_improvement": "민원 감소",
        "installation": "반일",
        "training": "2시간",
        "safety": "인증",
        "yearly_operating_krw": 100_000,
        "operating_payer": "institution",
        "kpi-TOTAL_FORMS": 1,
        "kpi-INITIAL_FORMS": 0,
        "kpi-0-name": kpi.name if kpi else "정확도",
        "kpi-0-unit": "%",
        "kpi-0-comparison": "at_least",
        "kpi-0-target": "90",
        "kpi-0-measuring_method": "비교 측정",
        "go": "save",
    }
    return data | changes


def application_form(**changes):
    return {
        "requested_units": 10,
        "min_units": 4,
        "priority": 1,
        "site_name": "본관",
        "site_address": "부산광역시 해운대구 센텀중앙로 1",
        "site_district": "해운대구",
        "site_province": "26",
        "problem": "공기질을 알기 어렵습니다.",
        "use_plan": "민원실에서 사용합니다.",
        "expected_effect": "만족도",
        "responsible_person": "김담당",
        "operating_budget_krw": 0,
        "follow_up_budget_krw": 0,
        "letter_number": "시설과-1234",
        "letter_on": "2026-01-05",
        "has_pledged": "on",
        "site-TOTAL_FORMS": 0,
        "site-INITIAL_FORMS": 0,
        "go": "save",
    } | changes


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_round_page_costs_the_same_for_one_or_many(client, item_count, django_assert_num_queries):
    pilot_round = RoundFactory(open=True)
    PlanFactory.create_batch(item_count, round=pilot_round, approved=True)

    with django_assert_num_queries(9):
        response = client.get(reverse("pilots:round_detail", args=[pilot_round.pk]))

    assert response.content.decode().count('name="plan"') == item_count


def test_products_are_not_public_before_the_round_opens(client):
    plan = PlanFactory(round=RoundFactory(intake=True), approved=True)

    page = client.get(reverse("pilots:round_detail", args=[plan.round_id]))
    offer = client.get(reverse("pilots:offer", args=[plan.round_id, plan.pk]))

    assert plan.product.name not in page.content.decode()
    assert offer.status_code == 404


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_the_list_of_products_can_be_downloaded(client, fmt):
    plan = PlanFactory(approved=True)

    response = client.get(reverse("pilots:round_detail", args=[plan.round_id]), {"export": fmt})

    assert response["Content-Disposition"] == f'attachment; filename="round-{plan.round.number}.{fmt}"'


def test_two_products_stand_side_by_side(client):
    pilot_round = RoundFactory(open=True)
    first, second = PlanFactory.create_batch(2, round=pilot_round, approved=True)

    response = client.get(reverse("pilots:compare", args=[pilot_round.pk]), {"plan": [first.pk, second.pk]})

    assert [plan.pk for plan in response.context["plans"]] == [first.pk, second.pk]


def test_the_calendar_file_names_the_closing_time(client):
    pilot_round = RoundFactory(open=True)

    text = client.get(reverse("pilots:calendar", args=[pilot_round.pk])).content.decode()

    assert f"DTSTART:{pilot_round.closes_at:%Y%m%dT%H%M%S}Z" in text


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_applications_costs_the_same_for_one_or_many(client, item_count, django_assert_num_queries):
    user = InstitutionUserFactory()
    pilot_round = RoundFactory(open=True)
    for rank in range(item_count):
        ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), user=user, priority=rank + 1)
    client.force_login(user)

    with django_assert_num_queries(7):
        response = client.get(reverse("pilots:application_list"))

    assert response.context["listing"].total == item_count


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_plans_costs_the_same_for_one_or_many(client, item_count, django_assert_num_queries):
    user = SupplierUserFactory()
    PlanFactory.create_batch(item_count, round=RoundFactory(open=True), user=user, approved=True)
    client.force_login(user)

    with django_assert_num_queries(7):
        response = client.get(reverse("pilots:plan_list"))

    assert response.context["listing"].total == item_count


@pytest.mark.parametrize("route", ["application_detail", "application_edit"])
def test_another_institution_finds_no_such_application(client, route):
    application = ApplicationFactory()
    client.force_login(InstitutionUserFactory())

    assert client.get(reverse(f"pilots:{route}", args=[application.pk])).status_code == 404


@pytest.mark.parametrize("route", ["application_withdraw", "application_discard", "application_object"])
def test_another_institution_cannot_act_on_it(client, route):
    application = ApplicationFactory(submitted=True)
    client.force_login(InstitutionUserFactory())

    assert client.post(reverse(f"pilots:{route}", args=[application.pk])).status_code == 404
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED


@pytest.mark.parametrize("route", ["plan_detail", "plan_edit"])
def test_another_supplier_finds_no_such_plan(client, route):
    plan = PlanFactory()
    client.force_login(SupplierUserFactory())

    assert client.get(reverse(f"pilots:{route}", args=[plan.pk])).status_code == 404


def test_a_supplier_has_no_page_of_applications(client):
    client.force_login(SupplierUserFactory())

    assert client.get(reverse("pilots:application_list")).status_code == 403


def test_a_supplier_begins_writes_and_submits_a_plan(client):
    user = SupplierUserFactory()
    product = ProductFactory(supplier=user.current_organization, designated=True)
    pilot_round = RoundFactory(intake=True)
    client.force_login(user)

    started = client.post(reverse("pilots:plan_start"), {"round": pilot_round.pk, "product": product.pk})
    plan = PilotUsePlan.objects.get()
    assert started.url == reverse("pilots:plan_edit", args=[plan.pk])
    assert client.get(started.url).status_code == 200

    evidence = SimpleUploadedFile("price.pdf", b"%PDF-1.7 evidence\n", content_type="application/pdf")
    done = client.post(started.url, plan_form(plan, go="submit", price=evidence))

    plan.refresh_from_db()
    assert done.url == reverse("pilots:plan_detail", args=[plan.pk])
    assert plan.status == PlanStatus.SUBMITTED
    assert Receipt.objects.get(kind="pilots.plan").number in client.get(done.url).content.decode()


def test_a_plan_keeps_its_input_and_its_files_when_the_form_fails(client):
    plan = PlanFactory(round=RoundFactory(intake=True))
    client.force_login(plan.officer)
    evidence = SimpleUploadedFile("price.pdf", b"%PDF-1.7 evidence\n", content_type="application/pdf")

    response = client.post(
        reverse("pilots:plan_edit", args=[plan.pk]), plan_form(plan, min_units=50, max_units=10, files=evidence)
    )

    assert response.status_code == 200
    assert response.context["form"]["min_units"].value() == "50"
    stored = StoredFile.objects.get(original_name="price.pdf")
    assert str(stored.pk) in response.content.decode()


def test_somebody_elses_product_cannot_be_planned(client):
    product = ProductFactory(designated=True)
    pilot_round = RoundFactory(intake=True)
    client.force_login(SupplierUserFactory())

    response = client.post(reverse("pilots:plan_start"), {"round": pilot_round.pk, "product": product.pk})

    assert response.status_code == 404


def test_an_institution_applies_from_the_offer(client):
    plan = PlanFactory(approved=True)
    client.force_login(InstitutionUserFactory())

    started = client.post(reverse("pilots:application_start", args=[plan.pk]))
    application = PilotApplication.objects.get()
    assert client.get(started.url).status_code == 200
    done = client.post(started.url, application_form(go="submit"))

    application.refresh_from_db()
    assert (application.status, application.requested_units) == (ApplicationStatus.SUBMITTED, 10)
    page = client.get(done.url).content.decode()
    assert Receipt.objects.get().number in page


def test_a_second_click_on_submit_gives_no_second_receipt(client):
    application = ApplicationFactory()
    client.force_login(application.officer)
    url = reverse("pilots:application_edit", args=[application.pk])

    first = client.post(url, application_form(go="submit"))
    again = client.post(url, application_form(go="submit"))

    application.refresh_from_db()
    assert first.url == again.url == reverse("pilots:application_detail", args=[application.pk])
    assert (Receipt.objects.count(), application.revision) == (1, 1)


def test_a_form_of_a_draft_that_a_colleague_submitted_is_not_taken_as_a_change(client):
    application = ApplicationFactory()
    client.force_login(application.officer)
    url = reverse("pilots:application_edit", args=[application.pk])
    client.post(url, application_form(go="submit"))

    late = client.post(url, application_form(go="submit", problem="늦게 쓴 문장"))

    application.refresh_from_db()
    assert application.revision == 1
    assert "늦게 쓴 문장" in late.content.decode()
    assert 'value="change"' in late.content.decode()


def test_a_late_submission_is_refused_and_its_draft_kept(client):
    application = ApplicationFactory()
    PilotRound.objects.filter(pk=application.round_id).update(closes_at=timezone.now() - timedelta(seconds=1))
    client.force_login(application.officer)

    response = client.post(
        reverse("pilots:application_edit", args=[application.pk]), application_form(go="submit", problem="새로운 문제")
    )

    application.refresh_from_db()
    assert response.status_code == 200
    assert (application.status, application.problem) == (ApplicationStatus.DRAFT, "새로운 문제")
    assert not Receipt.objects.exists()


def test_a_submitted_application_changes_with_a_new_receipt(client):
    application = ApplicationFactory(submitted=True)
    client.force_login(application.officer)

    client.post(
        reverse("pilots:application_edit", args=[application.pk]), application_form(go="change", requested_units=12)
    )

    application.refresh_from_db()
    assert (application.requested_units, application.revision) == (12, 2)
    assert Receipt.objects.count() == 1


def test_an_officer_asks_the_approver_of_the_institution(client):
    approver, officer = InstitutionUserFactory(), UserFactory()
    approver.memberships.update(role=MemberRole.APPROVER)
    MembershipFactory(user=officer, organization=approver.current_organization, role=MemberRole.OFFICER)
    application = ApplicationFactory(user=officer)
    client.force_login(officer)
    url = reverse("pilots:application_edit", args=[application.pk])

    assert 'value="approval"' in client.get(url).content.decode()
    client.post(url, application_form(go="submit"))
    application.refresh_from_db()
    assert application.status == ApplicationStatus.DRAFT
    client.post(url, application_form(go="approval"))

    application.refresh_from_db()
    assert application.approval_requested_at is not None
    client.force_login(approver)
    client.post(url, application_form(go="submit"))
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED


def test_what_was_typed_comes_back(client):
    application = ApplicationFactory()
    FormDraft.objects.create(
        owner=application.officer,
        key=f"pilots.application:{application.pk}",
        content={"problem": ["저장되지 않은 문장"], "requested_units": ["11"]},
    )
    client.force_login(application.officer)

    page = client.get(reverse("pilots:application_edit", args=[application.pk]))

    assert page.context["is_restored"]
    assert "저장되지 않은 문장" in page.content.decode()


def test_the_order_of_priority_is_changed_in_one_step(client):
    user = InstitutionUserFactory()
    pilot_round = RoundFactory(open=True)
    first, second = (
        ApplicationFactory(
            plan=PlanFactory(round=pilot_round, approved=True), user=user, priority=rank, submitted=True
        )
        for rank in (1, 2)
    )
    client.force_login(user)

    client.post(
        reverse("pilots:cart", args=[pilot_round.pk]),
        {f"rank_{first.pk}": 2, f"rank_{second.pk}": 1},
    )

    assert list(PilotApplication.objects.order_by("priority").values_list("pk", flat=True)) == [second.pk, first.pk]


def test_a_supplier_learns_who_applied_only_after_the_closing(client):
    plan = PlanFactory(approved=True)
    application = ApplicationFactory(plan=plan, submitted=True)
    client.force_login(plan.officer)
    url = reverse("pilots:plan_detail", args=[plan.pk])

    before = client.get(url).content.decode()
    PilotRound.objects.filter(pk=plan.round_id).update(status="closed")
    after = client.get(url).content.decode()

    assert application.institution.name not in before
    assert application.institution.name in after


def test_the_product_page_says_where_to_apply(client):
    plan = PlanFactory(approved=True)
    client.force_login(InstitutionUserFactory())

    page = client.get(reverse("products:detail", args=[plan.product_id]))

    assert reverse("pilots:application_start", args=[plan.pk]) in page.content.decode()


def test_who_looks_before_the_opening_learns_when_it_is(client):
    pilot_round = RoundFactory(open=True, opens_at=timezone.now() + timedelta(days=2))
    plan = PlanFactory(approved=True, round=pilot_round)
    client.force_login(InstitutionUserFactory())
    started = client.post(reverse("pilots:application_start", args=[plan.pk]))

    opening = kdatetime(pilot_round.opens_at)
    for address in (
        reverse("products:detail", args=[plan.product_id]),
        reverse("pilots:offer", args=[pilot_round.pk, plan.pk]),
        reverse("pilots:cart", args=[pilot_round.pk]),
        started.url,
    ):
        assert opening in client.get(address).content.decode(), address


def test_the_cards_of_an_institution_count_its_drafts(client):
    application = ApplicationFactory()
    client.force_login(application.officer)

    page = client.get(reverse("core:home"))

    assert reverse("pilots:application_list") + "?status=draft" in page.content.decode()


def test_texts_of_an_earlier_application_can_be_copied(client):
    old = ApplicationFactory(submitted=True, problem="예전 문제")
    plan = PlanFactory(approved=True)
    client.force_login(old.officer)

    page = client.get(reverse("pilots:offer", args=[plan.round_id, plan.pk])).content.decode()
    client.post(reverse("pilots:application_start", args=[plan.pk]), {"copy_from": old.pk})

    assert f'<option value="{old.pk}">' in page
    assert PilotApplication.objects.get(plan=plan).problem == "예전 문제"


def test_the_round_page_shows_where_institutions_want_to_use_the_products(client):
    application = ApplicationFactory(submitted=True)

    page = client.get(reverse("pilots:round_detail", args=[application.round_id]))

    assert page.context["provinces"] == [{"code": "26", "label": "부산광역시", "value": 1}]


def test_a_supplier_objects_to_a_decision_about_its_product(client):
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), passed=True)
    supplier = application.plan.officer
    url = reverse("pilots:plan_object", args=[application.plan_id, application.pk])
    client.force_login(supplier)

    assert url in client.get(reverse("pilots:plan_detail", args=[application.plan_id])).content.decode()
    client.post(url, {"text": "수량이 너무 많습니다."})

    assert application.objections.get().organization == supplier.current_organization
    client.force_login(SupplierUserFactory())
    assert client.get(url).status_code == 404


def test_pages_open_in_english_too(client):
    application = ApplicationFactory(submitted=True)
    client.force_login(application.officer)
    client.cookies["django_language"] = "en"

    page = client.get(reverse("pilots:application_detail", args=[application.pk])).content.decode()

    assert "What happens next" in page
