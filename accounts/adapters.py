"""What django-allauth asks this project: how a sign-up is saved, where people land, in which language they read."""

from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import perms, services
from accounts.models import User


@dataclass(frozen=True, slots=True)
class Portal:
    """What letters call the site; there is no table of sites."""

    name: str
    domain: str = settings.SITE_URL


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: ARG002
        """Create the person through the service, with the consents ticked on the form."""
        given = form.cleaned_data
        return services.sign_up(
            email=given["email"], password=given["password1"], name=given["name"], language=given["language"]
        )

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """From here on the pages speak the language the person prefers."""
        translation.activate(user.language)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        self.remember_language(response, user.language)
        return response

    def remember_language(self, response: HttpResponse, language: str) -> None:
        """Set the language cookie that ``LocaleMiddleware`` reads on every request."""
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff to their queues, people without an organization to the page that finds one, others to their home."""
        if perms.is_pps(request.user):
            return reverse("admin:index")
        if not perms.has_organization(request.user):
            return reverse("accounts:organization")
        return str(super().get_login_redirect_url(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to people in their own language, whatever language the page that caused the mail was in."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix, email, {"current_site": Portal(str(_("Innovation Market"))), **context})

    def format_email_subject(self, subject: str) -> str:
        """Letters come from the portal, not from a host name."""
        return f"[{_('Innovation Market')}] {subject}"
