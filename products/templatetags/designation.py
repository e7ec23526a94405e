"""Labels of codes that stand in notifications, and the files of a case by what they are for."""

from collections.abc import Iterable

from django import template

from core.models import StoredFile
from products.enums import ApplicationStatus, DesignationStatus

register = template.Library()


@register.filter
def application_status(code: str) -> str:
    """The status of an application in the active language."""
    return str(ApplicationStatus(code).label)


@register.filter
def designation_status(code: str) -> str:
    """The status of a designation in the active language."""
    return str(DesignationStatus(code).label)


@register.filter
def with_purpose(files: Iterable[StoredFile], purpose: str) -> list[StoredFile]:
    """The files of a case that serve one purpose."""
    return [stored for stored in files if stored.purpose == purpose]
