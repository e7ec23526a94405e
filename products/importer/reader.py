"""The official list as rows: columns are found by name, every row is cleaned or turned down with its reasons."""

import hashlib
import itertools
import json
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from products.importer import cleaning
from products.importer.cleaning import Remark

COLUMNS = {
    "vendor_no": "업체번호",
    "business_no": "사업자번호",
    "company": "업체명",
    "phone": "전화번호",
    "detail_item_no": "세부품명번호",
    "goods_id_no": "물품식별번호",
    "certificate_no": "지정서인증번호",
    "product_type": "혁신제품 구분",
    "body": "지정기관",
    "name": "상품명",
    "unit": "단위",
    "model": "모델명",
    "spec": "규격",
    "description": "상품설명",
    "order_terms": "주문조건",
    "price": "희망가격",
    "address": "업체소재지",
}
TYPES = {"유형1": "type_1", "유형2": "type_2"}
VALID_YEARS = 3
# The list had 2,600 rows in 2026.
MAX_ROWS = 100_000
MAX_UNPACKED = 200 * 2**20
MIN_SHARED = 6
"""So many characters at the beginning tell what a family of models is."""
_CERTIFICATE = re.compile(r"^(20\d{2})-(\d{1,6})$")


class NotTheOfficialList(Exception):
    """The file cannot be read as the official list; the text says why."""


@dataclass(frozen=True)
class CleanRow:
    """One model of one product, ready to be stored."""

    number: int
    vendor_no: str
    business_no: str
    company: str
    phone: str
    address: str
    detail_item_no: str
    goods_id_no: str
    certificate_no: str
    product_type: str
    body: str
    name: str
    model: str
    unit: str
    spec: str
    description: str
    order_terms: str
    min_order: int | None
    price_krw: int | None
    price_flag: str
    remarks: tuple[Remark, ...] = ()

    @property
    def key(self) -> str:
        """What identifies the row in the next list: goods numbers are unique and never reused."""
        return f"{self.vendor_no}:{self.certificate_no}:{self.goods_id_no}"

    @property
    def label(self) -> str:
        return f"{self.name} {self.model}".strip()

    def digest(self, *names: str) -> str:
        """A fingerprint of the named fields, to tell an unchanged row from a changed one."""
        values = [getattr(self, name) for name in names]
        return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class BadRow:
    number: int
    label: str
    reasons: tuple[Remark, ...]


@dataclass(frozen=True)
class OfficialList:
    sha256: str
    rows: Sequence[CleanRow]
    bad: Sequence[BadRow] = field(default_factory=list)

    def product_names(self) -> dict[tuple[str, str], str]:
        """The name of each product, from the names of its models: what they share, else the most frequent one."""
        groups: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            groups.setdefault((row.vendor_no, row.certificate_no), []).append(row.name)
        return {key: product_name(names) for key, names in groups.items()}


def product_name(names: Sequence[str]) -> str:
    """``감압밸브, 회사, 모델 …`` and its siblings are all 감압밸브; unlike names are counted."""
    if len(set(names)) == 1:
        whole = names[0]
        return whole if whole.count(",") < 2 else _base(whole)
    bases = Counter(_base(name) for name in names)
    shared = _shared_words(list(bases))
    if len(shared) >= MIN_SHARED:
        return shared
    base, _count = min(bases.items(), key=lambda pair: (-pair[1], pair[0]))
    return base if len(bases) == 1 else f"{base} 외 {len(bases) - 1}종"


def _shared_words(names: Sequence[str]) -> str:
    """The words with which all the names begin."""
    shared: list[str] = []
    for words in zip(*(name.split() for name in names), strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return " ".join(shared)


def _base(name: str) -> str:
    head = name.split(",")[0]
    head = re.sub(r"\s*\([^()]*\)\s*$", "", head)
    return head.strip() or name.strip()


def estimated_validity(certificate_no: str) -> tuple[date, date] | None:
    """The shortest term that fits the certificate's year: from its first day for three years.

    The list does not say when a designation began or whether it was extended, so this never promises more than the
    base term of the earliest possible day.
    """
    match = _CERTIFICATE.match(certificate_no)
    if match is None:
        return None
    start = date(int(match.group(1)), 1, 1)
    return start, start.replace(year=start.year + VALID_YEARS) - timedelta(days=1)


def read(path: Path, *, is_valid_business_no: Callable[[str], bool]) -> OfficialList:
    """Read and clean the whole file.

    Raises:
        NotTheOfficialList: not a workbook, damaged, far too large, no sheet with the 17 columns, or no rows.
    """
    content = path.read_bytes()
    table = _table(path)
    header, first = _header(table)
    formulas = _unsaved_formulas(path, table)
    rows: list[CleanRow] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for offset, cells in enumerate(table[first:], start=first + 1):
        if not any(cleaning.one_line(cell) for cell in cells):
            continue
        values = {name: cells[column] if column < len(cells) else None for name, column in header.items()}
        outcome = _clean(offset, values, is_valid_business_no)
        if without_value := [name for name, column in header.items() if column in formulas.get(offset, ())]:
            reasons = tuple(Remark("formula_unsaved", {"column": COLUMNS[name]}) for name in without_value)
            outcome = BadRow(offset, outcome.label, reasons)
        if isinstance(outcome, CleanRow) and outcome.key in seen:
            reason = Remark("goods_twice", {"row": seen[outcome.key]})
            outcome = BadRow(offset, outcome.label, (reason,))
        if isinstance(outcome, BadRow):
            bad.append(outcome)
        else:
            seen[outcome.key] = offset
            rows.append(outcome)
    if not rows and not bad:
        raise NotTheOfficialList("the list is empty")
    return OfficialList(sha256=hashlib.sha256(content).hexdigest(), rows=rows, bad=bad)


def _table(path: Path) -> list[tuple[Any, ...]]:
    """The first sheet, row by row; a formula counts as the value that was saved with it."""
    _refuse_oversized(path)
    try:
        with warnings.catch_warnings():
            # The official export has no default style, about which openpyxl warns every time.
            warnings.filterwarnings("ignore", message="Workbook contains no default style", category=UserWarning)
            return _rows(path, data_only=True)
    except NotTheOfficialList:
        raise
    except Exception as error:
        raise NotTheOfficialList("the file is not an Excel workbook (.xlsx), or it is damaged") from error


def _rows(path: Path, *, data_only: bool) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=data_only)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = list(itertools.islice(sheet.iter_rows(values_only=True), MAX_ROWS + 1))
    finally:
        book.close()
    if len(rows) > MAX_ROWS:
        raise NotTheOfficialList(f"the list has more than {MAX_ROWS:,} rows")
    return rows


