from accounts import services
from core.tasks import outbox_task


@outbox_task(name="accounts.mail_invitation", time_limit=60)
def mail_invitation(*, invitation_id: int) -> None:
    services.mail_invitation(invitation_id=invitation_id)
