"""Receipts: a number, a time and what was handed in."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from core.models import Receipt


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
    """The actor's receipt with this number; PPS staff may open any."""
    tail = number.rsplit("-", 1)[-1]
    if not tail.isdigit():
        return None
    rows = Receipt.objects.filter(pk=int(tail))
    if not actor.is_staff:
        rows = rows.filter(holder_id=actor.pk)
    receipt = rows.first()
    return receipt if receipt and receipt.number == number else None


def receipts_of(*, actor: Any) -> models.QuerySet[Receipt]:
    """The actor's receipts, newest first."""
    return Receipt.objects.filter(holder_id=actor.pk).order_by("-pk")
