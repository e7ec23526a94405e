"""Awards set by hand: audited at once or solved around, approved by somebody else, shown to everybody they concern."""

import pytest
from django.urls import reverse

from accounts.enums import PpsRole
from core.errors import NotPermitted
from core.models import AuditEntry
from matching import selectors, services
from matching.audit.auditor import audit
from matching.enums import AllocationOrigin, RunStatus
from matching.errors import OverrideRefused, RoundNotReady, RunInProgress, SamePerson
from matching.models import Allocation, AwardOverride, Explanation, MatchingRun
from pilots.enums import ApplicationStatus
from pilots.models import PilotApplication
from tests.accounts.factories import PpsUserFactory
from tests.matching.factories import approve, make_world, solve

pytestmark = pytest.mark.django_db


def set_award(world, index, units, *, reason="지역 안배", service=services.change_award, run=None, actor=None):
    return service(
        actor=actor or world.matcher,
        run_id=(run or world.run).pk,
        application_id=world.applications[index].pk,
        units=units,
        reason=reason,
    )


def granted(run):
    return list(Explanation.objects.filter(run=run).order_by("application_id").values_list("granted", flat=True))


@pytest.fixture
def world():
    """10, 5 and 0 units of 15."""
    return solve(make_world())


def test_one_award_changes_and_every_other_is_kept(world):
    run = set_award(world, 0, 8)

    assert (run.status, granted(run), granted(world.run)) == (RunStatus.SOLVED, [8, 5, 0], [10, 5, 0])
    assert run.instance_sha256 != world.run.instance_sha256
    body = selectors.run_bytes(run=run)
    assert audit(body, selectors.result_bytes(run=run)).broken == []
    override = AwardOverride.objects.get()
    assert (override.run, override.base_run, override.units_before, override.units_after) == (run, world.run, 10, 8)
    assert AuditEntry.objects.get(verb="override").reason == "지역 안배"


def test_what_does_not_fit_is_refused_with_the_broken_rules_in_words(world):
    with pytest.raises(OverrideRefused) as caught:
        set_award(world, 2, 4)

    assert caught.value.field == "units"
    assert [("19" in line, "15" in line) for line in caught.value.reasons] == [(True, True)]
    assert (MatchingRun.objects.count(), AwardOverride.objects.count()) == (1, 0)


def test_what_does_not_fit_can_be_solved_around(world, run_outbox):
    run = set_award(world, 2, 10, service=services.solve_around_award)
    assert run.status == RunStatus.QUEUED

    run_outbox()

    run.refresh_from_db()
    assert (run.status, granted(run)) == (RunStatus.SOLVED, [5, 0, 10])


def test_an_award_taken_away_is_gone_and_says_why(world):
    run = set_award(world, 0, 0, reason="현장 조사 결과 설치할 수 없습니다.")

    row = Explanation.objects.get(run=run, application=world.applications[0])
    assert (granted(run), row.waitlist_position) == ([0, 5, 0], None)
    assert "현장 조사 결과 설치할 수 없습니다." in selectors.sentences.reasons_of(row=row)[0]


def test_overrides_add_up_from_run_to_run(world):
    first = set_award(world, 0, 8)
    second = set_award(world, 1, 7, run=first)
    third = set_award(world, 0, 6, run=second, reason="다시 조정")

    assert granted(third) == [6, 7, 0]
    rows = [(row.application_id, row.units_before, row.units_after) for row in selectors.overrides_of(run=third)]
    assert sorted(rows) == [(world.applications[0].pk, 8, 6), (world.applications[1].pk, 5, 7)]


@pytest.mark.parametrize(
    ("index", "units", "reason", "field"),
    [
        (0, 10, "이유", "units"),
        (0, 3, "이유", "units"),
        (0, 11, "이유", "units"),
        (0, 8, " ", "reason"),
    ],
)
def test_what_cannot_be_set_is_refused_at_its_field(world, index, units, reason, field):
    with pytest.raises(OverrideRefused) as caught:
        set_award(world, index, units, reason=reason)

    assert caught.value.field == field


