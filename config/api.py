"""The REST API: every app's viewsets under one root, and the explicit list of what is public."""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.urls import include, path
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from core import views

# Endpoints that answer without a sign-in. A test compares this list with what the views say.
PUBLIC: set[str] = {"products", "rounds", "matches", "reviews", "verdicts", "notices", "demonstrations", "statistics"}

# What each endpoint offers, for the page that people read; what is missing here is told by the code in English.
SUMMARIES: dict[str, Any] = {
    "applications": _("Pilot-use applications of the institution that the caller works for"),
    "demonstrations": _("Demonstrations abroad, from the contract on"),
    "matches": _("Awards of published rounds, and the files that prove a result"),
    "notices": _("Published notices with every version"),
    "plans": _("Pilot-use plans of the supplier that the caller works for"),
    "products": _("Innovative products with their designation, models and prices"),
    "reviews": _("Published reports of institutions with the supplier's reply"),
    "rounds": _("Schedule of rounds, and once a round has opened, its products"),
    "statistics": _("Key figures of the programme"),
    "verdicts": _("Verdicts on products and on the use at single institutions"),
}


def _router() -> DefaultRouter:
    """Each app's ``api.py`` offers ``ENDPOINTS``: a list of (prefix, viewset)."""
    router = DefaultRouter()
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "api"):
            for prefix, viewset in getattr(import_module(f"{config.name}.api"), "ENDPOINTS", []):
                router.register(prefix, viewset, basename=f"api-{prefix}")
    return router


# Swagger's own page carries an inline style, which our policy refuses; ours has the same in a file.
EXPLORER = SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="core/api_explorer.html")
router = _router()
urlpatterns: list[Any] = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", views.api_reference, {"summaries": SUMMARIES}, name="api-docs"),
    path("docs/explorer/", EXPLORER, name="api-explorer"),
]
