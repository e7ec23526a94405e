"""Money of a round: planned, reserved, committed, spent, released; every movement is a row that never changes."""

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.errors import NotPermitted
from core.money import format_krw
from pilots.enums import Bucket, CorrectionAction, LedgerKind
from pilots.errors import BudgetExceeded, LedgerConflict
from pilots.models import BudgetAccount, LedgerCorrection, LedgerEntry
from pilots.perms import may_move_money
from pilots.workflow import CORRECTION_WORKFLOW

# What a movement takes from and gives to; None stands for the money that is still available.
_FLOWS: dict[str, tuple[Bucket | None, Bucket | None]] = {
    LedgerKind.RESERVE: (None, Bucket.RESERVED),
    LedgerKind.COMMIT: (Bucket.RESERVED, Bucket.COMMITTED),
    LedgerKind.SPEND: (Bucket.COMMITTED, Bucket.SPENT),
}
_COLUMNS = {
    Bucket.PLANNED: "planned_krw",
    Bucket.RESERVED: "reserved_krw",
    Bucket.COMMITTED: "committed_krw",
    Bucket.SPENT: "spent_krw",
}


def _locked_accounts(round_id: int, track_id: int | None) -> tuple[BudgetAccount, BudgetAccount | None]:
    """The round's account and, when a track is named, the track's; the round's is locked first."""
    wanted = Q(track=None) | Q(track_id=track_id) if track_id else Q(track=None)
    rows = list(
        BudgetAccount.objects.select_for_update(of=("self",))
        .filter(wanted, round_id=round_id)
        .order_by("pk")
        .select_related("round", "track")
    )
    by_track = {row.track_id: row for row in rows}
    if None not in by_track or (track_id and track_id not in by_track):
        raise BudgetExceeded(_("This round has no budget for this track. Add the track to the round first."))
    return by_track[None], by_track.get(track_id) if track_id else None


def _known(key: str, *, kind: str, amount_krw: int) -> LedgerEntry | None:
    entry = LedgerEntry.objects.filter(idempotency_key=key).first()
    if entry is not None and (entry.kind, entry.amount_krw) != (kind, amount_krw):
        raise LedgerConflict(_("This movement of money was already entered with another amount. Reload the page."))
    return entry


def _apply(account: BudgetAccount, deltas: dict[Bucket, int]) -> None:
    """Change the running balances and refuse what the account does not have."""
    for bucket, delta in deltas.items():
        left = getattr(account, _COLUMNS[bucket]) + delta
        if left < 0:
            raise BudgetExceeded(
                _("Only %(amount)s are %(balance)s, which is less than this movement needs.")
                % {
                    "amount": format_krw(getattr(account, _COLUMNS[bucket])),
                    "balance": bucket.label,
                }
            )
        setattr(account, _COLUMNS[bucket], left)
    if account.available_krw < 0:
        free = account.available_krw + sum(
            delta if bucket != Bucket.PLANNED else -delta for bucket, delta in deltas.items()
        )
        raise BudgetExceeded(
            _("The budget is not sufficient: %(amount)s are still available in %(account)s.")
            % {"amount": format_krw(free), "account": account.track or account.round.number}
        )
    account.save(update_fields=[_COLUMNS[bucket] for bucket in deltas])


@transaction.atomic
def _move(
    *,
    actor: object,
    kind: LedgerKind,
    bucket: Bucket,
    deltas: dict[Bucket, int],
    round_id: int,
    track_id: int | None,
    amount_krw: int,
    key: str,
    reference: models.Model | None,
    note: str,
    approved_by: User | None = None,
) -> LedgerEntry:
    if entry := _known(key, kind=kind, amount_krw=amount_krw):
        return entry
    whole, part = _locked_accounts(round_id, track_id)
    # Two callers with the same key meet at the lock; the second finds what the first wrote.
    if entry := _known(key, kind=kind, amount_krw=amount_krw):
        return entry
    targets = [part] if part and Bucket.PLANNED in deltas else [whole, part] if part else [whole]
    for account in targets:
        _apply(account, deltas)
    entry = LedgerEntry.objects.create(
        account=part or whole,
        kind=kind,
        bucket=bucket,
        amount_krw=amount_krw,
        reference_type=reference._meta.label_lower if reference is not None else "",
        reference_id=reference.pk if reference is not None else None,
        note=note,
        actor=actor if isinstance(actor, User) else None,
        approved_by=approved_by,
        idempotency_key=key,
    )
    record(
        actor=actor,
        verb=f"ledger_{kind}",
        target=entry,
        details={"round": round_id, "track": track_id, "amount_krw": amount_krw, "key": key},
    )
    return entry


def _positive(amount_krw: int) -> None:
    if amount_krw <= 0:
        raise LedgerConflict(_("The amount must be at least 1 won."))


def _flow(
    *,
    actor: object,
    kind: LedgerKind,
    round_id: int,
    track_id: int,
    amount_krw: int,
    reference: models.Model | None,
    key: str,
    note: str,
) -> LedgerEntry:
    _positive(amount_krw)
    source, target = _FLOWS[kind]
    deltas = {bucket: sign * amount_krw for bucket, sign in ((source, -1), (target, 1)) if bucket is not None}
    return _move(
        actor=actor,
        kind=kind,
        bucket=target or Bucket.RESERVED,
        deltas=deltas,
        round_id=round_id,
        track_id=track_id,
        amount_krw=amount_krw,
        key=key,
        reference=reference,
        note=note,
    )


