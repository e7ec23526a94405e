from core.errors import DomainError


class BudgetExceeded(DomainError):
    """More money was asked for than the account has."""


class LedgerConflict(DomainError):
    """An idempotency key came back with other figures."""


class RoundClosed(DomainError):
    """A window (intake or application) is not open by the database's clock."""


class Incomplete(DomainError):
    """Something is missing before the step can be taken."""


class RuleBroken(DomainError):
    """A rule of the round's rule set forbids it."""


class RuleSetLocked(DomainError):
    """A round that uses the rule set has opened."""
