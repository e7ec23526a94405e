"""Planning a round: its times, its money, and how both may change later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.calendar import SEOUL, add_working_days
from core.clock import database_now
from core.errors import IllegalTransition, NotPermitted
from core.money import format_krw
from core.outbox import enqueue
from pilots.enums import AcquisitionMode, AnnualPlanStatus, Fact, LedgerKind, RoundStatus
from pilots.errors import Incomplete, RoundClosed, RuleBroken
from pilots.models import AnnualPlan, BudgetAccount, LedgerEntry, PilotRound, PlanTrack, RoundTrack
from pilots.perms import may_plan
from pilots.rules.schema import parse
from pilots.services.ledger import change_planned
from pilots.services.locking import lock_round
from pilots.services.plans import given_to_rounds, given_to_track
from pilots.signals import round_schedule_changed


@dataclass(frozen=True, slots=True)
class TrackBudget:
    """A track's part of a round: at most ``budget_krw``, at least ``floor_krw``."""

    track_id: int
    budget_krw: int
    floor_krw: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The four times of a round, aware."""

    intake_opens_at: datetime
    intake_closes_at: datetime
    opens_at: datetime
    closes_at: datetime

    def check(self) -> None:
        """Raises Incomplete when the times do not follow each other."""
        if not self.intake_opens_at < self.intake_closes_at <= self.opens_at < self.closes_at:
            raise Incomplete(
                _("The times must follow each other: intake opens and closes, then applications open and close.")
            )


def _check_budget(plan: AnnualPlan, budget_krw: int, tracks: Iterable[TrackBudget]) -> None:
    left = plan.total_krw - given_to_rounds(year=plan.year)
    if budget_krw > left:
        raise RuleBroken(
            _("Of the year's plan %(left)s are left for further rounds. Lower the round's budget.")
            % {"left": format_krw(max(0, left))}
        )
    yearly = dict(PlanTrack.objects.filter(plan=plan).values_list("track_id", "amount_krw"))
    floors = 0
    for row in tracks:
        floors += row.floor_krw
        if row.floor_krw > row.budget_krw or row.budget_krw > budget_krw:
            raise RuleBroken(_("A track's budget must lie between its floor and the round's budget."))
        if row.track_id not in yearly:
            raise RuleBroken(_("The annual plan has no money for one of the tracks. Add it to the plan first."))
        _check_track(plan.year, row.track_id, row.budget_krw, yearly[row.track_id])
    if floors > budget_krw:
        raise RuleBroken(_("The floors of the tracks together are above the round's budget."))


def _check_track(year: int, track_id: int, budget_krw: int, yearly_krw: int, but: int | None = None) -> None:
    """The rounds of a year together stay within what its plan gives a track."""
    left = yearly_krw - given_to_track(year=year, track_id=track_id, but=but)
    if budget_krw > left:
        raise RuleBroken(
            _("A track asks for %(asked)s, but of the annual plan's %(given)s for it %(left)s are left.")
            % {"asked": format_krw(budget_krw), "given": format_krw(yearly_krw), "left": format_krw(max(0, left))}
        )


@transaction.atomic
def plan_round(
    *,
    actor: User,
    annual_plan_id: int,
    rule_set_id: int,
    title_ko: str,
    title_en: str,
    budget_krw: int,
    schedule: Schedule,
    tracks: list[TrackBudget],
    acquisition_mode: str = AcquisitionMode.PURCHASE,
) -> PilotRound:
    """Put a round into the year's published schedule and give it money.

    Raises:
        NotPermitted: the actor does not plan.
        Incomplete: the times are out of order, or no track is named.
        RuleBroken: the money does not fit into the year's plan.
    """
    if not may_plan(actor):
        raise NotPermitted
    plan = AnnualPlan.objects.select_for_update(of=("self",)).get(pk=annual_plan_id)
    if plan.status == AnnualPlanStatus.SUPERSEDED:
        raise RuleBroken(_("This version of the annual plan is no longer in force. Choose the current one."))
    schedule.check()
    if not tracks:
        raise Incomplete(_("Give at least one track a budget."))
    _check_budget(plan, budget_krw, tracks)
    sequence = (PilotRound.objects.of_year(plan.year).aggregate(last=Max("sequence"))["last"] or 0) + 1
    pilot_round = PilotRound.objects.create(
        number=f"{plan.year}-{sequence}",
        year=plan.year,
        sequence=sequence,
        plan=plan,
        rule_set_id=rule_set_id,
        acquisition_mode=acquisition_mode,
        title_ko=title_ko,
        title_en=title_en,
        budget_krw=budget_krw,
        intake_opens_at=schedule.intake_opens_at,
        intake_closes_at=schedule.intake_closes_at,
        opens_at=schedule.opens_at,
        closes_at=schedule.closes_at,
    )
    _set_due_days(pilot_round)
    open_accounts(actor=actor, pilot_round=pilot_round, tracks=tracks)
    record(actor=actor, verb="plan", target=pilot_round, after=pilot_round.status)
    return pilot_round


def open_accounts(*, actor: object, pilot_round: PilotRound, tracks: list[TrackBudget]) -> None:
    """The accounts of a new round, the round's own first, and their first ledger entries."""
    BudgetAccount.objects.create(round=pilot_round)
    for row in tracks:
        RoundTrack.objects.create(
            round=pilot_round, track_id=row.track_id, budget_krw=row.budget_krw, floor_krw=row.floor_krw
        )
        BudgetAccount.objects.create(round=pilot_round, track_id=row.track_id)
    amounts = [(None, pilot_round.budget_krw), *((row.track_id, row.budget_krw) for row in tracks)]
    for track_id, amount in amounts:
        if amount:
            change_planned(
                actor=actor,
                round_id=pilot_round.pk,
                track_id=track_id,
                amount_krw=amount,
                key=f"plan:{pilot_round.pk}:{track_id or 'round'}:1",
                note=pilot_round.number,
            )


