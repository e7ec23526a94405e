from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """An invented world for demonstrations; installed only where ``IS_DEMO`` is set, and in tests."""

    name = "demo"
    verbose_name = _("Demonstration")
