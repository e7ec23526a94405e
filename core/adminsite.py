from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import dashboard


class PortalAdminSite(admin.AdminSite):
    """Where PPS staff work. The home page shows what waits for whom before it lists tables."""

    site_header = _("Innovation Market · PPS workplace")
    site_title = _("PPS workplace")
    index_title = _("What waits for you")
    enable_nav_sidebar = True
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = {"work_queues": dashboard.queues_for(request.user), **(extra_context or {})}
        return super().index(request, context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in for everybody; somebody without access learns so instead of looping."""
        if request.user.is_authenticated and not self.has_permission(request):
            return redirect("core:home")
        return redirect(f"{reverse('account_login')}?next={request.GET.get('next', reverse('admin:index'))}")
