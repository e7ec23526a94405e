"""Drafts of two colleagues, their files, and what the database holds fast."""

import pytest
from django.db import IntegrityError, InternalError, transaction

from accounts.enums import MemberRole
from core.models import AuditEntry, Receipt, StoredFile
from core.uploads import files_of
from pilots import selectors, services
from pilots.enums import Paper, PlanSection
from pilots.errors import EditConflict, Incomplete
from pilots.models import ApplicationSite, PilotApplication, PilotUsePlan, PlanKpi
from tests.accounts.factories import InstitutionUserFactory, MembershipFactory, PpsUserFactory, UserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory, paper

pytestmark = pytest.mark.django_db


def colleague_of(organization):
    user = UserFactory()
    MembershipFactory(user=user, organization=organization, role=MemberRole.OFFICER)
    return user


def save(actor, application, seen, **values):
    return services.save_application(actor=actor, application_id=application.pk, values=values, seen=seen)


def stamp(row):
    return selectors.stamp_of(row=type(row).objects.get(pk=row.pk))


def test_a_stale_form_does_not_overwrite_a_colleague_and_names_them():
    application = ApplicationFactory()
    other, seen = colleague_of(application.institution), stamp(application)
    save(other, application, seen, problem="동료의 문장")

    with pytest.raises(EditConflict, match=other.name):
        save(application.officer, application, seen, problem="늦은 문장")

    assert PilotApplication.objects.get().problem == "동료의 문장"
    save(application.officer, application, stamp(application), problem="알고 바꾼 문장")
    assert PilotApplication.objects.get().problem == "알고 바꾼 문장"


def test_ones_own_second_save_is_no_conflict():
    application = ApplicationFactory()
    seen = stamp(application)

    save(application.officer, application, seen, problem="첫째")
    save(application.officer, application, seen, problem="둘째")

    assert PilotApplication.objects.get().problem == "둘째"


def test_a_colleagues_new_order_of_priority_is_not_overwritten_and_ones_own_is_no_conflict():
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    first, second = (
        ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), user=user, priority=rank)
        for rank in (1, 2)
    )
    other, seen = colleague_of(first.institution), stamp(first)
    save(user, first, seen, problem="첫째")

    services.rank_applications(actor=other, round_id=pilot_round.pk, order=[second.pk, first.pk])

    with pytest.raises(EditConflict, match=other.name):
        save(user, first, seen, priority=1)
    seen = stamp(first)
    services.rank_applications(actor=user, round_id=pilot_round.pk, order=[first.pk, second.pk])
    save(user, first, seen, problem="둘째")


def test_ones_own_order_of_priority_does_not_hide_what_a_colleague_saved():
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    first, second = (
        ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), user=user, priority=rank)
        for rank in (1, 2)
    )
    other, seen = colleague_of(first.institution), stamp(first)
    save(other, first, seen, problem="동료의 문장")

    services.rank_applications(actor=user, round_id=pilot_round.pk, order=[second.pk, first.pk])

    with pytest.raises(EditConflict, match=other.name):
        save(user, first, seen, problem="늦은 문장")


def test_a_plan_is_guarded_in_the_same_way():
    plan = PlanFactory(round=RoundFactory(intake=True))
    other, seen = colleague_of(plan.supplier), stamp(plan)
    services.save_use_plan(actor=other, plan_id=plan.pk, values={"training": "동료"}, seen=seen)

    with pytest.raises(EditConflict):
        services.save_use_plan(actor=plan.officer, plan_id=plan.pk, values={"training": "나"}, seen=seen)


def test_files_are_taken_under_their_purpose_and_taken_off():
    application = ApplicationFactory()
    staged = paper(application, Paper.LETTER)
    StoredFile.objects.filter(pk=staged.pk).update(target_type="", target_id="")

    services.save_application(
        actor=application.officer, application_id=application.pk, values={}, file_ids=[str(staged.pk)]
    )
    assert [row.purpose for row in files_of(target=application)] == [Paper.LETTER]
    services.save_application(
        actor=application.officer, application_id=application.pk, values={}, drop_ids=[str(staged.pk)]
    )

    assert not files_of(target=application).exists()
    assert AuditEntry.objects.filter(verb="detach_file").count() == 1