def _set_due_days(pilot_round: PilotRound) -> None:
    """Review and result days follow from the closing time and the rule set, in working days."""
    rules = parse(pilot_round.rule_set.body)
    closing = pilot_round.closes_at.astimezone(SEOUL).date()
    pilot_round.review_due_on = add_working_days(closing, rules.deadline("review"))
    pilot_round.result_due_on = add_working_days(pilot_round.review_due_on, rules.deadline("matching"))
    pilot_round.save(update_fields=["review_due_on", "result_due_on"])


@transaction.atomic
def change_round(
    *, actor: User, round_id: int, title_ko: str, title_en: str, schedule: Schedule, rule_set_id: int
) -> PilotRound:
    """Change what a planned round says about itself; later only times can be extended.

    Raises:
        NotPermitted, Incomplete, IllegalTransition: as for :func:`plan_round`, or the round has begun.
    """
    if not may_plan(actor):
        raise NotPermitted
    pilot_round = lock_round(round_id=round_id)
    if pilot_round.status != RoundStatus.PLANNED:
        raise IllegalTransition(_("The round has begun. Extend its times instead."))
    schedule.check()
    pilot_round.title_ko, pilot_round.title_en, pilot_round.rule_set_id = title_ko, title_en, rule_set_id
    for name in ("intake_opens_at", "intake_closes_at", "opens_at", "closes_at"):
        setattr(pilot_round, name, getattr(schedule, name))
    pilot_round.save()
    pilot_round = lock_round(round_id=round_id)
    _set_due_days(pilot_round)
    record(actor=actor, verb="change", target=pilot_round)
    return pilot_round


