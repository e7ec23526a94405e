from __future__ import annotations

import unicodedata
from datetime import date
from typing import Self

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import MembershipStatus
from accounts.models import Organization, User
from core.fields import KrwField
from core.workflow import lifecycle_triggers
from products.enums import (
    PRODUCT_EDGES,
    PRODUCT_FIRST,
    VALID_DESIGNATIONS,
    IpKind,
    IpLicence,
    PriceFlag,
    ProductSource,
    ProductStatus,
    ProductType,
    Trl,
)
from products.models.category import Category

UNSPACED_LIMIT = 300
MAX_SEARCH_WORDS = 8


def searchable(*parts: str) -> str:
    """One text for the catalogue search: compatibility forms folded, small letters, and every part also unspaced.

    Koreans write compounds with and without spaces, so 항균블록 has to find 항균 블록.
    """
    folded = [" ".join(unicodedata.normalize("NFKC", part).lower().split()) for part in parts if part]
    unspaced = [part.replace(" ", "") for part in folded if " " in part and len(part) <= UNSPACED_LIMIT]
    return "\n".join(dict.fromkeys([*folded, *unspaced]))


def search_words(text: str) -> list[str]:
    """What the visitor typed, folded like ``searchable``."""
    return unicodedata.normalize("NFKC", text).lower().split()[:MAX_SEARCH_WORDS]


def digits(count: int) -> RegexValidator:
    return RegexValidator(rf"^\d{{{count}}}$", _("Enter %(count)s digits.") % {"count": count})


class ProductQuerySet(models.QuerySet["Product"]):
    def public(self) -> Self:
        """Registered products that are or were designated: the catalogue."""
        return self.filter(status=ProductStatus.REGISTERED, is_listed=True)

    def mentioning(self, text: str) -> Self:
        """Products whose name, company, description or models contain every word, or something spelled like it."""
        found = self
        for word in search_words(text):
            match = Q(search_text__contains=word)
            if len(word) > 3:
                match |= Q(search_text__trigram_word_similar=word)
            found = found.filter(match)
        return found

    def owned_by(self, actor: User) -> Self:
        """Products of an organisation that the person is an active member of."""
        return self.filter(supplier__memberships__user=actor, supplier__memberships__status=MembershipStatus.ACTIVE)

    def visible_to(self, actor: User | None) -> Self:
        """Public ones for everybody, their own for suppliers, registered ones for PPS; drafts stay private."""
        if actor is None or not actor.is_authenticated:
            return self.public()
        public = Q(status=ProductStatus.REGISTERED, is_listed=True)
        if actor.is_staff:
            return self.filter(public | ~Q(status=ProductStatus.DRAFT))
        return self.filter(public | Q(pk__in=self.model.objects.owned_by(actor).values("pk")))

    def designated(self, *, on: date) -> Self:
        """With a designation in force on that day; at most one is (designation_one_in_force_per_product)."""
        return self.filter(
            designations__status__in=VALID_DESIGNATIONS,
            designations__valid_from__lte=on,
            designations__valid_until__gte=on,
        )