@pytest.mark.parametrize(
    ("facts", "has_file", "is_refused"),
    [
        ({"letter_number": "", "letter_on": None}, False, True),
        ({"letter_number": "시설과-1", "letter_on": None}, False, True),
        ({"letter_number": "", "letter_on": None}, True, False),
        ({"letter_number": "시설과-1"}, False, False),
    ],
)
def test_an_application_needs_its_official_letter(facts, has_file, is_refused):
    application = ApplicationFactory(**facts)
    if has_file:
        paper(application, Paper.LETTER)

    fields = [gap.field for gap in services.application_gaps(application=application)]

    assert fields == (["letter"] if is_refused else [])


def test_claims_need_evidence_of_their_own():
    application = ApplicationFactory(claims=["rural"])
    paper(application, Paper.LETTER)

    assert [gap.field for gap in services.application_gaps(application=application)] == ["evidence"]
    paper(application, Paper.EVIDENCE)
    assert services.application_gaps(application=application) == []


def test_further_sites_share_the_units_and_must_fit_the_plan():
    application = ApplicationFactory(plan=PlanFactory(approved=True, suitable_provinces=["26"]), requested_units=10)
    site = {"name": "별관", "address": "서울특별시 중구 세종대로 1", "province_id": "11", "units": 10}
    services.save_application(
        actor=application.officer, application_id=application.pk, values={}, sites=[site, site | {"name": "분관"}]
    )

    fields = [gap.field for gap in services.application_gaps(application=application)]

    assert fields == ["site_province", "sites"]
    assert list(ApplicationSite.objects.values_list("name", flat=True).order_by("order")) == ["별관", "분관"]


def test_a_site_without_units_is_refused_by_the_database():
    application = ApplicationFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationSite.objects.create(application=application, name="x", address="y", province_id="26", units=0)


def test_the_map_counts_further_sites_too():
    application = ApplicationFactory(submitted=True)
    ApplicationSite.objects.create(application=application, name="별관", address="서울", province_id="11", units=2)
    ApplicationSite.objects.create(application=application, name="분관", address="부산", province_id="26", units=2)

    rows = selectors.province_counts(round_id=application.round_id)

    assert {row["code"]: row["value"] for row in rows} == {"11": 1, "26": 2}


def test_withdrawing_gives_a_receipt():
    application = ApplicationFactory(submitted=True)

    services.withdraw_application(actor=application.officer, application_id=application.pk)

    assert application.number in Receipt.objects.get().title


def test_a_plan_needs_the_evidence_of_its_price():
    plan = PlanFactory(round=RoundFactory(intake=True))
    StoredFile.objects.all().delete()

    with pytest.raises(Incomplete) as refused:
        services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    assert [gap.field for gap in refused.value.gaps] == ["price"]


def test_remarks_stand_beside_their_sections_until_the_plan_comes_again():
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)

    services.return_plan(
        actor=PpsUserFactory(),
        plan_id=plan.pk,
        reason="보완",
        notes={PlanSection.PRICE: " 단가 근거 ", PlanSection.KPIS: "", "unheard_of": "x"},
    )
    assert PilotUsePlan.objects.get().return_notes == {"price": "단가 근거"}
    services.submit_use_plan(actor=plan.officer, plan_id=plan.pk)

    assert PilotUsePlan.objects.get().return_notes == {}


@pytest.mark.parametrize(
    "attack",
    [
        lambda plan: PlanKpi.objects.filter(plan=plan).update(target=1),
        lambda plan: PlanKpi.objects.filter(plan=plan).delete(),
        lambda plan: PlanKpi.objects.create(plan=plan, name="새 지표", unit="%", target=1, measuring_method="x"),
    ],
    ids=["changed", "deleted", "added"],
)
@pytest.mark.parametrize("stage", ["submitted", "approved"])
def test_the_database_fixes_measures_and_thresholds_once_handed_in(attack, stage):
    plan = PlanFactory(round=RoundFactory(intake=True), **{stage: True})

    with pytest.raises(InternalError, match="fixed once it is handed in"), transaction.atomic():
        attack(plan)

    assert [(kpi.name, kpi.target) for kpi in plan.kpis.all()] == [("측정 정확도", 90)]


def test_a_measure_cannot_be_moved_into_an_approved_plan():
    approved = PlanFactory(approved=True)
    draft = PlanFactory(round=RoundFactory(intake=True))

    with pytest.raises(InternalError), transaction.atomic():
        PlanKpi.objects.filter(plan=draft).update(plan=approved, name="다른 지표")


def test_a_returned_plan_may_change_its_measures():
    plan = PlanFactory(round=RoundFactory(intake=True), submitted=True)
    services.return_plan(actor=PpsUserFactory(), plan_id=plan.pk, reason="보완")

    assert PlanKpi.objects.filter(plan=plan).update(target=95) == 1
