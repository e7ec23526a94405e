from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import DomainError, IllegalTransition, NotPermitted
from core.models import AuditEntry, Receipt
from pilots import services
from pilots.enums import ApplicationStatus
from pilots.errors import Incomplete, RoundClosed
from pilots.models import Interest, PilotApplication, PilotRound
from tests.accounts.factories import InstitutionUserFactory, SupplierUserFactory
from tests.pilots.factories import ApplicationFactory, PlanFactory, RoundFactory

pytestmark = pytest.mark.django_db


def close_now():
    PilotRound.objects.update(closes_at=timezone.now() - timedelta(seconds=1))


def test_an_application_is_prefilled_from_the_institution_and_begun_once():
    user, plan = InstitutionUserFactory(), PlanFactory(approved=True)

    first = services.start_application(actor=user, plan_id=plan.pk)
    again = services.start_application(actor=user, plan_id=plan.pk)

    assert first.pk == again.pk
    assert (first.site_district, first.requested_units, first.priority) == ("해운대구", 2, 1)


def test_a_supplier_cannot_apply():
    with pytest.raises(NotPermitted):
        services.start_application(actor=SupplierUserFactory(), plan_id=PlanFactory(approved=True).pk)


@pytest.mark.parametrize("stage", ["intake", "closed"])
def test_only_an_open_round_takes_applications(stage):
    plan = PlanFactory(round=RoundFactory(**{stage: True}), approved=True)

    with pytest.raises(RoundClosed):
        services.start_application(actor=InstitutionUserFactory(), plan_id=plan.pk)


def test_submitting_gives_a_number_a_time_and_a_receipt():
    application = ApplicationFactory()

    services.submit_application(actor=application.officer, application_id=application.pk)

    application.refresh_from_db()
    assert (application.status, application.number, application.revision) == (
        ApplicationStatus.SUBMITTED,
        f"AP-{application.round.number}-00001",
        1,
    )
    assert Receipt.objects.get().target_id == str(application.pk)
    assert AuditEntry.objects.get(verb="submit").after == "submitted"


def test_one_second_late_is_late_and_the_draft_stays():
    application = ApplicationFactory()
    close_now()

    with pytest.raises(RoundClosed):
        services.submit_application(actor=application.officer, application_id=application.pk)
    services.save_application(
        actor=application.officer, application_id=application.pk, values={"problem": "더 씁니다."}
    )

    application.refresh_from_db()
    assert (application.status, application.problem) == (ApplicationStatus.DRAFT, "더 씁니다.")
    assert not Receipt.objects.exists()


def test_before_the_opening_time_nothing_is_taken():
    application = ApplicationFactory()
    PilotRound.objects.update(opens_at=timezone.now() + timedelta(hours=1))

    with pytest.raises(RoundClosed):
        services.submit_application(actor=application.officer, application_id=application.pk)


def test_another_institution_cannot_submit_it():
    application = ApplicationFactory()

    with pytest.raises(NotPermitted):
        services.submit_application(actor=InstitutionUserFactory(), application_id=application.pk)


@pytest.mark.parametrize(
    "gap",
    [
        {"has_pledged": False},
        {"problem": ""},
        {"site_province_id": None},
        {"requested_units": 101},
        {"min_units": 1},
        {"claims": ["rural"]},
        {"priority": 11},
    ],
)
def test_a_gap_is_refused(gap):
    application = ApplicationFactory(**gap)

    with pytest.raises(Incomplete):
        services.submit_application(actor=application.officer, application_id=application.pk)

    assert len(services.application_gaps(application=PilotApplication.objects.get())) == 1


@pytest.mark.parametrize(
    ("plan", "is_refused"),
    [
        ({"suitable_kinds": ["education"]}, True),
        ({"suitable_kinds": ["local", "education"]}, False),
        ({"suitable_provinces": ["11"]}, True),
        ({"suitable_provinces": ["11", "26"]}, False),
    ],
)
def test_the_institution_must_be_of_the_kind_and_place_that_the_supplier_named(plan, is_refused):
    application = ApplicationFactory(plan__approved=True, **{f"plan__{name}": value for name, value in plan.items()})

    assert bool(services.application_gaps(application=application)) is is_refused


