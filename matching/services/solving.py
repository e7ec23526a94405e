"""What a worker does with a run: take the lease, solve, audit, store. Safe to repeat and to interrupt anywhere."""

import gzip
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import database_now
from core.notifications import notify
from core.outbox import enqueue
from core.workflow import SYSTEM
from matching import engine
from matching.audit.auditor import audit
from matching.enums import Fact, RunAction, RunStatus
from matching.models import Explanation, MatchingRun
from matching.selectors import outcomes, run_bytes
from matching.services.runs import RESEND_AFTER_SECONDS, locked_run, run_url
from matching.workflow import RUN_WORKFLOW

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 1.0
# The solver may think for longer than a lease without a word; the process is alive all the same.
RENEW_SECONDS = 10.0
# A run that takes its worker down with it must not take down every worker in turn.
MAX_ATTEMPTS = 5


def solve_run(*, run_id: int, worker: str) -> None:
    """Solve a run, unless another worker holds its lease or it has ended."""
    run = _take_lease(run_id, worker)
    if run is None:
        return
    body = run_bytes(run=run)
    try:
        with _lease_kept(run_id, worker):
            result = engine.solve(
                body,
                gap_ppm=run.requested_gap_ppm,
                fast=run.is_fast,
                workers=1,
                progress=_heartbeat(run_id, worker),
            )
            _beat(run_id, worker, "audit", 0, 1, None)
            report = audit(body, result.content)
    except engine.Cancelled:
        _finish_cancelled(run_id, worker)
    except engine.InvalidInstance as error:
        _fail(run_id, worker, _("The frozen instance is not valid: %(fault)s") % {"fault": error})
    else:
        if report.broken:
            log.error("run %s: the auditor refused the result: %s", run_id, report.broken[:20])
            _fail(run_id, worker, _("The auditor refused the result: %(fault)s") % {"fault": report.broken[0]})
        else:
            _store(run_id, worker, body, result.content, report)


@transaction.atomic
def _take_lease(run_id: int, worker: str) -> MatchingRun | None:
    run = MatchingRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None or not run.is_unfinished:
        return None
    now = database_now()
    if run.status == RunStatus.QUEUED:
        before = RUN_WORKFLOW.advance(run, RunAction.BEGIN, SYSTEM)
        record(actor=SYSTEM, verb=RunAction.BEGIN, target=run, before=before, after=run.status)
        run.began_at = now
    elif run.lease_until is not None and run.lease_until > now:
        return None
    if run.status == RunStatus.CANCELLING:
        _end_cancelled(run)
        return None
    if run.attempt_count >= MAX_ATTEMPTS:
        _end_failed(run, _("The run ended %(count)s times without a result.") % {"count": run.attempt_count})
        return None
    run.attempt_count += 1
    run.lease_owner, run.lease_until = worker, now + LEASE
    run.stage, run.done, run.total = "prepare", 0, 0
    run.save(
        update_fields=[
            "status", "began_at", "attempt_count", "lease_owner", "lease_until", "stage", "done", "total",
        ]
    )  # fmt: skip
    # Should this worker die, somebody looks soon after its lease has run out.
    enqueue("matching.watch_run", delay_seconds=int(LEASE.total_seconds()) + 5, run_id=run.pk)
    return run


