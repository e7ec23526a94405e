"""Refusals. Their text is written for the person at the screen and is always safe to show."""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A request the rules refuse. Views catch this class and nothing wider."""

    default = _("This is not possible now. Reload the page and look at the current state.")

    def __init__(self, message: object = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class NotPermitted(DomainError):
    """The actor may not do this at all."""

    default = _("You do not have permission to do this. Ask an administrator of your organization.")


class IllegalTransition(DomainError):
    """The case is not in a state that allows the action."""


class UploadRefused(DomainError):
    """A file that the portal does not take, with what to do instead."""
