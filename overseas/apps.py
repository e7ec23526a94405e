from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OverseasConfig(AppConfig):
    name = "overseas"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Overseas demonstration")

    def ready(self) -> None:
        from django.urls import reverse

        from accounts.services import register_invitation_kind
        from core import dashboard, menu, panels
        from overseas import perms, receivers, selectors  # noqa: F401 receivers connect on import

        def product_panels(product_id: int, actor: Any) -> Iterable[panels.Panel]:  # noqa: ARG001 the place's signature
            rows = selectors.results_of_product(product_id=product_id)
            if rows:
                yield panels.Panel(_("Demonstrations abroad"), "overseas/_product_panel.html", {"rows": rows}, 300)

        register_invitation_kind(
            kind="overseas.guest", landing=lambda _invitation, token: reverse("overseas:guest", args=[token])
        )
        dashboard.register(lambda actor: selectors.cards(actor=actor))
        dashboard.register_queue(lambda _actor: selectors.queues())
        panels.register("products.detail", product_panels)
        menu.register(30, _("Overseas"), "overseas:overview")
        menu.register(
            160, _("My overseas applications"), "overseas:application_list", audience=perms.may_browse_overseas
        )
