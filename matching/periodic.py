from celery import shared_task

from matching import services


@shared_task(name="matching.every_minute")
def every_minute() -> None:
    services.requeue_lapsed_runs()
    services.requeue_lapsed_questions()
    services.lapse_offers()


@shared_task(name="matching.nightly")
def nightly() -> None:
    services.remind_of_deliveries()
