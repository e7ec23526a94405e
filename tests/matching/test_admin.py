"""Where PPS staff start, watch, approve, sign and pay."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import PpsRole
from core.calendar import today
from matching import services
from matching.enums import ContractStatus, RunStatus
from matching.models import Contract, MatchingRun
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory
from tests.matching.factories import approve, confirm_all, deliver, freeze, inspect, make_world, prepare, sign, solve

pytestmark = pytest.mark.django_db
START = "admin:matching_matchingrun_start"


def page_of(run):
    return reverse("admin:matching_matchingrun_change", args=[run.pk])


def press(client, model, row, name, **values):
    return client.post(reverse(f"admin:matching_{model}_do", args=[row.pk, name]), values)


def test_a_matcher_starts_a_run_and_watches_it_to_the_end(client, run_outbox):
    world = freeze(make_world())
    client.force_login(world.matcher)
    assert client.get(reverse(START)).status_code == 200

    started = client.post(reverse(START), {"round": world.pilot_round.pk, "gap_ppm": 1000})

    run = MatchingRun.objects.get()
    assert started.url == page_of(run)
    progress = reverse("admin:matching_matchingrun_progress", args=[run.pk])
    waiting = client.get(progress)
    assert (waiting.status_code, progress in waiting.content.decode()) == (200, True)
    run_outbox()
    ended = client.get(progress)
    assert (ended.status_code, ended["HX-Refresh"]) == (286, "true")
    page = client.get(page_of(run))
    assert page.context["totals"].granted_count == 2
    assert [row.amount_krw for row in page.context["by_track"]] == [45_000_000]
    assert len(page.context["by_province"]) == 17
    requested, granted, units = page.context["track_table"]["rows"][0][1:4]
    assert (requested["text"], granted["text"], units) == ("3", "2", 15)
    assert [row["value"] for row in page.context["map_rows"] if row["code"] == "26"] == [2]
    assert sum(int(cell["text"]) for row in page.context["score_table"]["rows"] for cell in row[1:] if cell) == 3


def test_a_run_can_be_cancelled_from_its_page(client):
    world = freeze(make_world())
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    client.force_login(world.matcher)
    assert "cancel" in [button.name for button in client.get(page_of(run)).context["case_buttons"]]

    press(client, "matchingrun", run, "cancel")

    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


def test_instance_and_result_can_be_downloaded_as_they_were_hashed(client):
    world = solve(make_world())
    client.force_login(world.matcher)

    for part, wanted in (("instance", world.run.instance_sha256), ("result", world.run.result_sha256)):
        answer = client.get(reverse(f"admin:matching_matchingrun_{part}", args=[world.run.pk]))
        assert wanted[:12] in answer["Content-Disposition"]
        assert answer.json()["format"].startswith("pilot-matching")


def test_the_proposer_sees_no_button_to_approve_and_is_refused(client):
    world = solve(make_world())
    both = PpsUserFactory()
    client.force_login(both)
    press(client, "matchingrun", world.run, "propose", note="")
    names = [button.name for button in client.get(page_of(world.run)).context["case_buttons"]]
    assert "approve" not in names

    press(client, "matchingrun", world.run, "approve")

    world.run.refresh_from_db()
    assert world.run.status == RunStatus.PROPOSED


def test_an_approver_sees_the_effect_then_approves_and_publishes(client):
    world = solve(make_world())
    services.propose_run(actor=world.matcher, run_id=world.run.pk)
    client.force_login(world.approver)
    shown = client.get(reverse("admin:matching_matchingrun_do", args=[world.run.pk, "approve"]))
    assert "45,000,000" in shown.content.decode()

    press(client, "matchingrun", world.run, "approve")
    press(client, "matchingrun", world.run, "publish")

    world.pilot_round.refresh_from_db()
    assert world.pilot_round.result_published_at is not None


def test_a_contract_is_prepared_signed_and_paid_in_the_admin(client):
    world = confirm_all(make_world())
    client.force_login(world.officer)
    plan = world.plans[0]
    assert plan.product.name in client.get(reverse("admin:matching_contract_prepare")).content.decode()
    url = reverse("admin:matching_contract_prepare_plan", args=[plan.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"delivery_due_on": today() + timedelta(days=60), "guarantee_krw": 0})
    contract = Contract.objects.get()

    client.force_login(world.approver)
    press(client, "contract", contract, "sign", signed_on=today())
    contract.refresh_from_db()
    assert contract.status == ContractStatus.SIGNED
    for line in contract.lines.all():
        deliver(line, plan.officer)
        inspect(line, line.application.officer)
    client.force_login(world.officer)
    press(
        client,
        "contract",
        contract,
        "pay",
        claimed_on=today(),
        paid_on=today(),
        tax_invoice_no="T-1",
        late_penalty_krw=0,
    )

    contract.refresh_from_db()
    assert contract.status == ContractStatus.PAID
    assert client.get(reverse("admin:matching_contract_change", args=[contract.pk])).status_code == 200


def test_a_line_is_amended_by_two_people(client):
    world = make_world()
    line = sign(world).lines.get(units=10)
    client.force_login(world.officer)
    press(client, "contractline", line, "amend", kind="quantity", units=8, reason="현장 사정")
    amendment = line.amendments.get()
    client.force_login(world.approver)

    press(client, "contractamendment", amendment, "approve")

    line.refresh_from_db()
    assert line.units == 8


@pytest.mark.parametrize(
    "model", ["matchingrun", "allocation", "explanation", "contract", "contractline", "contractamendment"]
)
def test_lists_open_for_pps_and_for_nobody_else(client, model):
    url = reverse(f"admin:matching_{model}_changelist")
    sign(make_world())
    client.force_login(PpsUserFactory(roles=[PpsRole.APPROVER]))
    assert client.get(url).status_code == 200
    client.force_login(InstitutionUserFactory())
    assert client.get(url).status_code == 302


def test_a_designation_officer_sees_no_runs(client):
    run = solve(make_world()).run
    client.force_login(PpsUserFactory(roles=[PpsRole.DESIGNATION]))

    assert client.get(page_of(run)).status_code in {302, 403}
    assert client.get(reverse(START)).status_code == 403
    assert client.get(reverse("admin:matching_matchingrun_result", args=[run.pk])).status_code == 403


def test_the_home_page_of_pps_shows_what_waits(client):
    world = make_world()
    contract = prepare(world)
    client.force_login(world.approver)

    queues = client.get(reverse("admin:index")).context["work_queues"]

    waiting = [queue for queue in queues if reverse("admin:matching_contract_changelist") in queue.url]
    assert [(queue.count, queue.oldest_at) for queue in waiting] == [(1, contract.prepared_at)]


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_run_page_costs_the_same_for_one_or_many(client, row_count, django_assert_num_queries):
    world = solve(make_world(wanted=((4, 2, 700),) * row_count))
    client.force_login(world.matcher)
    client.get(page_of(world.run))  # content types are looked up once in the life of a process

    with django_assert_num_queries(25):
        client.get(page_of(world.run))


@pytest.mark.parametrize("rounds", [1, 2])
def test_the_ledger_says_for_what_and_where_money_moved(client, rounds, django_assert_num_queries):
    worlds = [approve(make_world()) for _n in range(rounds)]
    client.force_login(PpsUserFactory(roles=[PpsRole.AUDITOR]))
    url = reverse("admin:pilots_ledgerentry_changelist")

    with django_assert_num_queries(11):
        page = client.get(url, {"kind__exact": "reserve"}).content.decode()

    for world in worlds:
        run = reverse("admin:matching_matchingrun_change", args=[world.run.pk])
        assert f'<a href="{run}">매칭 실행 <span class="im-nowrap">{world.run.number}</span></a>' in page
        assert world.run.round.number in page
