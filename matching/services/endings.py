"""How a run ends: solved, cancelled or failed. Each end lets go of the lease and of everything kept between steps."""

from core.audit import record
from core.clock import database_now
from core.notifications import notify
from core.workflow import SYSTEM
from matching.enums import Fact, RunAction
from matching.models import MatchingRun, RunBlock, RunStep
from matching.services.runs import run_url
from matching.workflow import RUN_WORKFLOW


def let_go(*, run: MatchingRun) -> None:
    """No lease, no state, no blocks: what an ended run keeps is its result and the list of its steps."""
    run.lease_owner, run.lease_until, run.ended_at = "", None, database_now()
    RunBlock.objects.filter(run=run).delete()
    RunStep.objects.filter(run=run, ended_at=None).delete()
    RunStep.objects.filter(run=run, payload__isnull=False).update(payload=None)


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
