from collections.abc import Callable

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts import perms

# Pages that somebody needs on the way to a second factor, or to get out again.
_OPEN_NAMES = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "account_logout",
        "switch_language",
        "health",
    }
)


def needs_second_factor(request: HttpRequest) -> bool:
    """PPS staff work with a second factor; only invented people on a demonstration server go without."""
    user = request.user
    if not perms.is_pps(user):
        return False
    if settings.DEMO_SKIP_MFA and getattr(user, "is_demo", False):
        return False
    return not get_adapter().is_mfa_enabled(user)


class RequireSecondFactor:
    """Send PPS staff who have no second factor to the page that sets one up, wherever they wanted to go."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith((settings.STATIC_URL, "/health/")) or not needs_second_factor(request):
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            text = _("Set up a second factor for your sign-in first.")
            return JsonResponse(
                {"type": "about:blank", "title": text, "status": 403},
                status=403,
                content_type="application/problem+json",
            )
        return self.get_response(request) if self._is_open(request) else redirect("mfa_activate_totp")

    def _is_open(self, request: HttpRequest) -> bool:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return False
        return match.url_name in _OPEN_NAMES
