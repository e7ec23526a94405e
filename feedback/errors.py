"""Refusals of this area, each saying what to do next."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class DateOutOfRange(DomainError):
    """A date before the delivery, after the longest period, or in the future."""


class ReportIncomplete(DomainError):
    default = _("The report is not complete yet. Fill in the items marked below, then submit it again.")


class SamePerson(DomainError):
    default = _("A second person has to decide this. Ask a colleague with the approval role.")


class NotEligible(DomainError):
    """Something that the case does not give a right to."""


class AlreadyDone(DomainError):
    default = _("This was recorded already. Reload the page to see it.")
