"""What-ifs: tried at once, kept by name, deciding nothing."""

import csv
import io

import pytest
from django.urls import reverse

from accounts.enums import PpsRole
from core.errors import NotPermitted
from core.models import AuditEntry, Notification, OutboxMessage
from matching import selectors, services
from matching.errors import RoundNotReady, WhatIfRefused
from matching.models import Allocation, Explanation, MatchingRun, WhatIf
from pilots.models import LedgerEntry, PilotApplication, ScaleReview
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory
from tests.matching.factories import approve, freeze, make_world, solve

pytestmark = pytest.mark.django_db
PRICE = 3_000_000
COMPARE = "admin:matching_matchingrun_compare"


def try_on(world, name="시험", **changes):
    return services.try_what_if(actor=world.matcher, run_id=world.run.pk, name=name, changes=changes)


def units_of(world, what_if):
    labels = {key: label for label, key in selectors.labels_of(run=world.run).items() if label.startswith("A")}
    grants = selectors.what_if_column(what_if=what_if).grants
    return [grants.get(labels[row.pk], 0) for row in world.applications]


def official_state():
    """Everything that a what-if must leave alone, row by row."""
    models = (LedgerEntry, Allocation, Explanation, PilotApplication, OutboxMessage, Notification, MatchingRun)
    return {model.__name__: sorted(_plain(row) for row in model.objects.values_list()) for model in models}


def _plain(row):
    return str([bytes(value) if isinstance(value, memoryview) else value for value in row])


@pytest.fixture
def world():
    return solve(make_world())


def test_less_money_takes_from_the_last(world):
    what_if = try_on(world, budget_krw=10 * PRICE)

    assert units_of(world, what_if) == [10, 0, 0]
    assert (what_if.figures["spent_krw"], what_if.base_figures["spent_krw"]) == (10 * PRICE, 15 * PRICE)
    assert what_if.instance_sha256 != world.run.instance_sha256
    assert "fast" in what_if.engine_version


def test_more_units_of_one_product_reach_the_waitlist(world):
    what_if = try_on(world, products={"P0001": {"max_units": 30}})

    assert units_of(world, what_if) == [10, 10, 10]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"tracks": {"new_growth": {"ceiling_krw": 5 * PRICE}}}, [5, 0, 0]),
        ({"all_products": {"max_institutions": 1}}, [10, 0, 0]),
        ({"all_products": {"ceiling_krw": 14 * PRICE}}, [10, 4, 0]),
        ({"all_institutions": {"ceiling_krw": 6 * PRICE}}, [6, 5, 4]),
        ({"all_institutions": {"max_products": 0}}, [0, 0, 0]),
    ],
)
def test_every_ceiling_can_be_tried(world, changes, wanted):
    assert sorted(units_of(world, try_on(world, **changes)), reverse=True)[: len(wanted)] == wanted


def test_other_weights_score_anew_from_the_stored_parts(world):
    third = ScaleReview.objects.get(application=world.applications[2])
    third.score_parts = [
        {"code": "BASE", "computed": 500, "points": 500, "reason": ""},
        {"code": "S2", "computed": 50, "points": 50, "reason": ""},
        {"code": "RANK", "computed": 50, "points": 50, "reason": ""},
    ]
    third.save(update_fields=["score_parts"])

    what_if = try_on(world, weights={"S2": 500}, ranks=[200])

    assert what_if.rescored_count == 3
    assert units_of(world, what_if)[2] == 10, "500 + 500 + 200 is more than 800"


def test_fifty_what_ifs_change_nothing_official():
    world = approve(make_world())
    before = official_state()

    for number in range(50):
        try_on(world, f"시험 {number}", budget_krw=(number + 1) * PRICE)

    assert official_state() == before
    assert WhatIf.objects.count() == 50
    assert AuditEntry.objects.filter(verb="try").count() == 50


@pytest.mark.parametrize(("changes", "field"), [({}, ""), ({"budget_krw": 9 * PRICE}, "budget_krw")])
def test_what_cannot_be_tried_is_refused_at_its_field(changes, field):
    world = make_world()
    PilotApplication.objects.filter(pk=world.applications[0].pk).update(
        is_exempt=True, exempt_reason="policy_demand", min_units=10
    )
    solve(world)

    with pytest.raises(WhatIfRefused) as caught:
        try_on(world, **changes)

    assert (caught.value.field, WhatIf.objects.count()) == (field, 0)


def test_a_name_is_given_once_per_run(world):
    try_on(world, budget_krw=PRICE * 5)

    with pytest.raises(WhatIfRefused) as caught:
        try_on(world, budget_krw=PRICE * 6)

    assert caught.value.field == "name"


def test_only_who_runs_or_approves_may_try_and_only_on_a_result(world):
    with pytest.raises(NotPermitted):
        services.try_what_if(actor=world.officer, run_id=world.run.pk, name="시험", changes={"budget_krw": 1})
    waiting = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    with pytest.raises(RoundNotReady):
        services.try_what_if(actor=world.matcher, run_id=waiting.pk, name="시험", changes={"budget_krw": 1})


def test_only_the_author_renames_and_deletes(world):
    what_if = try_on(world, budget_krw=5 * PRICE)
    stranger = PpsUserFactory(roles=[PpsRole.MATCHER])
    for call in (
        lambda actor: services.rename_what_if(actor=actor, what_if_id=what_if.pk, name="새 이름"),
        lambda actor: services.delete_what_if(actor=actor, what_if_id=what_if.pk),
    ):
        with pytest.raises(NotPermitted):
            call(stranger)

    assert services.rename_what_if(actor=world.matcher, what_if_id=what_if.pk, name="새 이름").name == "새 이름"
    services.delete_what_if(actor=world.matcher, what_if_id=what_if.pk)
    assert not WhatIf.objects.exists()


