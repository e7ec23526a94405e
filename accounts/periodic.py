from celery import shared_task

from accounts import services


@shared_task(name="accounts.nightly")
def nightly() -> None:
    services.expire_invitations()
