"""Receipts: a number, a time and what was handed in."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from core.models import Receipt
from core.uploads import READERS


def issue_receipt(
    *, actor: Any, kind: str, target: models.Model, title: str, lines: Sequence[tuple[str, Any]] = ()
) -> Receipt:
    """Prove a submission, in its transaction. ``lines`` are (label, value) as they should be printed."""
    receipt = Receipt(
        holder_id=actor.pk,
        kind=kind,
        title=str(title)[:300],
        lines=[[str(label), str(value)] for label, value in lines],
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
    )
    receipt.save(force_insert=True)
    receipt.refresh_from_db(fields=["issued_at"])
    return receipt


def receipt_by_number(*, actor: Any, number: str) -> Receipt | None:
    """The receipt with this number, for its holder, for whoever may read the papers of its case, and for PPS staff."""
    tail = number.rsplit("-", 1)[-1]
    if not tail.isdigit():
        return None
    receipt = Receipt.objects.filter(pk=int(tail)).first()
    return receipt if receipt and receipt.number == number and _may_read(actor, receipt) else None


def _may_read(actor: Any, receipt: Receipt) -> bool:
    if actor.is_staff or receipt.holder_id == actor.pk:
        return True
    rule = READERS.get(receipt.target_type)
    return bool(rule and rule(actor, receipt.target_id))


def receipts_of(*, actor: Any) -> models.QuerySet[Receipt]:
    """The actor's receipts, newest first."""
    return Receipt.objects.filter(holder_id=actor.pk).order_by("-pk")
