"""What a track-record certificate says."""

import hashlib
import json
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate

from accounts.models import User
from feedback.enums import CertificateStatus, VerdictLevel
from feedback.models import PilotUse, TrackRecordCertificate, Verdict


def certificate_body(*, verdict: Verdict, issued_on: date) -> dict[str, Any]:
    """The certified facts as plain data. Institutions with a security site are counted, not named."""
    uses = PilotUse.objects.filter(line__contract_id=verdict.contract_id).select_related("institution").order_by("pk")
    if verdict.level == VerdictLevel.LINE:
        uses = uses.filter(verdicts=verdict)
    rows = list(uses)
    product, supplier = verdict.product, verdict.supplier
    starts = [use.started_on for use in rows if use.started_on]
    ends = [use.ended_on for use in rows if use.ended_on]
    return {
        "product": product.name,
        "product_en": product.name_en,
        "designation_no": product.certificate_no,
        "supplier": supplier.name,
        "supplier_en": supplier.name_en,
        "round": verdict.contract.round.number,
        "institutions": [use.institution.name for use in rows if not use.is_security_site],
        "institutions_en": [
            use.institution.name_en or use.institution.name for use in rows if not use.is_security_site
        ],
        "unnamed_institutions": sum(1 for use in rows if use.is_security_site),
        "units": sum(use.units for use in rows),
        "started_on": str(min(starts)) if starts else "",
        "ended_on": str(max(ends)) if ends else "",
        "level": verdict.level,
        "outcome": verdict.outcome,
        "decided_on": str(localdate(verdict.approved_at)) if verdict.approved_at else "",
        "issued_on": str(issued_on),
    }


def fingerprint(*, body: dict[str, Any]) -> str:
    """SHA-256 of the certified text in canonical form."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def valid_certificate(*, verdict: Verdict) -> TrackRecordCertificate | None:
    """The certificate of a verdict that was not revoked."""
    return TrackRecordCertificate.objects.filter(verdict=verdict, status=CertificateStatus.VALID).first()


def certificate_by_code(*, code: str) -> TrackRecordCertificate | None:
    """The certificate with this verification number, as people type it."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    if len(plain) != 16:
        return None
    grouped = "-".join(plain[start : start + 4] for start in range(0, 16, 4))
    return TrackRecordCertificate.objects.filter(code=grouped).first()


def certificates_of(*, actor: User) -> QuerySet[TrackRecordCertificate]:
    """The certificates of the actor's company, newest first."""
    return (
        TrackRecordCertificate.objects.visible_to(actor)
        .select_related("verdict__product")
        .order_by("-issued_at", "-pk")
    )
