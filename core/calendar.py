"""Korean working days: the public-holiday calendar plus the days that staff add or take away."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.utils import timezone

from core.models import CalendarException

SEOUL = ZoneInfo("Asia/Seoul")


@lru_cache(maxsize=64)
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KR", years=year))


def today() -> date:
    """The date in Seoul."""
    return timezone.now().astimezone(SEOUL).date()


def now() -> datetime:
    """The current moment, aware, in Seoul time."""
    return timezone.now().astimezone(SEOUL)


def deadline_at(day: date, hour: int = 18) -> datetime:
    """The moment a deadline falls on ``day``: the start of ``hour`` in Seoul, aware."""
    return datetime.combine(day, time(hour), tzinfo=SEOUL)


def is_working_day(day: date) -> bool:
    """Whether public offices work on ``day``. A row in the calendar table overrides weekends and holidays."""
    exception = CalendarException.objects.filter(day=day).first()
    if exception is not None:
        return exception.is_working
    return day.weekday() < 5 and day not in _public_holidays(day.year)


def add_working_days(start: date, days: int) -> date:
    """The day ``days`` working days after ``start`` (before it when negative); ``start`` itself never counts."""
    step = timedelta(days=1 if days >= 0 else -1)
    span = abs(days) * 3 + 40
    low, high = sorted((start, start + step * span))
    exceptions = dict(CalendarException.objects.filter(day__range=(low, high)).values_list("day", "is_working"))
    day, left = start, abs(days)
    while left:
        day += step
        working = exceptions.get(day, day.weekday() < 5 and day not in _public_holidays(day.year))
        left -= bool(working)
    return day
