import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.enums import PpsRole
from accounts.models import User
from core.models import AuditEntry
from pilots import services
from pilots.enums import ApplicationStatus, PlanStatus, RoundStatus
from pilots.forms.staff import standard_message
from pilots.models import (
    AnnualPlan,
    LedgerCorrection,
    PilotApplication,
    PilotRound,
    PilotUsePlan,
    ReviewerAbsence,
    RuleSet,
)
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory
from tests.pilots.factories import (
    AnnualPlanFactory,
    ApplicationFactory,
    PlanFactory,
    RoundFactory,
    RuleSetFactory,
    TrackFactory,
    account,
    rule_body,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = PpsUserFactory()
    client.force_login(user)
    return user


def press(client, model, pk, action, **values):
    return client.post(reverse(f"admin:pilots_{model}_do", args=[pk, action]), values, follow=True)


@pytest.mark.parametrize(
    "model",
    [
        "annualplan",
        "budgetaccount",
        "frozeninstance",
        "ledgercorrection",
        "ledgerentry",
        "objection",
        "pilotapplication",
        "pilotround",
        "pilotuseplan",
        "reviewerabsence",
        "ruleset",
        "track",
        "yearfigure",
    ],
)
def test_every_list_opens_and_downloads(client, officer, model):
    ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)

    assert client.get(reverse(f"admin:pilots_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:pilots_{model}_export"), {"format": "csv"}).status_code == 200


def test_the_reviewers_home_page_counts_the_plans_that_wait(client, officer):
    PlanFactory(round=RoundFactory(intake=True), submitted=True)

    page = client.get(reverse("admin:index")).content.decode()

    assert f"{reverse('admin:pilots_pilotuseplan_changelist')}?status__exact=submitted" in page


def test_an_inspector_sees_plans_but_has_no_buttons(client):
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)
    client.force_login(PpsUserFactory(roles=[PpsRole.INSPECTOR]))

    page = client.get(reverse("admin:pilots_pilotuseplan_change", args=[plan.pk]))
    pressed = client.post(reverse("admin:pilots_pilotuseplan_do", args=[plan.pk, "approve"]))

    assert page.status_code == 200
    assert list(page.context["case_buttons"]) == []
    assert pressed.status_code == 403


def test_drafts_of_suppliers_stay_with_them(client, officer):
    plan = PlanFactory(round=RoundFactory(intake=True))

    response = client.get(reverse("admin:pilots_pilotuseplan_change", args=[plan.pk]))

    assert response.status_code == 302
    assert response.url == reverse("admin:index")


def test_an_institution_does_not_enter_the_admin(client):
    client.force_login(InstitutionUserFactory())

    assert client.get(reverse("admin:pilots_pilotround_changelist")).status_code in (302, 403)


def test_a_plan_is_approved_after_its_effect_was_shown(client, officer):
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)

    page = client.get(reverse("admin:pilots_pilotuseplan_do", args=[plan.pk, "approve"])).content.decode()
    press(client, "pilotuseplan", plan.pk, "approve")

    assert "₩3,000,000" in page
    assert PilotUsePlan.objects.get().status == PlanStatus.APPROVED


def test_a_plan_is_returned_with_a_reason(client, officer):
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)

    press(client, "pilotuseplan", plan.pk, "return", reason="")
    assert PilotUsePlan.objects.get().status == PlanStatus.SUBMITTED
    press(client, "pilotuseplan", plan.pk, "return", reason="가격 근거 보완")

    assert PilotUsePlan.objects.get().return_reason == "가격 근거 보완"


