"""Who may open a page. Every view wears ``@access(rule)`` or ``@public``; a test walks the resolver and insists."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def actor_of(request: HttpRequest) -> Any:
    """The signed-in person; only call behind ``LoginRequiredMiddleware``."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def anyone_signed_in(actor: Any) -> bool:
    """The widest rule for pages behind the sign-in."""
    return bool(actor.is_authenticated and actor.is_active)


def anyone(actor: Any) -> bool:
    """The rule of public pages."""
    return True


def access(rule: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """Let only people for whom ``rule(user)`` holds in; others get 403."""

    def decorate(view: Any) -> Any:
        @wraps(view)
        def checked(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not rule(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked.access_rule = rule  # type: ignore[attr-defined]
        return checked

    return decorate


def public(view: Any) -> Any:
    """A page for everybody, signed in or not."""

    @login_not_required
    @wraps(view)
    def opened(request: Any, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    opened.access_rule = anyone  # type: ignore[attr-defined]
    return opened
