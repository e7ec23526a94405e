"""`make run`: web server, worker, clock and relay under one parent that reports, restarts and cleans up."""

import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from preparation import PYTHON
from shell import ROOT, Refused, say

from core import embedded
from core.embedded.processes import Guard, signal_group, spawn

HEALTHY_SECONDS = 120
# Everything together stays below ten seconds: ask, insist with the worker, then end what is left.
INSIST_AFTER = 3.5
KILL_AFTER = 6.0
DEATHS_PER_MINUTE = 5
LATER = 15.0
SIGN_INS = ROOT / "var" / "sign-ins.txt"


@dataclass
class Program:
    """One program of the portal, and how often it died lately."""

    name: str
    command: list[str]
    insist: signal.Signals = signal.SIGTERM
    process: "subprocess.Popen[bytes] | None" = None
    deaths: list[float] = field(default_factory=list)
    start_at: float = 0.0
    delay: float = 0.0

    def start(self, guard: Guard, env: dict[str, str]) -> None:
        """Start the program in a group of its own, so that nothing it starts can get away."""
        self.process = spawn(self.command, death_signal=self.insist, env=env, cwd=ROOT)
        guard.watch(self.process.pid, self.insist, grace=INSIST_AFTER, last=signal.SIGKILL)

    def clear(self, guard: Guard) -> None:
        """End what a program that died has left in its group."""
        if self.process is not None:
            signal_group(self.process.pid, signal.SIGKILL)
            guard.forget(self.process.pid)
            self.process = None


