from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts import perms, selectors, services
from accounts.enums import ConsentDocument, Language
from accounts.forms import ProfileForm
from accounts.services.people import CONSENT_VERSIONS
from core.access import access, actor_of, public


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.is_signed_in)
def profile(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = ProfileForm(request.POST or None, instance=selectors.person(user_id=actor.pk))
    if request.method == "POST" and form.is_valid():
        person = services.update_profile(actor=actor, **form.cleaned_data)
        translation.activate(person.language)
        messages.success(request, _("Your profile is saved."))
        response = redirect("accounts:profile")
        get_adapter().remember_language(response, person.language)
        return response
    memberships = selectors.own_memberships(actor=actor)
    return render(request, "accounts/profile.html", {"form": form, "memberships": memberships})


@require_POST
@public
def switch_language(request: HttpRequest) -> HttpResponse:
    """Django's language switch, which also remembers the choice for people who are signed in."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in Language.values and language != request.user.language:
        services.set_language(actor=actor_of(request), language=language)
    return set_language(request)


@require_safe
@public
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/terms.html", {"version": CONSENT_VERSIONS[ConsentDocument.TERMS]})


@require_safe
@public
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/privacy.html", {"version": CONSENT_VERSIONS[ConsentDocument.PRIVACY]})
