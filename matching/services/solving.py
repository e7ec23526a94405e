"""What a worker does with a run: take it in hand, take its steps one after the other, audit, store.

Every step ends with a transaction that keeps what the engine knows, so a worker that dies costs the step it was at.
Somebody else goes on from there as soon as its lease has lapsed. Blocks of large rounds go to everybody (`blocks`).
Everything here is safe to repeat and to interrupt anywhere.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import database_now
from core.notifications import notify
from core.outbox import enqueue
from core.workflow import SYSTEM
from matching import engine
from matching.audit.auditor import audit
from matching.engine import steps as engine_steps
from matching.engine.payload import pack_task, unpack_award
from matching.enums import Fact, RunAction, RunStage, RunStatus
from matching.models import MatchingRun, RunBlock
from matching.selectors import outcomes, run_bytes
from matching.services.blocks import call_for_blocks
from matching.services.endings import end_cancelled, end_failed, end_solved
from matching.services.leases import lease_kept, lease_time, passed, pick_up_time, watch_seconds
from matching.services.runs import RESEND_AFTER_SECONDS, locked_run, run_url
from matching.services.steps import begin_step, end_step, known_of, stage_of
from matching.workflow import RUN_WORKFLOW

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
# A step that takes its worker down with it must not take down every worker in turn.
MAX_ATTEMPTS = 5


def solve_run(*, run_id: int, worker: str) -> None:
    """Take a run in hand, unless another worker has it, and bring it to its end or to its next blocks."""
    taken = _take_lease(run_id, worker)
    if taken is None:
        return
    run, known = taken
    passed(point=f"{stage_of(known=known)}.begun")
    try:
        with lease_kept(renew=partial(_renew, run_id, worker)):
            body = run_bytes(run=run)
            if not _take_steps(run, known, body, worker):
                return
            report = audit(body, known.content)
            passed(point="audit.audited")
    except engine.Cancelled:
        _finish_cancelled(run_id, worker)
    except engine.InvalidInstance as error:
        _fail(run_id, worker, _("The frozen instance is not valid: %(fault)s") % {"fault": error})
    else:
        if report.broken:
            log.error("run %s: the auditor refused the result: %s", run_id, report.broken[:20])
            _fail(run_id, worker, _("The auditor refused the result: %(fault)s") % {"fault": report.broken[0]})
        else:
            _store(run_id, worker, body, known.content, report)
            passed(point="audit.stored")


def _take_steps(run: MatchingRun, known: engine_steps.Known, body: bytes, worker: str) -> bool:
    """Step after step, each kept before the next begins; False where the run went to its blocks."""
    work = engine_steps.open_run(
        body,
        gap_ppm=run.requested_gap_ppm,
        is_fast=run.is_fast,
        progress=_heartbeat(run.pk, worker),
        known=known,
    )
    while known.step != engine_steps.DONE:
        name = known.step
        _beat(run.pk, worker, name, 0, 0, work.gap(known.award) if work.has_bound else None)
        if name == engine_steps.SPLIT:
            _hand_out_blocks(work, run.pk, worker)
            return False
        if name == engine_steps.MERGE:
            engine_steps.merge(work, _answers(run.pk, known.turn))
        else:
            engine_steps.take_step(work)
        passed(point=f"{name}.done")
        _keep(run.pk, worker, known)
        passed(point=f"{name}.kept")
    _beat(run.pk, worker, RunStage.AUDIT, 0, 0, work.gap(known.award))
    return True


@transaction.atomic
def _take_lease(run_id: int, worker: str) -> tuple[MatchingRun, engine_steps.Known] | None:
    run = MatchingRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    now = database_now()
    if run is None or not run.is_unfinished or _is_in_hand(run, now):
        return None
    if run.status == RunStatus.QUEUED:
        before = RUN_WORKFLOW.advance(run, RunAction.BEGIN, SYSTEM)
        record(actor=SYSTEM, verb=RunAction.BEGIN, target=run, before=before, after=run.status)
        run.began_at, run.attempt_count = now, 1
    elif run.lease_owner:
        run.attempt_count += 1
    if run.status == RunStatus.CANCELLING:
        end_cancelled(run=run)
        return None
    if RunBlock.objects.filter(run=run).open().exists():
        return None
    known = known_of(run=run)
    step = begin_step(run=run, known=known, worker=worker, now=now)
    if step.attempt_count > MAX_ATTEMPTS:
        end_failed(run=run, reason=_("The run ended %(count)s times without a result.") % {"count": MAX_ATTEMPTS})
        return None
    run.lease_owner, run.lease_until = worker, now + lease_time()
    run.save(update_fields=["status", "began_at", "attempt_count", "lease_owner", "lease_until"])
    return run, known


def _is_in_hand(run: MatchingRun, now: Any) -> bool:
    return bool(run.lease_owner) and run.lease_until is not None and run.lease_until > now


def _mine(run_id: int, worker: str) -> MatchingRun:
    """The run under its lock, while it is this worker's.

    Raises:
        Cancelled: it is not, or should be stopped.
    """
    run = locked_run(run_id=run_id)
    if run.lease_owner != worker or run.status != RunStatus.RUNNING:
        raise engine.Cancelled
    return run


@transaction.atomic
def _keep(run_id: int, worker: str, known: engine_steps.Known) -> None:
    """End a step, and begin the next one."""
    run, now = _mine(run_id, worker), database_now()
    if known.step == engine_steps.SPLIT:
        # The blocks of the turn that ended have done their part.
        RunBlock.objects.filter(run=run).delete()
    end_step(run=run, known=known, now=now)
    begin_step(run=run, known=known, worker=worker, now=now)


def _hand_out_blocks(work: engine_steps.Run, run_id: int, worker: str) -> None:
    """Store the blocks of a turn, call everybody, and let go of the run until the last of them is solved."""
    tasks = [pack_task(task) for task in engine_steps.split(work)]
    known, gap = work.known, work.gap(work.known.award)
    passed(point="split.done")
    with transaction.atomic():
        run, now = _mine(run_id, worker), database_now()
        RunBlock.objects.filter(run=run).delete()
        RunBlock.objects.bulk_create(
            [RunBlock(run=run, turn=known.turn, number=number, task=task) for number, task in enumerate(tasks, 1)],
            batch_size=50,
        )
        end_step(run=run, known=known, now=now)
        run.stage, run.current_gap_ppm = RunStage.BLOCKS, gap
        run.done, run.total = known.turn * len(tasks), known.turns * len(tasks)
        run.lease_owner, run.lease_until = "", now + pick_up_time()
        run.save(update_fields=["stage", "done", "total", "current_gap_ppm", "lease_owner", "lease_until"])
        call_for_blocks(run=run, count=len(tasks))
    passed(point="split.kept")


def _answers(run_id: int, turn: int) -> list[Any]:
    answers = RunBlock.objects.filter(run=run_id, turn=turn).order_by("number").values_list("answer", flat=True)
    return [unpack_award(bytes(answer or b"")) for answer in answers]


def _renew(run_id: int, worker: str) -> None:
    mine = MatchingRun.objects.filter(pk=run_id, lease_owner=worker).unfinished()
    mine.update(lease_until=database_now() + lease_time())


def _heartbeat(run_id: int, worker: str) -> Callable[..., None]:
    last = 0.0

    def progress(stage: str, done: int = 0, total: int = 0, gap_ppm: int | None = None) -> None:
        nonlocal last
        passed(point=f"{stage}.inside")
        if time.monotonic() - last >= HEARTBEAT_SECONDS:
            _beat(run_id, worker, stage, done, total, gap_ppm)
            last = time.monotonic()

    return progress


def _beat(run_id: int, worker: str, stage: str, done: int, total: int, gap_ppm: int | None) -> None:
    """Renew the lease and show the progress; stops the engine when the run is no longer this worker's."""
    mine = MatchingRun.objects.filter(pk=run_id, lease_owner=worker, status=RunStatus.RUNNING)
    facts = {} if gap_ppm is None else {"current_gap_ppm": gap_ppm}
    renewed = mine.update(stage=stage[:40], done=done, total=total, lease_until=database_now() + lease_time(), **facts)
    if not renewed:
        raise engine.Cancelled


