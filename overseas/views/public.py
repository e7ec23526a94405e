from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import actor_of, public
from core.exports import export_response
from core.tables import listing
from overseas import perms, selectors
from overseas.forms import PublicFilterForm

SORTS = {"country": "application__country__name_en", "product": "application__product__name"}


@require_safe
@public
def overview(request: HttpRequest) -> HttpResponse:
    """Demonstrations abroad as a list and on a world map."""
    form = PublicFilterForm(request.GET)
    rows = selectors.public_demonstrations(**form.values())
    if fmt := request.GET.get("export"):
        shown = (selectors.as_public(demonstration=row) for row in rows.order_by("-pk"))
        return export_response(
            fmt=fmt,
            filename="overseas",
            header=[_("Number"), _("Country"), _("Institution abroad"), _("Product"), _("Supplier"), _("State")],
            rows=([d.number, d.country, d.institution, d.product, d.supplier, d.status_label] for d in shown),
        )
    table = listing(request, rows, sorts=SORTS, default="-pk")
    countries = selectors.countries_reached()
    context = {
        "form": form,
        "table": table,
        "rows": [selectors.as_public(demonstration=row) for row in table.page.object_list],
        "countries": countries,
        "map_rows": [{"code": c.code, "label": str(c), "value": n, "url": f"?country={c.code}"} for c, n in countries],
        "calls": selectors.open_calls(),
        "may_apply": not request.user.is_authenticated or perms.may_apply(actor_of(request)),
    }
    return render(request, "overseas/overview.html", context)


@require_safe
@public
def demonstration(request: HttpRequest, demonstration_id: int) -> HttpResponse:
    row = selectors.public_demonstration(demonstration_id=demonstration_id)
    if row is None:
        raise Http404
    breadcrumb = [{"label": _("Overseas demonstration"), "url": "/overseas/"}, {"label": row.institution}]
    return render(request, "overseas/demonstration.html", {"row": row, "breadcrumb": breadcrumb})
