"""The page behind an invitation link: an institution abroad works here without an account, in English."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access import public
from core.errors import DomainError
from matching.enums import LineStatus
from overseas import selectors, services
from overseas.enums import DemonstrationStatus
from overseas.forms import AcceptForm, AgreeForm, ReportForm
from overseas.models import Demonstration


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def guest(request: HttpRequest, token: str) -> HttpResponse:
    """What this institution can do now: agree, inspect, report; or see how far things are."""
    demonstration = selectors.demonstration_by_token(token=token)
    if demonstration is None:
        raise Http404
    with translation.override("en"):
        form_class = _form_of(demonstration)
        form = form_class(request.POST or None) if form_class else None
        if request.method == "POST" and form is not None and form.is_valid() and _answer(request, demonstration, form):
            return redirect("overseas:guest", token)
        context = {
            "demonstration": demonstration,
            "application": demonstration.application,
            "form": form,
            "form_name": form_class.__name__ if form_class else "",
            "steps": selectors.guest_steps(demonstration=demonstration),
        }
        return HttpResponse(render(request, "overseas/guest.html", context).content)


def _form_of(demonstration: Demonstration) -> type[Form] | None:
    if demonstration.status == DemonstrationStatus.AGREEING:
        return AgreeForm
    if demonstration.status == DemonstrationStatus.CONTRACTED:
        line = services.line_of(demonstration=demonstration)
        return AcceptForm if line is not None and line.status == LineStatus.DELIVERED else None
    return ReportForm if demonstration.status == DemonstrationStatus.IN_USE else None


def _answer(request: HttpRequest, demonstration: Demonstration, form: Any) -> bool:
    values = dict(form.cleaned_data)
    try:
        if isinstance(form, AgreeForm):
            agrees = values.pop("answer") == "agree"
            services.give_agreement(demonstration_id=demonstration.pk, agrees=agrees, **values)
        elif isinstance(form, AcceptForm):
            accepts = values.pop("answer") == "accept"
            services.accept_delivery(demonstration_id=demonstration.pk, accepts=accepts, **values)
        else:
            services.report_result(demonstration_id=demonstration.pk, **values)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, translation.gettext("Thank you. Your answer has been recorded."))
    return True
