from core.errors import DomainError


class RoundNotReady(DomainError):
    """The round is not in matching, or is not frozen."""


class RunInProgress(DomainError):
    """Another run of the round has not ended yet."""


class ResultRefused(DomainError):
    """The auditor found a broken rule in a result."""


class SamePerson(DomainError):
    """Four eyes: the second person must be somebody else."""


class AlreadyAnswered(DomainError):
    """This side has answered the offer before."""


class AnswerTooLate(DomainError):
    """The offer's deadline has passed."""


class LineUpOpen(DomainError):
    """Some offers of the product are still unanswered."""


class ContractRefused(DomainError):
    """The contract cannot be written, changed or paid as asked."""


class DeliveryRefused(DomainError):
    """The delivery or the inspection cannot be recorded as asked."""


class WhatIfRefused(DomainError):
    """Numbers that cannot be tried out. ``field`` names what to change: a key of the changes, with its row."""

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class OverrideRefused(DomainError):
    """An award that cannot be set as asked. ``field`` names what to change, ``reasons`` the rules it would break."""

    def __init__(self, message: object, *, field: str = "", reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.reasons = reasons


class ObjectionRefused(DomainError):
    """An objection that cannot be filed or answered as asked. ``field`` names what to change."""

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class QuestionRefused(DomainError):
    """What would have been enough cannot be worked out for this application, or not now."""
