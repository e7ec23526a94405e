"""How a run ends: solved, cancelled or failed. Each end lets go of the lease and of everything kept between steps."""

import gzip
import hashlib
from collections.abc import Iterable
from typing import Any

from core.audit import record
from core.clock import database_now
from core.notifications import notify
from core.workflow import SYSTEM
from matching.enums import Fact, RunAction
from matching.models import Explanation, MatchingRun, RunBlock, RunStep
from matching.services.runs import run_url
from matching.workflow import RUN_WORKFLOW


def let_go(*, run: MatchingRun) -> None:
    """No lease, no state, no blocks: what an ended run keeps is its result and the list of its steps."""
    run.lease_owner, run.lease_until, run.ended_at = "", None, database_now()
    RunBlock.objects.filter(run=run).delete()
    RunStep.objects.filter(run=run, ended_at=None).delete()
    RunStep.objects.filter(run=run, payload__isnull=False).update(payload=None)


def end_solved(*, run: MatchingRun, answer: bytes, report: Any, rows: Iterable[dict[str, Any]], figures: Any) -> None:
    """The run keeps an audited result: its bytes and hash, the auditor's figures, and why each applicant got what."""
    before = RUN_WORKFLOW.advance(run, RunAction.SOLVE, SYSTEM)
    run.result = gzip.compress(answer, mtime=0)
    run.result_sha256 = hashlib.sha256(answer).hexdigest()
    run.engine_version = figures.engine[:120]
    run.objective, run.bound, run.gap_ppm = report.objective, report.bound, report.gap_ppm
    run.spent_krw = figures.spent_krw
    let_go(run=run)
    run.save()
    Explanation.objects.bulk_create([Explanation(run=run, **row) for row in rows], batch_size=5000)
    details = {"result_sha256": run.result_sha256, "gap_ppm": run.gap_ppm, "attempts": run.attempt_count}
    record(actor=SYSTEM, verb=RunAction.SOLVE, target=run, before=before, after=run.status, details=details)


def end_cancelled(*, run: MatchingRun) -> None:
    """The run stops without a result, as somebody asked."""
    before = RUN_WORKFLOW.advance(run, RunAction.CANCEL, SYSTEM)
    let_go(run=run)
    run.save(update_fields=["status", "lease_owner", "lease_until", "ended_at"])
    record(actor=SYSTEM, verb=RunAction.CANCEL, target=run, before=before, after=run.status)


def end_failed(*, run: MatchingRun, reason: str) -> None:
    """The run stops without a result; whoever started it is told why."""
    before = RUN_WORKFLOW.advance(run, RunAction.FAIL, SYSTEM)
    run.failure = reason
    let_go(run=run)
    run.save(update_fields=["status", "failure", "lease_owner", "lease_until", "ended_at"])
    record(actor=SYSTEM, verb=RunAction.FAIL, target=run, before=before, after=run.status, reason=reason)
    notify(recipient=run.requested_by, kind=Fact.RUN_FAILED, url=run_url(run=run), run=run.number, reason=reason)