def test_a_round_is_planned_on_its_own_page(client, officer):
    plan, rules, track = AnnualPlanFactory(year=2026), RuleSetFactory(), TrackFactory()
    now = timezone.localtime()
    form = {
        "annual_plan": plan.pk,
        "rule_set": rules.pk,
        "acquisition_mode": "purchase",
        "title_ko": "2026년 제1차 시범구매",
        "title_en": "First pilot purchase of 2026",
        "budget_krw": 5_000_000_000,
        f"budget_{track.pk}": 4_000_000_000,
    }
    for days, name in enumerate(("intake_opens_at", "intake_closes_at", "opens_at", "closes_at"), 1):
        moment = now + timedelta(days=days)
        form |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}

    response = client.post(reverse("admin:pilots_pilotround_plan"), form, follow=True)

    planned = PilotRound.objects.get()
    assert response.context["original"] == planned
    assert (planned.number, planned.status) == ("2026-1", RoundStatus.PLANNED)


def test_a_refused_plan_of_a_round_keeps_its_input(client, officer):
    plan, rules = AnnualPlanFactory(total_krw=1), RuleSetFactory()
    form = {"annual_plan": plan.pk, "rule_set": rules.pk, "title_ko": "제목", "budget_krw": 5}

    response = client.post(reverse("admin:pilots_pilotround_plan"), form)

    assert response.status_code == 200
    assert response.context["form"]["title_ko"].value() == "제목"


def test_the_buttons_of_a_round_follow_its_state(client, officer):
    pilot_round = RoundFactory(intake=True)

    page = client.get(reverse("admin:pilots_pilotround_change", args=[pilot_round.pk]))

    assert [button.name for button in page.context["case_buttons"]] == ["open", "extend", "budget", "cancel"]


def test_a_round_is_changed_while_it_is_only_planned(client, officer):
    pilot_round = RoundFactory()
    page = client.get(reverse("admin:pilots_pilotround_do", args=[pilot_round.pk, "change"]))
    form = page.context["form"]
    data = {"rule_set": pilot_round.rule_set_id, "title_ko": "새 제목", "title_en": "New title"}
    for name in ("intake_opens_at", "intake_closes_at", "opens_at", "closes_at"):
        moment = timezone.localtime(form.initial[name])
        data |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}

    press(client, "pilotround", pilot_round.pk, "change", **data)

    assert PilotRound.objects.get().title_ko == "새 제목"


def test_the_budget_of_a_track_is_changed_with_a_button(client, officer):
    pilot_round = RoundFactory()

    press(
        client,
        "pilotround",
        pilot_round.pk,
        "budget",
        track=TrackFactory().pk,
        amount_krw=1_000_000_000,
        reason="추경 감액",
    )

    assert account(pilot_round, TrackFactory()).planned_krw == 1_000_000_000


def test_the_whole_review_in_the_admin(client, officer):
    plan = PlanFactory(round=RoundFactory(closed=True), approved=True)
    first, second, third = (ApplicationFactory(plan=plan, submitted=True) for _n in range(3))
    product_url = reverse("admin:pilots_review_product", args=[plan.round_id, plan.pk])

    press(client, "pilotround", plan.round_id, "start_review")
    assert (
        plan.product.name in client.get(reverse("admin:pilots_review_overview", args=[plan.round_id])).content.decode()
    )
    assert client.get(product_url).content.decode().count('name="application"') == 3
    client.post(product_url, {"application": [first.pk]})
    for row, decision in ((second, {"decision": "adjust", "units": 5, "reason_code": "above_ceiling"}), (third, None)):
        url = reverse("admin:pilots_review_decide", args=[row.pk])
        form = client.get(url).context["form"]
        points = {name: form[name].value() for name in form.fields if name.startswith("points_")}
        values = decision or {"decision": "reject", "reason_code": "other", "message": "목적이 불분명합니다."}
        client.post(url, points | values)

    found = dict(PilotApplication.objects.values_list("pk", "status"))
    assert found == {
        first.pk: ApplicationStatus.REVIEW_PASSED,
        second.pk: ApplicationStatus.REVIEW_ADJUSTED,
        third.pk: ApplicationStatus.REVIEW_REJECTED,
    }
    assert client.get(product_url).status_code == 200

    press(client, "pilotround", plan.round_id, "freeze")
    pilot_round = PilotRound.objects.get()
    frozen = pilot_round.frozen_instances.get()
    assert pilot_round.status == RoundStatus.MATCHING
    assert client.get(reverse("admin:pilots_frozeninstance_change", args=[frozen.pk])).status_code == 200
    download = client.get(reverse("admin:pilots_frozeninstance_download", args=[frozen.pk]))
    assert [row["requested_units"] for row in json.loads(download.content)["applications"]] == [10, 5]
    assert download["X-Content-SHA256"] == frozen.sha256


