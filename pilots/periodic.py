from celery import shared_task

from pilots import services


@shared_task(name="pilots.every_minute")
def every_minute() -> None:
    services.close_due_rounds()


@shared_task(name="pilots.nightly")
def nightly() -> None:
    services.nightly()
