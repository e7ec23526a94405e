from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.errors import NotPermitted
from matching import perms
from matching.errors import RoundNotReady
from matching.models import MatchingRun
from matching.services.runs import locked_run
from matching.signals import result_published
from pilots import services as pilots


@transaction.atomic
def publish_result(*, actor: User, run_id: int) -> MatchingRun:
    """Make the approved result of a round public; the notice follows from the signal.

    Raises:
        RoundNotReady: the run is not the round's approved one.
    """
    run = locked_run(run_id=run_id)
    if not perms.may_publish_result(actor, run):
        raise NotPermitted
    if run.approved_at is None:
        raise RoundNotReady(_("The result must be approved by a second person before it is published."))
    pilots.publish_result(actor=actor, round_id=run.round_id)
    record(actor=actor, verb="publish", target=run, details={"result_sha256": run.result_sha256})
    result_published.send(sender=MatchingRun, round_id=run.round_id)
    return run
