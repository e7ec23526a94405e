from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare


def may_read_mail_page(actor: Any) -> bool:
    """Only where mail goes to files, which is a developer's machine."""
    return bool(settings.MAIL_DIR)


def may_read_metrics(authorization: str) -> bool:
    """Whoever sends the token (``Authorization: Bearer …``); where none is set, everybody on a developer's machine."""
    if not settings.METRICS_TOKEN:
        return not settings.METRICS_NEED_TOKEN
    return constant_time_compare(authorization, f"Bearer {settings.METRICS_TOKEN}")
