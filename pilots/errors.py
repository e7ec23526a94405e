from collections.abc import Sequence

from core.errors import DomainError


class BudgetExceeded(DomainError):
    """More money was asked for than the account has."""


class LedgerConflict(DomainError):
    """An idempotency key came back with other figures."""


class RoundClosed(DomainError):
    """A window (intake or application) is not open by the database's clock."""


class Gap(str):
    """One thing that is missing, and the field of the form where it is mended (empty for the whole form)."""

    __slots__ = ("field",)
    field: str

    def __new__(cls, text: str, field: str = "") -> "Gap":
        gap = super().__new__(cls, text)
        gap.field = field
        return gap


class Incomplete(DomainError):
    """Something is missing before the step can be taken."""

    def __init__(self, message: object = None, *, gaps: Sequence[Gap] = ()) -> None:
        self.gaps = list(gaps)
        super().__init__(message or " ".join(gaps))


class EditConflict(DomainError):
    """A colleague saved the same case after the person had opened the form."""


class RuleBroken(DomainError):
    """A rule of the round's rule set forbids it."""


class RuleSetLocked(DomainError):
    """A round that uses the rule set has opened."""
