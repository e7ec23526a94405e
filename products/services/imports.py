"""Storing the official product list: one row at a time, so that a bad one loses nothing else."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import services as accounts_services
from accounts.codes import business_number, places
from accounts.enums import OrganizationKind
from accounts.models import Organization
from core.audit import record
from core.clock import database_now
from products.enums import ImportOutcome, ImportRemark, ProductSource, ProductStatus, ValiditySource
from products.errors import ImportFileInvalid
from products.importer import reader
from products.importer.cleaning import Remark
from products.importer.reader import CleanRow, NotTheOfficialList, OfficialList
from products.models import Category, Designation, ImportRow, ImportRun, Product, ProductItem, VendorRecord
from products.services.catalogue import refresh_search_text
from products.services.designations import PPS_NAME, mint_number

log = logging.getLogger(__name__)

COMPANY = ("vendor_no", "business_no", "company", "phone", "address")
PRODUCT = ("certificate_no", "product_type", "body", "detail_item_no", "unit", "description")
ITEM = (
    "goods_id_no",
    "detail_item_no",
    "name",
    "model",
    "unit",
    "spec",
    "description",
    "order_terms",
    "min_order",
    "price_krw",
    "price_flag",
)
"""Which cells make a company, a product and an item; their digests tell an unchanged row from a changed one."""


class RowRefused(Exception):
    """A row that cannot be stored; only this module sees it."""

    def __init__(self, remark: Remark) -> None:
        self.remark = remark
        super().__init__(remark.code)


@dataclass
class RowResult:
    number: int
    outcome: ImportOutcome
    label: str
    remarks: list[Remark] = field(default_factory=list)
    product_id: int | None = None


@dataclass
class ImportReport:
    """What an import did, or with ``is_dry_run`` would do."""

    file_name: str
    rows: list[RowResult]
    is_dry_run: bool
    run_id: int | None = None

    def count(self, outcome: ImportOutcome) -> int:
        return sum(row.outcome == outcome for row in self.rows)


def import_official_list(*, path: Path, actor: Any = None, is_dry_run: bool = False) -> ImportReport:
    """Read the official product list into companies, products, designations and items.

    Every row is stored in a transaction of its own; what a person changed in the portal stays as long as the list
    does not change the same row. A second run of the same file changes nothing.

    Raises:
        ImportFileInvalid: the file is not the official list; nothing was stored.
    """
    try:
        official = reader.read(path, is_valid_business_no=business_number.is_valid)
    except NotTheOfficialList as error:
        raise ImportFileInvalid(
            _("%(file)s is not the official product list: %(reason)s.") % {"file": path.name, "reason": error}
        ) from error
    started_at = database_now()
    results = _tried_rows(official) if is_dry_run else _store_rows(official)
    results += [RowResult(bad.number, ImportOutcome.REJECTED, bad.label, list(bad.reasons)) for bad in official.bad]
    results.sort(key=lambda result: result.number)
    report = ImportReport(file_name=path.name, rows=results, is_dry_run=is_dry_run)
    if not is_dry_run:
        report.run_id = _remember_run(report, official, actor, started_at).pk
    return report


def _tried_rows(official: OfficialList) -> list[RowResult]:
    """Store everything and take it back."""
    with transaction.atomic():
        results = _store_rows(official)
        transaction.set_rollback(True)
    return results


def _store_rows(official: OfficialList) -> list[RowResult]:
    families = _families(official)
    results = []
    for row in official.rows:
        remark = None
        try:
            with transaction.atomic():
                results.append(_store(row, families[row.vendor_no, row.certificate_no]))
        except RowRefused as refusal:
            remark = refusal.remark
        except (IntegrityError, DataError, ValidationError) as error:
            log.warning("row %s of the official list was refused: %s", row.number, error)
            remark = Remark(ImportRemark.NOT_STORED, {"reason": str(error).splitlines()[0][:200]})
        if remark is not None:
            results.append(RowResult(row.number, ImportOutcome.REJECTED, row.label, [*row.remarks, remark]))
    return results


@dataclass(frozen=True)
class Family:
    """The rows of one certificate; the first of them speaks for the product."""

    name: str
    rows: Sequence[CleanRow]

    @property
    def head(self) -> CleanRow:
        return self.rows[0]

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.name}\n{self.head.digest(*PRODUCT)}".encode()).hexdigest()


def _families(official: OfficialList) -> dict[tuple[str, str], Family]:
    names = official.product_names()
    groups: dict[tuple[str, str], list[CleanRow]] = {}
    for row in official.rows:
        groups.setdefault((row.vendor_no, row.certificate_no), []).append(row)
    return {key: Family(names[key], rows) for key, rows in groups.items()}


def _store(row: CleanRow, family: Family) -> RowResult:
    remarks = list(row.remarks)
    supplier, is_company_changed = _supplier(row, remarks)
    product, is_product_changed = _product(family, supplier, row, remarks)
    is_created, is_item_changed = _item(row, product, family.rows.index(row))
    is_designated = _designation(row, product, remarks)
    if is_created:
        outcome = ImportOutcome.CREATED
    elif is_company_changed or is_product_changed or is_item_changed or is_designated:
        outcome = ImportOutcome.UPDATED
    else:
        outcome = ImportOutcome.UNCHANGED
    if outcome != ImportOutcome.UNCHANGED:
        refresh_search_text(product=product)
    return RowResult(row.number, outcome, row.label, remarks, product.pk)


def _supplier(row: CleanRow, remarks: list[Remark]) -> tuple[Organization, bool]:
    """The company, found by its vendor number, else by its business number, else created confirmed."""
    digest = row.digest(*COMPANY)
    vendor = VendorRecord.objects.select_related("organization").filter(vendor_no=row.vendor_no).first()
    if vendor is None:
        supplier = _new_or_known_supplier(row, remarks)
        if not VendorRecord.objects.filter(organization=supplier).exists():
            VendorRecord.objects.create(organization=supplier, vendor_no=row.vendor_no, source_hash=digest)
        return supplier, False
    supplier = vendor.organization
    if supplier.business_no != row.business_no:
        remarks.append(
            Remark(ImportRemark.BUSINESS_NO_DIFFERS, {"given": row.business_no, "stored": supplier.business_no})
        )
    if vendor.source_hash == digest:
        return supplier, False
    _update_company(supplier, row, remarks)
    vendor.source_hash = digest
    vendor.save(update_fields=["source_hash"])
    return supplier, True


def _new_or_known_supplier(row: CleanRow, remarks: list[Remark]) -> Organization:
    supplier, is_new = accounts_services.ensure_organization(
        actor=None,
        kind=OrganizationKind.SUPPLIER,
        name=row.company,
        business_no=row.business_no,
        phone=row.phone,
        address=row.address,
    )
    if supplier.kind != OrganizationKind.SUPPLIER:
        raise RowRefused(Remark(ImportRemark.NOT_A_SUPPLIER))
    if is_new and row.address and places.parse_address(row.address) is None:
        remarks.append(Remark(ImportRemark.PROVINCE_UNKNOWN))
    if not is_new and supplier.name != row.company:
        remarks.append(Remark(ImportRemark.BUSINESS_NO_TAKEN, {"company": supplier.name}))
    return supplier


def _update_company(supplier: Organization, row: CleanRow, remarks: list[Remark]) -> None:
    """Address and telephone follow the list as long as nobody of the company keeps them; names never do."""
    if supplier.name != row.company:
        remarks.append(Remark(ImportRemark.COMPANY_DIFFERS, {"stored": supplier.name, "given": row.company}))
    if supplier.memberships.active().exists():
        return
    supplier.phone, supplier.address = row.phone or supplier.phone, row.address or supplier.address
    if place := places.parse_address(supplier.address):
        supplier.province_id, supplier.district = place.province_code, place.district
    supplier.save(update_fields=["phone", "address", "province", "district"])


def _product(family: Family, supplier: Organization, row: CleanRow, remarks: list[Remark]) -> tuple[Product, bool]:
    """The product behind a certificate, shared by all the models that the certificate covers."""
    head = family.head
    product = (
        Product.objects.select_for_update(of=("self",))
        .filter(supplier=supplier, certificate_no=head.certificate_no)
        .order_by("pk")
        .first()
    )
    if row.product_type != head.product_type:
        remarks.append(Remark(ImportRemark.TYPE_DIFFERS, {"certificate_no": row.certificate_no}))
    if product is not None and product.source_hash == family.digest:
        return product, False
    is_new = product is None
    if product is None:
        product = Product(
            supplier=supplier,
            certificate_no=head.certificate_no,
            source=ProductSource.IMPORT,
            status=ProductStatus.REGISTERED,
            registered_at=database_now(),
            is_listed=True,
        )
    body, _is_new_body = accounts_services.ensure_organization(
        actor=None, kind=_kind_of_body(head.body), name=head.body
    )
    product.name, product.description = family.name, head.description
    product.product_type, product.detail_item_no = head.product_type, head.detail_item_no
    product.goods_class_no, product.trade_unit = head.detail_item_no[:8], head.unit
    product.designating_body, product.designating_body_name = body, head.body
    product.category = product.category or _category(head.detail_item_no[:2])
    product.source_hash = family.digest
    product.save()
    return product, not is_new


def _kind_of_body(name: str) -> OrganizationKind:
    return OrganizationKind.PPS if name == PPS_NAME else OrganizationKind.MINISTRY


def _category(segment: str) -> Category | None:
    """The large category into which goods of this segment fall by default; the list itself names none."""
    return Category.objects.filter(segments__contains=[segment]).order_by("order", "code").first()


def _item(row: CleanRow, product: Product, position: int) -> tuple[bool, bool]:
    """Created? Changed? An item keeps what people changed in the portal until its own row changes."""
    digest = row.digest(*ITEM)
    item = ProductItem.objects.select_for_update(of=("self",)).filter(source_key=row.key).first()
    if item is not None and item.source_hash == digest:
        return False, False
    created = item is None
    item = item or ProductItem(source_key=row.key)
    item.product, item.position = product, position
    item.name, item.model_name, item.goods_id_no = row.name, row.model, row.goods_id_no
    item.detail_item_no, item.spec, item.description = row.detail_item_no, row.spec, row.description
    item.unit, item.order_terms, item.min_order = row.unit, row.order_terms, row.min_order
    item.price_krw, item.price_flag, item.source_hash = row.price_krw, row.price_flag, digest
    item.save()
    return created, not created


def _designation(row: CleanRow, product: Product, remarks: list[Remark]) -> bool:
    """The list names a certificate but no dates: the term is estimated and says so."""
    term = reader.estimated_validity(row.certificate_no)
    if term is None or product.designations.exists():
        return False
    valid_from, valid_until = term
    Designation.objects.create(
        product=product,
        number=mint_number(product_type=product.product_type, year=valid_from.year),
        certificate_no=row.certificate_no,
        body_name=row.body or product.designating_body_name,
        holder_name=product.supplier.name,
        valid_from=valid_from,
        valid_until=valid_until,
        validity_source=ValiditySource.ESTIMATED,
    )
    remarks.append(
        Remark(
            ImportRemark.VALIDITY_ESTIMATED,
            {"valid_from": valid_from.isoformat(), "valid_until": valid_until.isoformat()},
        )
    )
    return True


@transaction.atomic
def _remember_run(report: ImportReport, official: OfficialList, actor: Any, started_at: datetime) -> ImportRun:
    """The run with what it did to every row, and its line in the audit log."""
    counts = {f"{outcome}_count": report.count(outcome) for outcome in ImportOutcome}
    run = ImportRun.objects.create(
        file_name=report.file_name[:200],
        sha256=official.sha256,
        started_by=actor,
        started_at=started_at,
        finished_at=database_now(),
        **counts,
    )
    ImportRow.objects.bulk_create(
        ImportRow(
            run=run,
            row_number=row.number,
            outcome=row.outcome,
            label=row.label[:300],
            remarks=[{"code": str(remark.code), "params": remark.params} for remark in row.remarks],
            product_id=row.product_id,
        )
        for row in report.rows
    )
    record(actor=actor, verb="import_official_list", target=run, details={"sha256": official.sha256, **counts})
    return run
