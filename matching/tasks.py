import os
import socket
import uuid

from core.tasks import outbox_task
from matching import services


def _worker() -> str:
    """A name that nothing else ever had: machine and process for people, the rest for leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@outbox_task(name="matching.solve_run", time_limit=3 * 3600)
def solve_run(*, run_id: int) -> None:
    services.solve_run(run_id=run_id, worker=_worker())


@outbox_task(name="matching.solve_blocks", time_limit=3 * 3600)
def solve_blocks(*, run_id: int) -> None:
    services.solve_blocks(run_id=run_id, worker=_worker())


@outbox_task(name="matching.watch_run", time_limit=60)
def watch_run(*, run_id: int) -> None:
    services.watch_run(run_id=run_id)


@outbox_task(name="matching.announce_run", time_limit=1800)
def announce_run(*, run_id: int) -> None:
    services.announce_run(run_id=run_id)


@outbox_task(name="matching.find_counterfactual", time_limit=3 * 3600)
def find_counterfactual(*, counterfactual_id: int) -> None:
    services.find_counterfactual(counterfactual_id=counterfactual_id, worker=_worker())


@outbox_task(name="matching.solve_what_if", time_limit=1800)
def solve_what_if(*, order_id: int) -> None:
    services.solve_what_if(order_id=order_id)
