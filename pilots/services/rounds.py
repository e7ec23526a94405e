"""The course of a round, from the call for plans to its completion."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.errors import IllegalTransition
from core.outbox import enqueue
from core.workflow import SYSTEM
from pilots.enums import ApplicationAction, ApplicationStatus, Fact, RoundAction, RoundStatus
from pilots.errors import Incomplete, RoundClosed
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from pilots.services.locking import lock_round
from pilots.services.plans import lock_rule_set
from pilots.signals import round_cancelled, round_closed, round_intake_opened, round_opened, round_result_published
from pilots.workflow import APPLICATION_WORKFLOW, ROUND_WORKFLOW


@transaction.atomic
def open_intake(*, actor: User, round_id: int) -> PilotRound:
    """Call for suppliers' pilot-use plans; from now on the rule set is fixed.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
    """
    pilot_round = lock_round(round_id=round_id)
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.OPEN_INTAKE, actor)
    pilot_round.save(update_fields=["status"])
    lock_rule_set(actor=actor, rule_set_id=pilot_round.rule_set_id)
    record(actor=actor, verb=RoundAction.OPEN_INTAKE, target=pilot_round, before=before, after=pilot_round.status)
    round_intake_opened.send(sender=PilotRound, round_id=pilot_round.pk)
    enqueue("pilots.announce_round", round_id=pilot_round.pk, fact=str(Fact.INTAKE_OPENED))
    return pilot_round


@transaction.atomic
def open_round(*, actor: User, round_id: int) -> PilotRound:
    """Publish the list of approved products; institutions may apply from the opening time on.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: no plan is approved, plans still wait for a decision, or the closing time has passed.
    """
    pilot_round = lock_round(round_id=round_id)
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.OPEN, actor)
    now = database_now()
    plans = PilotUsePlan.objects.filter(round=pilot_round)
    if waiting := plans.waiting().count():
        raise Incomplete(
            _("%(count)s plans still wait for a decision. Approve, return or exclude them, then open the round.")
            % {"count": waiting}
        )
    if not plans.approved().exists():
        raise Incomplete(_("No plan is approved yet, so there is nothing to apply for."))
    if now >= pilot_round.closes_at:
        raise RoundClosed(_("The closing time has passed. Plan a new round."))
    pilot_round.opened_at = now
    pilot_round.save(update_fields=["status", "opened_at"])
    record(actor=actor, verb=RoundAction.OPEN, target=pilot_round, before=before, after=pilot_round.status)
    round_opened.send(sender=PilotRound, round_id=pilot_round.pk)
    enqueue("pilots.announce_round", round_id=pilot_round.pk, fact=str(Fact.ROUND_OPENED))
    return pilot_round


@transaction.atomic
def close_round(*, actor: object, round_id: int) -> PilotRound:
    """Close a round whose time has passed. The database's clock decides, read after the row is locked.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        RoundClosed: the time has not passed yet.
    """
    pilot_round = lock_round(round_id=round_id)
    now = database_now()
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.CLOSE, actor)
    if now < pilot_round.closes_at:
        raise RoundClosed(_("The round closes at its published time, not before."))
    pilot_round.closed_at = now
    pilot_round.save(update_fields=["status", "closed_at"])
    record(actor=actor, verb=RoundAction.CLOSE, target=pilot_round, before=before, after=pilot_round.status)
    round_closed.send(sender=PilotRound, round_id=pilot_round.pk)
    enqueue("pilots.announce_demand", round_id=pilot_round.pk)
    return pilot_round


def close_due_rounds(*, actor: object = SYSTEM) -> list[PilotRound]:
    """Close every open round whose time has passed; runs every minute and twice does no harm."""
    closed = []
    for pk in PilotRound.objects.filter(status=RoundStatus.OPEN, closes_at__lte=database_now()).values_list(
        "pk", flat=True
    ):
        try:
            closed.append(close_round(actor=actor, round_id=pk))
        except (IllegalTransition, RoundClosed):
            continue
    return closed


@transaction.atomic
def start_review(*, actor: User, round_id: int) -> PilotRound:
    """Begin the amount-and-scale review of everything that was submitted in time.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
    """
    pilot_round = lock_round(round_id=round_id)
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.START_REVIEW, actor)
    pilot_round.save(update_fields=["status"])
    applications = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(round=pilot_round, status=ApplicationStatus.SUBMITTED)
        .order_by("pk")
    )
    for application in applications:
        APPLICATION_WORKFLOW.advance(application, ApplicationAction.START_REVIEW, actor)
    PilotApplication.objects.bulk_update(applications, ["status"], batch_size=500)
    record(
        actor=actor,
        verb=RoundAction.START_REVIEW,
        target=pilot_round,
        before=before,
        after=pilot_round.status,
        details={"applications": len(applications)},
    )
    return pilot_round


@transaction.atomic
def publish_result(*, actor: User, round_id: int) -> PilotRound:
    """Make the matches public.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: an application has no outcome yet.
    """
    pilot_round = lock_round(round_id=round_id)
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.PUBLISH_RESULT, actor)
    if undecided := PilotApplication.objects.filter(round=pilot_round).passed().count():
        raise Incomplete(
            _("%(count)s applications have no outcome yet. Approve a matching run first.") % {"count": undecided}
        )
    pilot_round.result_published_at = timezone.now()
    pilot_round.save(update_fields=["status", "result_published_at"])
    record(actor=actor, verb=RoundAction.PUBLISH_RESULT, target=pilot_round, before=before, after=pilot_round.status)
    round_result_published.send(sender=PilotRound, round_id=pilot_round.pk)
    return pilot_round


def _step(*, actor: object, round_id: int, action: RoundAction) -> PilotRound:
    pilot_round = lock_round(round_id=round_id)
    before = ROUND_WORKFLOW.advance(pilot_round, action, actor)
    pilot_round.save(update_fields=["status"])
    record(actor=actor, verb=action, target=pilot_round, before=before, after=pilot_round.status)
    return pilot_round


@transaction.atomic
def start_executing(*, actor: object, round_id: int) -> PilotRound:
    """Contracts begin. Raises NotPermitted or IllegalTransition, see the lifecycle."""
    return _step(actor=actor, round_id=round_id, action=RoundAction.START_EXECUTING)


@transaction.atomic
def complete_round(*, actor: object, round_id: int) -> PilotRound:
    """Every contract of the round is closed. Raises NotPermitted or IllegalTransition, see the lifecycle."""
    return _step(actor=actor, round_id=round_id, action=RoundAction.COMPLETE)


@transaction.atomic
def cancel_round(*, actor: User, round_id: int, reason: str) -> PilotRound:
    """End a round without a result; submitted applications become invalid and their institutions are told.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: no reason.
    """
    pilot_round = lock_round(round_id=round_id)
    if not reason.strip():
        raise Incomplete(_("Say why the round is cancelled; the notice prints it."))
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.CANCEL, actor)
    pilot_round.cancelled_at, pilot_round.cancel_reason = timezone.now(), reason
    pilot_round.save(update_fields=["status", "cancelled_at", "cancel_reason"])
    sources, _target = APPLICATION_WORKFLOW.edges[ApplicationAction.INVALIDATE]
    applications = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(round=pilot_round, status__in=sources)
        .order_by("pk")
    )
    for application in applications:
        APPLICATION_WORKFLOW.advance(application, ApplicationAction.INVALIDATE, SYSTEM)
        application.invalid_reason = reason
    PilotApplication.objects.bulk_update(applications, ["status", "invalid_reason"], batch_size=500)
    record(
        actor=actor,
        verb=RoundAction.CANCEL,
        target=pilot_round,
        before=before,
        after=pilot_round.status,
        reason=reason,
        details={"applications": len(applications)},
    )
    round_cancelled.send(sender=PilotRound, round_id=pilot_round.pk)
    enqueue("pilots.announce_round", round_id=pilot_round.pk, fact=str(Fact.ROUND_CANCELLED))
    return pilot_round