@pghistory.track()
class Product(models.Model):
    """What a supplier offers; one certificate covers one product and all its models (items)."""

    supplier = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="products", verbose_name=_("supplier")
    )
    name = models.CharField(_("product name"), max_length=200)
    name_en = models.CharField(_("English product name"), max_length=200, blank=True)
    summary = models.CharField(_("one-line summary"), max_length=300, blank=True)
    description = models.TextField(_("description"), blank=True)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    product_type = models.CharField(_("designation type"), max_length=10, choices=ProductType.choices)
    status = models.CharField(
        _("status"), max_length=20, choices=ProductStatus.choices, default=ProductStatus.DRAFT, editable=False
    )
    source = models.CharField(
        _("source"), max_length=10, choices=ProductSource.choices, default=ProductSource.PORTAL, editable=False
    )
    trl = models.PositiveSmallIntegerField(_("technology readiness level"), choices=Trl.choices, null=True, blank=True)
    trl_evidence = models.TextField(
        _("evidence of the level"), blank=True, help_text=_("Who confirmed it, when and how; attach the document.")
    )
    technology_summary = models.TextField(_("core technology"), blank=True)
    expected_effect = models.TextField(_("expected effect"), blank=True)
    safety_note = models.TextField(_("safety and hygiene"), blank=True)
    regulation_note = models.TextField(_("regulation"), blank=True)
    domestic_parts_percent = models.PositiveSmallIntegerField(
        _("share of domestic parts (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    trade_unit = models.CharField(_("trade unit"), max_length=20, blank=True)
    goods_class_no = models.CharField(_("goods classification no."), max_length=8, blank=True, validators=[digits(8)])
    detail_item_no = models.CharField(_("detailed item no."), max_length=10, blank=True, validators=[digits(10)])
    price_evidence = models.TextField(
        _("price evidence"), blank=True, help_text=_("How the price was set: cost sheet, sales record, quotation.")
    )
    is_lease_available = models.BooleanField(_("can be leased"), default=False)
    designating_body = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="designated_products",
        verbose_name=_("designating body"),
    )
    designating_body_name = models.CharField(_("designating body"), max_length=100, blank=True)
    certificate_no = models.CharField(_("certificate no."), max_length=40, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=30, blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    is_listed = models.BooleanField(_("in the public catalogue"), default=False, editable=False)
    is_demo = models.BooleanField(_("invented for demonstration"), default=False, editable=False)
    search_text = models.TextField(editable=False, default="", blank=True)
    source_hash = models.CharField(max_length=64, editable=False, default="", blank=True)
    withdraw_reason = models.TextField(_("reason for the withdrawal"), blank=True, editable=False)
    registered_at = models.DateTimeField(_("registered at"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        triggers = lifecycle_triggers("product", PRODUCT_FIRST, PRODUCT_EDGES)
        constraints = [
            models.CheckConstraint(
                name="product_registered_at_with_status",
                condition=~Q(status=ProductStatus.REGISTERED) | Q(registered_at__isnull=False),
                violation_error_message=_("A registered product needs the time of its registration."),
            ),
            models.CheckConstraint(
                name="product_withdrawn_at_with_status",
                condition=Q(status=ProductStatus.WITHDRAWN, withdrawn_at__isnull=False)
                | (~Q(status=ProductStatus.WITHDRAWN) & Q(withdrawn_at__isnull=True)),
                violation_error_message=_("A withdrawn product needs the time of its withdrawal."),
            ),
            models.CheckConstraint(
                name="product_trl_between_1_and_9",
                condition=Q(trl__isnull=True) | Q(trl__range=(1, 9)),
                violation_error_message=_("The technology readiness level is between 1 and 9."),
            ),
            models.UniqueConstraint(
                name="product_one_per_imported_certificate",
                fields=["supplier", "certificate_no"],
                condition=Q(source=ProductSource.IMPORT),
                violation_error_message=_("This company has this certificate already."),
            ),
        ]
        indexes = [
            GinIndex(name="product_search_idx", fields=["search_text"], opclasses=["gin_trgm_ops"]),
            models.Index(
                name="product_catalogue_idx",
                fields=["-registered_at", "-id"],
                condition=Q(status=ProductStatus.REGISTERED, is_listed=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        return self.status == ProductStatus.REGISTERED and self.is_listed

    @property
    def is_draft(self) -> bool:
        return self.status == ProductStatus.DRAFT


@pghistory.track()
class ProductItem(models.Model):
    """One model of a product with its own price."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="items", verbose_name=_("product"))
    name = models.CharField(_("goods name"), max_length=200, blank=True)
    model_name = models.CharField(_("model"), max_length=100)
    goods_id_no = models.CharField(_("goods identification no."), max_length=8, blank=True, validators=[digits(8)])
    detail_item_no = models.CharField(_("detailed item no."), max_length=10, blank=True, validators=[digits(10)])
    spec = models.TextField(_("specification"), blank=True)
    description = models.TextField(_("description of the model"), blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    price_krw = KrwField(_("price (won)"), null=True, blank=True)
    price_flag = models.CharField(
        _("remark on the price"), max_length=10, choices=PriceFlag.choices, default=PriceFlag.NONE, blank=True
    )
    min_order = models.PositiveIntegerField(_("minimum order"), null=True, blank=True)
    order_terms = models.TextField(_("order terms"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # NULL keeps items entered by hand out of the unique index.
    source_key = models.CharField(max_length=80, null=True, blank=True, unique=True, editable=False)
    source_hash = models.CharField(max_length=64, editable=False, default="", blank=True)

    class Meta:
        verbose_name = _("product item")
        verbose_name_plural = _("product items")
        constraints = [
            models.UniqueConstraint(
                name="productitem_one_model_per_product",
                fields=["product", "model_name", "goods_id_no"],
                violation_error_message=_("This model is listed twice."),
            ),
            models.CheckConstraint(
                name="productitem_no_price_has_reason",
                condition=Q(price_krw__isnull=True)
                | ~Q(price_flag__in=[PriceFlag.MISSING, PriceFlag.ZERO, PriceFlag.UNREADABLE]),
                violation_error_message=_("An item with a price cannot be marked as having none."),
            ),
        ]
        indexes = [
            models.Index(
                name="productitem_price_review_idx", fields=["product"], condition=~Q(price_flag=PriceFlag.NONE)
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.model_name}".strip()

    @property
    def has_usable_price(self) -> bool:
        return self.price_krw is not None and self.price_flag == PriceFlag.NONE

    @property
    def goods_list_no(self) -> str:
        """The 16 digits of the list number, where both halves are known."""
        class_no = self.detail_item_no[:8] or self.product.goods_class_no
        return f"{class_no}{self.goods_id_no}" if class_no and self.goods_id_no else ""


class IntellectualProperty(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="ip_rights", verbose_name=_("product"))
    kind = models.CharField(_("kind"), max_length=20, choices=IpKind.choices, default=IpKind.PATENT)
    title = models.CharField(_("title"), max_length=200)
    number = models.CharField(_("registration no."), max_length=40)
    holder = models.CharField(_("holder"), max_length=100, blank=True)
    licence = models.CharField(_("right of use"), max_length=20, choices=IpLicence.choices, default=IpLicence.OWNED)

    class Meta:
        verbose_name = _("intellectual property right")
        verbose_name_plural = _("intellectual property rights")
        constraints = [
            models.UniqueConstraint(
                name="intellectualproperty_once_per_product",
                fields=["product", "kind", "number"],
                violation_error_message=_("This right is listed twice."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class ProductCertification(models.Model):
    """A test report or certification such as NET, NEP, KC or KS."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="certifications", verbose_name=_("product")
    )
    name = models.CharField(_("certification"), max_length=100)
    number = models.CharField(_("number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.CheckConstraint(
                name="productcertification_expires_after_issue",
                condition=Q(issued_on__isnull=True)
                | Q(expires_on__isnull=True)
                | Q(expires_on__gte=models.F("issued_on")),
                violation_error_message=_("The certification cannot end before it was issued."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class VendorRecord(models.Model):
    """The number that the procurement system gives a company, and under which the official list names it."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="vendor_record", verbose_name=_("company")
    )
    vendor_no = models.CharField(_("vendor no."), max_length=20, unique=True)
    source_hash = models.CharField(max_length=64, editable=False, default="", blank=True)

    class Meta:
        verbose_name = _("vendor number")
        verbose_name_plural = _("vendor numbers")

    def __str__(self) -> str:
        return self.vendor_no
