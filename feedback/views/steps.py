"""The form page that all steps of this area share: what happens, the form, one service call, back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import actor_of
from core.errors import DomainError
from core.uploads import StagedFiles, stage_uploads


def posted(request: HttpRequest) -> Any:
    """The data for a form: what was sent, or None on a first visit."""
    return request.POST if request.method == "POST" else None


def staged(request: HttpRequest, purpose: str, field: str = "files") -> StagedFiles:
    """Store what arrived with the form, before the form is judged."""
    if request.method != "POST":
        return StagedFiles()
    kept = request.POST.getlist(f"kept_{field}")
    return stage_uploads(actor=actor_of(request), files=request.FILES.getlist(field), kept=kept, purpose=purpose)


def step_page(
    request: HttpRequest,
    *,
    form: forms.Form,
    act: Callable[[dict[str, Any]], Any],
    done: str,
    back: str,
    files: StagedFiles | None = None,
    **texts: Any,
) -> HttpResponse:
    """Show the form, or take it: ``act`` gets the cleaned values; a refusal stays on the page with the input.

    ``texts`` are ``title`` and ``button``, and where useful ``lead`` and ``facts`` (label, value).
    """
    errors = list(files.errors) if files else []
    if request.method == "POST" and form.is_valid() and not errors and _taken(form, act):
        messages.success(request, done)
        return redirect(back)
    context = {"lead": "", "facts": [], **texts, "form": form, "back": back, "file_errors": errors}
    context |= {"staged": files.files if files else [], "has_files": "files" in form.fields}
    return render(request, "feedback/step.html", context, status=422 if form.errors or errors else 200)


def _taken(form: forms.Form, act: Callable[[dict[str, Any]], Any]) -> bool:
    """Call the service; False when it refused, with the refusal on the form and the input kept."""
    try:
        act({name: value for name, value in form.cleaned_data.items() if name != "files"})
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    return True


def act_and_return(request: HttpRequest, *, back: str, act: Callable[[], Any], done: str) -> HttpResponse:
    """A button without a form: one service call, then back to the page with a message."""
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(back)
