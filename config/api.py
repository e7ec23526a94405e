"""The REST API: every app's viewsets under one root, and the explicit list of what is public."""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.urls import include, path
from django.utils.module_loading import module_has_submodule
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

# Endpoints that answer without a sign-in. A test compares this list with what the views say.
PUBLIC: set[str] = {"products", "rounds", "matches", "reviews", "verdicts", "notices", "demonstrations", "statistics"}


def _router() -> DefaultRouter:
    """Each app's ``api.py`` offers ``ENDPOINTS``: a list of (prefix, viewset)."""
    router = DefaultRouter()
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "api"):
            for prefix, viewset in getattr(import_module(f"{config.name}.api"), "ENDPOINTS", []):
                router.register(prefix, viewset, basename=f"api-{prefix}")
    return router


router = _router()
urlpatterns: list[Any] = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]
