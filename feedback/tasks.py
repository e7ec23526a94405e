from core.tasks import outbox_task
from feedback import services


@outbox_task(name="feedback.remind_report", time_limit=60)
def remind_report(*, reminder_id: int) -> None:
    services.send_report_reminder(reminder_id=reminder_id)
