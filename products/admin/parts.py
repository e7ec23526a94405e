"""Read-only rows beneath a case page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.enums import PpsRole
from core.amounts import AmountsShown, with_amounts

EVERYBODY = tuple(PpsRole)
DESK = (PpsRole.DESIGNATION,)
DECIDERS = (PpsRole.DESIGNATION, PpsRole.APPROVER)


class ReadOnlyRows(AmountsShown, admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are shown with their case and changed only by its buttons."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return with_amounts(self.model, self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)
