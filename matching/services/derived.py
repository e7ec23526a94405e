"""Derived instances and the runs on them."""

import gzip
import hashlib

from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.workflow import SYSTEM
from matching import engine
from matching.audit.auditor import audit
from matching.enums import RunAction
from matching.errors import ResultRefused
from matching.models import DerivedInstance, Explanation, MatchingRun
from matching.rules.documents import Document, canonical, fingerprint
from matching.selectors import outcomes
from matching.workflow import RUN_WORKFLOW
from pilots.models import FrozenInstance


def derive(*, actor: User, frozen: FrozenInstance, document: Document) -> DerivedInstance:
    """Keep an instance derived from a frozen one; the same bytes are kept once."""
    body = canonical(document)
    row, _created = DerivedInstance.objects.get_or_create(
        base=frozen,
        sha256=fingerprint(body),
        defaults={"body": gzip.compress(body, mtime=0), "derived_by": actor},
    )
    return row


def settle_at_once(*, run: MatchingRun, body: bytes, units: dict[str, int]) -> None:
    """Give a waiting run an award that is known already, once the auditor has agreed to it.

    Raises:
        ResultRefused: the auditor found a broken rule.
    """
    result = engine.restate(body, units)
    report = audit(body, result.content)
    if report.broken:
        raise ResultRefused(_("The auditor refused the result: %(fault)s") % {"fault": report.broken[0]})
    rows, figures = outcomes(body=body, answer=result.content, frozen_id=run.frozen_id, run_id=run.pk)
    before = RUN_WORKFLOW.advance(run, RunAction.BEGIN, SYSTEM)
    record(actor=SYSTEM, verb=RunAction.BEGIN, target=run, before=before, after=run.status)
    run.began_at, run.lease_until = database_now(), None
    run.save(update_fields=["status", "began_at", "lease_until"])
    before = RUN_WORKFLOW.advance(run, RunAction.SOLVE, SYSTEM)
    run.result = gzip.compress(result.content, mtime=0)
    run.result_sha256 = hashlib.sha256(result.content).hexdigest()
    run.engine_version = figures.engine[:120]
    run.objective, run.bound, run.gap_ppm = report.objective, report.bound, report.gap_ppm
    run.spent_krw, run.ended_at = figures.spent_krw, database_now()
    run.save()
    Explanation.objects.bulk_create([Explanation(run=run, **row) for row in rows], batch_size=5000)
    details = {"result_sha256": run.result_sha256, "gap_ppm": run.gap_ppm}
    record(actor=SYSTEM, verb=RunAction.SOLVE, target=run, before=before, after=run.status, details=details)