# In the admin


def form_of(client, world):
    url = reverse("admin:matching_whatif_try", args=[world.run.pk])
    form = client.get(url).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return url, {name: value for name, value in shown.items() if value is not None}


def test_numbers_are_changed_on_a_form_and_compared_at_once(client, world):
    client.force_login(world.matcher)
    url, values = form_of(client, world)

    answer = client.post(url, {**values, "budget_krw": f"{10 * PRICE:,} 원", "name": "예산 축소"})

    what_if = WhatIf.objects.get()
    assert what_if.changes == {"budget_krw": 10 * PRICE}
    page = client.get(answer.url)
    assert [row.application.pk for row in page.context["rows"]] == [world.applications[1].pk]
    assert (page.context["gain_count"], page.context["lose_count"]) == (0, 1)
    text = page.content.decode()
    assert f"₩{10 * PRICE:,}" in text
    assert f"-₩{5 * PRICE:,}" in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"budget_krw": "many"}, "budget_krw"),
        ({"budget_krw": "-1"}, "budget_krw"),
        ({"youth_floor_permille": "1001"}, "youth_floor_permille"),
        ({"track_new_growth_floor_krw": "20,000,000,000"}, "track_new_growth_floor_krw"),
        ({"one_product": "P0001"}, "one_product"),
        ({"one_institution_max_products": "1"}, "one_institution"),
        ({"ranks": "1, two"}, "ranks"),
        ({"weight_S2": ""}, "weight_S2"),
        ({"name": ""}, "name"),
        ({}, "__all__"),
    ],
)
def test_bad_numbers_are_named_beside_their_field(client, world, changes, field):
    client.force_login(world.matcher)
    url, values = form_of(client, world)

    page = client.post(url, {**values, **changes})

    assert list(page.context["form"].errors) == [field]
    assert not WhatIf.objects.exists()


def test_what_ifs_and_runs_stand_side_by_side_and_can_be_downloaded(client, world):
    first, second = try_on(world, "하나", budget_krw=10 * PRICE), try_on(world, "둘", budget_krw=5 * PRICE)
    client.force_login(world.matcher)
    chosen = {"run": world.run.pk, "what_if": [first.pk, second.pk]}

    page = client.get(reverse(COMPARE), chosen)

    assert [column.label for column in page.context["columns"]][-2:] == ["하나", "둘"]
    units = {row.difference.application_id: row.difference.units for row in page.context["rows"]}
    assert units[world.applications[0].pk] == [10, 10, 10, 5]
    assert units[world.applications[1].pk] == [5, 5, 0, 0]
    export = client.get(reverse(COMPARE), {**chosen, "format": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(export)))
    assert len(rows) == 1 + len(units)
    assert rows[0][-4:-2] == ["하나", "둘"]


def test_one_column_or_two_rounds_are_not_a_comparison(client, world):
    other = solve(make_world())
    client.force_login(world.matcher)

    for chosen in ({"run": [world.run.pk]}, {"run": [world.run.pk, other.run.pk]}):
        page = client.get(reverse(COMPARE), chosen)
        assert (page.status_code, "columns" in page.context) == (200, False)
        assert len(page.context["messages"]) == 1


def test_the_author_finds_renames_and_deletes_it_in_the_list(client, world):
    what_if = try_on(world, "하나", budget_krw=5 * PRICE)
    client.force_login(world.matcher)
    assert "하나" in client.get(reverse("admin:matching_whatif_changelist")).content.decode()

    client.post(reverse("admin:matching_whatif_do", args=[what_if.pk, "rename"]), {"name": "셋"})
    what_if.refresh_from_db()
    assert what_if.name == "셋"
    answer = client.post(reverse("admin:matching_whatif_do", args=[what_if.pk, "delete"]))

    assert answer.url == reverse("admin:matching_whatif_changelist")
    assert not WhatIf.objects.exists()


@pytest.mark.parametrize(
    ("roles", "may_see", "may_try"),
    [([PpsRole.MATCHER], 200, 200), ([PpsRole.AUDITOR], 200, 403), ([PpsRole.CONTRACT], 403, 403), (None, 302, 302)],
)
def test_who_sees_and_who_tries(client, world, roles, may_see, may_try):
    what_if = try_on(world, budget_krw=5 * PRICE)
    client.force_login(InstitutionUserFactory() if roles is None else PpsUserFactory(roles=roles))

    answers = [
        client.get(reverse("admin:matching_whatif_differences", args=[what_if.pk])),
        client.get(reverse(COMPARE), {"what_if": what_if.pk}),
        client.get(reverse("admin:matching_whatif_try", args=[world.run.pk])),
    ]

    assert [answer.status_code for answer in answers] == [may_see, may_see, may_try]


@pytest.mark.parametrize("row_count", [2, 4])
def test_the_page_costs_the_same_for_one_or_many(client, row_count, django_assert_num_queries):
    world = solve(make_world(wanted=((4, 2, 700),) * row_count))
    what_if = try_on(world, budget_krw=2 * PRICE)
    client.force_login(world.matcher)
    page = reverse("admin:matching_whatif_change", args=[what_if.pk])
    client.get(page)  # content types are looked up once in the life of a process

    with django_assert_num_queries(25):
        client.get(page)


def test_a_round_without_runs_says_what_to_do(client):
    world = freeze(make_world())
    client.force_login(world.matcher)

    assert client.get(reverse(COMPARE)).context["run"] is None
