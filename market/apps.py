from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketConfig(AppConfig):
    name = "market"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Innovation Market")

    def ready(self) -> None:
        from core import menu
        from market import receivers  # noqa: F401 connects them

        menu.register(10, _("Notices"), "market:notice_list")
        menu.register(60, _("Results"), "market:results")
        menu.register(70, _("Statistics"), "market:statistics")
