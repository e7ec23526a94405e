"""Who takes part in the journey, and what is told from one step to the next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db.models import F

from accounts.enums import PpsRole
from accounts.models import Organization
from pilots.models import PilotRound
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.e2e.pages import Person

PRODUCT = "가상 누수 감지기"
PRODUCT_EN = "Invented leak detector"
INSTITUTION_ABROAD = "Invented Water Authority"


@dataclass
class Journey:
    """Everybody's browser, and the few facts that the steps hand on."""

    supplier: Person
    institution: Person
    visitor: Person
    desk: Person
    reviewer: Person
    matcher: Person
    contract: Person
    inspector: Person
    approver: Person
    run_outbox: Callable[[], int]
    folder: Path
    receipts: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def company(self) -> Organization:
        return self.supplier.user.current_organization  # type: ignore[union-attr, return-value]

    @property
    def home(self) -> Organization:
        return self.institution.user.current_organization  # type: ignore[union-attr, return-value]

    @property
    def people(self) -> list[Person]:
        return [person for person in vars(self).values() if isinstance(person, Person)]

    def paper(self, name: str) -> Path:
        """A small PDF to upload."""
        path = self.folder / name
        path.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
        return path


def gather(meet: Callable[..., Person], run_outbox: Callable[[], int], folder: Path) -> Journey:
    """Seven people with sign-ins of their own, and a visitor without one."""

    def desk(role: PpsRole) -> Person:
        return meet(PpsUserFactory(roles=[role], verified=True))

    return Journey(
        supplier=meet(SupplierUserFactory(verified=True)),
        institution=meet(InstitutionUserFactory(verified=True)),
        visitor=meet(),
        desk=desk(PpsRole.DESIGNATION),
        reviewer=desk(PpsRole.REVIEWER),
        matcher=desk(PpsRole.MATCHER),
        contract=desk(PpsRole.CONTRACT),
        inspector=desk(PpsRole.INSPECTOR),
        approver=desk(PpsRole.APPROVER),
        run_outbox=run_outbox,
        folder=folder,
    )


def days_pass(days: int) -> None:
    """Move the dates of every round into the past: time passes without anybody waiting."""
    step = timedelta(days=days)
    names = ("intake_opens_at", "intake_closes_at", "opens_at", "closes_at")
    PilotRound.objects.update(**{name: F(name) - step for name in names})