def test_passing_in_bulk_says_what_it_did_not_do(client, officer):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    mine, taken = (ApplicationFactory(plan=plan, under_review=True) for _n in range(2))
    url = reverse("admin:pilots_review_product", args=[plan.round_id, plan.pk])
    services.decide_application(actor=PpsUserFactory(), application_id=taken.pk, decision="pass")

    def told(*ticked):
        answer = client.post(url, {"application": ticked}, follow=True)
        return [(message.level_tag, str(message)[:11]) for message in answer.context["messages"]]

    assert told() == [("warning", "선택한 신청이 없습니")]
    assert told(mine.pk, taken.pk) == [("success", "신청 1건을 통과시켰"), ("warning", "선택한 신청 가운데 ")]
    assert told(mine.pk) == [("warning", "선택한 신청 가운데 ")]
    assert AuditEntry.objects.filter(verb="pass_all").count() == 1, "what passed nobody is no event"


def test_the_review_shows_points_in_words_and_leaves_out_what_nobody_has(client, officer):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    ApplicationFactory(plan=plan, under_review=True, priority=1)

    page = client.get(reverse("admin:pilots_review_product", args=[plan.round_id, plan.pk]))

    assert [code for code, _text in page.context["parts"]] == ["BASE", "RANK"]
    assert "60.0" in page.content.decode()
    assert any("(S3)" in text for text in page.context["idle_parts"])


def test_changed_points_need_a_reason_on_the_page(client, officer):
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    url = reverse("admin:pilots_review_decide", args=[row.pk])
    form = client.get(url).context["form"]
    points = {name: form[name].value() for name in form.fields if name.startswith("points_")}

    refused = client.post(url, points | {"decision": "pass", "points_S6": 50})
    client.post(url, points | {"decision": "pass", "points_S6": 50, "why_S6": "공문 확인"})

    assert refused.status_code == 200
    row.refresh_from_db()
    assert row.review.score == 650


def test_only_reviewers_decide(client):
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    client.force_login(PpsUserFactory(roles=[PpsRole.MATCHER]))

    assert client.get(reverse("admin:pilots_review_decide", args=[row.pk])).status_code == 403


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_product_page_of_the_review_costs_the_same(client, officer, item_count, django_assert_num_queries):
    plan = PlanFactory(round=RoundFactory(reviewing=True), approved=True)
    for _n in range(item_count):
        ApplicationFactory(plan=plan, under_review=True)
    url = reverse("admin:pilots_review_product", args=[plan.round_id, plan.pk])

    with django_assert_num_queries(18):
        client.get(url)


def test_an_application_offers_its_questions_and_its_way_back(client, officer):
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)

    press(client, "pilotapplication", row.pk, "ask", question="설치 장소는?")
    services.decide_application(actor=officer, application_id=row.pk, decision="pass")
    press(client, "pilotapplication", row.pk, "reopen", reason="수량 오기")

    row.refresh_from_db()
    assert (row.status, row.questions.count()) == (ApplicationStatus.UNDER_REVIEW, 1)


def test_an_objection_is_answered_in_the_admin(client, officer):
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    services.decide_application(actor=PpsUserFactory(), application_id=row.pk, decision="pass")
    objection = services.raise_objection(actor=row.officer, application_id=row.pk, text="이의")

    press(client, "objection", objection.pk, "dismiss", text="기각합니다.")

    objection.refresh_from_db()
    assert (objection.status, objection.decided_by) == ("dismissed", officer)


