from core.errors import DomainError


class ProductIncomplete(DomainError):
    """Something that registration needs is missing."""


class ProductInUse(DomainError):
    """Another part of the programme still builds on this."""


class ApplicationIncomplete(DomainError):
    """Something that the submission needs is missing."""


class SecondPersonNeeded(DomainError):
    """The same person must not propose and approve."""


class ScoresInvalid(DomainError):
    """Scores or gate results do not fit the rubric."""


class TooLate(DomainError):
    """A deadline has passed."""


class DatesInvalid(DomainError):
    """A validity that cannot be."""


class ImportFileInvalid(DomainError):
    """The file is not the official product list."""


class ExtensionBarred(DomainError):
    """The designation is excluded from extension."""
