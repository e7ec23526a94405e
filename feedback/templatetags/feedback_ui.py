from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from feedback import perms
from feedback.models import plain_number

register = template.Library()


@register.filter
def plain(value: Decimal | None) -> str:
    """A measured number without the zeros that only storage needs; nothing measured is a dash."""
    return "–" if value is None else plain_number(value)


@register.simple_tag
def feedback_tabs(request: Any) -> list[dict[str, Any]]:
    """The lists of this area that the visitor may open, the present one marked."""
    names = [("use_list", _("Pilot uses"))]
    if perms.may_browse_as_institution(request.user):
        names.append(("report_list", _("Result reports")))
    if perms.may_browse_feedback(request.user):
        names.append(("feedback_list", _("Feedback")))
    names += [("verdict_list", _("Verdicts")), ("purchase_list", _("Follow-up purchases"))]
    if perms.may_browse_feedback(request.user):
        names.append(("certificate_list", _("Certificates")))
    urls = [(reverse(f"feedback:{name}"), label) for name, label in names]
    return [{"url": url, "label": label, "is_current": request.path == url} for url, label in urls]
