"""Real workers, a real relay and a real broker, killed with SIGKILL: a run goes on and ends as if nothing had been."""

import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from benchmarks import generator
from core import embedded
from core.embedded.binaries import find_valkey
from core.models import AuditEntry, Notification
from matching import engine, services
from matching.enums import RunStatus
from matching.models import Explanation, MatchingRun, RunBlock, RunStep
from tests.matching.rounds import generated_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
POINTS = [
    "prepare.begun", "prepare.inside", "prepare.done", "prices.inside", "prices.kept", "award.inside", "award.kept",
    "bound.inside", "bound.done", "split.done", "split.kept", "block.taken", "block.solved", "block.kept",
    "merge.begun", "merge.done", "merge.kept", "certify.inside", "certify.kept", "explain.inside", "explain.kept",
    "audit.audited", "audit.storing", "audit.stored",
]  # fmt: skip


class Broker:
    """A Valkey of this test's own, which keeps nothing."""

    def __init__(self, home: Path) -> None:
        self.home, self.socket = home, home / "valkey.sock"
        self.start()

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.home)]
        self.process = subprocess.Popen([find_valkey(), *options], stdout=subprocess.DEVNULL)
        wait_for(self.socket.exists, seconds=20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)


class Workshop:
    """The process that forks relay and workers, and what it told."""

    def __init__(self, home: Path, broker: Broker) -> None:
        self.deadly = home / "deadly"
        self.deadly.mkdir()
        database = embedded.urls("test").database_url.rsplit("/", 1)[0] + f"/{connection.settings_dict['NAME']}"
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": f"unix://{broker.socket}",
            "DEADLY_POINTS": str(self.deadly),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        }
        self.log = (home / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.matching.workshop"],
            cwd=settings.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def words(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def story(self) -> str:
        """What happened, for whoever reads a failure."""
        left = sorted(path.name for path in self.deadly.iterdir())
        steps = list(RunStep.objects.order_by("sequence").values_list("sequence", "name", "attempt_count", "worker"))
        return f"{left} left\n{steps}\n{self.words[-3000:]}"

    @property
    def deaths(self) -> list[str]:
        return [line for line in self.words.splitlines() if line.startswith("died")]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(20)
        self.log.close()


def wait_for(ready, *, seconds, story=lambda: ""):
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"it does not happen: {story()}"
        time.sleep(0.02)


@pytest.fixture
def home():
    # Socket paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def broker(home):
    server = Broker(home)
    yield server
    server.kill()


@pytest.fixture
def workshop(home, broker):
    shop = Workshop(home, broker)
    yield shop
    shop.close()


@pytest.fixture
def world():
    return generated_world(generator.generate("S"))


def expected(monkeypatch):
    """What one process makes of the same round in one go."""
    monkeypatch.setattr("matching.engine.steps.WHOLE", 100)
    monkeypatch.setattr("matching.engine.shards.BLOCK", 15)
    monkeypatch.setattr("matching.engine.shards.BLOCKS", 12)
    return engine.solve(generator.generate("S")).content


def ended(run):
    return not MatchingRun.objects.unfinished().filter(pk=run.pk).exists()


def assert_nothing_double(world, run, content):
    run.refresh_from_db()
    assert run.status == RunStatus.SOLVED
    assert gzip.decompress(bytes(run.result)) == content
    assert Explanation.objects.filter(run=run).count() == len(world.applications)
    assert Notification.objects.filter(recipient=world.matcher, kind="matching.run_solved").count() == 1
    assert Notification.objects.count() == 1
    entries = AuditEntry.objects.filter(target_id=str(run.pk), verb__in=["start", "begin", "solve"])
    assert sorted(entries.values_list("verb", flat=True)) == ["begin", "solve", "start"]
    assert not RunBlock.objects.exists()
    assert not RunStep.objects.filter(payload__isnull=False).exists()


def test_a_run_whose_worker_is_killed_at_every_step_ends_once_and_in_the_same_bytes(world, workshop, monkeypatch):
    for point in POINTS:
        (workshop.deadly / point).touch()
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)

    wait_for(lambda: ended(run), seconds=400, story=workshop.story)

    wait_for(lambda: not list(workshop.deadly.iterdir()), seconds=10)
    wait_for(lambda: len(workshop.deaths) == len(POINTS), seconds=10)
    assert set(workshop.deaths) == {f"died {signal.SIGKILL}"}
    assert_nothing_double(world, run, expected(monkeypatch))
    assert RunStep.objects.filter(run=run, name="merge").count() >= 2


def test_a_broker_that_dies_and_forgets_everything_delays_a_run_and_nothing_more(world, workshop, broker, monkeypatch):
    (workshop.deadly / "split.kept").touch()
    run = services.start_run(actor=world.matcher, round_id=world.pilot_round.pk)
    wait_for(lambda: workshop.deaths, seconds=100)

    broker.kill()
    time.sleep(1)
    assert not ended(run)
    broker.start()

    wait_for(lambda: ended(run), seconds=200, story=workshop.story)
    assert_nothing_double(world, run, expected(monkeypatch))
