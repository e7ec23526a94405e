from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import User
from accounts.selectors import pps_staff
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from core.notifications import notify, notify_all
from core.numbering import next_number
from core.outbox import enqueue
from matching import perms
from matching.enums import Fact, RunAction, RunStatus
from matching.errors import RoundNotReady, RunInProgress
from matching.models import DerivedInstance, MatchingRun
from matching.services.leases import pick_up_time, watch_seconds
from matching.workflow import RUN_WORKFLOW
from pilots.enums import RoundStatus
from pilots.models import FrozenInstance, PilotRound

# Longer than any step may take: a worker that dies is found by its lapsed lease, not by the outbox.
RESEND_AFTER_SECONDS = 4 * 3600


def locked_run(*, run_id: int) -> MatchingRun:
    """The run under its row lock, with what decisions need."""
    return (
        MatchingRun.objects.select_for_update(of=("self",))
        .select_related("round__rule_set", "frozen", "requested_by")
        .get(pk=run_id)
    )


def run_url(*, run: MatchingRun) -> str:
    """The run's page in the admin. Built here because services know no URL names of the admin."""
    return f"/admin/matching/matchingrun/{run.pk}/change/"


@transaction.atomic
def start_run(*, actor: User, round_id: int, gap_ppm: int = 1000, is_fast: bool = False) -> MatchingRun:
    """Queue a run over the round's frozen instance; a worker takes it up after the commit.

    Raises:
        RoundNotReady: the round is not in matching or has no frozen instance.
        RunInProgress: another run of the round has not ended, or one is approved already.
    """
    if not perms.may_run_matching(actor):
        raise NotPermitted
    pilot_round = PilotRound.objects.select_for_update(of=("self",)).get(pk=round_id)
    frozen = FrozenInstance.objects.filter(round=pilot_round).select_related("round").defer("body", "ids").first()
    if pilot_round.status != RoundStatus.MATCHING or frozen is None:
        raise RoundNotReady(_("Freeze the round for matching first, then start a run."))
    check_nothing_runs(pilot_round=pilot_round)
    run = new_run(actor=actor, frozen=frozen, gap_ppm=gap_ppm, is_fast=is_fast)
    call_worker(run=run)
    return run


def check_nothing_runs(*, pilot_round: PilotRound) -> None:
    """A round is matched by one run at a time, until a result is approved.

    Raises:
        RunInProgress: another run of the round has not ended, or one is approved already.
    """
    runs = MatchingRun.objects.filter(round=pilot_round)
    if runs.approved().exists():
        raise RunInProgress(_("A result of this round is approved already. Open it instead of starting a new run."))
    if runs.unfinished().exists():
        raise RunInProgress(_("Another run of this round has not ended yet. Wait for it or cancel it."))


def new_run(
    *,
    actor: User,
    frozen: FrozenInstance,
    gap_ppm: int,
    is_fast: bool = False,
    derived: DerivedInstance | None = None,
    corrects: MatchingRun | None = None,
) -> MatchingRun:
    """The row of a run that waits; the caller has checked that it may."""
    now = database_now()
    pilot_round = frozen.round
    run = MatchingRun.objects.create(
        number=f"{pilot_round.number}/R{next_number(f'matching.run:{pilot_round.pk}')}",
        round=pilot_round,
        frozen=frozen,
        derived=derived,
        corrects=corrects,
        requested_gap_ppm=gap_ppm,
        is_fast=is_fast,
        instance_sha256=derived.sha256 if derived else frozen.sha256,
        rule_set_sha256=frozen.rule_set_sha256,
        requested_by=actor,
        requested_at=now,
        lease_until=now + pick_up_time(),
    )
    record(
        actor=actor,
        verb="start",
        target=run,
        after=run.status,
        details={"instance_sha256": run.instance_sha256, "gap_ppm": gap_ppm, "is_fast": is_fast},
    )
    return run


def call_worker(*, run: MatchingRun) -> None:
    """Have a worker take the run up after the commit, and watch over it."""
    enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)
    enqueue("matching.watch_run", delay_seconds=watch_seconds(), run_id=run.pk)


@transaction.atomic
def cancel_run(*, actor: User, run_id: int) -> MatchingRun:
    """Stop a run: at once while it waits, otherwise as soon as its worker asks next, or somebody looks.

    Raises:
        IllegalTransition: the run has ended already.
    """
    run = locked_run(run_id=run_id)
    action = RunAction.CANCEL if run.status == RunStatus.QUEUED else RunAction.REQUEST_CANCEL
    before = RUN_WORKFLOW.advance(run, action, actor)
    if run.status == RunStatus.CANCELLED:
        run.ended_at, run.lease_until = database_now(), None
    run.save(update_fields=["status", "ended_at", "lease_until"])
    record(actor=actor, verb=action, target=run, before=before, after=run.status)
    if run.status == RunStatus.CANCELLING:
        # Between two steps nobody has the run in hand; whoever takes it up ends it.
        enqueue("matching.solve_run", resend_after_seconds=RESEND_AFTER_SECONDS, run_id=run.pk)
    return run


@transaction.atomic
def propose_run(*, actor: User, run_id: int, note: str = "") -> MatchingRun:
    """Put a solved run before a second person.

    Raises:
        RoundNotReady: the round has left matching.
        RunInProgress: another result of the round is proposed already.
    """
    run = locked_run(run_id=run_id)
    if run.corrects_id is None and run.round.status != RoundStatus.MATCHING:
        raise RoundNotReady(_("The round is not in matching any more."))
    if MatchingRun.objects.filter(round=run.round, status=RunStatus.PROPOSED).exists():
        raise RunInProgress(_("Another result of this round is proposed already. Have it returned first."))
    before = RUN_WORKFLOW.advance(run, RunAction.PROPOSE, actor)
    run.proposed_by, run.proposed_at, run.proposal_note = actor, database_now(), note
    run.save(update_fields=["status", "proposed_by", "proposed_at", "proposal_note"])
    record(actor=actor, verb=RunAction.PROPOSE, target=run, before=before, after=run.status, reason=note)
    approvers = pps_staff(role=PpsRole.APPROVER).exclude(pk=actor.pk)
    notify_all(recipients=approvers, kind=Fact.RUN_PROPOSED, url=run_url(run=run), run=run.number)
    return run


@transaction.atomic
def return_run(*, actor: User, run_id: int, reason: str) -> MatchingRun:
    """Send a proposed result back to the matchers, with the reason."""
    run = locked_run(run_id=run_id)
    before = RUN_WORKFLOW.advance(run, RunAction.RETURN, actor)
    proposer = run.proposed_by
    run.proposed_by, run.proposed_at, run.proposal_note = None, None, ""
    run.save(update_fields=["status", "proposed_by", "proposed_at", "proposal_note"])
    record(actor=actor, verb=RunAction.RETURN, target=run, before=before, after=run.status, reason=reason)
    if proposer is not None:
        notify(recipient=proposer, kind=Fact.RUN_RETURNED, url=run_url(run=run), run=run.number, reason=reason)
    return run