def test_an_approver_who_reviews_nothing_can_uphold_an_objection():
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    services.decide_application(actor=PpsUserFactory(), application_id=row.pk, decision="pass")
    objection = services.raise_objection(actor=row.officer, application_id=row.pk, text="이의")

    services.uphold_objection(
        actor=PpsUserFactory(roles=[PpsRole.APPROVER]), objection_id=objection.pk, text="이유 있습니다."
    )

    row.refresh_from_db()
    assert row.status == ApplicationStatus.UNDER_REVIEW


def test_an_annual_plan_is_written_and_confirmed_by_two_people(client, officer):
    track = TrackFactory()

    client.post(
        reverse("admin:pilots_annualplan_draft"),
        {"year": 2027, "total_krw": 90_000_000_000, f"budget_{track.pk}": 50_000_000_000},
    )
    plan = AnnualPlan.objects.get(year=2027)
    assert press(client, "annualplan", plan.pk, "confirm").redirect_chain
    assert AnnualPlan.objects.get(pk=plan.pk).status == "draft"
    client.force_login(PpsUserFactory())
    press(client, "annualplan", plan.pk, "confirm")

    assert AnnualPlan.objects.get(pk=plan.pk).status == "confirmed"


def test_a_rule_set_is_read_rule_by_rule_with_its_sources(client):
    body = RuleSetFactory.build().body
    rule_set = RuleSetFactory(body=body | {"ceilings": body["ceilings"] | {"product_krw": 123_000_000}})
    client.force_login(PpsUserFactory(roles=[PpsRole.AUDITOR]))

    page = client.get(reverse("admin:pilots_ruleset_change", args=[rule_set.pk])).content.decode()

    before_the_body = page.partition("<pre>")[0]
    assert "제품별 금액(원)" in before_the_body
    assert "₩123,000,000" in before_the_body
    assert "&quot;ceilings&quot;" not in before_the_body
    assert "&quot;ceilings&quot;" in page


def rule_form(rule_set, **changes):
    from pilots.forms.rule_set import RuleSetForm

    form = RuleSetForm(rule_set=rule_set)
    shown = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in shown.items() if value is not None and value is not False}
    return data | {"go": "save"} | changes


def test_rules_are_edited_in_a_form_that_shows_their_effect(client, officer):
    ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    rule_set = RuleSetFactory()
    url = reverse("admin:pilots_ruleset_edit", args=[rule_set.pk])

    shown = client.post(url, rule_form(rule_set, go="effect", product_krw=20_000_000))
    assert [(row.asked, row.after, row.is_above) for row in shown.context["effects"].limits] == [
        ("₩30,000,000", "₩20,000,000", True)
    ]
    client.post(url, rule_form(rule_set, product_krw=20_000_000))

    rule_set.refresh_from_db()
    assert rule_set.body["ceilings"]["product_krw"] == 20_000_000


def test_locked_rules_are_copied(client, officer):
    rule_set = RuleSetFactory(is_locked=True, locked_at=timezone.now())

    client.post(
        reverse("admin:pilots_ruleset_edit", args=[rule_set.pk]),
        rule_form(rule_set, name="새 규칙", youth_permille=150),
    )

    copy = RuleSet.objects.get(name="새 규칙")
    assert (copy.copied_from_id, copy.body["youth_permille"], copy.is_locked) == (rule_set.pk, 150, False)
    rule_set.refresh_from_db()
    assert rule_set.body == rule_body()


def test_a_correction_is_proposed_by_one_and_approved_by_another(client, officer):
    pilot_round = RoundFactory()
    client.post(
        reverse("admin:pilots_ledgercorrection_propose"),
        {"account": account(pilot_round).pk, "bucket": "spent", "amount_krw": 5, "reason": "정정"},
    )
    correction = LedgerCorrection.objects.get()

    client.force_login(PpsUserFactory())
    press(client, "ledgercorrection", correction.pk, "approve")

    assert account(pilot_round).spent_krw == 5


