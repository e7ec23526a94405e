"""Reminders around the due date of a report, and what an overdue report costs."""

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.audit import record
from core.calendar import add_working_days, today
from core.outbox import enqueue
from core.workflow import SYSTEM
from feedback.enums import Fact, ReportStatus
from feedback.models import PilotReport, ReportReminder
from feedback.services.rules import rules_for
from feedback.services.use import tell_institution
from pilots import services as pilots


def queue_report_reminders() -> int:
    """Put every reminder that is due today into the outbox; returns how many. A repeated run adds nothing."""
    day = today()
    rules = rules_for(on=day)
    steps: dict[date, int | None] = {}
    count = 0
    for report in PilotReport.objects.unsent().select_related("use").order_by("due_on", "pk"):
        if report.due_on not in steps:
            due = [d for d in sorted(rules.reminder_days) if add_working_days(report.due_on, d) <= day]
            steps[report.due_on] = due[-1] if due else None
        days = steps[report.due_on]
        if days is not None:
            count += _queue(report, days, is_last=days == max(rules.reminder_days), points=rules.overdue_points)
    return count


@transaction.atomic
def _queue(report: PilotReport, days: int, *, is_last: bool, points: int) -> int:
    reminder, is_new = ReportReminder.objects.get_or_create(report=report, due_on=report.due_on, days=days)
    if not is_new:
        return 0
    enqueue("feedback.remind_report", reminder_id=reminder.pk)
    if is_last and days > 0:
        pilots.record_institution_standing(
            institution_id=report.use.institution_id,
            points=points,
            reason=_("Result report overdue"),
            reference=f"feedback.report:{report.pk}:overdue:{report.due_on}",
        )
        record(actor=SYSTEM, verb="overdue", target=report, details={"due_on": str(report.due_on), "points": points})
    return 1


@transaction.atomic
def send_report_reminder(*, reminder_id: int) -> None:
    """Tell the institution. A report that was handed in meanwhile, or a missing row, is nothing to do."""
    reminder = ReportReminder.objects.select_related("report__use__product").filter(pk=reminder_id).first()
    if reminder is None or reminder.report.status not in {ReportStatus.DRAFT, ReportStatus.RETURNED}:
        return
    tell_institution(
        use=reminder.report.use,
        kind=Fact.REPORT_REMINDER,
        url=reverse("feedback:report_edit", args=[reminder.report_id]),
        due_on=str(reminder.due_on),
        is_overdue=reminder.days > 0,
    )
