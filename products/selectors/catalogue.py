"""The public catalogue and a supplier's own products."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import calendar
from core.models import StoredFile
from core.uploads import files_of
from products import perms
from products.enums import VALID_DESIGNATIONS, FilePurpose, PriceFlag
from products.models import Category, Designation, Product, ProductItem, ProductQuerySet, search_words

EXPIRING_DAYS = 90
"""From how long before its end a designation counts as about to end on the pages."""


def categories(*, middle: bool = True) -> QuerySet[Category]:
    """Large categories in order, each followed by its middle ones."""
    rows = Category.objects.select_related("parent").order_by("order", "code")
    return rows if middle else rows.filter(parent=None)


def category_choices() -> list[tuple[str, Any]]:
    """For a select: middle categories are grouped under their large one, which can be chosen too."""
    groups: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for row in categories():
        if row.parent is None:
            groups[row.code] = (row.label, [(row.code, _("%(name)s, in general") % {"name": row.label})])
        else:
            groups[row.parent.code][1].append((row.code, row.label))
    return list(groups.values())


def designating_bodies() -> list[str]:
    """The bodies whose products are in the catalogue."""
    names = Product.objects.public().exclude(designating_body_name="").values_list("designating_body_name", flat=True)
    return sorted(set(names))


def designated_on(*, day: date) -> QuerySet[Product]:
    """Products with a designation in force on that day."""
    return Product.objects.public().designated(on=day).select_related("supplier").order_by("name", "-pk")


def eligible_products(*, on: date) -> QuerySet[Product]:
    """What may be offered in a round: registered, and designated on that day."""
    return designated_on(day=on)


def _listed(products: QuerySet[Product], *, on: date) -> Any:
    """With what one row of a product list shows: the lowest price, the number of models, validity and a photo."""
    usable = ProductItem.objects.filter(product=OuterRef("pk"), price_flag=PriceFlag.NONE, price_krw__isnull=False)
    in_force = Designation.objects.filter(product=OuterRef("pk")).valid(on=on)
    photo = StoredFile.objects.filter(
        target_type=Product._meta.label_lower,
        target_id=Cast(OuterRef("pk"), CharField()),
        purpose=FilePurpose.IMAGE,
        is_public=True,
    ).order_by("uploaded_at", "pk")
    return (
        products.select_related("supplier__province", "category__parent")
        .annotate(
            lowest_price_krw=Subquery(
                usable.order_by("price_krw").values("price_krw")[:1], output_field=BigIntegerField()
            ),
            item_total=Coalesce(
                Subquery(
                    ProductItem.objects.filter(product=OuterRef("pk"))
                    .order_by()
                    .values("product")
                    .annotate(total=Count("pk"))
                    .values("total"),
                    output_field=IntegerField(),
                ),
                0,
            ),
            valid_until=Subquery(in_force.values("valid_until")[:1]),
            photo_id=Subquery(photo.values("pk")[:1]),
        )
        .prefetch_related(
            Prefetch(
                "designations",
                queryset=Designation.objects.order_by("-valid_until", "-pk"),
                to_attr="designations_newest_first",
            )
        )
    )


@dataclass(frozen=True)
class CatalogueQuery:
    """What a visitor asks of the catalogue; everything empty means everything public."""

    text: str = ""
    product_type: str = ""
    category: str = ""
    body: str = ""
    province: str = ""
    price_from: int | None = None
    price_to: int | None = None
    validity: str = ""
    lease: bool = False


def catalogue(*, query: CatalogueQuery | None = None, on: date | None = None) -> Any:
    """The public catalogue: every word has to be found; the best match comes first, else the newest product."""
    query = query or CatalogueQuery()
    on = on or calendar.today()
    products = _listed(Product.objects.public(), on=on)
    if query.product_type:
        products = products.filter(product_type=query.product_type)
    if query.category:
        products = products.filter(in_category(code=query.category))
    if query.body:
        products = products.filter(designating_body_name=query.body)
    if query.province:
        products = products.filter(supplier__province=query.province)
    if query.lease:
        products = products.filter(is_lease_available=True)
    products = _priced(products, query)
    products = _with_validity(products, query.validity, on)
    if query.text.strip():
        return _by_relevance(products.mentioning(query.text), query.text)
    return products.order_by("-registered_at", "-pk")


def in_category(*, code: str) -> Q:
    """In this category, or in a middle one beneath it."""
    return Q(category=code) | Q(category__parent=code)


def _priced(products: Any, query: CatalogueQuery) -> Any:
    """With a model in the price range; prices under review count as none."""
    if query.price_from is None and query.price_to is None:
        return products
    items = ProductItem.objects.filter(product=OuterRef("pk"), price_flag=PriceFlag.NONE, price_krw__isnull=False)
    if query.price_from is not None:
        items = items.filter(price_krw__gte=query.price_from)
    if query.price_to is not None:
        items = items.filter(price_krw__lte=query.price_to)
    return products.filter(Exists(items))


def _with_validity(products: Any, validity: str, on: date) -> Any:
    if validity == "valid":
        return products.filter(valid_until__isnull=False)
    if validity == "expiring":
        return products.filter(valid_until__isnull=False, valid_until__lte=on + timedelta(days=EXPIRING_DAYS))
    if validity == "ended":
        return products.filter(valid_until__isnull=True)
    return products


def _by_relevance(products: ProductQuerySet, text: str) -> QuerySet[Product]:
    folded = " ".join(search_words(text))
    rank = Case(
        When(name__istartswith=folded, then=Value(0)),
        When(name__icontains=folded, then=Value(1)),
        When(supplier__name__icontains=folded, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return products.annotate(rank=rank, closeness=TrigramWordSimilarity(folded, "search_text")).order_by(
        "rank", "-closeness", "-registered_at", "-pk"
    )


def catalogue_rows(*, products: Iterable[Product]) -> Iterator[Sequence[Any]]:
    """The catalogue as a file; the columns stand in CATALOGUE_HEADER."""
    for product in products:
        designation = current_designation(product=product)
        yield (
            product.name,
            product.supplier.name,
            product.get_product_type_display(),
            product.category.label if product.category else "",
            product.designating_body_name,
            product.certificate_no,
            product.lowest_price_krw,  # type: ignore[attr-defined]
            product.item_total,  # type: ignore[attr-defined]
            designation.valid_from.isoformat() if designation else "",
            designation.valid_until.isoformat() if designation else "",
            designation.get_validity_source_display() if designation else "",
            designation.get_status_display() if designation else "",
        )


CATALOGUE_HEADER = (
    gettext_lazy("Product"),
    gettext_lazy("Company"),
    gettext_lazy("Type"),
    gettext_lazy("Category"),
    gettext_lazy("Designating body"),
    gettext_lazy("Certificate no."),
    gettext_lazy("Lowest price (won)"),
    gettext_lazy("Models"),
    gettext_lazy("Valid from"),
    gettext_lazy("Valid until"),
    gettext_lazy("Source of the validity"),
    gettext_lazy("Status"),
)


def current_designation(*, product: Product) -> Designation | None:
    """The newest designation of a product that came from a list or page of this module."""
    designations: list[Designation] = getattr(product, "designations_newest_first", [])
    in_force = [row for row in designations if row.status in VALID_DESIGNATIONS]
    return next(iter(in_force or designations), None)


@dataclass(frozen=True)
class CatalogueCard:
    """One product of the catalogue with the designation that counts for it."""

    product: Product
    designation: Designation | None
    is_valid: bool


def catalogue_cards(*, products: Iterable[Product]) -> list[CatalogueCard]:
    """The products of a page of the catalogue as its cards show them."""
    day = calendar.today()
    cards = []
    for product in products:
        designation = current_designation(product=product)
        cards.append(CatalogueCard(product, designation, designation is not None and designation.is_valid_on(day)))
    return cards


@dataclass(frozen=True)
class ProductPage:
    """The public page of a product."""

    product: Product
    items: Sequence[ProductItem]
    designation: Designation | None
    designations: Sequence[Designation]
    photos: Sequence[StoredFile]
    documents: Sequence[StoredFile]
    is_valid: bool
    is_expiring: bool
    may_edit: bool


def product_page(*, product_id: int, actor: Any = None) -> ProductPage | None:
    """Everything on the page of a product that the visitor may see, or None."""
    product = (
        _listed(Product.objects.visible_to(actor), on=calendar.today())
        .prefetch_related("items", "ip_rights", "certifications")
        .filter(pk=product_id)
        .first()
    )
    if product is None:
        return None
    designation = current_designation(product=product)
    day = calendar.today()
    is_valid = designation is not None and designation.is_valid_on(day)
    files = list(files_of(target=product))
    return ProductPage(
        product=product,
        items=sorted(product.items.all(), key=lambda item: (item.position, item.pk)),
        designation=designation,
        designations=product.designations_newest_first,
        photos=[row for row in files if row.purpose == FilePurpose.IMAGE],
        documents=[row for row in files if row.purpose == FilePurpose.DOCUMENT],
        is_valid=is_valid,
        is_expiring=is_valid and designation is not None and (designation.valid_until - day).days <= EXPIRING_DAYS,
        may_edit=actor is not None and actor.is_authenticated and perms.may_edit_product(actor, product),
    )


def own_products(*, actor: Any, text: str = "", status: str = "", product_type: str = "") -> Any:
    """The products of the companies that a person acts for, the last changed first."""
    products = _listed(Product.objects.owned_by(actor), on=calendar.today())
    if text.strip():
        products = products.mentioning(text)
    if status:
        products = products.filter(status=status)
    if product_type:
        products = products.filter(product_type=product_type)
    return products.order_by("-updated_at", "-pk")


def own_product(*, actor: Any, product_id: int) -> Product | None:
    """One of them, with everything that its form shows."""
    products = own_products(actor=actor).prefetch_related("items", "ip_rights", "certifications")
    product: Product | None = products.filter(pk=product_id).first()
    return product
