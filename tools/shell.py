"""What every command of `dev.py` uses: programs that do not outlive us, messages, and stamps of what is done."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from core.embedded.processes import ask_for_death_signal, dying_with_parent

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / "var" / "stamps"
STOP_SECONDS = 10


class Refused(Exception):
    """We cannot go on; the text is one clear line for the person at the terminal."""


class Stopped(BaseException):
    """Somebody asked us to stop while something else was under way."""


def say(text: str) -> None:
    """Print one line at once, whatever stdout is."""
    print(text, flush=True)


def end_when_asked() -> None:
    """Turn the signals that end us into an exception, and end when `make` is killed without telling us."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    # Whoever starts us in the background of a script has SIGINT ignored for us; a person who sends it means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("MAKELEVEL"):
        ask_for_death_signal(signal.SIGTERM)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(signal.Signals(number).name)


def start(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a program in the project's directory; it ends when we do."""
    return subprocess.Popen(
        list(command),
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        preexec_fn=dying_with_parent(signal.SIGTERM),
    )


def finish(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a program, and take it along when we are stopped."""
    try:
        return process.wait()
    except (KeyboardInterrupt, Stopped):
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


def call(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Run a program to its end and return its exit code."""
    return finish(start(command, env=env))


def must(command: Sequence[str], problem: str, *, env: Mapping[str, str] | None = None) -> None:
    """Run a program that has to work."""
    if call(command, env=env) != 0:
        raise Refused(problem)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is done, and how long it took when that was noticeable."""
    say(f"· {title}")
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    if took >= 1:
        say(f"  {took:.1f} s")


def digest(*parts: str | Path) -> str:
    """Summarise texts and the contents of files; a file that is missing counts as empty."""
    summary = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part.read_bytes() if part.is_file() else b""
        summary.update(hashlib.sha256(content).digest())
    return summary.hexdigest()


def is_done(name: str, fingerprint: str) -> bool:
    """Tell whether a step was finished for exactly this input."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == fingerprint


def done(name: str, fingerprint: str) -> None:
    """Remember that a step is finished."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(fingerprint)


def warn(text: str) -> None:
    """Print one line to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
