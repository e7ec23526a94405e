"""What happens to a run when its worker dies, is told to stop, or brings a bad result."""

import gzip
from datetime import timedelta

import pytest

from core.clock import database_now
from core.models import Notification, OutboxMessage
from matching import engine, services
from matching.enums import RunStatus
from matching.errors import RoundNotReady, RunInProgress
from matching.models import Explanation, MatchingRun
from matching.services import solving
from tests.accounts.factories import PpsUserFactory
from tests.matching.factories import freeze, make_world, solve
from tests.pilots.factories import RoundFactory

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the service catches it."""


@pytest.fixture
def queued():
    world = freeze(make_world())
    world.run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    return world


def die_at(monkeypatch, stage):
    """The worker dies when the engine reports ``stage``."""
    solve_for_real = engine.solve

    def deadly(body, *, progress, **options):
        def report(name, done, total, gap):
            progress(name, done, total, gap)
            if name == stage:
                raise Killed

        return solve_for_real(body, progress=report, **options)

    monkeypatch.setattr(solving.engine, "solve", deadly)


def let_the_lease_lapse(run):
    MatchingRun.objects.filter(pk=run.pk).update(lease_until=database_now() - timedelta(seconds=1))


@pytest.mark.parametrize("stage", ["prepare", "prices", "award", "certify", "explain"])
def test_a_run_whose_worker_dies_is_resumed_by_another_with_the_same_result(queued, monkeypatch, stage):
    die_at(monkeypatch, stage)
    with pytest.raises(Killed):
        services.solve_run(run_id=queued.run.pk, worker="first")
    monkeypatch.undo()
    services.solve_run(run_id=queued.run.pk, worker="second")
    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.lease_owner) == (RunStatus.RUNNING, "first")

    let_the_lease_lapse(queued.run)
    services.solve_run(run_id=queued.run.pk, worker="second")

    queued.run.refresh_from_db()
    undisturbed = engine.solve(gzip.decompress(bytes(queued.run.frozen.body))).content
    assert queued.run.status == RunStatus.SOLVED
    assert gzip.decompress(bytes(queued.run.result)) == undisturbed
    assert queued.run.attempt_count == 2
    assert Explanation.objects.filter(run=queued.run).count() == len(queued.applications)
    assert Notification.objects.filter(kind="matching.run_solved").count() == 1


def test_the_sweep_and_the_watch_hand_on_a_lapsed_run_only(queued, monkeypatch):
    die_at(monkeypatch, "prices")
    with pytest.raises(Killed):
        services.solve_run(run_id=queued.run.pk, worker="first")
    asked = OutboxMessage.objects.filter(task="matching.solve_run")
    assert (services.requeue_lapsed_runs(), asked.count()) == (0, 1)
    services.watch_run(run_id=queued.run.pk)
    assert asked.count() == 1

    let_the_lease_lapse(queued.run)

    assert (services.requeue_lapsed_runs(), asked.count()) == (1, 2)
    services.watch_run(run_id=queued.run.pk)
    assert asked.count() == 3


def test_a_worker_that_lost_its_lease_stores_nothing(queued, monkeypatch):
    solve_for_real = engine.solve

    def overtaken(body, **options):
        result = solve_for_real(body, **options)
        MatchingRun.objects.filter(pk=queued.run.pk).update(lease_owner="second")
        return result

    monkeypatch.setattr(solving.engine, "solve", overtaken)

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.result) == (RunStatus.RUNNING, None)


def test_a_waiting_run_is_cancelled_at_once(queued):
    services.cancel_run(actor=queued.matcher, run_id=queued.run.pk)

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert queued.run.status == RunStatus.CANCELLED


def test_a_running_run_stops_when_its_worker_asks_next(queued, monkeypatch):
    monkeypatch.setattr(solving, "HEARTBEAT_SECONDS", 0)
    solve_for_real = engine.solve

    def cancelled_meanwhile(body, **options):
        services.cancel_run(actor=queued.matcher, run_id=queued.run.pk)
        return solve_for_real(body, **options)

    monkeypatch.setattr(solving.engine, "solve", cancelled_meanwhile)

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.result, queued.run.lease_owner) == (RunStatus.CANCELLED, None, "")
    assert Explanation.objects.filter(run=queued.run).count() == 0


def test_a_result_that_the_auditor_refuses_is_not_accepted(queued, monkeypatch):
    solve_for_real = engine.solve

    class Generous:
        def __init__(self, content):
            self.content = content.replace(b'"units":5', b'"units":6')

    monkeypatch.setattr(solving.engine, "solve", lambda body, **options: Generous(solve_for_real(body).content))

    services.solve_run(run_id=queued.run.pk, worker="first")

    queued.run.refresh_from_db()
    assert (queued.run.status, queued.run.result) == (RunStatus.FAILED, None)
    assert queued.run.failure
    assert Notification.objects.filter(kind="matching.run_failed").count() == 1


def test_a_run_that_takes_its_workers_down_is_given_up(queued, monkeypatch):
    die_at(monkeypatch, "prices")
    for attempt in range(solving.MAX_ATTEMPTS):
        with pytest.raises(Killed):
            services.solve_run(run_id=queued.run.pk, worker=f"worker {attempt}")
        let_the_lease_lapse(queued.run)

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
