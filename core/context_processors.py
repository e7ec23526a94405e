from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core import menu
from core.models import Notification


def portal(request: HttpRequest) -> dict[str, Any]:
    """What the header and footer of every page need. Counted only where a template asks."""
    user = getattr(request, "user", None)

    def unread() -> int:
        if user is None or not user.is_authenticated:
            return 0
        return Notification.objects.filter(recipient_id=user.pk, read_at=None).count()

    return {
        "site_is_official": settings.SITE_IS_OFFICIAL,
        "is_demo": settings.IS_DEMO,
        "mail_page": bool(settings.MAIL_DIR),
        "nav_items": SimpleLazyObject(lambda: menu.items(user, request.path)) if user is not None else [],
        "unread_count": SimpleLazyObject(unread),
        "language_options": settings.LANGUAGES,
    }