def test_awards_that_break_a_rule_by_themselves_cannot_be_solved_around(world):
    run = set_award(world, 0, 8)
    with pytest.raises(OverrideRefused) as caught:
        set_award(world, 1, 8, run=run, service=services.solve_around_award)

    assert len(caught.value.reasons) == 1


def test_only_who_runs_matching_sets_awards_and_only_before_the_approval(world):
    with pytest.raises(NotPermitted):
        set_award(world, 0, 8, actor=world.approver)
    waiting = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    with pytest.raises(RunInProgress):
        set_award(world, 0, 8)
    with pytest.raises(RoundNotReady):
        set_award(world, 0, 8, run=waiting)
    approved = approve(make_world())
    with pytest.raises(RoundNotReady):
        set_award(approved, 0, 8)


def test_whoever_set_an_award_cannot_approve_it(world):
    both = PpsUserFactory(roles=[PpsRole.MATCHER, PpsRole.APPROVER])
    run = set_award(world, 0, 8, actor=both)
    services.propose_run(actor=world.matcher, run_id=run.pk)

    with pytest.raises(SamePerson):
        services.approve_run(actor=both, run_id=run.pk)

    services.approve_run(actor=world.approver, run_id=run.pk)
    offer = Allocation.objects.get(application=world.applications[0])
    assert (offer.units, offer.origin) == (8, AllocationOrigin.OVERRIDE)


def test_what_an_override_frees_goes_to_the_waitlist_at_the_approval(world):
    run = set_award(world, 0, 0)
    services.propose_run(actor=world.matcher, run_id=run.pk)

    services.approve_run(actor=world.approver, run_id=run.pk)

    assert world.offer_of(world.applications[2]).units == 10
    assert PilotApplication.objects.get(pk=world.applications[0].pk).status == ApplicationStatus.NOT_MATCHED


# In the admin


def page_of(run, application):
    row = Explanation.objects.get(run=run, application=application)
    return reverse("admin:matching_explanation_override", args=[row.pk])


def test_an_award_is_set_on_its_page_and_shown_to_the_approver(client, world):
    client.force_login(world.matcher)
    url = page_of(world.run, world.applications[0])
    assert client.get(url).status_code == 200

    answer = client.post(url, {"units": 8, "reason": "지역 안배", "how": "only"})

    run = MatchingRun.objects.latest("pk")
    assert answer.url == reverse("admin:matching_matchingrun_change", args=[run.pk])
    assert [row.units_after for row in client.get(answer.url).context["overrides"]] == [8]
    services.propose_run(actor=world.matcher, run_id=run.pk)
    client.force_login(world.approver)
    shown = client.get(reverse("admin:matching_matchingrun_do", args=[run.pk, "approve"])).content.decode()
    assert "지역 안배" in shown


def test_the_broken_rules_stand_beside_the_units(client, world):
    client.force_login(world.matcher)

    page = client.post(page_of(world.run, world.applications[2]), {"units": 4, "reason": "이유", "how": "only"})

    errors = page.context["form"].errors["units"]
    assert len(errors) == 2
    assert "19" in errors[1]


def test_solving_around_is_a_choice_on_the_same_page(client, world):
    client.force_login(world.matcher)

    client.post(page_of(world.run, world.applications[2]), {"units": 10, "reason": "이유", "how": "anew"})

    assert MatchingRun.objects.latest("pk").status == RunStatus.QUEUED


def test_the_overrider_sees_no_button_to_approve(client, world):
    both = PpsUserFactory(roles=[PpsRole.MATCHER, PpsRole.APPROVER])
    run = set_award(world, 0, 8, actor=both)
    services.propose_run(actor=world.matcher, run_id=run.pk)
    client.force_login(both)

    page = client.get(reverse("admin:matching_matchingrun_change", args=[run.pk]))

    assert "approve" not in [button.name for button in page.context["case_buttons"]]