def _store(run_id: int, worker: str, body: bytes, answer: bytes, report: Any) -> None:
    """Keep the audited result, its explanations and figures, if the run is still this worker's."""
    rows, figures = outcomes(body=body, answer=answer, frozen_id=_frozen_id(run_id), run_id=run_id)
    with transaction.atomic():
        run = locked_run(run_id=run_id)
        if run.lease_owner != worker or not run.is_unfinished:
            return
        if run.status == RunStatus.CANCELLING:
            end_cancelled(run=run)
            return
        end_step(run=run, known=None, now=database_now())
        end_solved(run=run, answer=answer, report=report, rows=rows, figures=figures)
        notify(recipient=run.requested_by, kind=Fact.RUN_SOLVED, url=run_url(run=run), run=run.number)
        passed(point="audit.storing")


def _frozen_id(run_id: int) -> int:
    return MatchingRun.objects.values_list("frozen_id", flat=True).get(pk=run_id)


@transaction.atomic
def _finish_cancelled(run_id: int, worker: str) -> None:
    run = locked_run(run_id=run_id)
    if run.status == RunStatus.CANCELLING and run.lease_owner == worker:
        end_cancelled(run=run)


@transaction.atomic
def _fail(run_id: int, worker: str, reason: str) -> None:
    run = locked_run(run_id=run_id)
    if run.is_unfinished and run.lease_owner == worker:
        end_failed(run=run, reason=reason)


@transaction.atomic
def watch_run(*, run_id: int) -> None:
    """Look after a run for as long as it lasts: hand it on when nobody has it in hand any more."""
    run = MatchingRun.objects.select_for_update(of=("self",)).filter(pk=run_id).unfinished().first()
    if run is None:
        return
    if run.lease_until is None or run.lease_until < database_now():
        _hand_on(run)
    enqueue("matching.watch_run", delay_seconds=watch_seconds(), run_id=run.pk)


@transaction.atomic
def requeue_lapsed_runs() -> int:
    """Hand on every run that nobody has in hand; returns how many."""
    lapsed = MatchingRun.objects.lapsed(at=database_now()).select_for_update(of=("self",), skip_locked=True)
    runs = list(lapsed)
    for run in runs:
        _hand_on(run)
    return len(runs)


def _hand_on(run: MatchingRun) -> None:
    if run.lease_owner:
        run.attempt_count += 1
    run.lease_owner, run.lease_until = "", database_now() + pick_up_time()
    run.save(update_fields=["attempt_count", "lease_owner", "lease_until"])
    open_blocks = RunBlock.objects.filter(run=run).open().count()
    if open_blocks and run.status == RunStatus.RUNNING:
        call_for_blocks(run=run, count=open_blocks)
    else:
        enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)
