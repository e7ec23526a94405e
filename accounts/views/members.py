from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import perms, selectors, services
from accounts.forms import InviteForm, MemberFilterForm, MemberRoleForm, ReasonForm
from accounts.models import Organization
from core.access import access, actor_of
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing

SORTS = {"name": "user__name", "role": "role", "joined": "joined_at"}


def _current(request: HttpRequest) -> Organization:
    """The organization of the signed-in person; the access rules of these pages guarantee that there is one."""
    return get_object_or_404(selectors.current_organizations(actor=actor_of(request)))


@require_safe
@access(perms.has_organization)
def members(request: HttpRequest) -> HttpResponse:
    """Everybody who acts for the organization; administrators also see who wants to."""
    actor = actor_of(request)
    organization = _current(request)
    filter_form = MemberFilterForm(request.GET)
    text = filter_form.cleaned_data["q"] if filter_form.is_valid() else ""
    rows = selectors.membership_rows(organization_id=organization.pk, text=text)
    if fmt := request.GET.get("export"):
        return _export(fmt, rows)
    context = {
        "organization": organization,
        "listing": listing(request, rows, sorts=SORTS),
        "filter_form": filter_form,
        "is_admin": perms.is_admin_of(actor, organization.pk),
        "me": perms.membership_in(actor, organization.pk),
    }
    if context["is_admin"]:
        context |= {
            "requests": selectors.join_requests(organization_id=organization.pk),
            "invitations": selectors.open_invitations(organization_id=organization.pk),
            "former": selectors.former_members(organization_id=organization.pk)[:20],
        }
    return render(request, "accounts/members.html", context)


def _export(fmt: str, rows: Any) -> HttpResponse:
    header = [_("Name"), _("E-mail address"), _("Telephone"), _("Role"), _("Joined")]
    lines = ([m.user.name, m.user.email, m.user.phone, m.get_role_display(), m.joined_at] for m in rows)
    return export_response(fmt=fmt, filename="members", header=header, rows=lines)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.administers_current)
def invite(request: HttpRequest) -> HttpResponse:
    organization = _current(request)
    form = InviteForm(request.POST or None, initial={"role": "officer", "language": "ko"})
    if request.method == "POST" and form.is_valid():
        try:
            services.invite_member(actor=actor_of(request), organization_id=organization.pk, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % form.cleaned_data)
            return redirect("accounts:members")
    return render(request, "accounts/invite.html", {"form": form, "organization": organization})


def _decide(
    request: HttpRequest,
    membership_id: int,
    *,
    form_class: type[Form],
    service: Callable[..., Any],
    words: dict[str, Any],
) -> HttpResponse:
    """One page for each decision about a member: what it does, a short form, one service."""
    actor = actor_of(request)
    membership = get_object_or_404(selectors.memberships_to_decide(actor=actor), pk=membership_id)
    form = form_class(request.POST or None, initial={"role": membership.role})
    if request.method == "POST" and form.is_valid():
        try:
            service(actor=actor, membership_id=membership.pk, **form.cleaned_data)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, words["done"] % {"name": membership.user.name})
        return redirect("accounts:members")
    return render(request, "accounts/decide.html", {"form": form, "membership": membership, **words})


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.administers_current)
def accept(request: HttpRequest, membership_id: int) -> HttpResponse:
    words = {
        "title": gettext_lazy("Accept request"),
        "lead": gettext_lazy("The person becomes a member and may act for the organization at once."),
        "done": gettext_lazy("%(name)s is a member now."),
    }
    return _decide(request, membership_id, form_class=MemberRoleForm, service=services.accept_request, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.administers_current)
def reject(request: HttpRequest, membership_id: int) -> HttpResponse:
    words = {
        "title": gettext_lazy("Turn down request"),
        "lead": gettext_lazy("The person is told your reason and may ask again."),
        "done": gettext_lazy("The request of %(name)s is turned down."),
    }
    return _decide(request, membership_id, form_class=ReasonForm, service=services.reject_request, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.administers_current)
def change_role(request: HttpRequest, membership_id: int) -> HttpResponse:
    words = {
        "title": gettext_lazy("Change role"),
        "lead": gettext_lazy("The new role holds from now on; the person is told."),
        "done": gettext_lazy("%(name)s has a new role."),
    }
    return _decide(request, membership_id, form_class=MemberRoleForm, service=services.change_role, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.administers_current)
def remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    words = {
        "title": gettext_lazy("Remove member"),
        "lead": gettext_lazy("The person can no longer act for the organization. What they did stays on record."),
        "done": gettext_lazy("%(name)s is no longer a member."),
    }
    return _decide(request, membership_id, form_class=ReasonForm, service=services.remove_member, words=words)


@require_POST
@access(perms.has_organization)
def leave(request: HttpRequest, membership_id: int) -> HttpResponse:
    actor = actor_of(request)
    membership = get_object_or_404(selectors.own_memberships(actor=actor), pk=membership_id)
    try:
        services.leave_organization(actor=actor, membership_id=membership.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You no longer act for %(name)s.") % {"name": membership.organization.name})
    return redirect("accounts:organization")
