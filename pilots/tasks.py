from core.tasks import outbox_task
from pilots import services


@outbox_task(name="pilots.announce_round")
def announce_round(*, round_id: int, fact: str) -> None:
    services.announce_round(round_id=round_id, fact=fact)


@outbox_task(name="pilots.announce_demand")
def announce_demand(*, round_id: int) -> None:
    services.announce_demand(round_id=round_id)
