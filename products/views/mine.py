"""A supplier's own products."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import drafts
from core.access import access, actor_of
from core.errors import DomainError
from core.exports import export_response
from core.tables import listing
from core.uploads import StagedFiles, files_of, stage_uploads
from products import forms, perms, selectors, services
from products.enums import ProductStatus
from products.models import Product
from products.workflow import PRODUCT_WORKFLOW

SORTS = {
    "name": "name",
    "status": "status",
    "price": "lowest_price_krw",
    "validity": "valid_until",
    "changed": "-updated_at",
}


def _own(request: HttpRequest, product_id: int) -> Product:
    product = selectors.own_product(actor=actor_of(request), product_id=product_id)
    if product is None:
        raise Http404
    return product


def _trail(*steps: tuple[str, str]) -> list[dict[str, str]]:
    first = {"label": _("My products"), "url": reverse("products:mine")}
    return [first, *({"label": label, "url": url} for label, url in steps)]


@require_safe
@access(perms.may_see_own_products)
def mine(request: HttpRequest) -> HttpResponse:
    form = forms.OwnProductsForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    products = selectors.own_products(
        actor=actor_of(request),
        text=asked.get("q", ""),
        status=asked.get("status", ""),
        product_type=asked.get("type", ""),
    )
    if fmt := request.GET.get("export"):
        rows = selectors.catalogue_rows(products=products)
        return export_response(fmt=fmt, filename="my-products", header=selectors.CATALOGUE_HEADER, rows=rows)
    listed = listing(request, products, sorts=SORTS)
    context = {
        "form": form,
        "listing": listed,
        "page": listed.page,
        "is_filtered": any(asked.values()),
        "may_register": perms.may_register_product(actor_of(request)),
        "breadcrumb": [{"label": _("My products"), "url": ""}],
    }
    return render(request, "products/mine.html", context)


@require_safe
@access(perms.may_see_own_products)
def own(request: HttpRequest, product_id: int) -> HttpResponse:
    product = _own(request, product_id)
    context = {
        "product": product,
        "designation": selectors.current_designation(product=product),
        "files": files_of(target=product),
        "missing": services.missing_for_registration(product=product) if product.is_draft else [],
        "actions": {str(action) for action in PRODUCT_WORKFLOW.available(product, actor_of(request))},
        "may_edit": perms.may_edit_product(actor_of(request), product),
        "applications": selectors.applications_of(actor=actor_of(request)).filter(product=product),
        "may_apply": selectors.products_to_apply_for(actor=actor_of(request)).filter(pk=product.pk).exists(),
        "withdraw_form": forms.ReasonForm(),
        "breadcrumb": _trail((product.name, "")),
    }
    return render(request, "products/own.html", context)


def _stage(request: HttpRequest) -> dict[str, StagedFiles]:
    """Store every upload of the form before the form is judged."""
    return {
        name: stage_uploads(
            actor=actor_of(request),
            files=request.FILES.getlist(name),
            kept=request.POST.getlist(f"kept_{name}"),
            purpose=purpose,
        )
        for name, purpose in forms.FILE_FIELDS.items()
    }


def _form_page(
    request: HttpRequest,
    bundle: forms.ProductBundle,
    product: Product | None,
    staged: dict[str, StagedFiles] | None = None,
    *,
    is_restored: bool = False,
) -> HttpResponse:
    key = services.product_draft_key(product_id=product.pk if product else None)
    trail = [(_("Register a product"), "")]
    if product:
        trail = [(product.name, reverse("products:own", args=[product.pk])), (_("Edit"), "")]
    context: dict[str, Any] = {
        "bundle": bundle,
        "form": bundle.form,
        "product": product,
        "staged": staged or {},
        "stored": files_of(target=product) if product else [],
        "autosave_url": reverse("core:draft", args=[key]),
        "is_restored": is_restored,
        "discard_url": f"{request.path}?discard=1",
        "breadcrumb": _trail(*trail),
    }
    return render(request, "products/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_product)
def create(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access(perms.may_register_product)
def edit(request: HttpRequest, product_id: int) -> HttpResponse:
    product = _own(request, product_id)
    if product.status == ProductStatus.WITHDRAWN:
        messages.warning(request, _("A withdrawn product cannot be edited. Restore it as a draft first."))
        return redirect("products:own", product_id)
    return _edit(request, product)


def _edit(request: HttpRequest, product: Product | None) -> HttpResponse:
    if request.method == "POST":
        return _posted(request, product)
    key = services.product_draft_key(product_id=product.pk if product else None)
    draft = None if request.GET.get("discard") else drafts.load_draft(actor=actor_of(request), key=key)
    return _form_page(request, forms.ProductBundle(product=product, draft=draft), product, is_restored=bool(draft))


def _posted(request: HttpRequest, product: Product | None) -> HttpResponse:
    staged = _stage(request)
    if request.POST.get("do") == "rows":
        bundle = forms.ProductBundle(product=product, draft=request.POST)
        return _form_page(request, bundle, product, staged)
    registers = request.POST.get("do") == "register"
    must_be_complete = registers or (product is not None and not product.is_draft)
    bundle = forms.ProductBundle(product=product, data=request.POST, must_be_complete=must_be_complete)
    bundle.refuse_files({name: files.errors for name, files in staged.items()})
    if not bundle.is_valid():
        return _form_page(request, bundle, product, staged)
    try:
        return _save(request, bundle, product, staged, registers=registers)
    except DomainError as error:
        bundle.form.add_error(None, str(error))
        return _form_page(request, bundle, product, staged)


def _save(
    request: HttpRequest,
    bundle: forms.ProductBundle,
    product: Product | None,
    staged: dict[str, StagedFiles],
    *,
    registers: bool,
) -> HttpResponse:
    actor = actor_of(request)
    known_id = product.pk if product else None
    content = bundle.content(file_ids={name: files.ids for name, files in staged.items()})
    key = services.product_draft_key(product_id=known_id)
    if registers:
        receipt = services.save_and_register_product(actor=actor, content=content, product_id=known_id)
        drafts.drop_draft(actor=actor, key=key)
        return redirect("core:receipt", receipt.number)
    saved = services.save_product(actor=actor, content=content, product_id=known_id)
    drafts.drop_draft(actor=actor, key=key)
    messages.success(request, _("The product was saved."))
    return redirect("products:own", saved.pk)


@require_POST
@access(perms.may_register_product)
def register(request: HttpRequest, product_id: int) -> HttpResponse:
    """Register a complete draft from its page."""
    product = _own(request, product_id)
    try:
        receipt = services.register_product(actor=actor_of(request), product_id=product.pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("products:own", product_id)
    return redirect("core:receipt", receipt.number)


@require_POST
@access(perms.may_see_own_products)
def withdraw(request: HttpRequest, product_id: int) -> HttpResponse:
    product = _own(request, product_id)
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The product was not withdrawn, because the reason is missing. Say why."))
        return redirect("products:own", product_id)
    try:
        services.withdraw_product(actor=actor_of(request), product_id=product.pk, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The product was withdrawn."))
    return redirect("products:own", product_id)


@require_POST
@access(perms.may_register_product)
def restore(request: HttpRequest, product_id: int) -> HttpResponse:
    product = _own(request, product_id)
    try:
        services.restore_product(actor=actor_of(request), product_id=product.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The product is a draft again."))
    return redirect("products:own", product_id)


@require_POST
@access(perms.may_register_product)
def copy(request: HttpRequest, product_id: int) -> HttpResponse:
    product = _own(request, product_id)
    try:
        copied = services.copy_product(actor=actor_of(request), product_id=product.pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("products:own", product_id)
    messages.success(request, _("This is the copy. Change what is different, then register it."))
    return redirect("products:edit", copied.pk)


@require_POST
@access(perms.may_register_product)
def file_remove(request: HttpRequest, product_id: int, file_id: str) -> HttpResponse:
    product = _own(request, product_id)
    try:
        services.remove_file(actor=actor_of(request), product_id=product.pk, file_id=str(file_id))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The file was removed."))
    return redirect("products:edit", product_id)
