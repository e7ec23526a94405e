"""The blocks of a large round: any number of workers take them one by one, and the last one hands the run on."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import database_now
from core.outbox import enqueue
from matching.engine.payload import ForeignPayload, pack_award, unpack_task
from matching.engine.shards import solve_block
from matching.enums import RunStage, RunStatus
from matching.models import MatchingRun, RunBlock
from matching.services.endings import end_failed
from matching.services.leases import lease_kept, lease_time, passed, pick_up_time
from matching.services.runs import RESEND_AFTER_SECONDS, locked_run
from matching.services.steps import forget_steps

# A block that takes its worker down with it must not take down every worker in turn.
MAX_ATTEMPTS = 5
# Messages for the blocks of a turn: each makes one worker take blocks until none is left.
MOST_CALLS = 64


def call_for_blocks(*, run: MatchingRun, count: int) -> None:
    """Ask as many workers as there are blocks, within reason, to take blocks of the run."""
    for _number in range(min(count, MOST_CALLS)):
        enqueue("matching.solve_blocks", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)


def solve_blocks(*, run_id: int, worker: str) -> None:
    """Take blocks of a run and solve them until there is none that nobody works on."""
    while (block := _take_block(run_id, worker)) is not None:
        passed(point="block.taken")
        try:
            task = unpack_task(bytes(block.task or b""))
        except ForeignPayload:
            _begin_again(run_id)
            return
        with lease_kept(renew=lambda taken=block: _renew(taken, worker)):  # type: ignore[misc]
            award = solve_block(task)
        passed(point="block.solved")
        _keep_answer(block, worker, pack_award(award))
        passed(point="block.kept")


@transaction.atomic
def _take_block(run_id: int, worker: str) -> RunBlock | None:
    run = MatchingRun.objects.select_for_update(of=("self",)).filter(pk=run_id, status=RunStatus.RUNNING).first()
    if run is None:
        return None
    now = database_now()
    block = RunBlock.objects.filter(run=run).takeable(at=now).order_by("turn", "number", "pk").first()
    if block is None:
        return None
    if block.attempt_count >= MAX_ATTEMPTS:
        end_failed(
            run=run, reason=_("A block of the run ended %(count)s times without a result.") % {"count": MAX_ATTEMPTS}
        )
        return None
    if block.lease_owner:
        run.attempt_count += 1
    block.attempt_count += 1
    block.lease_owner, block.lease_until = worker, now + lease_time()
    block.save(update_fields=["attempt_count", "lease_owner", "lease_until"])
    run.lease_until = block.lease_until
    run.save(update_fields=["attempt_count", "lease_until"])
    return block


@transaction.atomic
def _begin_again(run_id: int) -> None:
    """Another version of the engine cut the blocks: this one starts from the beginning."""
    run = locked_run(run_id=run_id)
    if run.is_unfinished and RunBlock.objects.filter(run=run).exists():
        forget_steps(run=run)
        enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)


def _renew(block: RunBlock, worker: str) -> None:
    until = database_now() + lease_time()
    if RunBlock.objects.filter(pk=block.pk, lease_owner=worker).open().update(lease_until=until):
        MatchingRun.objects.filter(pk=block.run_id, lease_owner="").unfinished().update(lease_until=until)


@transaction.atomic
def _keep_answer(block: RunBlock, worker: str, answer: bytes) -> None:
    """Keep the answer, if the block is still this worker's; after the last one the merge follows."""
    run = locked_run(run_id=block.run_id)
    kept = RunBlock.objects.filter(pk=block.pk, lease_owner=worker).open()
    now = database_now()
    facts: dict[str, Any] = {"answer": answer, "task": None, "done_at": now, "lease_owner": "", "lease_until": None}
    if run.status != RunStatus.RUNNING or not kept.update(**facts):
        return
    run.stage, run.done = RunStage.BLOCKS, run.done + 1
    run.lease_until = now + lease_time()
    if not RunBlock.objects.filter(run=run).open().exists():
        run.lease_until = now + pick_up_time()
        enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)
    run.save(update_fields=["stage", "done", "lease_until"])
