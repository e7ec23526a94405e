"""What a release is made of: plain facts, free of the ORM, with personal data and security sites already left out."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Party:
    """An organization. ``scheme`` and ``identifier`` are empty for those without a public number."""

    id: str
    name: str
    name_en: str = ""
    scheme: str = ""
    identifier: str = ""
    region: str = ""
    country: str = "KR"


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """A round as a planning process. Amounts in whole won."""

    number: str
    title: str
    budget_krw: int
    tracks: tuple[tuple[str, str, int], ...]
    opened_at: datetime
    opens_at: datetime
    closes_at: datetime
    notice_url: str = ""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What one institution receives."""

    sequence: int
    institution: Party
    units: int
    unit_price_krw: int
    accepted_at: datetime | None = None
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """Money that PPS paid to the supplier."""

    id: str
    amount_krw: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """One product in one round: a contracting process of its own."""

    number: str
    round_number: str
    product_id: int
    product_name: str
    product_class: str
    detail_item: str
    designation_no: str
    trl: int | None
    supplier: Party
    legal_ground: str
    track: str
    total_krw: int
    awarded_at: datetime
    signed_at: datetime | None
    ends_at: datetime | None
    is_terminated: bool
    lines: tuple[LineFacts, ...]
    payments: tuple[PaymentFacts, ...] = field(default=())
