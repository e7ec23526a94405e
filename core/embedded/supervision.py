"""Keeps one server running: starts it, notices when it dies, restarts it with patience that ends."""

import time
from enum import StrEnum

from core.embedded.errors import EmbeddedError
from core.embedded.servers import Server

START_SECONDS = 60.0
RESTARTS_PER_MINUTE = 5
RETRY_SECONDS = 0.3


class State(StrEnum):
    """What a server is doing."""

    IDLE = "idle"
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    FAILED = "failed"


class Supervised:
    """One server with its state; `tick` moves it on and returns what is worth telling."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.state = State.IDLE
        self.reason = ""
        self.restarts: list[float] = []
        self._deadline = 0.0
        self._next_try = 0.0
        self._died_at: float | None = None

    def need(self) -> None:
        """Start the server unless it was started before."""
        if self.state is State.IDLE:
            self._deadline = time.monotonic() + START_SECONDS
            self._launch()

    def tick(self) -> str | None:
        match self.state:
            case State.STARTING:
                return self._while_starting()
            case State.READY if self.server.has_ended():
                return self._after_death()
            case State.WAITING if time.monotonic() >= self._next_try:
                return self._launch()
        return None

    def status(self) -> dict[str, object]:
        """Describe the server for `Services.status`."""
        process = self.server.process
        return {
            "state": self.state.value,
            "pid": process.pid if process else None,
            "restarts": len(self.restarts),
            "reason": self.reason,
        }

    def _launch(self) -> str | None:
        try:
            self.server.launch()
        except (EmbeddedError, OSError) as error:
            return self._fail(f"{self.server.label} cannot start: {error}")
        self.state = State.STARTING
        return None

    def _while_starting(self) -> str | None:
        if self.server.has_ended():
            if self.server.may_try_again() and time.monotonic() < self._deadline:
                self.state, self._next_try = State.WAITING, time.monotonic() + RETRY_SECONDS
                return None
            last_words = self.server.log_tail().splitlines()[-3:]
            return self._fail(f"{self.server.label} does not start: {' / '.join(last_words)} ({self.server.log_path})")
        if self.server.is_ready():
            self.state = State.READY
            if self._died_at is None:
                return None
            took, self._died_at = time.monotonic() - self._died_at, None
            return f"{self.server.label} stopped unexpectedly; restarted in {took:.1f} s"
        if time.monotonic() > self._deadline:
            self.server.stop()
            self.server.wait()
            return self._fail(
                f"{self.server.label} was not ready after {START_SECONDS:.0f} s ({self.server.log_path})"
            )
        return None

    def _after_death(self) -> str | None:
        now = time.monotonic()
        self._died_at = now
        self.restarts = [*(at for at in self.restarts if now - at < 60), now]
        if len(self.restarts) > RESTARTS_PER_MINUTE:
            return self._fail(
                f"{self.server.label} stopped {len(self.restarts)} times within a minute; giving up "
                f"({self.server.log_path})"
            )
        self._deadline = now + START_SECONDS
        # At once the first time, then 0.5, 1, 2, 4 seconds.
        pause = 0.0 if len(self.restarts) == 1 else 0.25 * 2 ** (len(self.restarts) - 1)
        self.state, self._next_try = State.WAITING, now + pause
        return None

    def _fail(self, reason: str) -> str:
        self.state, self.reason = State.FAILED, reason
        return reason
