from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("People and organizations")

    def ready(self) -> None:
        from accounts import perms, selectors
        from core import dashboard, uploads

        dashboard.register(selectors.cards)
        dashboard.register_queue(selectors.queues)
        uploads.register_reader("accounts.organization", perms.may_read_organization_file)
