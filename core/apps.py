from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Platform")

    def ready(self) -> None:
        from core import dashboard, selectors
        from core.chains import register_chain
        from core.models import AuditEntry

        register_chain("audit", AuditEntry, fields=AuditEntry.SEALED_FIELDS)
        dashboard.register_queue(lambda _actor: selectors.queues())
