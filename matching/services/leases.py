"""Leases: who works on something, proved by renewing a row in the database for as long as the process lives.

The broker hands the task of a killed worker on only after its visibility timeout; a lease lapses within seconds.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, connection
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)


def lease_time() -> timedelta:
    """How long a worker may be silent before somebody else goes on."""
    return timedelta(seconds=settings.MATCHING_LEASE_SECONDS)


def pick_up_time() -> timedelta:
    """How long work that was handed on may wait for a worker before it is handed on again."""
    return timedelta(seconds=settings.MATCHING_PICK_UP_SECONDS)


def watch_seconds() -> int:
    """How often somebody looks whether a lease has lapsed."""
    return max(1, round(settings.MATCHING_LEASE_SECONDS / 2))


@contextmanager
def lease_kept(*, renew: Callable[[], object]) -> Iterator[None]:
    """Call ``renew`` three times per lease beside the work: a solver may think for longer than a lease lasts."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(settings.MATCHING_LEASE_SECONDS / 3):
            try:
                renew()
            except OperationalError:
                log.warning("a lease could not be renewed, trying again")
            finally:
                connection.close()

    thread = threading.Thread(target=keep, name="matching lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def passed(*, point: str) -> None:
    """A run has passed a point. Nobody listens outside the tests."""
    if settings.MATCHING_PROBE:
        import_string(settings.MATCHING_PROBE)(point=point)
