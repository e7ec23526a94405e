from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.access import public
from market import selectors


@require_safe
@public
def home(request: HttpRequest) -> HttpResponse:
    """The front door: what is open, what is new, what has come of it."""
    context = {
        "figures": selectors.figures_now(),
        "notices": selectors.latest_notices(),
        "open_rounds": selectors.open_rounds(),
        "reviews": selectors.latest_feedback(),
    }
    return render(request, "market/home.html", context)


@require_safe
@public
def guide(request: HttpRequest) -> HttpResponse:
    """How the programme works, for each side, in one page."""
    return render(request, "market/guide.html")
