from celery import shared_task

from products import services


@shared_task(name="products.nightly")
def nightly() -> None:
    services.expire_overdue_designations()
