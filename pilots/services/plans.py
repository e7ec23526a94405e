"""Annual plans and rule sets: the frame in which rounds are planned."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.calendar import today
from core.errors import NotPermitted
from core.money import format_krw
from pilots.enums import AnnualPlanAction, AnnualPlanStatus, RoundStatus
from pilots.errors import Incomplete, RuleBroken, RuleSetLocked
from pilots.models import AnnualPlan, PilotRound, PlanTrack, RoundTrack, RuleSet
from pilots.perms import may_edit_rule_sets, may_plan
from pilots.rules.schema import RuleSetInvalid, fingerprint, parse
from pilots.selectors.budget import plan_room, rounds_with_room
from pilots.signals import annual_plan_confirmed
from pilots.workflow import ANNUAL_PLAN_WORKFLOW


@transaction.atomic
def draft_annual_plan(
    *,
    actor: User,
    year: int,
    total_krw: int,
    tracks: Sequence[tuple[int, int]],
    reason: str = "",
    council_session: str = "",
) -> AnnualPlan:
    """Write a new version of a year's plan; ``tracks`` are (track id, won).

    Raises:
        NotPermitted: the actor does not plan.
        Incomplete: a later version without a reason.
        RuleBroken: the tracks do not fit into the total.
    """
    if not may_plan(actor):
        raise NotPermitted
    latest = AnnualPlan.objects.filter(year=year).aggregate(last=Max("version"))["last"] or 0
    if latest and not reason:
        raise Incomplete(_("Say why the plan changes, then save it again."))
    if (asked := sum(amount for _track, amount in tracks)) > total_krw:
        raise RuleBroken(
            _("The tracks ask for %(asked)s, more than the total of %(total)s. Lower a track or raise the total.")
            % {"asked": format_krw(asked), "total": format_krw(total_krw)}
        )
    plan = AnnualPlan.objects.create(
        year=year,
        version=latest + 1,
        total_krw=total_krw,
        reason=reason,
        council_session=council_session,
        created_by=actor,
    )
    PlanTrack.objects.bulk_create(
        PlanTrack(plan=plan, track_id=track_id, amount_krw=amount) for track_id, amount in tracks
    )
    record(actor=actor, verb="draft", target=plan, after=plan.status, reason=reason)
    return plan


@transaction.atomic
def confirm_annual_plan(*, actor: User, annual_plan_id: int, confirmed_on: date | None = None) -> AnnualPlan:
    """Enter the council's confirmation; the version in force until now is superseded.

    A cut in mid-year goes through only as far as rounds have not planned the money already.

    Raises:
        NotPermitted: the actor wrote the plan, or may not confirm.
        RuleBroken: rounds of the year have more than the plan, in all or in a track; the text says what is free.
    """
    plan = AnnualPlan.objects.select_for_update(of=("self",)).get(pk=annual_plan_id)
    current = (
        AnnualPlan.objects.select_for_update(of=("self",))
        .filter(year=plan.year, status=AnnualPlanStatus.CONFIRMED)
        .first()
    )
    before = ANNUAL_PLAN_WORKFLOW.advance(plan, AnnualPlanAction.CONFIRM, actor)
    _check_room(plan)
    if current is not None:
        ANNUAL_PLAN_WORKFLOW.advance(current, AnnualPlanAction.SUPERSEDE, actor)
        current.save(update_fields=["status"])
        current.rounds.update(plan=plan)
    plan.confirmed_on = confirmed_on or today()
    plan.save(update_fields=["status", "confirmed_on"])
    record(actor=actor, verb=AnnualPlanAction.CONFIRM, target=plan, before=before, after=plan.status)
    annual_plan_confirmed.send(sender=AnnualPlan, annual_plan_id=plan.pk)
    return plan


def _check_room(plan: AnnualPlan) -> None:
    """A plan may be cut as far as its rounds give money back, and never below what is bound."""
    for row in plan_room(plan=plan):
        if row.is_below_bound:
            raise RuleBroken(
                _(
                    "%(name)s: %(bound)s are reserved, committed or spent already, so the plan cannot go down to "
                    "%(amount)s. Raise it to at least what is bound."
                )
                % {"name": row.name, "bound": format_krw(row.bound), "amount": format_krw(row.amount)}
            )
        if row.is_short:
            rounds = [one for one in rounds_with_room(year=plan.year) if one.free > 0]
            free = ", ".join(f"{one.round.number} {format_krw(one.free)}" for one in rounds)
            raise RuleBroken(
                _(
                    "%(name)s: the rounds of the year have %(given)s, this version gives only %(amount)s. Lower their "
                    "budgets by %(excess)s first. Not bound and free to be given back: %(free)s."
                )
                % {
                    "name": row.name,
                    "given": format_krw(row.given),
                    "amount": format_krw(row.amount),
                    "excess": format_krw(-row.left),
                    "free": free or "–",
                }
            )


def given_to_track(*, year: int, track_id: int, but: int | None = None) -> int:
    """Won of a track that the year's rounds (cancelled ones aside) were planned with."""
    rows = RoundTrack.objects.filter(round__year=year, track_id=track_id).exclude(round__status=RoundStatus.CANCELLED)
    return sum(budget for pk, budget in rows.values_list("round_id", "budget_krw") if pk != but)


def given_to_rounds(*, year: int, but: int | None = None) -> int:
    """Won that the year's rounds (cancelled ones aside) were planned with."""
    rounds = PilotRound.objects.of_year(year).exclude(status=RoundStatus.CANCELLED).values_list("pk", "budget_krw")
    return sum(budget for pk, budget in rounds if pk != but)


def _checked(body: Any) -> None:
    try:
        parse(body)
    except RuleSetInvalid as error:
        raise Incomplete(_("The rules are not complete: %(faults)s") % {"faults": "; ".join(error.faults)}) from error


@transaction.atomic
def save_rule_set(
    *,
    actor: User,
    name: str,
    effective_on: date,
    body: dict[str, Any],
    rule_set_id: int | None = None,
    copied_from_id: int | None = None,
) -> RuleSet:
    """Write a rule set, or change one that no open round uses.

    Raises:
        NotPermitted: the actor does not keep rules.
        RuleSetLocked: a round that uses it has opened.
        Incomplete: the body breaks the format.
    """
    if not may_edit_rule_sets(actor):
        raise NotPermitted
    _checked(body)
    if rule_set_id is None:
        rule_set = RuleSet(created_by=actor, copied_from_id=copied_from_id)
    else:
        rule_set = RuleSet.objects.select_for_update(of=("self",)).get(pk=rule_set_id)
        if rule_set.is_locked:
            raise RuleSetLocked(_("A round that uses these rules has opened. Copy them and change the copy."))
    before = rule_set.sha256
    rule_set.name, rule_set.effective_on, rule_set.body = name, effective_on, body
    rule_set.sha256 = fingerprint(body)
    rule_set.save()
    record(
        actor=actor,
        verb="save",
        target=rule_set,
        details={"sha256_before": before, "sha256": rule_set.sha256},
    )
    return rule_set


def lock_rule_set(*, actor: object, rule_set_id: int) -> RuleSet:
    """From now on the rule set stays what it is; called when a round that uses it opens."""
    rule_set = RuleSet.objects.select_for_update(of=("self",)).get(pk=rule_set_id)
    if not rule_set.is_locked:
        rule_set.is_locked, rule_set.locked_at = True, timezone.now()
        rule_set.save(update_fields=["is_locked", "locked_at"])
        record(actor=actor, verb="lock", target=rule_set, details={"sha256": rule_set.sha256})
    return rule_set
