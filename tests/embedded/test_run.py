"""`make run` as a process: the real parent, the real broker and guard, and small programs in place of the portal's.

The programs ignore what polite ones would obey and start children of their own, so nothing ends by itself.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded.places import ROOT, places
from core.embedded.wire import valkey_answers
from tests.embedded.conftest import ELSEWHERE, comes_true, ends, is_alive, processes_naming

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
PARENT = """
import signal, sys
from pathlib import Path
sys.path.insert(0, "tools")
import running
from core import embedded
from shell import Refused

base, port = Path(sys.argv[1]), int(sys.argv[2])
running.SIGN_INS = base / "sign-ins.txt"
WEB = '''
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
'''
STUBBORN = '''
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)
if sys.argv[2] == "parent":
    subprocess.Popen([sys.executable, "-c", open(sys.argv[3]).read(), sys.argv[1], "child", sys.argv[3]])
time.sleep(600)
'''
(base / "stubborn.py").write_text(STUBBORN)
def programs(host, port, *, reload):
    python, mark = sys.executable, str(base)
    yield running.Program("web", [python, "-c", WEB, str(port), mark])
    stubborn = [python, "-c", STUBBORN, mark, "parent", str(base / "stubborn.py")]
    yield running.Program("worker", stubborn, insist=signal.SIGQUIT)
    if len(sys.argv) > 3:
        yield running.Program("beat", [python, "-c", "raise SystemExit(3)"])
running.programs = lambda *args, **options: list(programs(*args, **options))
services = embedded.ensure("test", base=base, watch=True)
try:
    raise SystemExit(running.run_portal(services, ("127.0.0.1", port), reload=False))
except Refused as refusal:
    print("error:", refusal, flush=True)
    raise SystemExit(1)
"""


class Run:
    """A running portal of small programs."""

    def __init__(self, base: Path, *more: str) -> None:
        self.base = base
        base.mkdir(parents=True, exist_ok=True)
        (base / "sign-ins.txt").write_text("supplier@demo.example  a company\n")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.log = base / "run.log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PARENT, str(base), str(port), *more],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": ELSEWHERE, "REDIS_URL": "", "MAKELEVEL": ""},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self, text: str, within: float = 40) -> bool:
        return comes_true(lambda: text in self.log.read_text(), within)

    def up(self) -> "Run":
        assert self.said("The portal is at "), self.log.read_text()
        return self

    @property
    def everything(self) -> list[int]:
        """Every process that belongs to this run, the parent apart."""
        return [pid for pid in processes_naming(str(self.base)) if pid != self.process.pid]

    def one(self, *words: str) -> int:
        """The process whose command line has all the words."""
        found = [pid for pid in self.everything if all(word in _command(pid) for word in words)]
        assert len(found) == 1, found
        return found[0]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def run(base: Path) -> Iterator[Run]:
    running = Run(base)
    yield running.up()
    _end(running)


def _end(running: Run) -> None:
    running.process.kill()
    running.process.wait(10)
    for pid in running.everything:
        assert ends(pid, within=15), _command(pid)


@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_however_it_is_ended_no_process_is_left_after_ten_seconds(run, number):
    left = run.everything
    assert len(left) >= 4, "web, worker, its child, keeper and broker"

    run.process.send_signal(number)

    assert comes_true(lambda: not any(is_alive(pid) for pid in left), within=10), [
        _command(pid) for pid in left if is_alive(pid)
    ]
    run.process.wait(5)


def test_it_prints_the_sign_ins_and_the_address(run):
    said = run.log.read_text()

    assert "supplier@demo.example  a company" in said
    assert "The portal is at http://127.0.0.1:" in said


def test_a_killed_worker_is_reported_and_started_again_without_its_leftovers(run):
    worker, child = run.one("\0parent\0"), run.one("\0child\0")

    os.kill(worker, signal.SIGKILL)

    assert run.said("worker ended unexpectedly (SIGKILL); starting it again in 0.5 s")
    assert ends(child)
    assert comes_true(lambda: any("\0parent\0" in _command(pid) for pid in run.everything))
    assert run.process.poll() is None


def test_a_killed_broker_is_reported_and_back(run):
    os.kill(run.one("valkey-server"), signal.SIGKILL)

    assert run.said("run: Valkey stopped unexpectedly; restarted in ")
    assert valkey_answers(places("test", base=run.base).valkey_socket)


def test_a_killed_keeper_is_reported_and_replaced(run):
    os.kill(run.one("core.embedded.keeper"), signal.SIGKILL)

    assert run.said("database and broker lost their keeper; starting them again")
    assert run.said("database and broker are back")
    assert valkey_answers(places("test", base=run.base).valkey_socket)


def test_a_program_that_ends_again_and_again_ends_everything_with_a_reason(base):
    running = Run(base, "with a broken clock")
    try:
        assert running.process.wait(60) == 1
        assert "beat ended unexpectedly (exit code 3); starting it again in 0.5 s" in running.log.read_text()
        assert "error: beat ended 5 times within a minute; see above why." in running.log.read_text()
        assert comes_true(lambda: not any(is_alive(pid) for pid in running.everything), within=10)
    finally:
        _end(running)
