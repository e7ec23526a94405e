from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PilotsConfig(AppConfig):
    name = "pilots"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Pilot purchase")

    def ready(self) -> None:
        # Models are loaded only now, so these cannot be imported on top.
        from core import chains, dashboard, menu, panels, uploads
        from pilots import perms, selectors
        from pilots.models import LedgerEntry

        chains.register_chain(
            "ledger",
            LedgerEntry,
            fields=[
                "account_id",
                "kind",
                "bucket",
                "amount_krw",
                "reference_type",
                "reference_id",
                "note",
                "actor_id",
                "approved_by_id",
                "created_at",
                "idempotency_key",
            ],
        )
        dashboard.register(lambda actor: selectors.cards(actor=actor))
        dashboard.register_queue(lambda actor: selectors.queues(actor=actor))
        panels.register(
            "products.actions",
            lambda product_id, actor: selectors.product_panels(product_id=product_id, actor=actor),
        )
        uploads.register_reader("pilots.pilotuseplan", perms.may_read_plan_file)
        uploads.register_reader("pilots.pilotapplication", perms.may_read_application_file)
        uploads.register_reader("pilots.objection", perms.may_read_objection)
        menu.register(20, _("Pilot purchase"), "pilots:round_list")
        menu.register(120, _("My pilot-use plans"), "pilots:plan_list", audience=perms.may_see_own_plans)
        menu.register(121, _("My applications"), "pilots:application_list", audience=perms.may_see_own_applications)
