from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductsConfig(AppConfig):
    name = "products"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Products and designations")

    def ready(self) -> None:
        from core import dashboard, menu, uploads
        from products import perms, selectors

        dashboard.register(lambda actor: selectors.cards(actor=actor))
        dashboard.register_queue(lambda _actor: selectors.queues())
        uploads.register_reader("products.product", perms.may_read_product_file)
        uploads.register_reader("products.designationapplication", perms.may_read_application_file)
        menu.register(15, _("Innovative products"), "products:list")
        menu.register(
            110,
            _("My products"),
            "products:mine",
            children=[
                menu.Entry(1, _("Products"), "products:mine"),
                menu.Entry(2, _("Designation applications"), "products:applications"),
            ],
            audience=perms.may_see_own_products,
        )