def _refuse_oversized(path: Path) -> None:
    """A small file can unpack to gigabytes; what it would become is written in its directory."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise NotTheOfficialList("the file is not an Excel workbook (.xlsx), or it is damaged") from error
    if unpacked > MAX_UNPACKED:
        raise NotTheOfficialList(f"unpacked, the file would have more than {MAX_UNPACKED // 2**20} MB")


def _unsaved_formulas(path: Path, table: Sequence[Sequence[Any]]) -> dict[int, set[int]]:
    """Rows and columns of formulas whose value was not saved: to us they are empty, to whoever looks they are not."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in sheets):
            return {}
    found: dict[int, set[int]] = {}
    for number, cells in enumerate(_rows(path, data_only=False), start=1):
        known = table[number - 1]
        columns = {
            column
            for column, cell in enumerate(cells)
            if isinstance(cell, str) and cell.startswith("=") and column < len(known) and known[column] is None
        }
        if columns:
            found[number] = columns
    return found


def _header(table: Sequence[Sequence[Any]]) -> tuple[dict[str, int], int]:
    """The column of every field, found by its Korean name in one of the first rows."""
    missing = set(COLUMNS.values())
    for number, cells in enumerate(table[:10], start=1):
        names = {re.sub(r"\s+", "", cleaning.one_line(cell)): column for column, cell in enumerate(cells)}
        absent = {name for name in COLUMNS.values() if name.replace(" ", "") not in names}
        if not absent:
            return {key: names[name.replace(" ", "")] for key, name in COLUMNS.items()}, number
        missing = min(missing, absent, key=len)
    raise NotTheOfficialList("columns are missing: " + ", ".join(sorted(missing)))


def _clean(number: int, values: dict[str, Any], is_valid_business_no: Callable[[str], bool]) -> CleanRow | BadRow:
    remarks = cleaning.Remarks()
    order_terms = cleaning.terms(values["order_terms"], remarks)
    price = cleaning.price(values["price"], remarks)
    row = CleanRow(
        number=number,
        vendor_no=cleaning.one_line(values["vendor_no"]).upper(),
        business_no=cleaning.digits(values["business_no"]),
        company=cleaning.one_line(values["company"]),
        phone=cleaning.phone(values["phone"]),
        address=cleaning.address(values["address"], remarks),
        detail_item_no=cleaning.digits(values["detail_item_no"]),
        goods_id_no=cleaning.digits(values["goods_id_no"]),
        certificate_no=cleaning.one_line(values["certificate_no"]),
        product_type=TYPES.get(cleaning.one_line(values["product_type"]).replace(" ", ""), ""),
        body=cleaning.one_line(values["body"]),
        name=cleaning.one_line(values["name"]),
        model=cleaning.one_line(values["model"]),
        unit=cleaning.unit(values["unit"], order_terms, remarks),
        spec=cleaning.paragraph(values["spec"]),
        description=cleaning.paragraph(values["description"]),
        order_terms=order_terms,
        min_order=cleaning.minimum_order(order_terms),
        price_krw=price.krw,
        price_flag=price.flag,
    )
    if reasons := tuple(_faults(row, values)):
        return BadRow(number, row.label or cleaning.one_line(values["name"]), reasons)
    if "\t" in str(values["name"] or ""):
        remarks.say("name_tabs")
    if not is_valid_business_no(row.business_no):
        remarks.say("business_no_check", given=row.business_no)
    return replace(row, remarks=tuple(remarks.found))


LIMITS = {"company": 120, "name": 200, "model": 100, "body": 100, "certificate_no": 40, "vendor_no": 20, "unit": 20}


def _faults(row: CleanRow, values: dict[str, Any]) -> Iterator[Remark]:
    """Why a row cannot be stored at all."""

    def given(name: str) -> dict[str, str | int]:
        return {"given": cleaning.one_line(values[name])[:20]}

    for name in ("vendor_no", "company", "certificate_no", "name", "model"):
        if not getattr(row, name):
            yield Remark("cell_empty", {"column": COLUMNS[name]})
    if row.certificate_no and estimated_validity(row.certificate_no) is None:
        yield Remark("certificate_shape", given("certificate_no"))
    if not row.product_type:
        yield Remark("type_unknown", given("product_type"))
    for name, count in (("business_no", 10), ("goods_id_no", 8), ("detail_item_no", 10)):
        if len(getattr(row, name)) != count:
            yield Remark("digits_needed", {"column": COLUMNS[name], "count": count, **given(name)})
    for name, limit in LIMITS.items():
        if len(getattr(row, name)) > limit:
            yield Remark("cell_too_long", {"column": COLUMNS[name], "limit": limit})