@contextmanager
def the_only_run() -> Iterator[None]:
    """Refuse to run twice in one project: two clocks would ring every bell twice."""
    path = ROOT / "var" / "run.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Refused(f"The portal of this directory is running already (process {lock.read()}).") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def claim_port() -> tuple[str, int]:
    """Return where to listen, and complain before the set-up rather than after it."""
    host, wanted = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise Refused(f"PORT={wanted} is not a port number. Example: make run PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(wanted)))
        except OSError as error:
            other = int(wanted) % 65535 + 1
            raise Refused(
                f"Port {wanted} cannot be used ({error.strerror}). Choose another: make run PORT={other}"
            ) from error
    return host, int(wanted)


def programs(host: str, port: int, *, reload: bool) -> list[Program]:
    """Return what the portal consists of besides database and broker."""
    python = str(PYTHON)
    celery = [python, "-W", "ignore:::celery.platforms", "-m", "celery", "--quiet", "--app", "config"]
    worker = ["worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    beat = ["beat", "--loglevel", "WARNING", "--schedule", str(ROOT / "var" / "beat-schedule"), "--pidfile="]
    web = [python, "-m", "gunicorn", "config.wsgi", "--bind", f"{host}:{port}", "--workers", "1", "--threads", "8"]
    web += ["--graceful-timeout", "3", "--timeout", "120", "--log-level", "warning", "--no-control-socket"]
    if reload:
        web = [python, "manage.py", "runserver", f"{host}:{port}"]
    return [
        Program("web", web),
        # Nobody waits for these two: while the others start, they leave the processors to them.
        Program("relay", [python, "manage.py", "run_relay"], delay=LATER),
        # SIGTERM would wait for the task at hand; when we are gone already there is no time for that.
        Program("worker", [*celery, *worker], insist=signal.SIGQUIT),
        Program("beat", [*celery, *beat], delay=LATER),
    ]


class Portal:
    """The running portal."""

    def __init__(self, services: embedded.Services, address: tuple[str, int], *, reload: bool) -> None:
        self.services = services
        self.host, self.port = address
        self.programs = programs(*address, reload=reload)
        self.guard = Guard()
        shown = "127.0.0.1" if self.host in {"", "0.0.0.0"} else self.host  # noqa: S104 (only compared)
        self.url = f"http://{shown}:{self.port}"
        self.env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.dev", "SITE_URL": self.url}
        self.env["PYTHONPATH"] = str(ROOT)
        self.stopping = ""
        self.failure = ""
        self.keeper_is_gone = threading.Event()
        self.parent = os.getppid()

    def run(self) -> int:
        """Start everything, wait until it answers, watch it until we are stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)
        self._listen()
        try:
            started = time.monotonic()
            for program in self.programs:
                program.start_at = started + program.delay
            announced = False
            while not self.stopping and not self.failure:
                self._look_after_programs()
                self._look_after_keeper()
                if not announced and self._announce(started):
                    announced = True
                    for program in self.programs:
                        program.start_at = min(program.start_at, time.monotonic())
                time.sleep(0.1)
        finally:
            self._stop()
        if self.failure:
            raise Refused(self.failure)
        return 0

    def _asked(self, number: int, _frame: FrameType | None) -> None:
        self.stopping = signal.Signals(number).name

    def _look_after_programs(self) -> None:
        now = time.monotonic()
        for program in self.programs:
            if program.process is None:
                if now >= program.start_at:
                    program.start(self.guard, self.env)
            elif (code := program.process.poll()) is not None:
                program.clear(self.guard)
                program.deaths = [*(at for at in program.deaths if now - at < 60), now]
                if len(program.deaths) >= DEATHS_PER_MINUTE:
                    self.failure = f"{program.name} ended {len(program.deaths)} times within a minute; see above why."
                    return
                pause = 0.5 * 2 ** (len(program.deaths) - 1)
                program.start_at = now + pause
                self._tell(f"{program.name} ended unexpectedly ({_how(code)}); starting it again in {pause:.1f} s")
        if os.environ.get("MAKELEVEL") and os.getppid() != self.parent:
            self.stopping = "make is gone"

    def _look_after_keeper(self) -> None:
        if not self.keeper_is_gone.is_set():
            return
        self.keeper_is_gone.clear()
        self._tell("database and broker lost their keeper; starting them again")
        self.services.close()
        try:
            self.services = embedded.ensure(self.services.profile, base=self.services.base, watch=True)
        except embedded.EmbeddedError as error:
            self.failure = str(error)
        else:
            self._tell("database and broker are back")
            self._listen()

    def _listen(self) -> None:
        """Print what happens to database and broker, in a thread because it waits."""
        if not self.services.is_embedded:
            return
        services = self.services

        def listen() -> None:
            while (event := services.next_event()) is not None:
                self._tell(event)
                if "giving up" in event or "cannot start" in event or "does not start" in event:
                    self.failure = event
            if not self.stopping:
                self.keeper_is_gone.set()

        threading.Thread(target=listen, daemon=True).start()

    def _announce(self, started: float) -> bool:
        """Tell the address once everything works; give up when that takes too long."""
        healthy, answer = _health(self.url)
        if healthy:
            say("")
            if SIGN_INS.is_file():
                say(SIGN_INS.read_text().strip() + "\n")
            say(f"The portal is at {self.url} (Ctrl-C stops it)")
        elif time.monotonic() - started > HEALTHY_SECONDS:
            self.failure = f"{self.url}/health/ is not well after {HEALTHY_SECONDS} s: {answer}"
        return healthy

    def _stop(self) -> None:
        if self.stopping:
            say(f"\nStopping ({self.stopping})")
        started = time.monotonic()
        asked = {program.name: signal.SIGTERM for program in self.programs}
        for program in self.programs:
            self._send(program, signal.SIGTERM)
        while any(program.process and program.process.poll() is None for program in self.programs):
            took = time.monotonic() - started
            for program in self.programs:
                if took > INSIST_AFTER and asked[program.name] != program.insist:
                    asked[program.name] = program.insist
                    self._send(program, program.insist)
            if took > KILL_AFTER:
                break
            time.sleep(0.05)
        for program in self.programs:
            program.clear(self.guard)
        self.guard.close()
        self.services.close(wait=True)
        say(f"Stopped in {time.monotonic() - started:.1f} s")

    @staticmethod
    def _send(program: Program, number: signal.Signals) -> None:
        # To the program alone: it knows best how to end its own children.
        if program.process and program.process.poll() is None:
            program.process.send_signal(number)

    @staticmethod
    def _tell(text: str) -> None:
        say(f"{time.strftime('%H:%M:%S')} run: {text}")


def run_portal(services: embedded.Services, address: tuple[str, int], *, reload: bool) -> int:
    """Run the portal until somebody stops it."""
    with suppress(KeyboardInterrupt):
        return Portal(services, address, reload=reload).run()
    return 130


def _health(url: str) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(f"{url}/health/", timeout=5) as response:
            return response.status == 200, ""
    except urllib.error.HTTPError as error:
        with error:
            return False, error.read(500).decode(errors="replace")
    except OSError as error:
        return False, str(error)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
