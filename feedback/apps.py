from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedbackConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "feedback"
    verbose_name = _("Pilot use and feedback")

    def ready(self) -> None:
        """Connect reactions, file rules, cards, panels and menu lines."""
        from core import dashboard, menu, panels, uploads
        from feedback import perms
        from feedback.selectors.dashboard import cards, queues
        from feedback.selectors.panels import product_panels

        import_module("feedback.receivers")
        import_module("feedback.workflow")
        uploads.register_reader("feedback.pilotuse", perms.may_read_use_file)
        uploads.register_reader("feedback.pilotreport", perms.may_read_report_file)
        uploads.register_reader("feedback.reportkpi", perms.may_read_kpi_file)
        uploads.register_reader("feedback.correctiveaction", perms.may_read_correction_file)
        uploads.register_reader("feedback.fieldinspection", perms.may_read_inspection_file)
        dashboard.register(lambda actor: cards(actor=actor))
        dashboard.register_queue(lambda _actor: queues())
        panels.register("products.detail", lambda product_id, _actor: product_panels(product_id=product_id))
        menu.register(140, _("Pilot use"), "feedback:use_list", audience=perms.may_browse_uses)
        menu.register(150, _("Feedback"), "feedback:feedback_list", audience=perms.may_browse_feedback)
