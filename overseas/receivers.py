from django.dispatch import receiver

from matching.signals import contract_signed
from overseas import services


@receiver(contract_signed, dispatch_uid="overseas.mark_contracted")
def on_contract(*, contract_id: int, **kwargs: object) -> None:
    services.mark_contracted(contract_id=contract_id)
