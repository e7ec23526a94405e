from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matching"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Matching and contracts")

    def ready(self) -> None:
        from core import dashboard, menu
        from core.uploads import register_reader
        from matching import perms, selectors

        menu.register(
            130,
            _("Matches and deliveries"),
            "matching:match_list",
            audience=perms.may_browse_matches,
            children=[
                menu.Entry(1, _("Matches"), "matching:match_list"),
                menu.Entry(2, _("Contracts"), "matching:contract_list"),
                menu.Entry(3, _("Deliveries"), "matching:delivery_list"),
                menu.Entry(4, _("Objections"), "matching:objection_list"),
            ],
        )
        dashboard.register(lambda actor: selectors.queues.cards(actor=actor))
        dashboard.register_queue(lambda _actor: selectors.queues.queues())
        register_reader("matching.contractline", perms.may_read_line_file)
        register_reader("matching.resultobjection", perms.may_read_objection_file)
        register_reader("matching.contract", perms.may_read_contract_file)
