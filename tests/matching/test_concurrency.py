"""Two people or two workers at the same moment, on real connections."""

import gzip
import threading
import time

import pytest
from django.db import connection

from benchmarks import generator
from core.errors import DomainError
from core.models import Receipt
from matching import engine, services
from matching.engine import steps
from matching.enums import RunStatus
from matching.models import Explanation, MatchingRun
from tests.matching.factories import freeze, make_world, officer_of, publish
from tests.matching.rounds import generated_world

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Run the works in threads that start together; what each returned or raised."""
    start = threading.Barrier(len(works))
    outcomes = [None] * len(works)

    def run(index, work):
        start.wait()
        try:
            outcomes[index] = work()
        except DomainError as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_clicks_at_once_accept_once():
    world = publish(make_world(wanted=((4, 2, 700),)))
    offer, user = world.offers[0], officer_of(world.offers[0])

    outcomes = at_once(*[lambda: services.accept_offer(actor=user, allocation_id=offer.pk)] * 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAnswered", "Receipt"]
    assert Receipt.objects.filter(kind="matching.acceptance").count() == 1


def test_both_sides_at_once_confirm_once():
    world = publish(make_world(wanted=((4, 2, 700),)))
    offer, plan = world.offers[0], world.plans[0]
    user = officer_of(offer)

    at_once(
        lambda: services.accept_offer(actor=user, allocation_id=offer.pk),
        lambda: services.accept_line_up(actor=plan.officer, plan_id=plan.pk),
    )

    offer.refresh_from_db()
    assert (offer.status, offer.application.status) == ("confirmed", "confirmed")


def test_two_workers_at_once_solve_a_run_once():
    world = freeze(make_world())
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)

    at_once(*[lambda name=name: services.solve_run(run_id=run.pk, worker=name) for name in ("one", "two")])

    run.refresh_from_db()
    assert (run.status, run.attempt_count) == (RunStatus.SOLVED, 1)
    assert Explanation.objects.filter(run=run).count() == len(world.applications)


def test_a_silent_step_keeps_its_lease(settings, monkeypatch):
    settings.MATCHING_LEASE_SECONDS = 0.3
    world = freeze(make_world(wanted=((4, 2, 700),)))
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    leases, explain_for_real = [], steps.STEPS[steps.EXPLAIN]

    def slow(work):
        for _ in range(2):
            threading.Event().wait(0.5)
            leases.append(MatchingRun.objects.values_list("lease_until", flat=True).get(pk=run.pk))
        return explain_for_real(work)

    monkeypatch.setitem(steps.STEPS, steps.EXPLAIN, slow)

    services.solve_run(run_id=run.pk, worker="patient")

    assert leases[0] < leases[1]
    run.refresh_from_db()
    assert run.status == RunStatus.SOLVED


@pytest.mark.parametrize("worker_count", [1, 2, 4])
def test_any_number_of_workers_brings_a_large_run_to_the_same_bytes(monkeypatch, worker_count):
    monkeypatch.setattr(steps, "WHOLE", 100)
    monkeypatch.setattr("matching.engine.shards.BLOCK", 15)
    monkeypatch.setattr("matching.engine.shards.BLOCKS", 12)
    content = generator.generate("S")
    world = generated_world(content)
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)

    def work(name):
        deadline = time.monotonic() + 60
        while MatchingRun.objects.unfinished().filter(pk=run.pk).exists() and time.monotonic() < deadline:
            services.solve_run(run_id=run.pk, worker=name)
            services.solve_blocks(run_id=run.pk, worker=name)

    at_once(*[lambda name=f"worker {number}": work(name) for number in range(worker_count)])

    run.refresh_from_db()
    assert (run.status, run.attempt_count) == (RunStatus.SOLVED, 1)
    assert gzip.decompress(bytes(run.result)) == engine.solve(content).content
    assert Explanation.objects.filter(run=run).count() == len(world.applications)
