from datetime import date

import pytest

from core.calendar import add_working_days, deadline_at, is_working_day
from core.models import CalendarException

pytestmark = pytest.mark.django_db


def test_weekends_and_public_holidays_do_not_count():
    # Friday 2026-09-25 is Chuseok; the days around it are holidays too.
    assert add_working_days(date(2026, 9, 23), 1) == date(2026, 9, 28)


def test_counting_back():
    assert add_working_days(date(2026, 11, 23), -1) == date(2026, 11, 20)


def test_zero_days_is_the_day_itself():
    assert add_working_days(date(2026, 11, 22), 0) == date(2026, 11, 22)


def test_staff_can_add_and_take_away_days():
    CalendarException.objects.create(day=date(2026, 11, 24), is_working=False, name="temporary holiday")
    CalendarException.objects.create(day=date(2026, 11, 28), is_working=True, name="working Saturday")

    assert add_working_days(date(2026, 11, 23), 1) == date(2026, 11, 25)
    assert is_working_day(date(2026, 11, 28))
    assert not is_working_day(date(2026, 11, 24))


def test_a_deadline_is_in_seoul():
    assert deadline_at(date(2026, 11, 30)).isoformat() == "2026-11-30T18:00:00+09:00"
