"""The keeper: owns the embedded services for as long as somebody uses them.

`python -m core.embedded.keeper PROFILE BASE` detaches itself and returns once its socket can be connected to. Every
user holds a connection; the kernel closes it however the user ends. When the last one is gone, the services are shut
down and the keeper ends.
"""

import contextlib
import fcntl
import json
import logging
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import IO, cast

from core.embedded.errors import EmbeddedError
from core.embedded.places import Places, Profile, places
from core.embedded.processes import Guard
from core.embedded.servers import LARGEST_LOG, Postgres, Valkey, wait_for_all
from core.embedded.supervision import State, Supervised

LINGER_SECONDS = 1.0
FIRST_USER_SECONDS = 10.0
BUSY_TICK = 0.03
PREDECESSOR_SECONDS = 30.0
LARGEST_REQUEST = 65536

log = logging.getLogger("keeper")


class User:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = b""
        self.waits_for: list[str] | None = None
        self.watches = False

    def tell(self, message: dict[str, object]) -> None:
        """Send one line; a user who does not read loses it rather than holding us up."""
        with contextlib.suppress(OSError):
            self.connection.send(json.dumps(message).encode() + b"\n")


class Keeper:
    """The event loop."""

    def __init__(self, at: Places) -> None:
        self.places = at
        guard = None if sys.platform == "linux" and not os.environ.get("EMBEDDED_GUARD") else Guard()
        self.guard = guard
        self.servers = {server.key: Supervised(server) for server in (Postgres(at, guard), Valkey(at, guard))}
        self.users: dict[socket.socket, User] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.leave_at: float | None = time.monotonic() + FIRST_USER_SECONDS
        self.stopping = False

    def open(self) -> None:
        """Listen, and let signals wake the loop."""
        self.places.keeper_socket.unlink(missing_ok=True)
        self.listener.bind(str(self.places.keeper_socket))
        self.places.keeper_socket.chmod(0o600)
        self.listener.listen(64)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self._wake, alarm = socket.socketpair()
        self._alarm = alarm
        for end in (self._wake, alarm):
            end.setblocking(False)
        signal.set_wakeup_fd(alarm.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self._noticed)
        signal.signal(signal.SIGTERM, self._noticed)
        self.selector.register(self._wake, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until nobody is left."""
        while not self.stopping:
            for key, _ in self.selector.select(self._patience()):
                # One message may end a connection that is served later in the same round.
                if key.fileobj in {self._wake, self.listener} or key.fileobj in self.users:
                    self._serve(key.fileobj)
            for supervised in self.servers.values():
                if event := supervised.tick():
                    self._announce(event)
            self._answer_waiting()
            if self.leave_at is not None and time.monotonic() >= self.leave_at:
                self.stopping = True

    def close(self) -> None:
        """Take no more users, then stop the services. A user in the queue meets a closed door and starts anew."""
        self.places.keeper_socket.unlink(missing_ok=True)
        self.listener.close()
        wait_for_all([supervised.server for supervised in self.servers.values()])
        for user in self.users.values():
            user.connection.close()
        if self.guard:
            self.guard.close()
        log.info("stopped")

    def _noticed(self, number: int, _frame: FrameType | None) -> None:
        self.stopping = self.stopping or number == signal.SIGTERM

    def _patience(self) -> float | None:
        if any(supervised.state in {State.STARTING, State.WAITING} for supervised in self.servers.values()):
            return BUSY_TICK
        return None if self.leave_at is None else max(0.0, self.leave_at - time.monotonic())

    def _serve(self, source: socket.socket) -> None:
        if source is self._wake:
            with contextlib.suppress(BlockingIOError):
                source.recv(4096)
        elif source is self.listener:
            self._welcome()
        else:
            self._listen_to(self.users[source])

    def _welcome(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        connection.setblocking(False)
        self.users[connection] = User(connection)
        self.selector.register(connection, selectors.EVENT_READ)
        self.leave_at = None

    def _listen_to(self, user: User) -> None:
        try:
            data = user.connection.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        user.received += data
        if not data or len(user.received) > LARGEST_REQUEST:
            self._farewell(user)
            return
        *lines, user.received = user.received.split(b"\n")
        for line in lines:
            try:
                self._obey(user, json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                self._farewell(user)
                return

    def _obey(self, user: User, request: dict[str, object]) -> None:
        if request["op"] == "status":
            user.tell({"status": {name: supervised.status() for name, supervised in self.servers.items()}})
            return
        if request["op"] == "leave":
            if len(self.users) == 1:
                self.leave_at = 0.0  # the connection is closed when all is over, which the user waits for
            else:
                self._farewell(user)
            return
        needs = [name for name in cast("list[str]", request["needs"]) if name in self.servers]
        log.info("in use by %s", request["name"])
        user.watches = bool(request.get("watch"))
        user.waits_for = needs
        for name in needs:
            self.servers[name].need()

    def _farewell(self, user: User) -> None:
        self.selector.unregister(user.connection)
        del self.users[user.connection]
        user.connection.close()
        if not self.users:
            self.leave_at = time.monotonic() + LINGER_SECONDS

    def _answer_waiting(self) -> None:
        for user in self.users.values():
            if user.waits_for is None:
                continue
            wanted = [self.servers[name] for name in user.waits_for]
            failed = [supervised.reason for supervised in wanted if supervised.state is State.FAILED]
            if failed:
                user.tell({"error": "; ".join(failed)})
                user.waits_for = None
            elif all(supervised.state is State.READY for supervised in wanted):
                user.tell({"ready": True})
                user.waits_for = None

    def _announce(self, event: str) -> None:
        log.warning(event)
        for user in self.users.values():
            if user.watches:
                user.tell({"event": event})


def prepare_directories(at: Places) -> None:
    """Make the directories, and refuse to use one that somebody else could have prepared for us."""
    for directory in (at.base, at.logs):
        directory.mkdir(parents=True, exist_ok=True)
    _private_directory(at.run, os.geteuid(), os.getegid())
    if at.identity.uid is not None and at.identity.gid is not None:
        _private_directory(at.postgres_home, at.identity.uid, at.identity.gid)
        _private_directory(at.postgres_run, at.identity.uid, at.identity.gid)


def _private_directory(directory: Path, uid: int, gid: int) -> None:
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if uid != os.geteuid():
            os.chown(directory, uid, gid)
    found = directory.lstat()
    if directory.is_symlink() or found.st_uid != uid:
        raise EmbeddedError(f"{directory} belongs to somebody else (uid {found.st_uid}): remove it, then start again.")
    if found.st_mode & 0o077:
        directory.chmod(0o700)


def main(profile: Profile, base: Path) -> int:
    """Detach, become the only keeper of this directory, and serve."""
    told, teller = os.pipe()
    if os.fork():
        os.close(teller)
        with os.fdopen(told) as pipe:
            answer = pipe.read()
        sys.stderr.write("" if answer == "ready" else answer)
        return 0 if answer == "ready" else 1
    os.close(told)
    with os.fdopen(teller, "w") as pipe:
        try:
            at = places(profile, base=base)
            prepare_directories(at)
            keeper, lock = _become_keeper(at)
        except (EmbeddedError, OSError) as error:
            pipe.write(str(error))
            return 1
        pipe.write("ready")
    _detach_output(at)
    try:
        keeper.run()
    except Exception:
        log.exception("the keeper met an error and stops")
        raise
    finally:
        keeper.close()
        lock.close()
    return 0


def _become_keeper(at: Places) -> tuple[Keeper, IO[str]]:
    lock = (at.base / "keeper.lock").open("w")
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:  # our predecessor is still shutting down
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The services in {at.base} are held by another process and do not answer."
                ) from None
            time.sleep(0.05)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    keeper = Keeper(at)
    keeper.open()
    return keeper, lock


def _detach_output(at: Places) -> None:
    path = at.log("keeper")
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.close(output)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    log.info("started with pid %s", os.getpid())


if __name__ == "__main__":
    sys.exit(main(cast("Profile", sys.argv[1]), Path(sys.argv[2])))
