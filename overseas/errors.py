from core.errors import DomainError


class CallNotOpen(DomainError):
    """The call takes no applications at this moment."""


class ApplicationIncomplete(DomainError):
    """Something is missing or does not fit, so the application was not submitted."""


class SamePerson(DomainError):
    """Four eyes: whoever proposed does not also decide."""


class DemonstrationRefused(DomainError):
    """A step of a demonstration that cannot be taken as asked."""
