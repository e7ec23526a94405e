"""What happens to a run when its worker dies, is told to stop, or brings a bad result."""

import gzip
from datetime import timedelta

import pytest

from benchmarks import generator
from core.clock import database_now
from core.models import AuditEntry, Notification, OutboxMessage
from matching import engine, services
from matching.engine import payload
from matching.enums import RunStatus
from matching.errors import RoundNotReady, RunInProgress
from matching.models import Explanation, MatchingRun, RunBlock, RunStep
from matching.services import blocks, solving
from tests.accounts.factories import PpsUserFactory
from tests.matching import probes
from tests.matching.factories import freeze, make_world, solve
from tests.matching.rounds import generated_world
from tests.pilots.factories import RoundFactory

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the service catches it."""


@pytest.fixture
def queued():
    world = freeze(make_world())
    world.run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    return world


@pytest.fixture
def large(monkeypatch):
    """A round that goes to blocks, in several turns."""
    monkeypatch.setattr("matching.engine.steps.WHOLE", 100)
    monkeypatch.setattr("matching.engine.shards.BLOCK", 15)
    monkeypatch.setattr("matching.engine.shards.BLOCKS", 12)
    world = generated_world(generator.generate("S"))
    world.run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    return world


@pytest.fixture
def at_point(settings):
    """``at_point(name, action)`` does something when a run passes a point, the first time."""
    settings.MATCHING_PROBE = "tests.matching.probes.listen"
    probes.LISTENERS.clear()

    def arrange(wanted, action):
        done = []

        def listener(point):
            if point == wanted and not done:
                done.append(point)
                action()

        probes.LISTENERS.append(listener)
        return done

    yield arrange
    probes.LISTENERS.clear()


def die():
    raise Killed


def let_the_leases_lapse(run):
    past = database_now() - timedelta(seconds=1)
    MatchingRun.objects.filter(pk=run.pk).update(lease_until=past)
    RunBlock.objects.filter(run=run, lease_until__isnull=False).update(lease_until=past)


def undisturbed(run):
    return engine.solve(gzip.decompress(bytes(run.frozen.body))).content


def assert_ended_once(world):
    run = world.run
    run.refresh_from_db()
    assert run.status == RunStatus.SOLVED
    assert gzip.decompress(bytes(run.result)) == undisturbed(run)
    assert Explanation.objects.filter(run=run).count() == len(world.applications)
    assert Notification.objects.filter(kind="matching.run_solved").count() == 1
    assert AuditEntry.objects.filter(target_id=str(run.pk), verb="solve").count() == 1
    assert (run.lease_owner, run.lease_until, RunBlock.objects.count()) == ("", None, 0)
    assert not RunStep.objects.filter(run=run, payload__isnull=False).exists()
    assert not RunStep.objects.filter(run=run, ended_at=None).exists()


def work_until_ended(run, limit=60):
    """What workers do, one after the other: everything that a message may ask for."""
    for turn in range(limit):
        services.solve_run(run_id=run.pk, worker=f"driver {turn}")
        services.solve_blocks(run_id=run.pk, worker=f"crew {turn}")
        if not MatchingRun.objects.unfinished().filter(pk=run.pk).exists():
            return
    raise AssertionError("the run does not end")


SMALL_POINTS = [
    "prepare.begun", "prepare.inside", "prices.inside", "prices.kept", "award.inside", "award.done", "solve.done",
    "solve.kept", "certify.inside", "certify.done", "explain.inside", "explain.kept", "audit.audited",
    "audit.storing",
]  # fmt: skip
LARGE_POINTS = [
    "bound.done", "split.done", "split.kept", "block.taken", "block.solved", "block.kept", "merge.begun", "merge.done",
    "merge.kept", "certify.kept", "audit.storing",
]  # fmt: skip


@pytest.mark.parametrize("point", SMALL_POINTS)
def test_a_run_whose_worker_dies_is_resumed_by_another_with_the_same_result(queued, at_point, point):
    at_point(point, die)
    with pytest.raises(Killed):
        services.solve_run(run_id=queued.run.pk, worker="first")
    services.solve_run(run_id=queued.run.pk, worker="second")
    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.lease_owner) == (RunStatus.RUNNING, "first")

    let_the_leases_lapse(queued.run)
    services.solve_run(run_id=queued.run.pk, worker="second")

    assert_ended_once(queued)
    assert queued.run.attempt_count == 2


def test_a_small_run_takes_each_step_once_and_says_who_took_it(queued):
    services.solve_run(run_id=queued.run.pk, worker="first")

    steps = RunStep.objects.filter(run=queued.run).order_by("sequence")
    names = ["prepare", "prices", "award", "solve", "certify", "explain", "audit"]
    assert [(step.name, step.worker, step.attempt_count) for step in steps] == [(name, "first", 1) for name in names]
    assert all(step.seconds >= 0 for step in steps)


def test_a_death_costs_the_step_it_happened_in_and_no_more(queued, at_point):
    at_point("certify.inside", die)
    with pytest.raises(Killed):
        services.solve_run(run_id=queued.run.pk, worker="first")
    let_the_leases_lapse(queued.run)

    services.solve_run(run_id=queued.run.pk, worker="second")

    taken = dict(RunStep.objects.filter(run=queued.run).values_list("name", "worker"))
    assert (taken["solve"], taken["certify"], taken["explain"]) == ("first", "second", "second")


@pytest.mark.parametrize("point", LARGE_POINTS)
def test_a_large_run_whose_worker_dies_anywhere_ends_in_the_same_bytes(large, at_point, point):
    died = at_point(point, die)
    with pytest.raises(Killed):
        work_until_ended(large.run)
    assert died == [point]

    let_the_leases_lapse(large.run)
    services.requeue_lapsed_runs()
    work_until_ended(large.run)

    assert_ended_once(large)
    assert RunStep.objects.filter(run=large.run, name="merge").count() >= 2


def test_the_last_block_hands_the_run_on_and_every_block_is_solved_once(large, run_outbox):
    asked = OutboxMessage.objects.filter(task="matching.solve_blocks")
    services.solve_run(run_id=large.run.pk, worker="driver")
    count = RunBlock.objects.filter(run=large.run).count()
    assert count == asked.count() >= 2
    large.run.refresh_from_db()
    assert (large.run.stage, large.run.total % count, large.run.lease_owner) == ("blocks", 0, "")

    run_outbox()

    assert_ended_once(large)


def test_a_block_that_takes_its_workers_down_is_given_up(large, at_point):
    services.solve_run(run_id=large.run.pk, worker="driver")
    for attempt in range(blocks.MAX_ATTEMPTS):
        at_point("block.taken", die)
        with pytest.raises(Killed):
            services.solve_blocks(run_id=large.run.pk, worker=f"worker {attempt}")
        let_the_leases_lapse(large.run)

    services.solve_blocks(run_id=large.run.pk, worker="last")

    large.run.refresh_from_db()
    assert (large.run.status, RunBlock.objects.count()) == (RunStatus.FAILED, 0)


def test_a_worker_that_lost_its_block_keeps_nothing(large, at_point):
    services.solve_run(run_id=large.run.pk, worker="driver")
    at_point("block.solved", lambda: RunBlock.objects.exclude(lease_owner="").update(lease_owner="second"))

    services.solve_blocks(run_id=large.run.pk, worker="first")

    assert RunBlock.objects.open().filter(lease_owner="second").count() == 1


@pytest.mark.parametrize("point", ["split.kept", "block.solved", "block.kept"])
def test_a_large_run_is_cancelled_between_its_steps_at_once(large, at_point, point, run_outbox):
    at_point(point, lambda: services.cancel_run(actor=large.matcher, run_id=large.run.pk))

    run_outbox()

    large.run.refresh_from_db()
    assert (large.run.status, large.run.result, RunBlock.objects.count()) == (RunStatus.CANCELLED, None, 0)
    assert not RunStep.objects.filter(payload__isnull=False).exists()


@pytest.mark.parametrize("point", ["prices.inside", "award.done", "certify.kept", "audit.audited"])
def test_a_running_run_stops_when_its_worker_asks_next(queued, monkeypatch, at_point, point):
    monkeypatch.setattr(solving, "HEARTBEAT_SECONDS", 0)
    at_point(point, lambda: services.cancel_run(actor=queued.matcher, run_id=queued.run.pk))

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.result, queued.run.lease_owner) == (RunStatus.CANCELLED, None, "")
    assert Explanation.objects.filter(run=queued.run).count() == 0
    assert not RunStep.objects.filter(payload__isnull=False).exists()


def test_the_solver_itself_can_be_stopped(monkeypatch, at_point):
    world = generated_world(generator.generate("S"))
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    monkeypatch.setattr(solving, "HEARTBEAT_SECONDS", 0)
    stopped = at_point("solve.inside", lambda: services.cancel_run(actor=world.matcher, run_id=run.pk))

    services.solve_run(run_id=run.pk, worker="first")

    run.refresh_from_db()
    assert (run.status, stopped) == (RunStatus.CANCELLED, ["solve.inside"])


def test_state_of_another_version_begins_the_run_again(queued, at_point, monkeypatch):
    at_point("solve.done", die)
    monkeypatch.setattr(payload, "ENGINE", "innovation-market 0")
    with pytest.raises(Killed):
        services.solve_run(run_id=queued.run.pk, worker="first")
    monkeypatch.undo()
    let_the_leases_lapse(queued.run)

    services.solve_run(run_id=queued.run.pk, worker="second")

    assert_ended_once(queued)
    assert set(RunStep.objects.values_list("worker", flat=True)) == {"second"}


def test_blocks_of_another_version_begin_the_run_again(large, monkeypatch, run_outbox):
    monkeypatch.setattr(payload, "ENGINE", "innovation-market 0")
    services.solve_run(run_id=large.run.pk, worker="driver")
    monkeypatch.setattr(payload, "ENGINE", "innovation-market 1")

    run_outbox()

    assert_ended_once(large)


def test_the_sweep_and_the_watch_hand_on_a_lapsed_run_only(queued, at_point):
    at_point("prices.inside", die)
    with pytest.raises(Killed):
        services.solve_run(run_id=queued.run.pk, worker="first")
    asked = OutboxMessage.objects.filter(task="matching.solve_run")
    assert (services.requeue_lapsed_runs(), asked.count()) == (0, 1)
    services.watch_run(run_id=queued.run.pk)
    assert asked.count() == 1

    let_the_leases_lapse(queued.run)

    assert (services.requeue_lapsed_runs(), asked.count()) == (1, 2)
    assert services.requeue_lapsed_runs() == 0
    let_the_leases_lapse(queued.run)
    services.watch_run(run_id=queued.run.pk)
    assert asked.count() == 3


def test_a_run_that_the_broker_lost_before_anybody_took_it_up_is_asked_for_again(queued):
    asked = OutboxMessage.objects.filter(task="matching.solve_run")
    assert (services.requeue_lapsed_runs(), asked.count()) == (0, 1)

    let_the_leases_lapse(queued.run)

    assert (services.requeue_lapsed_runs(), asked.count()) == (1, 2)


def test_a_worker_that_lost_its_lease_stores_nothing(queued, at_point):
    at_point("audit.audited", lambda: MatchingRun.objects.filter(pk=queued.run.pk).update(lease_owner="second"))

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.result) == (RunStatus.RUNNING, None)


def test_a_waiting_run_is_cancelled_at_once(queued):
    services.cancel_run(actor=queued.matcher, run_id=queued.run.pk)

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert queued.run.status == RunStatus.CANCELLED


def test_a_result_that_the_auditor_refuses_is_not_accepted(queued, monkeypatch):
    audit_for_real = solving.audit
    monkeypatch.setattr(
        solving, "audit", lambda body, answer: audit_for_real(body, answer.replace(b'"units":5', b'"units":6'))
    )

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.result) == (RunStatus.FAILED, None)
    assert queued.run.failure
    assert Notification.objects.filter(kind="matching.run_failed").count() == 1
    assert not RunStep.objects.filter(payload__isnull=False).exists()


def test_a_run_that_takes_its_workers_down_is_given_up(queued, at_point):
    for attempt in range(solving.MAX_ATTEMPTS):
        at_point("prices.inside", die)
        with pytest.raises(Killed):
            services.solve_run(run_id=queued.run.pk, worker=f"worker {attempt}")
        let_the_leases_lapse(queued.run)

    services.solve_run(run_id=queued.run.pk, worker="last")

    queued.run.refresh_from_db()
    assert queued.run.status == RunStatus.FAILED


def test_repeating_a_run_gives_the_same_bytes():
    world = solve(make_world(plan_count=2))

    again = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    services.solve_run(run_id=again.pk, worker="other")

    again.refresh_from_db()
    assert (again.result_sha256, again.instance_sha256) == (world.run.result_sha256, world.run.instance_sha256)
    assert bytes(again.result) == bytes(world.run.result)
    assert again.number.endswith("/R2")


def test_only_one_run_of_a_round_at_a_time(queued):
    with pytest.raises(RunInProgress):
        services.start_run(actor=queued.matcher, round_id=queued.pilot_round.pk)


def test_a_round_that_is_not_frozen_cannot_be_matched():
    pilot_round = RoundFactory(reviewing=True)

    with pytest.raises(RoundNotReady):
        services.start_run(actor=PpsUserFactory(), round_id=pilot_round.pk)


def test_the_task_runs_through_the_outbox(queued, run_outbox):
    assert run_outbox() >= 1

    queued.run.refresh_from_db()
    assert queued.run.status == RunStatus.SOLVED
