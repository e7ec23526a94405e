from django.dispatch import receiver

from feedback import services
from matching.signals import line_accepted


@receiver(line_accepted, dispatch_uid="feedback.open_use_on_acceptance")
def open_use_on_acceptance(*, line_id: int, **kwargs: object) -> None:
    services.open_use(line_id=line_id)
