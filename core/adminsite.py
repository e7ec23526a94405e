from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
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

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in for everybody; somebody without access learns so instead of looping."""
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            wanted = reverse("admin:index")
        if request.user.is_authenticated:
            return redirect(wanted if self.has_permission(request) else "core:home")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")