def reserve(
    *,
    actor: object,
    round_id: int,
    track_id: int,
    amount_krw: int,
    key: str,
    reference: models.Model | None = None,
    note: str = "",
) -> LedgerEntry:
    """Put money aside for a match.

    Args:
        key: names the movement once and for all; the same key again returns the first entry and moves nothing.

    Raises:
        BudgetExceeded: the track or the round has less than that.
        LedgerConflict: the key was used with other figures.
    """
    return _flow(
        actor=actor,
        kind=LedgerKind.RESERVE,
        round_id=round_id,
        track_id=track_id,
        amount_krw=amount_krw,
        reference=reference,
        key=key,
        note=note,
    )


def commit_funds(
    *,
    actor: object,
    round_id: int,
    track_id: int,
    amount_krw: int,
    key: str,
    reference: models.Model | None = None,
    note: str = "",
) -> LedgerEntry:
    """Bind reserved money by a contract. Raises as :func:`reserve`, when less is reserved."""
    return _flow(
        actor=actor,
        kind=LedgerKind.COMMIT,
        round_id=round_id,
        track_id=track_id,
        amount_krw=amount_krw,
        reference=reference,
        key=key,
        note=note,
    )


def spend(
    *,
    actor: object,
    round_id: int,
    track_id: int,
    amount_krw: int,
    key: str,
    reference: models.Model | None = None,
    note: str = "",
) -> LedgerEntry:
    """Pay out committed money. Raises as :func:`reserve`, when less is committed."""
    return _flow(
        actor=actor,
        kind=LedgerKind.SPEND,
        round_id=round_id,
        track_id=track_id,
        amount_krw=amount_krw,
        reference=reference,
        key=key,
        note=note,
    )


def release(
    *,
    actor: object,
    round_id: int,
    track_id: int,
    amount_krw: int,
    key: str,
    reference: models.Model | None = None,
    bucket: Bucket = Bucket.RESERVED,
    note: str = "",
) -> LedgerEntry:
    """Give reserved (or, with ``bucket``, committed) money back to its track. Raises as :func:`reserve`."""
    _positive(amount_krw)
    if bucket not in (Bucket.RESERVED, Bucket.COMMITTED):
        raise LedgerConflict(_("Only reserved or committed money can be released."))
    return _move(
        actor=actor,
        kind=LedgerKind.RELEASE,
        bucket=Bucket(bucket),
        deltas={Bucket(bucket): -amount_krw},
        round_id=round_id,
        track_id=track_id,
        amount_krw=amount_krw,
        key=key,
        reference=reference,
        note=note,
    )


def change_planned(
    *, actor: object, round_id: int, track_id: int | None, amount_krw: int, key: str, note: str
) -> LedgerEntry:
    """Raise (or, with a negative amount, cut) what an account may use; never below what is bound.

    Raises:
        BudgetExceeded: the cut reaches into reserved, committed or spent money.
    """
    return _move(
        actor=actor,
        kind=LedgerKind.PLAN,
        bucket=Bucket.PLANNED,
        deltas={Bucket.PLANNED: amount_krw},
        round_id=round_id,
        track_id=track_id,
        amount_krw=amount_krw,
        key=key,
        reference=None,
        note=note,
    )


@transaction.atomic
def propose_correction(*, actor: User, account_id: int, bucket: str, amount_krw: int, reason: str) -> LedgerCorrection:
    """Ask for a correction of a balance; a second person decides.

    Raises:
        NotPermitted: the actor does not handle money.
    """
    if not may_move_money(actor):
        raise NotPermitted
    correction = LedgerCorrection.objects.create(
        account_id=account_id, bucket=bucket, amount_krw=amount_krw, reason=reason, proposed_by=actor
    )
    record(actor=actor, verb="propose", target=correction, after=correction.status, reason=reason)
    return correction


def _locked_correction(correction_id: int) -> LedgerCorrection:
    return (
        LedgerCorrection.objects.select_for_update(of=("self",))
        .select_related("account", "proposed_by")
        .get(pk=correction_id)
    )


@transaction.atomic
def approve_correction(*, actor: User, correction_id: int) -> LedgerCorrection:
    """Enter a proposed correction into the ledger.

    Raises:
        NotPermitted: the actor proposed it or may not approve.
        BudgetExceeded: the balance would become negative or the account overdrawn.
    """
    correction = _locked_correction(correction_id)
    before = CORRECTION_WORKFLOW.advance(correction, CorrectionAction.APPROVE, actor)
    _decide(correction, actor)
    bucket = Bucket(correction.bucket)
    _move(
        actor=correction.proposed_by,
        kind=LedgerKind.CORRECTION,
        bucket=bucket,
        deltas={bucket: correction.amount_krw},
        round_id=correction.account.round_id,
        track_id=correction.account.track_id,
        amount_krw=correction.amount_krw,
        key=f"correction:{correction.pk}",
        reference=correction,
        note=correction.reason[:300],
        approved_by=actor,
    )
    record(actor=actor, verb=CorrectionAction.APPROVE, target=correction, before=before, after=correction.status)
    return correction


@transaction.atomic
def reject_correction(*, actor: User, correction_id: int, reason: str = "") -> LedgerCorrection:
    """Turn a proposed correction down. Raises NotPermitted as :func:`approve_correction`."""
    correction = _locked_correction(correction_id)
    before = CORRECTION_WORKFLOW.advance(correction, CorrectionAction.REJECT, actor)
    _decide(correction, actor)
    record(
        actor=actor,
        verb=CorrectionAction.REJECT,
        target=correction,
        before=before,
        after=correction.status,
        reason=reason,
    )
    return correction


def _decide(correction: LedgerCorrection, actor: User) -> None:
    correction.decided_by, correction.decided_at = actor, timezone.now()
    correction.save(update_fields=["status", "decided_by", "decided_at"])
