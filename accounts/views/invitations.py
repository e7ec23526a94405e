from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import perms, selectors, services
from accounts.enums import InvitationStatus
from accounts.models import Invitation
from core.access import access, actor_of, public
from core.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
@public
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation link, in the language of the invitation."""
    found = selectors.invitation_by_token(token=token)
    if found is None:
        raise Http404
    landing = services.landing_of(invitation=found, token=token)
    if landing is not None:
        return redirect(landing)
    if request.method == "POST":
        return _answer(request, found)
    with translation.override(found.language):
        return render(request, "accounts/invitation.html", _context(request, found))


def _context(request: HttpRequest, found: Invitation) -> dict[str, Any]:
    signed_in = request.user.is_authenticated
    return {
        "invitation": found,
        "is_open": found.status == InvitationStatus.SENT and not found.is_overdue,
        "is_mine": signed_in and perms.may_answer_invitation(actor_of(request), found),
        "is_known": selectors.person_by_email(email=found.email) is not None,
    }


def _answer(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Accept when signed in; otherwise go and sign up or in, and come back."""
    if request.user.is_authenticated:
        try:
            services.accept_invitation(actor=actor_of(request), invitation_id=found.pk)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(request.path)
        messages.success(request, _("Welcome. You now belong to the organization."))
        return redirect(found.landing or "accounts:organization")
    if selectors.person_by_email(email=found.email) is not None:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    # Whoever has the link read the mail, so the address needs no second proof.
    get_adapter().stash_verified_email(request, found.email)
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': request.path})}")


def _manage(request: HttpRequest, invitation_id: int, service: Any, done: str) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(selectors.invitations_to_manage(actor=actor), pk=invitation_id)
    try:
        service(actor=actor, invitation_id=found.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done % {"email": found.email})
    return redirect("accounts:members")


@require_POST
@access(perms.administers_current)
def resend(request: HttpRequest, invitation_id: int) -> HttpResponse:
    done = _("The invitation is on its way to %(email)s again.")
    return _manage(request, invitation_id, services.resend_invitation, done)


@require_POST
@access(perms.administers_current)
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    done = _("The invitation to %(email)s is revoked. Its link no longer works.")
    return _manage(request, invitation_id, services.revoke_invitation, done)
