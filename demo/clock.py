"""Time travel for the builders: services live through an invented year in the order in which it happened.

Nothing in the services knows of it. What they call the present comes from three places: Django's `timezone.now`, the
database's `clock_timestamp()`, and column defaults that say `now()`. While the clock is installed, each of them is
moved back by the same amount; at the end everything is as it was. It happens in one transaction of a demonstration.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from core.calendar import SEOUL, is_working_day
from core.models import AuditEntry, Receipt

QUESTION = "SELECT clock_timestamp()"
MOVED = f"{QUESTION} + current_setting('demo.shift')::interval"
DEFAULTS = ((AuditEntry, "happened_at"), (Receipt, "issued_at"))
OPENING = time(9, 4)
STEP = timedelta(seconds=17)
_real_now: Callable[[], datetime] = timezone.now


class Clock:
    """Where in the past the builders are; only ever forward."""

    def __init__(self) -> None:
        self.shift = timedelta(0)
        self.today = _real_now().astimezone(SEOUL).date()
        self.last = datetime(2000, 1, 1, tzinfo=SEOUL)
        self._days: dict[int, date] = {}

    def now(self) -> datetime:
        """The present of the builders."""
        return _real_now() + self.shift

    def day(self, ago: int) -> date:
        """The day ``ago`` days before today, or the working day before it: offices are closed at weekends."""
        if ago not in self._days:
            day = self.today - timedelta(days=ago)
            while ago and not is_working_day(day):
                day -= timedelta(days=1)
            self._days[ago] = day
        return self._days[ago]

    def after(self, ago: int) -> int:
        """How long ago the next working day was."""
        later = ago - 1
        while later > 0 and self.day(later) <= self.day(ago):
            later -= 1
        return max(0, later)

    def since(self, day: date) -> int:
        """How long ago a day was, or the next working day after it; 0 for today and days to come."""
        ago = max(0, (self.today - day).days)
        while ago and self.day(ago) < day:
            ago -= 1
        return ago

    def at(self, ago: int, hour: int) -> datetime:
        """An hour of a day, in Seoul; a negative number of days lies ahead."""
        return datetime.combine(
            self.day(ago) if ago > 0 else self.today - timedelta(days=ago), time(hour), tzinfo=SEOUL
        )

    def go(self, ago: int) -> None:
        """Move on to the morning of a day; later on the same day when something has happened on it already."""
        self.last = max(self.last + STEP, self.now() + STEP if self.shift else self.last)
        if ago > 0:
            self.last = max(self.last, datetime.combine(self.day(ago), OPENING, tzinfo=SEOUL))
        self.shift = min(timedelta(0), self.last - _real_now()) if ago > 0 else timedelta(0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('demo.shift', %s, true)", [f"{self.shift.total_seconds():.6f} seconds"])

    def ask(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """The database's clock, moved like all others."""
        return execute(MOVED if sql == QUESTION else sql, params, many, context)


@contextmanager
def travelling() -> Iterator[Clock]:
    """Move every clock of this process and this transaction; they are put right at the end, whatever happens."""
    clock = Clock()
    timezone.now = clock.now
    try:
        clock.go(0)
        _change_defaults("now() + current_setting('demo.shift')::interval")
        with connection.execute_wrapper(clock.ask):
            yield clock
        with connection.cursor() as cursor:
            # Rows written in this transaction hold a table until their checks are made.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        _change_defaults("statement_timestamp()")
    finally:
        timezone.now = _real_now


def _change_defaults(expression: str) -> None:
    """Nothing to put right after a failure: the transaction takes the change back with everything else."""
    with connection.cursor() as cursor:
        for model, name in DEFAULTS:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ALTER COLUMN "{name}" SET DEFAULT {expression}')
