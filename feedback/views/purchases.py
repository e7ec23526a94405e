"""Follow-up purchases, recorded by either side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.access import access, actor_of
from core.exports import export_response
from core.tables import listing
from feedback import perms, selectors, services
from feedback.forms.uses import PurchaseFilterForm, PurchaseForm
from feedback.views.steps import posted, step_page

SORTS = {"product": "product__name", "date": "purchased_on", "amount": "amount_krw"}


@require_safe
@access(perms.may_browse_uses)
def purchase_list(request: HttpRequest) -> HttpResponse:
    """Recorded follow-up purchases."""
    form = PurchaseFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = selectors.purchase_list(actor=actor_of(request), text=asked.get("q", ""), status=asked.get("status", ""))
    if fmt := request.GET.get("export"):
        header = [_("Product"), _("Institution"), _("Purchased on"), _("Units"), _("Amount in won"), _("Status")]
        cells = (
            [p.product.name, p.institution.name, p.purchased_on, p.units, p.amount_krw, p.get_status_display()]
            for p in rows
        )
        return export_response(fmt=fmt, filename="follow-up-purchases", header=header, rows=cells)
    table = listing(request, rows, sorts=SORTS, default="-purchased_on")
    return render(request, "feedback/purchase_list.html", {"table": table, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_browse_uses)
def purchase_create(request: HttpRequest) -> HttpResponse:
    """Record a purchase after a pilot."""
    actor = actor_of(request)
    products, institutions = selectors.purchase_choices(actor=actor)
    form = PurchaseForm(posted(request), products=products, institutions=institutions)
    return step_page(
        request,
        form=form,
        title=_("Record a follow-up purchase"),
        lead=_("The Public Procurement Service confirms the record; only then it counts in public figures."),
        button=_("Record"),
        back=reverse("feedback:purchase_list"),
        act=lambda _values: services.record_purchase(actor=actor, **form.values()),
        done=_("The purchase was recorded."),
    )
