"""What a supplier does with its products."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from core import calendar, drafts, uploads
from core.audit import record
from core.errors import NotPermitted
from core.models import Receipt, StoredFile
from core.receipts import issue_receipt
from products import perms
from products.enums import (
    VALID_DESIGNATIONS,
    DesignationStatus,
    PriceFlag,
    ProductAction,
    ProductSource,
    ProductStatus,
    ProductType,
)
from products.errors import ProductIncomplete, ProductInUse
from products.importer import cleaning
from products.models import (
    IntellectualProperty,
    Product,
    ProductCertification,
    ProductItem,
    searchable,
)
from products.workflow import PRODUCT_WORKFLOW

MIN_TRL_TYPE_2 = 7
"""Type 2 is for prototypes: technology readiness level 7 to 9 (docs/programme.md)."""

REQUIRED: dict[str, Any] = {
    "summary": gettext_lazy("one-line summary"),
    "description": gettext_lazy("description"),
    "category": gettext_lazy("category"),
    "detail_item_no": gettext_lazy("detailed item no."),
    "trade_unit": gettext_lazy("trade unit"),
    "technology_summary": gettext_lazy("core technology"),
    "price_evidence": gettext_lazy("price evidence"),
    "contact_name": gettext_lazy("contact person"),
    "contact_phone": gettext_lazy("contact phone"),
}
"""What a product needs before it can be registered, beside an item with a price."""


@dataclass(frozen=True)
class ProductContent:
    """What a supplier typed: the fields, the three lists, and the staged files by purpose."""

    fields: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]] = ()
    ip_rights: Sequence[Mapping[str, Any]] = ()
    certifications: Sequence[Mapping[str, Any]] = ()
    file_ids: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _locked(product_id: int) -> Product:
    return Product.objects.select_for_update(of=("self",)).select_related("supplier", "category").get(pk=product_id)


@transaction.atomic
def save_product(*, actor: Any, content: ProductContent, product_id: int | None = None) -> Product:
    """Create a draft for the actor's organisation, or change a product of theirs.

    Raises:
        NotPermitted: the actor does not work for a confirmed supplier, or not for this one.
        ProductIncomplete: a registered product would lose something that registration requires.
        ProductInUse: an item that a pilot-use plan builds on would disappear.
    """
    if product_id is None:
        if not perms.may_register_product(actor):
            raise NotPermitted
        product = Product(supplier=_organization_of(actor), source=ProductSource.PORTAL)
    else:
        product = _locked(product_id)
        if not perms.may_edit_product(actor, product) or product.status == ProductStatus.WITHDRAWN:
            raise NotPermitted
        _refuse_other_type(product, content.fields)
    for name, value in content.fields.items():
        setattr(product, name, value)
    product.is_demo = product.supplier.is_demo
    product.save()
    _replace_parts(product, content)
    for purpose, ids in content.file_ids.items():
        uploads.attach_files(
            actor=actor,
            file_ids=ids,
            target=product,
            purpose=purpose,
            is_public=product.is_public and purpose in perms.PUBLIC_PURPOSES,
        )
    refresh_search_text(product=product)
    if product.status == ProductStatus.REGISTERED:
        _require_complete(product)
    record(actor=actor, verb="create" if product_id is None else "edit", target=product, after=product.status)
    return product


def _refuse_other_type(product: Product, fields: Mapping[str, Any]) -> None:
    """The type decides how a product is judged, so it stays once a case or a designation rests on it."""
    if fields.get("product_type", product.product_type) == product.product_type:
        return
    if product.applications.exists() or product.designations.exists():
        raise ProductInUse(
            _("The type cannot change any more, because a case or a designation rests on it. Copy the product.")
        )


def _organization_of(actor: Any) -> Organization:
    organization = perms.supplier_of(actor)
    if organization is None:
        raise NotPermitted
    return organization


def _replace_parts(product: Product, content: ProductContent) -> None:
    _replace(product.items, ProductItem, product, _priced(content.items))
    _replace(product.ip_rights, IntellectualProperty, product, content.ip_rights)
    _replace(product.certifications, ProductCertification, product, content.certifications)


def _priced(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Typed prices are marked by the same rule as those of the official list."""
    return [
        {
            **row,
            "position": position,
            "price_flag": cleaning.price(row.get("price_krw"), cleaning.Remarks()).flag,
        }
        for position, row in enumerate(rows)
    ]