@pytest.mark.parametrize("roles", [[PpsRole.APPROVER], [PpsRole.REVIEWER], [PpsRole.AUDITOR]])
def test_nobody_else_opens_the_page(client, world, roles):
    client.force_login(PpsUserFactory(roles=roles))

    assert client.get(page_of(world.run, world.applications[0])).status_code == 403


# The list behind the numbers


def rows_of(client, **conditions):
    page = client.get(reverse("admin:matching_explanation_changelist"), conditions)
    assert page.status_code == 200
    return sorted(row.application_id for row in page.context["cl"].result_list)


@pytest.mark.parametrize(
    ("conditions", "indexes"),
    [
        ({}, [0, 1, 2]),
        ({"outcome": "granted"}, [0, 1]),
        ({"outcome": "full"}, [0]),
        ({"outcome": "reduced"}, [1]),
        ({"outcome": "waitlisted"}, [2]),
        ({"outcome": "refused"}, []),
        ({"outcome": "by_hand"}, []),
        ({"limit": "product_units"}, [1, 2]),
        ({"limit": "budget"}, []),
        ({"band": "8"}, [0]),
        ({"application__institution__province__code__exact": "26"}, [0, 1, 2]),
        ({"application__institution__province__code__exact": "11"}, []),
    ],
)
def test_every_filter_finds_its_applications(client, world, conditions, indexes):
    client.force_login(world.matcher)

    found = rows_of(client, run__id__exact=world.run.pk, **conditions)

    assert found == [world.applications[index].pk for index in indexes]


def test_one_product_and_one_institution_can_be_chosen(client, world):
    client.force_login(world.matcher)
    first = world.applications[0]

    assert rows_of(client, institution=first.institution_id) == [first.pk]
    assert len(rows_of(client, plan=first.plan_id)) == 3
    assert rows_of(client, plan=first.plan_id + 1) == []


def test_every_number_of_the_run_page_leads_to_as_many_rows(client, world):
    client.force_login(world.matcher)
    page = client.get(reverse("admin:matching_matchingrun_change", args=[world.run.pk]))
    tables = [page.context["track_table"]["rows"], page.context["score_table"]["rows"], page.context["province_rows"]]
    cells = [cell for table in tables for row in table for cell in row if isinstance(cell, dict)]

    assert len(cells) >= 6
    for cell in cells:
        rows = client.get(cell["url"]).context["cl"].result_list
        assert len(rows) == int(cell["text"]), cell["url"]


def test_a_scarce_budget_is_worth_points(client):
    world = solve(make_world(max_units=100, budget_krw=60_000_000))
    client.force_login(world.matcher)
    page = client.get(reverse("admin:matching_matchingrun_change", args=[world.run.pk]))

    worth = {row[0]: float(row[1]) for row in page.context["worth_table"]["rows"]}

    assert max(worth.values()) > 0
    assert len(worth) == 4
    drawn = page.context["worth_option"]["yAxis"]["data"]
    assert drawn == [name for name, points in worth.items() if points]


def test_where_no_limit_is_scarce_nothing_is_drawn_but_the_table_stands(client):
    world = solve(make_world(max_units=100))
    client.force_login(world.matcher)

    page = client.get(reverse("admin:matching_matchingrun_change", args=[world.run.pk]))

    assert page.context["worth_option"] is None
    assert [row[1] for row in page.context["worth_table"]["rows"]] == ["0.00"] * 4
    assert "run-worth-option" not in page.content.decode()


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_list_costs_the_same_for_one_or_many(client, row_count, django_assert_num_queries):
    world = solve(make_world(wanted=((4, 2, 700),) * row_count))
    client.force_login(world.matcher)
    url = reverse("admin:matching_explanation_changelist")
    client.get(url)  # content types are looked up once in the life of a process

    with django_assert_num_queries(11):
        assert len(client.get(url, {"run__id__exact": world.run.pk}).context["cl"].result_list) == row_count