@transaction.atomic
def extend_round(
    *,
    actor: User,
    round_id: int,
    reason: str,
    closes_at: datetime | None = None,
    intake_closes_at: datetime | None = None,
) -> PilotRound:
    """Move closing times later, for everybody in one step.

    Raises:
        NotPermitted: the actor does not plan.
        RoundClosed: the time has already passed by the database's clock.
        Incomplete: no reason, or the new time is not later.
    """
    if not may_plan(actor):
        raise NotPermitted
    pilot_round = lock_round(round_id=round_id)
    if not reason.strip():
        raise Incomplete(_("Say why the time is extended; the notice prints it."))
    now = database_now()
    for name, moment in (("closes_at", closes_at), ("intake_closes_at", intake_closes_at)):
        if moment is None:
            continue
        if now >= getattr(pilot_round, name):
            raise RoundClosed(_("This time has passed and can no longer be extended."))
        if moment <= getattr(pilot_round, name):
            raise Incomplete(_("The new time must be later than the present one."))
        setattr(pilot_round, name, moment)
    pilot_round.opens_at = max(pilot_round.opens_at, pilot_round.intake_closes_at)
    Schedule(
        pilot_round.intake_opens_at, pilot_round.intake_closes_at, pilot_round.opens_at, pilot_round.closes_at
    ).check()
    pilot_round.save(update_fields=["closes_at", "intake_closes_at", "opens_at"])
    _set_due_days(pilot_round)
    record(actor=actor, verb="extend", target=pilot_round, reason=reason)
    round_schedule_changed.send(sender=PilotRound, round_id=pilot_round.pk, reason=reason)
    enqueue("pilots.announce_round", round_id=pilot_round.pk, fact=str(Fact.ROUND_EXTENDED))
    return pilot_round


@transaction.atomic
def change_budget(*, actor: User, round_id: int, track_id: int | None, amount_krw: int, reason: str) -> PilotRound:
    """Give the round (no track) or one of its tracks another budget, in mid-year too, but never below what is bound.

    Raises:
        NotPermitted, Incomplete, RuleBroken: no right, no reason, or the year's plan has less.
        BudgetExceeded: reserved, committed or spent money would not be covered.
    """
    if not may_plan(actor):
        raise NotPermitted
    if not reason.strip():
        raise Incomplete(_("Say why the budget changes."))
    pilot_round = lock_round(round_id=round_id)
    if track_id is None:
        left = pilot_round.plan.total_krw - given_to_rounds(year=pilot_round.year, but=pilot_round.pk)
        if amount_krw > left:
            raise RuleBroken(
                _("The year's plan leaves at most %(left)s for this round. Lower the amount.")
                % {"left": format_krw(max(0, left))}
            )
        old = pilot_round.budget_krw
        pilot_round.budget_krw = amount_krw
        pilot_round.save(update_fields=["budget_krw"])
    else:
        row = RoundTrack.objects.select_for_update(of=("self",)).get(round=pilot_round, track_id=track_id)
        if amount_krw > pilot_round.budget_krw or amount_krw < row.floor_krw:
            raise RuleBroken(_("A track's budget must lie between its floor and the round's budget."))
        if amount_krw > row.budget_krw:
            yearly = PlanTrack.objects.filter(plan=pilot_round.plan, track_id=track_id).first()
            _check_track(
                pilot_round.year, track_id, amount_krw, yearly.amount_krw if yearly else 0, but=pilot_round.pk
            )
        old, row.budget_krw = row.budget_krw, amount_krw
        row.save(update_fields=["budget_krw"])
    if amount_krw != old:
        number = LedgerEntry.objects.filter(account__round=pilot_round, kind=LedgerKind.PLAN).count()
        change_planned(
            actor=actor,
            round_id=pilot_round.pk,
            track_id=track_id,
            amount_krw=amount_krw - old,
            key=f"plan:{pilot_round.pk}:{track_id or 'round'}:{number + 1}",
            note=reason[:300],
        )
    record(actor=actor, verb="change_budget", target=pilot_round, reason=reason, details={"track": track_id})
    return pilot_round
