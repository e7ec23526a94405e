from django.dispatch import receiver

from matching.signals import contract_signed, line_delivered
from overseas import services


@receiver(contract_signed, dispatch_uid="overseas.mark_contracted")
def on_contract(*, contract_id: int, **kwargs: object) -> None:
    services.mark_contracted(contract_id=contract_id)


@receiver(line_delivered, dispatch_uid="overseas.call_guest")
def on_delivery(*, line_id: int, **kwargs: object) -> None:
    services.call_guest(line_id=line_id)
