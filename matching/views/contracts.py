"""Contracts as their parties see them."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import access, actor_of
from core.exports import export_response
from core.tables import listing
from matching import perms, selectors
from matching.forms import CONTRACT_STATES, SearchForm

SORTS = {
    "number": "number",
    "product": "product__name",
    "total": "total_krw",
    "signed_on": "signed_on",
    "due_on": "delivery_due_on",
    "status": "status",
}


@require_safe
@access(perms.may_browse_contracts)
def contract_list(request: HttpRequest) -> HttpResponse:
    """Signed contracts that one's organization supplies or receives under."""
    form = SearchForm(request.GET, choices=CONTRACT_STATES)
    contracts = _filtered(selectors.contracts_of(actor=actor_of(request)), form)
    if fmt := request.GET.get("export"):
        return _export(fmt, contracts)
    context = {
        "form": form,
        "listing": listing(request, contracts, sorts=SORTS, default="-signed_on"),
        "breadcrumb": [{"label": _("Contracts"), "url": ""}],
    }
    return render(request, "matching/contract_list.html", context)


def _filtered(contracts: Any, form: SearchForm) -> Any:
    if status := form.value("status"):
        contracts = contracts.filter(status=status)
    if text := form.value("q"):
        contracts = contracts.filter(
            Q(number__icontains=text) | Q(product__name__icontains=text) | Q(supplier__name__icontains=text)
        )
    return contracts


def _export(fmt: str, contracts: Any) -> HttpResponse:
    header = [_("Contract"), _("Product"), _("Supplier"), _("Amount"), _("Signed on"), _("Deliver by"), _("Status")]
    rows = (
        [
            contract.number,
            contract.product.name,
            contract.supplier.name,
            contract.total_krw,
            contract.signed_on,
            contract.delivery_due_on,
            contract.get_status_display(),
        ]
        for contract in contracts
    )
    return export_response(fmt=fmt, filename="contracts", header=header, rows=rows)


@require_safe
@access(perms.may_browse_contracts)
def contract_detail(request: HttpRequest, contract_id: int) -> HttpResponse:
    """A contract with the lines that concern one's organization."""
    actor = actor_of(request)
    contract = get_object_or_404(selectors.contracts_of(actor=actor), pk=contract_id)
    lines = list(selectors.contract_lines(contract=contract, actor=actor))
    own = {line.pk for line in lines}
    context = {
        "contract": contract,
        "lines": [(line, selectors.places_of_line(line=line)) for line in lines],
        "amendments": [row for row in selectors.amendments_of(contract=contract) if row.line_id in own],
        "breadcrumb": [
            {"label": _("Contracts"), "url": "/my/contracts/"},
            {"label": contract.number, "url": ""},
        ],
    }
    return render(request, "matching/contract_detail.html", context)
