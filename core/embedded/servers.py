"""The two servers: how each is prepared, started, asked and stopped."""

import contextlib
import locale
import os
import signal
import subprocess
from pathlib import Path

from core.embedded.binaries import PostgresBinaries, find_postgres, find_valkey, reachable_by
from core.embedded.errors import EmbeddedError
from core.embedded.places import DATABASE, Places
from core.embedded.processes import Guard, spawn
from core.embedded.wire import query, valkey_answers

LARGEST_LOG = 5_000_000
LOG_TAIL = 2_000
# What PostgreSQL says while a killed predecessor still holds its memory or its files.
PREDECESSOR = ("lock file", "shared memory", "another postmaster", "another server")


class Server:
    """One server process and what is known about it."""

    key = ""
    label = ""
    stop_signal = signal.SIGTERM
    hard_signal = signal.SIGKILL
    stop_seconds = 10.0

    def __init__(self, places: Places, guard: Guard | None) -> None:
        self.places = places
        self.guard = guard
        self.process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def log_path(self) -> Path:
        return self.places.log(self.key)

    def launch(self) -> None:
        """Start the process; it is not ready yet."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Tell whether the server can be used, making it usable where something small is missing."""
        raise NotImplementedError

    def may_try_again(self) -> bool:
        """Tell whether a start that failed just now failed for a reason that passes."""
        return False

    def has_ended(self) -> bool:
        if self.process is None or self.process.poll() is None:
            return self.process is None
        if self.guard:
            self.guard.forget(self.process.pid)
        self.process = None
        return True

    def stop(self) -> None:
        """Ask the server to shut down cleanly; `wait` for it afterwards."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait(self) -> None:
        """Wait until the server has gone, and insist when it takes too long."""
        if self.process is None:
            return
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(self.hard_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        self.has_ended()

    def log_tail(self) -> str:
        """Return what the server said since it was started last."""
        try:
            with self.log_path.open("rb") as log:
                log.seek(max(self._log_start, self.log_path.stat().st_size - LOG_TAIL))
                return log.read().decode(errors="replace").strip()
        except OSError:
            return ""

    def _spawn(self, command: list[str], *, as_root: bool = False, cwd: Path | None = None) -> None:
        path = self.log_path
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > LARGEST_LOG:
                path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            self._log_start = log.tell()
            self.process = spawn(
                command,
                death_signal=self.stop_signal,
                identity=None if as_root else self.places.identity,
                output=log,
                env=_environment(),
                cwd=cwd,
            )
        if self.guard:
            self.guard.watch(self.process.pid, self.stop_signal, grace=self.stop_seconds, last=self.hard_signal)


class Postgres(Server):
    """A PostgreSQL cluster that listens on a local socket only."""

    key = "postgres"
    label = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, then writes a checkpoint
    hard_signal = signal.SIGQUIT
    stop_seconds = 15.0

    def __init__(self, places: Places, guard: Guard | None) -> None:
        super().__init__(places, guard)
        self._programs: PostgresBinaries | None = None

    @property
    def programs(self) -> PostgresBinaries:
        if self._programs is None:
            self._programs = reachable_by(self.places.identity, find_postgres(), self.places.postgres_home)
        return self._programs

    @property
    def data(self) -> Path:
        # A new major version cannot read the files of an old one, so each has its own.
        return self.places.postgres_home / f"pg{self.programs.major}"

    def launch(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        owner = self.data.stat().st_uid
        if owner != (self.places.identity.uid or os.geteuid()):
            raise EmbeddedError(f"{self.data} belongs to another user (uid {owner}): run as that user, or remove it.")
        self._clear_stale_locks()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.places.postgres_run),
            "unix_socket_permissions": "0700",
            "port": "5432",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.places.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._spawn([self.programs.program("postgres"), "-D", str(self.data), *options], cwd=self.places.postgres_home)

    def is_ready(self) -> bool:
        try:
            if not query(self.places.postgres_socket, f"SELECT FROM pg_database WHERE datname = '{DATABASE}'"):
                query(self.places.postgres_socket, f"CREATE DATABASE {DATABASE}", timeout=30)
        except OSError:
            return False
        return True

    def may_try_again(self) -> bool:
        said = self.log_tail()
        return any(phrase in said for phrase in PREDECESSOR)

    def _initialise(self) -> None:
        """Create the cluster under another name first: an interrupted attempt must not look like a whole one."""
        unfinished = self.data.with_name(f"{self.data.name}.new")
        identity = self.places.identity
        # Whoever runs the server also removes the leftovers: they may not be ours.
        command = [
            *identity.prefix,
            "sh",
            "-c",
            'rm -rf "$1" && shift && exec "$@"',
            "initdb",
            str(unfinished),
            self.programs.program("initdb"),
            *("-D", str(unfinished), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", f"--lc-ctype={_utf8_ctype()}"),
            *("--no-sync", "--no-instructions"),
        ]
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
            cwd=self.places.postgres_home,
            **identity.popen_arguments(),
        )
        if answer.returncode != 0:
            raise EmbeddedError(
                f"PostgreSQL could not create its files in {self.data}: {answer.stderr.strip()[-600:]}"
            )
        unfinished.rename(self.data)

    def _clear_stale_locks(self) -> None:
        """Remove lock files whose process is not PostgreSQL any more.

        We hold the lock of this directory, so no other server of ours is at work in it. PostgreSQL itself only looks
        whether the number is taken, and in a restarted container it usually is, by something else.
        """
        for lock in (self.data / "postmaster.pid", Path(f"{self.places.postgres_socket}.lock")):
            with contextlib.suppress(OSError, ValueError, IndexError):
                number = int(lock.read_text().split()[0])
                if not _is_living_postgres(number):
                    lock.unlink()


class Valkey(Server):
    """The broker and cache, on a local socket only."""

    key = "valkey"
    label = "Valkey"

    def launch(self) -> None:
        home = self.places.valkey_home
        home.mkdir(mode=0o700, exist_ok=True)
        # A developer's queued tasks survive a restart; those of a test run must not.
        keeping = ["--appendonly", "yes" if self.places.durable else "no", "--save", ""]
        listening = ["--port", "0", "--unixsocket", str(self.places.valkey_socket), "--unixsocketperm", "700"]
        quiet = ["--daemonize", "no", "--loglevel", "notice", "--logfile", ""]
        self._spawn([find_valkey(), *listening, "--dir", str(home), *keeping, *quiet], as_root=True, cwd=home)

    def is_ready(self) -> bool:
        return valkey_answers(self.places.valkey_socket)


def _environment() -> dict[str, str]:
    """Return our environment without what would change the servers' behaviour behind our back."""
    unwanted = ("PG", "LC_", "LANG")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def _utf8_ctype() -> str:
    """Return the name of a UTF-8 character type; without one, trigrams of Korean text would be empty."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8", "ko_KR.UTF-8", "UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise EmbeddedError("This machine has no UTF-8 locale (C.UTF-8 or en_US.UTF-8), which PostgreSQL needs.")


def _is_living_postgres(number: int) -> bool:
    entry = Path(f"/proc/{number}")
    if not Path("/proc/self/stat").exists():
        return True  # no way to know; PostgreSQL decides
    try:
        name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return False
    return name.startswith("postgres") and not rest.strip().startswith(("Z", "X"))


def wait_for_all(servers: list[Server]) -> None:
    """Stop several servers at once and wait for the slowest."""
    for server in servers:
        server.stop()
    for server in servers:
        server.wait()