def test_two_applications_cannot_have_the_same_rank():
    user, pilot_round = InstitutionUserFactory(), RoundFactory(open=True)
    first, second = (
        ApplicationFactory(plan=PlanFactory(round=pilot_round, approved=True), user=user, priority=1)
        for _n in range(2)
    )
    services.submit_application(actor=user, application_id=first.pk)

    with pytest.raises(Incomplete):
        services.submit_application(actor=user, application_id=second.pk)
    services.rank_applications(actor=user, round_id=pilot_round.pk, order=[second.pk, first.pk])
    services.submit_application(actor=user, application_id=second.pk)

    assert list(PilotApplication.objects.order_by("priority").values_list("pk", flat=True)) == [second.pk, first.pk]


def test_a_change_before_closing_keeps_number_and_first_receipt():
    application = ApplicationFactory()
    services.submit_application(actor=application.officer, application_id=application.pk)
    number = PilotApplication.objects.get().number

    changed = services.change_application(
        actor=application.officer, application_id=application.pk, values={"requested_units": 20}
    )

    assert (changed.number, changed.requested_units, changed.revision) == (number, 20, 2)
    assert Receipt.objects.count() == 2


def test_a_change_after_closing_leaves_what_was_submitted():
    application = ApplicationFactory(submitted=True)
    close_now()

    with pytest.raises(RoundClosed):
        services.change_application(
            actor=application.officer, application_id=application.pk, values={"requested_units": 20}
        )

    application.refresh_from_db()
    assert application.requested_units == 10


def test_a_change_that_leaves_a_gap_is_refused_whole():
    application = ApplicationFactory(submitted=True)

    with pytest.raises(Incomplete):
        services.change_application(
            actor=application.officer, application_id=application.pk, values={"problem": "", "requested_units": 20}
        )

    application.refresh_from_db()
    assert (application.requested_units, application.revision) == (10, 1)


def test_an_institution_applies_again_after_withdrawing():
    application = ApplicationFactory(submitted=True)

    services.withdraw_application(actor=application.officer, application_id=application.pk)
    fresh = services.start_application(actor=application.officer, plan_id=application.plan_id)

    assert fresh.pk != application.pk


def test_matching_ends_the_time_for_withdrawing():
    application = ApplicationFactory(plan__round=RoundFactory(matching=True), passed=True)

    with pytest.raises(IllegalTransition):
        services.withdraw_application(actor=application.officer, application_id=application.pk)


def test_only_drafts_are_thrown_away():
    draft, submitted = ApplicationFactory(), ApplicationFactory(submitted=True)

    services.discard_application(actor=draft.officer, application_id=draft.pk)
    with pytest.raises(IllegalTransition):
        services.discard_application(actor=submitted.officer, application_id=submitted.pk)

    assert list(PilotApplication.objects.values_list("pk", flat=True)) == [submitted.pk]


def test_texts_are_copied_from_an_earlier_application_of_ones_own():
    old = ApplicationFactory(submitted=True, problem="예전 문제")
    plan = PlanFactory(approved=True)

    copied = services.start_application(actor=old.officer, plan_id=plan.pk, copy_from_id=old.pk)
    with pytest.raises(NotPermitted):
        services.start_application(actor=InstitutionUserFactory(), plan_id=plan.pk, copy_from_id=old.pk)

    assert (copied.problem, copied.requested_units, copied.has_pledged) == ("예전 문제", 2, False)


def test_interest_is_noted_and_unnoted():
    user, plan = InstitutionUserFactory(), PlanFactory(approved=True)

    assert services.express_interest(actor=user, plan_id=plan.pk) is True
    assert services.express_interest(actor=user, plan_id=plan.pk) is False

    assert not Interest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_thirty_institutions_submitting_at_once_get_thirty_numbers():
    plan = PlanFactory(approved=True)
    applications = [ApplicationFactory(plan=plan) for _n in range(30)]

    def press(application):
        try:
            return services.submit_application(actor=application.officer, application_id=application.pk).number
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=15) as pool:
        numbers = list(pool.map(press, applications))

    assert sorted(numbers) == [f"AP-{plan.round.number}-{n:05}" for n in range(1, 31)]
    assert Receipt.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_on_submit_at_once_give_one_receipt():
    application = ApplicationFactory()

    def press(_number):
        try:
            services.submit_application(actor=application.officer, application_id=application.pk)
        except DomainError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        taken = list(pool.map(press, range(10)))

    assert taken.count(True) == 1
    assert Receipt.objects.count() == 1
