"""The pages on which suppliers and institutions write: cart, gaps, remarks, receipts, further sites."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.enums import MemberRole
from core.models import Receipt, StoredFile
from pilots import services
from pilots.enums import Claim, ExemptReason, PlanStatus
from pilots.models import PilotApplication, PilotUsePlan, ReviewQuestion
from tests.accounts.factories import InstitutionUserFactory, MembershipFactory, UserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory
from tests.pilots.test_views import application_form, plan_form

pytestmark = pytest.mark.django_db


def test_the_cart_lists_order_gaps_and_total_at_a_constant_cost(client, django_assert_num_queries):
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    client.force_login(user)
    for count in (1, 3):
        while PilotApplication.objects.count() < count:
            rank = PilotApplication.objects.count() + 1
            plan = PlanFactory(round=pilot_round, approved=True)
            ApplicationFactory(plan=plan, user=user, priority=rank, has_pledged=False)
        with django_assert_num_queries(12):
            page = client.get(reverse("pilots:cart", args=[pilot_round.pk]))
    assert [len(gaps) for _row, _rank, gaps in page.context["lines"]] == [1, 1, 1]
    assert page.context["total_krw"] == 3 * 10 * 3_000_000


def test_ticked_products_go_into_the_cart_or_side_by_side(client):
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    keys = [plan.pk for plan in PlanFactory.create_batch(2, round=pilot_round, approved=True)]
    client.force_login(user)
    url = reverse("pilots:cart_add", args=[pilot_round.pk])

    compared = client.post(url, {"plan": keys, "go": "compare"})
    nothing = client.post(url, {"go": "cart"})
    begun = client.post(url, {"plan": keys, "go": "cart"})

    assert compared.url == f"{reverse('pilots:compare', args=[pilot_round.pk])}?plan={keys[0]}&plan={keys[1]}"
    assert nothing.url == reverse("pilots:round_detail", args=[pilot_round.pk])
    assert begun.url == reverse("pilots:cart", args=[pilot_round.pk])
    assert PilotApplication.objects.count() == 2


def test_noted_products_wait_beside_the_cart(client):
    plan = PlanFactory(approved=True)
    client.force_login(InstitutionUserFactory())
    client.post(reverse("pilots:interest", args=[plan.pk]))

    noted = client.get(reverse("pilots:cart", args=[plan.round_id])).context["noted"]
    client.post(reverse("pilots:application_start", args=[plan.pk]))
    begun = client.get(reverse("pilots:cart", args=[plan.round_id])).context["noted"]

    assert ([row.pk for row in noted], begun) == ([plan.pk], [])


def test_an_institution_may_see_only_what_is_offered_to_it(client):
    pilot_round = RoundFactory(open=True)
    free, own, other, far = (
        PlanFactory(round=pilot_round, approved=True, **limits)
        for limits in (
            {},
            {"suitable_kinds": ["local"], "suitable_provinces": ["26"]},
            {"suitable_kinds": ["central"]},
            {"suitable_provinces": ["11"]},
        )
    )
    user = InstitutionUserFactory(organization__institution_kind="local", organization__province_id="26")
    client.force_login(user)

    page = client.get(reverse("pilots:round_detail", args=[pilot_round.pk]), {"suitable": "on"})

    assert {plan.pk for plan in page.context["listing"].page.object_list} == {free.pk, own.pk}
    assert {other.pk, far.pk}.isdisjoint(plan.pk for plan in page.context["listing"].page.object_list)


def test_the_gaps_of_a_plan_stand_at_their_places(client):
    plan = PlanFactory(round=RoundFactory(intake=True))
    StoredFile.objects.all().delete()
    client.force_login(plan.officer)
    form = plan_form(plan, go="submit", installation="", **{"kpi-TOTAL_FORMS": 0})

    page = client.post(reverse("pilots:plan_edit", args=[plan.pk]), form)

    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT
    assert list(page.context["form"].errors) == ["installation", "__all__"]
    assert sorted(page.context["gaps"]) == ["kpis", "price"]


def test_a_colleague_opens_the_receipt_and_a_stranger_does_not(client):
    application = ApplicationFactory()
    client.force_login(application.officer)
    client.post(reverse("pilots:application_edit", args=[application.pk]), application_form(go="submit"))
    url = reverse("core:receipt", args=[Receipt.objects.get().number])
    colleague = UserFactory()
    MembershipFactory(user=colleague, organization=application.institution, role=MemberRole.OFFICER)

    codes = []
    for user in (application.officer, colleague, application.plan.officer, InstitutionUserFactory()):
        client.force_login(user)
        codes.append(client.get(url).status_code)

    assert codes == [200, 200, 404, 404]


def test_an_objection_has_a_receipt_on_the_page_of_its_side(client):
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), passed=True)
    client.force_login(application.plan.officer)
    client.post(reverse("pilots:plan_object", args=[application.plan_id, application.pk]), {"text": "수량"})
    number = Receipt.objects.get().number

    supplier_page = client.get(reverse("pilots:plan_detail", args=[application.plan_id])).content.decode()
    client.force_login(application.officer)
    institution_page = client.get(reverse("pilots:application_detail", args=[application.pk])).content.decode()

    assert number in supplier_page
    assert number not in institution_page


def test_an_answer_that_is_refused_comes_back_with_the_reason(client):
    application = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    question = ReviewQuestion.objects.create(
        application=application,
        asked_by=UserFactory(),
        question="통신 회선이 있습니까?",
        due_on=timezone.localdate(),
        answer="동료의 답변",
        answered_by=application.officer,
        answered_at=timezone.now(),
    )
    client.force_login(application.officer)
    url = reverse("pilots:question_answer", args=[application.pk, question.pk])

    page = client.post(url, {"answer": "두 번째 창에서 쓴 긴 답변"}).content.decode()

    assert "두 번째 창에서 쓴 긴 답변" in page
    assert "이미 답변" in page


def test_an_approver_finds_what_waits_for_approval(client):
    approver = InstitutionUserFactory()
    approver.memberships.update(role=MemberRole.APPROVER)
    ApplicationFactory(user=approver, approval_requested_at=timezone.now())
    client.force_login(approver)
    client.cookies["django_language"] = "en"

    assert "Applications to approve" in client.get(reverse("core:home")).content.decode()


def test_remarks_of_a_returned_plan_stand_in_their_sections(client):
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)
    PilotUsePlan.objects.filter(pk=plan.pk).update(
        status="returned",
        return_reason="전체 사유",
        return_notes={"kpis": "지표를 더 적으십시오."},
        correction_due_on=timezone.localdate(),
    )
    client.force_login(plan.officer)

    page = client.get(reverse("pilots:plan_edit", args=[plan.pk])).content.decode()

    remark = "지표를 더 적으십시오."
    assert page.count(remark) == page.count("전체 사유") == 1
    before, after = page.split(remark)
    assert 'name="suitable_kinds"' in before
    assert 'name="kpi-0-name"' in after
    assert 'name="expected_improvement"' in after


def test_further_sites_come_back_after_a_failed_form(client):
    application = ApplicationFactory()
    client.force_login(application.officer)
    site = {"name": "별관", "address": "부산", "province": "26", "district": "", "units": "2"}
    form = application_form(requested_units=1, min_units=5, **{"site-TOTAL_FORMS": 1})
    form |= {f"site-0-{name}": value for name, value in site.items()}

    failed = client.post(reverse("pilots:application_edit", args=[application.pk]), form)
    client.post(
        reverse("pilots:application_edit", args=[application.pk]), form | {"requested_units": 9, "min_units": 5}
    )

    assert 'value="별관"' in failed.content.decode()
    assert [(row.name, row.units) for row in application.further_sites.all()] == [("별관", 2)]


def test_a_colleagues_version_is_told_in_words(client):
    application = ApplicationFactory()
    client.force_login(application.officer)
    url = reverse("pilots:application_edit", args=[application.pk])
    seen = client.get(url).context["seen"]
    colleague = UserFactory()
    MembershipFactory(user=colleague, organization=application.institution, role=MemberRole.OFFICER)
    values = {"claims": ["rural"], "letter_on": None, "is_exempt": True, "operating_budget_krw": 1_200_000}
    services.save_application(
        actor=colleague, application_id=application.pk, values=values | {"exempt_reason": "demand_proposed"}
    )

    page = client.post(url, application_form(seen=seen, exempt_reason=""))

    told = dict(page.context["differences"])
    with translation.override("ko"):
        labels = {str(page.context["form"].fields[name].label): name for name in [*values, "exempt_reason"]}
        assert {name: told[label] for label, name in labels.items()} == {
            "claims": str(Claim.RURAL.label),
            "letter_on": "",
            "is_exempt": "예",
            "operating_budget_krw": "1,200,000",
            "exempt_reason": str(ExemptReason.DEMAND_PROPOSED.label),
        }
