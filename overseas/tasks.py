from core.tasks import outbox_task
from overseas import services


@outbox_task(name="overseas.mail_guest", time_limit=60)
def mail_guest(*, demonstration_id: int) -> None:
    services.mail_guest(demonstration_id=demonstration_id)
