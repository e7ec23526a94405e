"""Child processes that never outlive their parent, however it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from core.embedded.identity import Identity

PR_SET_PDEATHSIG = 1
ROOT = Path(__file__).resolve().parents[2]
# Loaded before any fork: the child must not import anything between fork and exec.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str],
    *,
    death_signal: signal.Signals,
    identity: Identity | None = None,
    output: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child in a process group of its own, so that Ctrl-C reaches it only through us.

    On Linux the kernel sends it `death_signal` when we die; elsewhere a `Guard` must be told about it.
    """
    prefix: tuple[str, ...] = identity.prefix if identity else ()
    extra: dict[str, Any] = identity.popen_arguments() if identity else {}
    return subprocess.Popen(
        [*prefix, *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        process_group=0,
        preexec_fn=dying_with_parent(death_signal),
        **extra,
    )


def dying_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Return what a child runs between fork and exec so that the kernel ends it with its parent (Linux only)."""
    if _LIBC is None:
        return None
    parent = os.getpid()
    prctl = _LIBC.prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return before_exec


def ask_for_death_signal(death_signal: signal.Signals) -> None:
    """Have the kernel send us a signal when our own parent dies (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal))


def signal_group(group: int, wanted: signal.Signals) -> bool:
    """Signal a process group and tell whether anybody was left in it."""
    try:
        os.killpg(group, wanted)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says this about a group of zombies
        return False
    return True


class Guard:
    """A small process that ends our children's groups when we disappear, grandchildren included.

    It notices through a pipe, so it works on every system and even when we are killed outright.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, group: int, first: signal.Signals, *, grace: float, last: signal.Signals) -> None:
        """Remember a group: which signal it gets first, and which one `grace` seconds later if somebody is left."""
        self._tell(f"+ {group} {int(first)} {grace} {int(last)}")

    def forget(self, group: int) -> None:
        """Forget a group that has ended."""
        self._tell(f"- {group}")

    def close(self) -> None:
        """Let the guard end; groups it still remembers are ended by it."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()
