"""Pages for everybody: results of a product, and the check of a certificate."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from core.access import public
from core.tables import listing
from feedback import selectors
from feedback.forms.answers import CodeForm


@require_safe
@public
def product_results(request: HttpRequest, product_id: int) -> HttpResponse:
    """All published pilot results of a product."""
    product = get_object_or_404(selectors.public_products(), pk=product_id)
    table = listing(
        request, selectors.published_reports(product_id=product.pk), sorts={"date": "decided_at"}, per_page=10
    )
    context = {
        "product": product,
        "table": table,
        "reports": [selectors.as_public_report(report=report) for report in table.page.object_list],
        "verdicts": selectors.product_verdicts(product_id=product.pk),
        "record": selectors.product_record(product_id=product.pk),
    }
    return render(request, "feedback/product_results.html", context)


@require_safe
@public
def verify_form(request: HttpRequest) -> HttpResponse:
    """Where somebody types the number from a printed certificate."""
    form = CodeForm(request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("feedback:verify", code=form.cleaned_data["code"].strip().replace(" ", "-"))
    return render(request, "feedback/verify_form.html", {"form": form})


@require_safe
@public
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate behind a number; an unknown number gets a page that says so, with 404."""
    certificate = selectors.certificate_by_code(code=code)
    if certificate is None:
        context = {"form": CodeForm(initial={"code": code}), "unknown": True}
        return render(request, "feedback/verify_form.html", context, status=404)
    is_intact = selectors.fingerprint(body=certificate.body) == certificate.sha256
    url = request.build_absolute_uri(request.path)
    return render(request, "feedback/verify.html", {"certificate": certificate, "is_intact": is_intact, "url": url})
