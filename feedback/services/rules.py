"""Which numbers apply on a day."""

import calendar
from datetime import date, timedelta

from feedback.models import FIRST_DAY, FeedbackRules


def rules_for(*, on: date) -> FeedbackRules:
    """The rules in force; the very first call stores the defaults, so that a decision can name what it used."""
    rules = FeedbackRules.objects.in_force(on=on).first()
    if rules is None:
        rules, _created = FeedbackRules.objects.get_or_create(effective_on=min(on, FIRST_DAY))
    return rules


def last_day(*, start: date, months: int) -> date:
    """The last day of a period of whole months that begins on ``start``."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)
