"""What higher apps tell this one: earlier pilots of products, and how institutions behaved."""

from django.db import transaction

from core.audit import record
from pilots.enums import HistoryKind, HistoryOutcome
from pilots.models import InstitutionStanding, ProductHistory


@transaction.atomic
def record_pilot_history(
    *,
    actor: object = None,
    product_id: int,
    year: int,
    reference: str,
    kind: str = HistoryKind.PILOT,
    outcome: str = HistoryOutcome.NONE,
) -> ProductHistory:
    """Remember that a product was purchased for a pilot, and later what came of it; idempotent by reference."""
    row, created = ProductHistory.objects.update_or_create(
        product_id=product_id,
        kind=kind,
        reference=reference,
        defaults={"outcome": outcome},
        create_defaults={"outcome": outcome, "year": year},
    )
    record(actor=actor, verb="record" if created else "update", target=row, details={"outcome": str(outcome)})
    return row


@transaction.atomic
def record_institution_standing(
    *, actor: object = None, institution_id: int, points: int, reason: str, reference: str
) -> InstitutionStanding:
    """Give or take points for how an institution reported and cared; the same reference counts once."""
    row, created = InstitutionStanding.objects.get_or_create(
        reference=reference, defaults={"institution_id": institution_id, "points": points, "reason": reason}
    )
    if created:
        record(actor=actor, verb="record", target=row, reason=reason, details={"points": points})
    return row
