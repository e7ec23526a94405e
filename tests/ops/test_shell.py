"""What the set-up's programs do with the signals that end them."""

import signal
import subprocess
import sys

from core.embedded.places import ROOT

WAITING = """
import signal, sys, time
sys.path.insert(0, "tools")
from shell import Stopped, end_when_asked
end_when_asked()
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    raise SystemExit(130)
except Stopped:
    raise SystemExit(143)
"""


def _ended_by(number: signal.Signals) -> int:
    """The exit code of a program that began with SIGINT ignored, as a script's background does, and got a signal."""
    command = [sys.executable, "-c", WAITING]
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, **ignored) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        return process.wait(10)


def test_an_interrupt_ends_the_set_up_even_in_the_background():
    assert _ended_by(signal.SIGINT) == 130


def test_a_polite_end_is_told_from_an_interrupt():
    assert _ended_by(signal.SIGTERM) == 143
