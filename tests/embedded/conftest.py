"""Real services in directories of their own, and users that are real processes."""

import contextlib
import json
import os
import pwd
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.embedded.identity import database_identity
from core.embedded.places import ROOT, places

SCRIPT = """
import json, signal, sys
from pathlib import Path
# As for a person at a terminal, even where the tests themselves run in the background of a script.
signal.signal(signal.SIGINT, signal.default_int_handler)
from core import embedded
try:
    services = embedded.ensure("test", base=Path(sys.argv[1]), watch=True)
except embedded.EmbeddedError as error:
    print(json.dumps({"error": str(error)}), flush=True)
    raise SystemExit(1)
print(json.dumps({"urls": vars(services.urls), "status": services.status()}), flush=True)
while (event := services.next_event()) is not None:
    print(json.dumps({"event": event}), flush=True)
print(json.dumps({"event": None}), flush=True)
"""
PATIENCE = 60
ELSEWHERE = "postgres://nobody@db.invalid/none"


class ServiceUser:
    """A process that uses the services until it is ended."""

    def __init__(self, base: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(base)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.answer: dict = {}
        self._said: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def read(self) -> dict:
        """Return the next thing the process has to say."""
        return json.loads(self._said.get(timeout=PATIENCE) or "{}")

    def joined(self) -> "ServiceUser":
        """Wait until the process has its services."""
        self.answer = self.read()
        return self

    def pid_of(self, server: str) -> int:
        """Return the process number of a server as this user was told it."""
        return self.answer["status"][server]["pid"]

    def end(self, number: int = signal.SIGTERM) -> None:
        """End the process with a signal."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        self.process.wait(10)
        self._listener.join(10)
        self.process.stdout.close()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put("")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """A directory for one set of services; afterwards nothing of them may run, and nothing may lie elsewhere."""
    directory = tmp_path / "services"
    yield directory
    for left in processes_naming(str(directory)):
        os.kill(left, signal.SIGKILL)
    # Without user namespaces the database of root lies where `nobody` can reach it.
    home = places("test", base=directory).postgres_home
    if home != directory:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def _identity_chosen_anew() -> Iterator[None]:
    """Each test may set the mode of root; what the one before it chose is forgotten."""
    database_identity.cache_clear()
    yield
    database_identity.cache_clear()


@pytest.fixture
def user(base: Path) -> Iterator[Callable[..., ServiceUser]]:
    """Start users; by default they need the broker only, which is up in no time.

    Who runs the database is theirs from the environment of the tests, so the suite can be run in every mode.
    """
    users: list[ServiceUser] = []

    def start(*, database: bool = False, **environment: str) -> ServiceUser:
        chosen = {"DATABASE_URL": "" if database else ELSEWHERE, "REDIS_URL": "", **environment}
        users.append(ServiceUser(base, chosen))
        return users[-1]

    yield start
    for each in users:
        each.end(signal.SIGKILL)
    for pid in processes_naming(str(base)):
        assert ends(pid), f"process {pid} was left behind"


def processes_naming(text: str) -> list[int]:
    """Return the processes whose command line mentions a text, ourselves and our users' parents excluded."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(text in word for word in words) and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be collected by its parent does not."""
    try:
        rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return rest.split()[0] not in {"Z", "X"}


def ends(pid: int, within: float = 10) -> bool:
    """Wait for a process to end."""
    return comes_true(lambda: not is_alive(pid), within)


def comes_true(condition: Callable[[], bool], within: float = 10) -> bool:
    """Wait for a condition."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def may_become_somebody_else() -> bool:
    """Tell whether these tests run as root, which can start processes of other users."""
    return os.geteuid() == 0 and "nobody" in {entry.pw_name for entry in pwd.getpwall()}