def test_an_absence_is_entered_and_called_off_on_its_pages(client, officer):
    cover = PpsUserFactory()
    day = timezone.localdate().isoformat()

    client.post(
        reverse("admin:pilots_reviewerabsence_record"),
        {"reviewer": officer.pk, "cover": cover.pk, "from_on": day, "until_on": day},
    )
    absence = ReviewerAbsence.objects.get()
    assert (absence.reviewer, absence.cover) == (officer, cover)
    press(client, "reviewerabsence", absence.pk, "end", reason="일정 변경")

    absence.refresh_from_db()
    assert absence.ended_by == officer


def test_a_refused_absence_says_why_and_keeps_its_input(client, officer):
    day = timezone.localdate().isoformat()

    page = client.post(
        reverse("admin:pilots_reviewerabsence_record"),
        {"reviewer": officer.pk, "cover": officer.pk, "from_on": day, "until_on": day},
    )

    assert page.context["form"].non_field_errors()
    assert page.context["form"]["from_on"].value() == day


def test_the_overview_shows_whose_cases_are_whose(client, officer):
    absent = PpsUserFactory()
    pilot_round = RoundFactory(reviewing=True)
    mine, covered, free = (
        PlanFactory(round=pilot_round, approved=True, reviewer=reviewer) for reviewer in (officer, absent, None)
    )
    day = timezone.localdate()
    services.record_absence(actor=officer, reviewer=absent, cover=officer, from_on=day, until_on=day)
    url = reverse("admin:pilots_review_overview", args=[pilot_round.pk])

    def shown(whose):
        return [plan for plan, _absence in client.get(url, {"whose": whose}).context["rows"]]

    assert shown("all") == [mine, covered, free]
    assert shown("mine") == [mine, covered]
    assert shown("unassigned") == [free]


def test_a_rejection_without_words_sends_the_standard_text_of_its_reason(client, officer):
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    url = reverse("admin:pilots_review_decide", args=[row.pk])
    form = client.get(url).context["form"]
    points = {name: form[name].value() for name in form.fields if name.startswith("points_")}

    refused = client.post(url, points | {"decision": "reject", "reason_code": "other"})
    client.post(url, points | {"decision": "reject", "reason_code": "overdue_reports"})

    assert refused.status_code == 200
    row.refresh_from_db()
    assert row.status == ApplicationStatus.REVIEW_REJECTED
    assert row.review.message == standard_message("overdue_reports") != ""


def test_the_case_page_shows_the_decision_and_the_answered_question(client, officer):
    row = ApplicationFactory(plan__round=RoundFactory(reviewing=True), under_review=True)
    question = services.ask_question(actor=officer, application_id=row.pk, question="설치 장소는 어디입니까?")
    services.answer_question(actor=row.officer, question_id=question.pk, answer="1층 민원실입니다.")
    services.decide_application(
        actor=officer, application_id=row.pk, decision="pass", overrides={"S6": (40, "공문을 확인했습니다.")}
    )

    page = client.get(reverse("admin:pilots_pilotapplication_change", args=[row.pk])).content.decode()

    assert "1층 민원실입니다." in page
    assert "공문을 확인했습니다." in page


@pytest.mark.parametrize(("language", "text"), [("ko", "아시아경제"), ("en", "Asia Business Daily")])
def test_the_rules_name_their_sources_in_the_readers_language(client, officer, language, text):
    rule_set = RuleSet.objects.get(body__sources__has_key="scoring.weights.S12")
    User.objects.filter(pk=officer.pk).update(language=language)
    client.cookies["django_language"] = language

    page = client.get(reverse("admin:pilots_ruleset_edit", args=[rule_set.pk]))

    with translation.override(language):
        shown = {source for section in page.context["form"].sections() for _field, source in section.fields if source}
        stored = {translation.gettext(source) for source in rule_set.body["sources"].values()}
    assert shown == stored
    assert {source.isascii() for source in shown} == {language == "en"}
    assert text in page.content.decode()
