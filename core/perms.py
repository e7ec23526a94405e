from typing import Any

from django.conf import settings


def may_read_mail_page(actor: Any) -> bool:
    """Only where mail goes to files, which is a developer's machine."""
    return bool(settings.MAIL_DIR)