@contextmanager
def _lease_kept(run_id: int, worker: str) -> Iterator[None]:
    """Renew the lease beside the solver for as long as this process lives."""
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(RENEW_SECONDS):
            try:
                MatchingRun.objects.filter(pk=run_id, lease_owner=worker).unfinished().update(
                    lease_until=database_now() + LEASE
                )
            except OperationalError:
                log.warning("run %s: the lease could not be renewed, trying again", run_id)
            finally:
                connection.close()

    thread = threading.Thread(target=renew, name=f"lease of run {run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _heartbeat(run_id: int, worker: str) -> Callable[..., None]:
    last = 0.0

    def progress(stage: str, done: int = 0, total: int = 0, gap_ppm: int | None = None) -> None:
        nonlocal last
        if time.monotonic() - last >= HEARTBEAT_SECONDS:
            _beat(run_id, worker, stage, done, total, gap_ppm)
            last = time.monotonic()

    return progress


def _beat(run_id: int, worker: str, stage: str, done: int, total: int, gap_ppm: int | None) -> None:
    """Renew the lease and show the progress; stops the engine when the run is no longer this worker's."""
    mine = MatchingRun.objects.filter(pk=run_id, lease_owner=worker, status=RunStatus.RUNNING)
    renewed = mine.update(
        stage=stage[:40], done=done, total=total, current_gap_ppm=gap_ppm, lease_until=database_now() + LEASE
    )
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
            _end_cancelled(run)
            return
        before = RUN_WORKFLOW.advance(run, RunAction.SOLVE, SYSTEM)
        run.result = gzip.compress(answer, mtime=0)
        run.result_sha256 = hashlib.sha256(answer).hexdigest()
        run.engine_version = figures.engine[:120]
        run.objective, run.bound, run.gap_ppm = report.objective, report.bound, report.gap_ppm
        run.spent_krw = figures.spent_krw
        _release_lease(run)
        run.save()
        Explanation.objects.bulk_create([Explanation(run=run, **row) for row in rows], batch_size=5000)
        details = {"result_sha256": run.result_sha256, "gap_ppm": run.gap_ppm, "attempts": run.attempt_count}
        record(actor=SYSTEM, verb=RunAction.SOLVE, target=run, before=before, after=run.status, details=details)
        notify(recipient=run.requested_by, kind=Fact.RUN_SOLVED, url=run_url(run=run), run=run.number)


def _frozen_id(run_id: int) -> int:
    return MatchingRun.objects.values_list("frozen_id", flat=True).get(pk=run_id)


def _release_lease(run: MatchingRun) -> None:
    run.lease_owner, run.lease_until, run.ended_at = "", None, database_now()


@transaction.atomic
def _finish_cancelled(run_id: int, worker: str) -> None:
    run = locked_run(run_id=run_id)
    if run.status == RunStatus.CANCELLING and run.lease_owner == worker:
        _end_cancelled(run)


def _end_cancelled(run: MatchingRun) -> None:
    before = RUN_WORKFLOW.advance(run, RunAction.CANCEL, SYSTEM)
    _release_lease(run)
    run.save(update_fields=["status", "lease_owner", "lease_until", "ended_at"])
    record(actor=SYSTEM, verb=RunAction.CANCEL, target=run, before=before, after=run.status)


@transaction.atomic
def _fail(run_id: int, worker: str, reason: str) -> None:
    run = locked_run(run_id=run_id)
    if run.is_unfinished and run.lease_owner == worker:
        _end_failed(run, reason)


def _end_failed(run: MatchingRun, reason: str) -> None:
    before = RUN_WORKFLOW.advance(run, RunAction.FAIL, SYSTEM)
    run.failure = reason
    _release_lease(run)
    run.save(update_fields=["status", "failure", "lease_owner", "lease_until", "ended_at"])
    record(actor=SYSTEM, verb=RunAction.FAIL, target=run, before=before, after=run.status, reason=reason)
    notify(recipient=run.requested_by, kind=Fact.RUN_FAILED, url=run_url(run=run), run=run.number, reason=reason)


@transaction.atomic
def watch_run(*, run_id: int) -> None:
    """Look after a run: hand it on when its worker's lease has lapsed, otherwise look again later."""
    run = MatchingRun.objects.select_for_update(of=("self",)).filter(pk=run_id).unfinished().first()
    if run is None:
        return
    if run.lease_until is None or run.lease_until < database_now():
        enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)
    else:
        enqueue("matching.watch_run", delay_seconds=15, run_id=run.pk)


@transaction.atomic
def requeue_lapsed_runs() -> int:
    """Hand on every run whose worker has fallen silent; returns how many."""
    lapsed = MatchingRun.objects.lapsed(at=database_now()).select_for_update(of=("self",), skip_locked=True)
    run_ids = list(lapsed.values_list("pk", flat=True))
    for run_id in run_ids:
        enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run_id)
    return len(run_ids)
