from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from core.outbox import enqueue
from matching import perms
from matching.enums import AllocationStatus
from matching.errors import RoundNotReady
from matching.models import Allocation, MatchingRun
from matching.services.offering import offer_deadline
from matching.services.runs import locked_run
from matching.signals import result_corrected, result_published
from pilots import services as pilots


@transaction.atomic
def publish_result(*, actor: User, run_id: int) -> MatchingRun:
    """Make an approved result public: the notice appears, and the letters that somebody has read go out.

    The time to answer an offer begins now, since nobody knew of it before.

    Raises:
        RoundNotReady: the run is not approved, or published already.
    """
    run = locked_run(run_id=run_id)
    if not perms.may_publish_result(actor, run):
        raise NotPermitted
    if run.approved_at is None:
        raise RoundNotReady(_("The result must be approved by a second person before it is published."))
    if run.published_at is not None:
        raise RoundNotReady(_("This result is public already."))
    run.published_at = database_now()
    run.save(update_fields=["published_at"])
    Allocation.objects.filter(run=run, status=AllocationStatus.OFFERED).update(respond_until=offer_deadline(run=run))
    if run.corrects_id is None:
        pilots.publish_result(actor=actor, round_id=run.round_id)
    record(actor=actor, verb="publish", target=run, details={"result_sha256": run.result_sha256})
    if run.corrects_id is None:
        result_published.send(sender=MatchingRun, round_id=run.round_id)
    else:
        result_corrected.send(sender=MatchingRun, run_id=run.pk)
    enqueue("matching.announce_run", run_id=run.pk)
    return run
