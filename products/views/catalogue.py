"""The public catalogue."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import public
from core.exports import export_response
from core.panels import panels_for
from core.tables import listing
from products import forms, selectors

SORTS = {"name": "name", "price": "lowest_price_krw", "validity": "valid_until", "newest": "-registered_at"}


@require_safe
@public
def catalogue(request: HttpRequest) -> HttpResponse:
    form = forms.CatalogueForm(request.GET)
    products = selectors.catalogue(query=form.query())
    if fmt := request.GET.get("export"):
        return export_response(
            fmt=fmt,
            filename="products",
            header=selectors.CATALOGUE_HEADER,
            rows=selectors.catalogue_rows(products=products),
        )
    rows = listing(request, products, sorts=SORTS, per_page=12)
    context = {
        "form": form,
        "listing": rows,
        "page": rows.page,
        "rows": selectors.catalogue_cards(products=rows.page.object_list),
        "breadcrumb": [{"label": _("Innovative products"), "url": ""}],
    }
    return render(request, "products/list.html", context)


@require_safe
@public
def detail(request: HttpRequest, product_id: int) -> HttpResponse:
    shown = selectors.product_page(product_id=product_id, actor=request.user)
    if shown is None:
        raise Http404
    context: dict[str, Any] = {
        "shown": shown,
        "product": shown.product,
        "actions": panels_for("products.actions", product_id, request.user),
        "panels": panels_for("products.detail", product_id, request.user),
        "breadcrumb": [
            {"label": _("Innovative products"), "url": reverse("products:list")},
            {"label": shown.product.name, "url": ""},
        ],
    }
    return render(request, "products/detail.html", context)


@require_safe
@public
def certificate(request: HttpRequest, product_id: int, designation_id: int) -> HttpResponse:
    """A page that prints as the certificate of designation."""
    designation = (
        selectors.designations_for_certificate(actor=request.user)
        .filter(pk=designation_id, product_id=product_id)
        .first()
    )
    if designation is None:
        raise Http404
    context = {
        "designation": designation,
        "product": designation.product,
        "items": designation.product.items.order_by("position", "pk"),
        "breadcrumb": [
            {"label": _("Innovative products"), "url": reverse("products:list")},
            {"label": designation.product.name, "url": reverse("products:detail", args=[product_id])},
            {"label": _("Certificate"), "url": ""},
        ],
    }
    return render(request, "products/certificate.html", context)
