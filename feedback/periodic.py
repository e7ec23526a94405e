from celery import shared_task

from feedback import services


@shared_task(name="feedback.nightly")
def nightly() -> None:
    services.start_waiting_uses()
    services.end_finished_uses()
    services.queue_report_reminders()
