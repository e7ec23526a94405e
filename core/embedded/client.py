"""The users' side: addresses, and a connection to the keeper that lasts as long as the process."""

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote

from core.embedded.errors import EmbeddedError
from core.embedded.places import DATABASE, ROOT, Places, Profile, places

ATTEMPTS = 5
LAUNCH_SECONDS = 60
READY_SECONDS = 180
STOP_SECONDS = 20


@dataclass(frozen=True)
class Urls:
    """Where the services are: `redis_url` for caches and clients, `broker_url` the same server for Celery."""

    database_url: str
    redis_url: str
    broker_url: str


def urls(profile: Profile = "dev", *, base: Path | None = None) -> Urls:
    """Return the addresses to use, from DATABASE_URL and REDIS_URL where set; starts and touches nothing."""
    database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if not (database and redis):
        at = places(profile, base=base)
        database = database or f"postgres://postgres@/{quote(str(at.postgres_run))}/{DATABASE}"
        redis = redis or f"unix://{quote(str(at.valkey_socket))}"
    return Urls(database, redis, _for_celery(redis))


def _for_celery(redis: str) -> str:
    if not redis.startswith("unix://"):
        return redis
    return "redis+socket://" + redis.removeprefix("unix://").replace("?db=", "?virtual_host=")


@dataclass
class Services:
    """The services as one process uses them."""

    urls: Urls
    profile: Profile
    base: Path | None
    _connection: socket.socket | None = None
    _reader: IO[bytes] | None = field(default=None, repr=False)

    @property
    def database_url(self) -> str:
        return self.urls.database_url

    @property
    def redis_url(self) -> str:
        return self.urls.redis_url

    @property
    def broker_url(self) -> str:
        return self.urls.broker_url

    @property
    def is_embedded(self) -> bool:
        """Tell whether anything here is ours, rather than a server named in the environment."""
        return self._connection is not None

    def status(self) -> dict[str, dict[str, Any]]:
        """Return state, pid and restarts of each embedded server; empty where none is used or the keeper is gone."""
        if not self.is_embedded:
            return {}
        with contextlib.suppress(OSError, ValueError), _connected(places(self.profile, base=self.base)) as connection:
            connection.sendall(b'{"op": "status"}\n')
            with connection.makefile("rb") as reader:
                return cast("dict[str, dict[str, Any]]", json.loads(reader.readline())["status"])
        return {}

    def next_event(self) -> str | None:
        """Wait for the next thing that happened to a server; None when the keeper itself is gone."""
        while self._reader is not None:
            try:
                line = self._reader.readline()
            except (OSError, ValueError):
                line = b""
            if not line:
                return None
            if event := json.loads(line).get("event"):
                return str(event)
        return None

    def close(self, *, wait: bool = False) -> None:
        """Stop using the services before the process ends; with `wait`, see them shut down if we are the last."""
        _held.pop((self.profile, self.base), None)
        if self._connection is not None:
            if wait:
                self._see_them_off()
            # Somebody may sit in `next_event`; closing alone would not wake them.
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()

    def _see_them_off(self) -> None:
        """Say good-bye; the keeper hangs up when nothing of ours runs any more."""
        if self._connection is None:
            return
        with contextlib.suppress(OSError):
            self._connection.settimeout(STOP_SECONDS)
            self._connection.sendall(b'{"op": "leave"}\n')
            while self._connection.recv(4096):
                pass


_held: dict[tuple[Profile, Path | None], Services] = {}
_holding = threading.Lock()


def ensure(profile: Profile = "dev", *, base: Path | None = None, watch: bool = False) -> Services:
    """Have the services running and use them until this process ends, or `close` is called.

    With `watch`, `Services.next_event` tells what happens to them. Raises EmbeddedError with a text for people.
    """
    with _holding:
        if (profile, base) not in _held:
            _held[profile, base] = _hold(profile, base, watch)
        return _held[profile, base]


def _hold(profile: Profile, base: Path | None, watch: bool) -> Services:
    wanted = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
    needs = [name for name, variable in wanted.items() if not os.environ.get(variable)]
    addresses = urls(profile, base=base)
    if not needs:
        return Services(addresses, profile, base)
    at = places(profile, base=base)
    request = {"op": "hold", "needs": needs, "watch": watch, "name": f"{Path(sys.argv[0]).name} ({os.getpid()})"}
    for attempt in range(ATTEMPTS):
        with _start_lock(at):
            connection = _join_or_start(at, profile)
        reader = connection.makefile("rb")
        with contextlib.suppress(OSError):
            connection.settimeout(READY_SECONDS)
            connection.sendall(json.dumps(request).encode() + b"\n")
            if line := reader.readline():
                answer = json.loads(line)
                if error := answer.get("error"):
                    reader.close()
                    connection.close()
                    raise EmbeddedError(error)
                connection.settimeout(None)
                return Services(addresses, profile, base, connection, reader)
        # We met a keeper that was just leaving.
        reader.close()
        connection.close()
        time.sleep(0.05 * (attempt + 1))
    raise EmbeddedError(f"The embedded services do not start; see {at.log('keeper')}.")


@contextlib.contextmanager
def _start_lock(at: Places) -> Iterator[None]:
    """Let one process at a time look for the keeper and start it."""
    try:
        at.base.mkdir(parents=True, exist_ok=True)
        lock = (at.base / "start.lock").open("w")
    except OSError as error:
        raise EmbeddedError(f"{at.base} cannot be written by this user ({error.strerror}).") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _join_or_start(at: Places, profile: Profile) -> socket.socket:
    with contextlib.suppress(OSError):
        return _connected(at)
    command = [sys.executable, "-m", "core.embedded.keeper", profile, str(at.base)]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "COV_CORE_SOURCE"}}
    answer = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
        timeout=LAUNCH_SECONDS,
        check=False,
    )
    if answer.returncode != 0:
        raise EmbeddedError(answer.stderr.strip().rpartition("\n")[2] or "The embedded services cannot be started.")
    try:
        return _connected(at)
    except OSError as error:
        raise EmbeddedError(f"The embedded services ended at once; see {at.log('keeper')}.") from error


def _connected(at: Places) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(at.keeper_socket))
    except OSError:
        connection.close()
        raise
    return connection
