from celery import shared_task

from overseas import services


@shared_task(name="overseas.nightly")
def nightly() -> None:
    services.close_due_calls()
