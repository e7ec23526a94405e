from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("People and organizations")

    def ready(self) -> None:
        from accounts import perms, selectors
        from core import dashboard, menu, uploads

        dashboard.register(lambda actor: selectors.cards(actor=actor))
        dashboard.register_queue(lambda _actor: selectors.queues())
        menu.register(
            190,
            _("My organization"),
            "accounts:organization",
            audience=perms.may_register_organization,
            children=[
                menu.Entry(1, _("Organization"), "accounts:organization"),
                menu.Entry(2, _("Members"), "accounts:members", audience=perms.has_organization),
                menu.Entry(3, _("My profile"), "accounts:profile"),
            ],
        )
        uploads.register_reader("accounts.organization", perms.may_read_organization_file)
