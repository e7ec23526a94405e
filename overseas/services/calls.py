from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.clock import database_now
from core.errors import DomainError, NotPermitted
from core.numbering import next_number
from core.workflow import SYSTEM
from overseas.enums import CallAction, CallStatus, OverseasStatus
from overseas.errors import SamePerson
from overseas.models import OverseasApplication, OverseasCall
from overseas.perms import may_run_calls
from overseas.signals import call_decided, call_opened
from overseas.workflow import CALL_WORKFLOW
from pilots.models import PilotRound, Track


def locked_call(*, call_id: int) -> OverseasCall:
    """The call under its row lock."""
    return OverseasCall.objects.select_for_update(of=("self",)).select_related("round", "track").get(pk=call_id)


@transaction.atomic
def draft_call(
    *,
    actor: User,
    round_id: int,
    demand_source: str,
    title_ko: str,
    title_en: str,
    body_ko: str,
    body_en: str,
    ceiling_krw: int,
    opens_at: datetime,
    closes_at: datetime,
    partner_id: int | None = None,
) -> OverseasCall:
    """Write a call for demonstrations abroad, paid from the overseas track of a round.

    Raises:
        NotPermitted: the actor is no reviewer.
        DomainError: the times are not in order, or the round has no overseas track.
    """
    if not may_run_calls(actor):
        raise NotPermitted
    if opens_at >= closes_at:
        raise DomainError(_("The opening must be before the closing."))
    pilot_round = PilotRound.objects.get(pk=round_id)
    track = Track.objects.filter(is_overseas=True, pk__in=pilot_round.tracks.values("track")).order_by("order").first()
    if track is None:
        raise DomainError(_("This round has no overseas track. Choose a round whose budget has one."))
    call = OverseasCall.objects.create(
        number=f"OC-{pilot_round.year}-{next_number(f'overseas.call:{pilot_round.year}'):02d}",
        round=pilot_round,
        track=track,
        partner_id=partner_id,
        demand_source=demand_source,
        title_ko=title_ko,
        title_en=title_en,
        body_ko=body_ko,
        body_en=body_en,
        ceiling_krw=ceiling_krw,
        opens_at=opens_at,
        closes_at=closes_at,
        created_by=actor,
    )
    record(actor=actor, verb="draft", target=call, after=call.status)
    return call


def _move(actor: Any, call_id: int, action: CallAction, reason: str = "", **facts: Any) -> OverseasCall:
    call = locked_call(call_id=call_id)
    before = CALL_WORKFLOW.advance(call, action, actor)
    for name, value in facts.items():
        setattr(call, name, value)
    call.save(update_fields=["status", *facts])
    record(actor=actor, verb=action, target=call, before=before, after=call.status, reason=reason)
    return call


@transaction.atomic
def open_call(*, actor: User, call_id: int) -> OverseasCall:
    """Publish the call; companies may apply within its times."""
    call = _move(actor, call_id, CallAction.OPEN)
    call_opened.send(sender=OverseasCall, call_id=call.pk)
    return call


@transaction.atomic
def close_call(*, actor: Any, call_id: int) -> OverseasCall:
    """Take no more applications."""
    return _move(actor, call_id, CallAction.CLOSE)


@transaction.atomic
def cancel_call(*, actor: User, call_id: int, reason: str) -> OverseasCall:
    """End a call without a selection."""
    return _move(actor, call_id, CallAction.CANCEL, reason)


@transaction.atomic
def decide_call(*, actor: User, call_id: int) -> OverseasCall:
    """Publish the selection of a closed call.

    Raises:
        DomainError: an application still waits for its decision.
        SamePerson: the person who wrote the call publishes its selection.
    """
    call = locked_call(call_id=call_id)
    if call.created_by_id == actor.pk:
        raise SamePerson(_("A second person must publish the selection."))
    open_states = [OverseasStatus.SUBMITTED, OverseasStatus.UNDER_REVIEW, OverseasStatus.PROPOSED]
    if OverseasApplication.objects.filter(call=call, status__in=open_states).exists():
        raise DomainError(_("Some applications are not decided yet. Decide them, then publish the selection."))
    call = _move(actor, call_id, CallAction.DECIDE, decided_at=database_now())
    call_decided.send(sender=OverseasCall, call_id=call.pk)
    return call


def close_due_calls() -> int:
    """Close every open call whose time is over; returns how many."""
    due = OverseasCall.objects.filter(status=CallStatus.OPEN, closes_at__lte=timezone.now()).values_list(
        "pk", flat=True
    )
    for call_id in due:
        close_call(actor=SYSTEM, call_id=call_id)
    return len(due)