def _replace(existing: Any, model: type[models.Model], product: Product, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep rows that carry an id of this product, add the others, delete what is no longer listed."""
    known = {row.pk: row for row in existing.all()}
    kept = {int(row["id"]) for row in rows if row.get("id") and int(row["id"]) in known}
    try:
        existing.filter(pk__in=set(known) - kept).delete()
    except ProtectedError as error:
        raise ProductInUse(
            _("A pilot-use plan builds on a model that you removed. Keep the model, or withdraw the plan first.")
        ) from error
    for row in rows:
        values = {name: value for name, value in row.items() if name != "id"}
        target = known.get(int(row["id"])) if row.get("id") else None
        target = target or model(product=product)
        for name, value in values.items():
            setattr(target, name, value)
        target.save()


def refresh_search_text(*, product: Product) -> None:
    """Rewrite what the catalogue search looks through; called after every change of name, company or models."""
    product.search_text = search_text_of(product=product, items=product.items.order_by("position", "pk"))
    product.save(update_fields=["search_text"])


def search_text_of(*, product: Product, items: Iterable[ProductItem]) -> str:
    """What the catalogue search looks through for a product with these models."""
    return searchable(
        product.name,
        product.name_en,
        product.supplier.name,
        product.supplier.name_en,
        product.summary,
        product.certificate_no,
        product.description,
        product.technology_summary,
        *(text for item in items for text in (item.name, item.model_name, item.goods_id_no)),
    )


def missing_for_registration(*, product: Product) -> list[str]:
    """What still has to be filled in, in the words of the form; empty when the product can be registered."""
    missing = [str(label) for name, label in REQUIRED.items() if not getattr(product, name)]
    items = list(product.items.values_list("price_krw", flat=True))
    if not items:
        missing.append(_("at least one model"))
    elif all(price is None for price in items):
        missing.append(_("a price of at least one model"))
    if product.product_type == ProductType.TYPE_2:
        if product.trl is None or product.trl < MIN_TRL_TYPE_2:
            missing.append(_("technology readiness level 7 or higher (Type 2)"))
        if not product.trl_evidence:
            missing.append(_("evidence of the technology readiness level"))
    return missing


def _require_complete(product: Product) -> None:
    if missing := missing_for_registration(product=product):
        raise ProductIncomplete(_("Still missing: %(fields)s.") % {"fields": ", ".join(missing)})


@transaction.atomic
def register_product(*, actor: Any, product_id: int) -> Receipt:
    """Finish a draft and give a receipt.

    Raises:
        ProductIncomplete: with the list of what is missing.
    """
    product = _locked(product_id)
    before = PRODUCT_WORKFLOW.advance(product, ProductAction.REGISTER, actor)
    _require_complete(product)
    product.registered_at = calendar.now()
    product.save(update_fields=["status", "registered_at", "updated_at"])
    record(actor=actor, verb=ProductAction.REGISTER, target=product, before=before, after=product.status)
    drafts.drop_draft(actor=actor, key=draft_key(product_id=product_id))
    return issue_receipt(
        actor=actor,
        kind="products.product",
        target=product,
        title=_("Product registration: %(name)s") % {"name": product.name},
        lines=[
            (_("Product"), product.name),
            (_("Company"), product.supplier.name),
            (_("Designation type"), product.get_product_type_display()),
            (_("Category"), product.category or ""),
            (_("Number of models"), product.items.count()),
        ],
    )


@transaction.atomic
def save_and_register_product(*, actor: Any, content: ProductContent, product_id: int | None = None) -> Receipt:
    """Save what was typed and register it, both or neither."""
    product = save_product(actor=actor, content=content, product_id=product_id)
    return register_product(actor=actor, product_id=product.pk)


def draft_key(*, product_id: int | None) -> str:
    """The name under which the form of this product saves itself."""
    return f"products.product:{product_id or 'new'}"


@transaction.atomic
def withdraw_product(*, actor: Any, product_id: int, reason: str) -> Product:
    """Take a product back.

    Raises:
        ProductInUse: it is designated, or an application for it is being judged.
    """
    product = _locked(product_id)
    before = PRODUCT_WORKFLOW.advance(product, ProductAction.WITHDRAW, actor)
    if product.designations.filter(status__in=[*VALID_DESIGNATIONS, DesignationStatus.SUSPENDED]).exists():
        raise ProductInUse(
            _("The product is designated. Ask the designation desk to cancel the designation before you withdraw it.")
        )
    if product.applications.in_review().exists():
        raise ProductInUse(_("A designation application is being judged. Withdraw the application first."))
    product.withdrawn_at, product.withdraw_reason, product.is_listed = calendar.now(), reason, False
    product.save(update_fields=["status", "withdrawn_at", "withdraw_reason", "is_listed", "updated_at"])
    uploads.files_of(target=product).update(is_public=False)
    record(
        actor=actor, verb=ProductAction.WITHDRAW, target=product, before=before, after=product.status, reason=reason
    )
    return product


@transaction.atomic
def restore_product(*, actor: Any, product_id: int) -> Product:
    """Turn a withdrawn product back into a draft."""
    product = _locked(product_id)
    before = PRODUCT_WORKFLOW.advance(product, ProductAction.RESTORE, actor)
    product.withdrawn_at, product.withdraw_reason = None, ""
    product.save(update_fields=["status", "withdrawn_at", "withdraw_reason", "updated_at"])
    record(actor=actor, verb=ProductAction.RESTORE, target=product, before=before, after=product.status)
    return product


NOT_COPIED = frozenset(
    {
        "id",
        "status",
        "source",
        "certificate_no",
        "designating_body",
        "designating_body_name",
        "is_listed",
        "source_hash",
        "registered_at",
        "withdrawn_at",
        "withdraw_reason",
        "created_at",
        "updated_at",
    }
)


@transaction.atomic
def copy_product(*, actor: Any, product_id: int) -> Product:
    """A new draft with everything that was typed, without files, certificate and designation."""
    original = _locked(product_id)
    if not perms.may_edit_product(actor, original):
        raise NotPermitted
    values = {
        part.name: getattr(original, part.name)
        for part in Product._meta.concrete_fields
        if part.name not in NOT_COPIED
    }
    copied = Product.objects.create(**{**values, "name": _("Copy of %(name)s") % {"name": original.name}})
    for rows in (original.items.all(), original.ip_rights.all(), original.certifications.all()):
        for row in rows:
            row.pk, row.product = None, copied
            if isinstance(row, ProductItem):
                row.source_key, row.source_hash = None, ""
            row.save(force_insert=True)
    refresh_search_text(product=copied)
    record(actor=actor, verb="copy", target=copied, after=copied.status, details={"from": original.pk})
    return copied


@transaction.atomic
def remove_file(*, actor: Any, product_id: int, file_id: str) -> Product:
    """Take a file off a product."""
    product = _locked(product_id)
    if not perms.may_edit_product(actor, product):
        raise NotPermitted
    uploads.detach_file(actor=actor, file_id=file_id, target=product)
    return product


def publish_files(*, product: Product) -> None:
    """Photos and brochures of a product in the catalogue may be read by everybody; evidence never."""
    StoredFile.objects.filter(
        target_type=product._meta.label_lower, target_id=str(product.pk), purpose__in=perms.PUBLIC_PURPOSES
    ).update(is_public=True)


@transaction.atomic
def review_price(*, actor: Any, item_id: int, price_krw: int | None, reason: str) -> ProductItem:
    """The designation desk settles a price that was marked for review: the right one, or none.

    Raises:
        NotPermitted: the actor is not of the designation desk.
    """
    item = ProductItem.objects.select_for_update(of=("self",)).select_related("product").get(pk=item_id)
    if not perms.is_desk(actor):
        raise NotPermitted
    before = str(item.price_krw or "")
    item.price_krw = price_krw
    item.price_flag = PriceFlag.MISSING if price_krw is None else PriceFlag.NONE
    item.save(update_fields=["price_krw", "price_flag"])
    record(actor=actor, verb="review_price", target=item, before=before, after=str(price_krw or ""), reason=reason)
    return item
