from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import (
    api,
    dashboard,
    drafts,
    health,
    licenses,
    mailbox,
    metrics,
    notifications,
    receipts,
    reference,
    uploads,
)
from core.access import access, actor_of, anyone_signed_in, public
from core.forms import PreferencesForm
from core.perms import may_read_mail_page, may_read_metrics
from core.selectors import inbox
from core.tables import listing


@require_safe
@access(anyone_signed_in)
def home(request: HttpRequest) -> HttpResponse:
    """The page after sign-in: what waits for this person."""
    actor = actor_of(request)
    waiting, quiet = dashboard.work_of(actor)
    latest = [_line(row) for row in inbox(actor=actor)[:5]]
    return render(request, "core/home.html", {"waiting": waiting, "quiet": quiet, "latest": latest})


def _line(row: Any) -> dict[str, Any]:
    return {"row": row, "title": notifications.render(row, "subject")}


@require_safe
@access(anyone_signed_in)
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Everything the portal has told this person."""
    rows = inbox(actor=actor_of(request), unread=request.GET.get("unread") == "1")
    table = listing(request, rows, sorts={}, default="-pk")
    lines = [_line(row) for row in table.page.object_list]
    return render(request, "core/inbox.html", {"table": table, "lines": lines})


@require_POST
@access(anyone_signed_in)
def inbox_open(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one notification as read and go where it points."""
    actor = actor_of(request)
    row = get_object_or_404(inbox(actor=actor), pk=notification_id)
    notifications.mark_read(actor=actor, notification_ids=[row.pk])
    safe = url_has_allowed_host_and_scheme(row.url, allowed_hosts=None)
    return redirect(row.url if row.url and safe else "core:inbox")


@require_POST
@access(anyone_signed_in)
def inbox_read_all(request: HttpRequest) -> HttpResponse:
    notifications.mark_read(actor=actor_of(request))
    return redirect("core:inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@access(anyone_signed_in)
def preferences(request: HttpRequest) -> HttpResponse:
    """Which facts come by mail, at once or in a summary."""
    actor = actor_of(request)
    side = getattr(getattr(actor, "current_organization", None), "kind", "")
    form = PreferencesForm(request.POST or None, chosen=notifications.preferences_of(actor=actor), side=side)
    if request.method == "POST" and form.is_valid():
        notifications.set_preferences(actor=actor, wanted=form.wanted())
        messages.success(request, _("Your choice has been saved."))
        return redirect("core:preferences")
    return render(request, "core/preferences.html", {"form": form})


@require_safe
@public
def file(request: HttpRequest, file_id: str) -> Any:
    """Hand out an upload after a permission check; images and PDF may open in the browser, the rest downloads."""
    stored = uploads.readable(actor=request.user, file_id=file_id)
    if stored is None:
        raise Http404
    inline = stored.content_type in {"image/png", "image/jpeg", "image/webp", "application/pdf"}
    response = FileResponse(
        stored.file.open("rb"),
        content_type=stored.content_type,
        as_attachment=not inline,
        filename=stored.original_name,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "public, max-age=86400" if stored.is_public else "private, no-store"
    return response


@require_POST
@access(anyone_signed_in)
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """Autosave: keep what the form holds now."""
    content = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
    if sum(len(text) for texts in content.values() for text in texts) > drafts.MAX_CHARACTERS:
        return JsonResponse({"detail": _("The form is too long to be kept as a draft.")}, status=413)
    drafts.save_draft(actor=actor_of(request), key=key, content=content)
    return HttpResponse(status=204)


@require_safe
@access(anyone_signed_in)
def receipt_list(request: HttpRequest) -> HttpResponse:
    table = listing(request, receipts.receipts_of(actor=actor_of(request)), sorts={"time": "issued_at"}, default="-pk")
    return render(request, "core/receipt_list.html", {"table": table})


@require_safe
@access(anyone_signed_in)
def receipt_page(request: HttpRequest, number: str) -> HttpResponse:
    """A printable receipt."""
    receipt = receipts.receipt_by_number(actor=actor_of(request), number=number)
    if receipt is None:
        raise Http404
    return render(request, "core/receipt.html", {"receipt": receipt})


@never_cache
@require_safe
@public
def health_page(request: HttpRequest) -> HttpResponse:
    """200 only when database, broker and migrations are fine."""
    state = health.check()
    return JsonResponse(
        {"status": "ok" if state.is_ok else "down", **state.checks}, status=200 if state.is_ok else 503
    )


@never_cache
@require_safe
@public
def metrics_page(request: HttpRequest) -> HttpResponse:
    """For the monitoring: where a token is set, only for whoever sends it."""
    if not may_read_metrics(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


@never_cache
@require_safe
@public
def mail_page(request: HttpRequest) -> HttpResponse:
    """The mail of a developer's machine; does not exist where mail is really sent."""
    if not may_read_mail_page(request.user):
        raise Http404
    recipient = request.GET.get("to", "")
    return render(request, "core/mail.html", {"mails": mailbox.mails(recipient=recipient), "recipient": recipient})


@require_safe
@public
def api_reference(request: HttpRequest, summaries: dict[str, Any]) -> HttpResponse:
    """The API to read, made from its schema."""
    context = {"groups": reference.groups(summaries=summaries), "base": f"{settings.SITE_URL}/api/v1/"}
    return render(request, "core/api_reference.html", context)


@require_safe
@public
def licenses_page(request: HttpRequest) -> HttpResponse:
    """What others made, and under which licences."""
    return render(request, "core/licenses.html", {"licenses": licenses.served_licenses()})


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form sent from an outdated page: say what to do, in words. The way back never leads to another site."""
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("market:home")
    return render(request, "core/csrf_failure.html", {"back": back}, status=403)


@public
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is not there; other systems are told so in their own way."""
    if request.path.startswith("/api/"):
        return api.problem(status=404, title=_("Not found."), instance=request.path)
    return defaults.page_not_found(request, exception)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """Something went wrong on our side; nobody sees a trace."""
    if request.path.startswith("/api/"):
        return api.problem(status=500, title=_("The server met an error."), instance=request.path)
    return defaults.server_error(request)
