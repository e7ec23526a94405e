from core.errors import DomainError


class LastAdministrator(DomainError):
    """The organization would be left without anybody who can administer it."""


class AlreadyRegistered(DomainError):
    """An organization with this number exists; the person may ask to join it."""

    def __init__(self, message: object, *, organization_id: int) -> None:
        super().__init__(message)
        self.organization_id = organization_id


class InvitationUnusable(DomainError):
    """The link was used, revoked, has expired or was meant for somebody else."""


class BadNumber(DomainError):
    """A business number or institution code that cannot exist."""
