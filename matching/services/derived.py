"""Derived instances and the runs on them."""

import gzip

from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.workflow import SYSTEM
from matching import engine
from matching.audit.auditor import audit
from matching.enums import RunAction
from matching.errors import ResultRefused
from matching.models import AwardOverride, DerivedInstance, MatchingRun
from matching.rules.documents import Document, canonical, fingerprint
from matching.selectors import outcomes
from matching.services.endings import end_solved
from matching.workflow import RUN_WORKFLOW
from pilots.models import FrozenInstance, PilotApplication


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
    run.began_at = database_now()
    run.save(update_fields=["status", "began_at"])
    end_solved(run=run, answer=result.content, report=report, rows=rows, figures=figures)


def carry_overrides(*, base: MatchingRun, run: MatchingRun, but: PilotApplication | None = None) -> None:
    """Note on ``run`` the awards that were set by hand on ``base``, all ``but`` that of one application."""
    rows = list(AwardOverride.objects.filter(run=base).exclude(application=but).order_by("pk"))
    for row in rows:
        row.pk, row.run = None, run
    AwardOverride.objects.bulk_create(rows)
