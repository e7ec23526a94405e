import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from accounts.codes import business_number
from accounts.enums import OrganizationStatus
from accounts.models import Organization
from core.models import AuditEntry
from products import services
from products.enums import DesignationStatus, ImportOutcome, ImportRemark, PriceFlag, ValiditySource
from products.importer import reader
from products.models import Designation, ImportRow, ImportRun, Product, ProductItem
from tests.accounts.factories import InstitutionFactory, SupplierFactory

pytestmark = pytest.mark.django_db

GOOD = {
    "vendor_no": "CN0100000000001",
    "business_no": business_number.invented(1),
    "company": "가상밸브 주식회사",
    "phone": "051-000-0001",
    "detail_item_no": "4014165201",
    "goods_id_no": "24661349",
    "certificate_no": "2024-327",
    "product_type": "유형1",
    "body": "중소벤처기업부",
    "name": "감압밸브, 가상밸브, W-150",
    "unit": "개",
    "model": "W-150",
    "spec": "150mm",
    "description": "압력을 줄입니다.",
    "order_terms": "1. 최소주문수량 : 3개\n2. 주문단위 : 개",
    "price": "7212000",
    "address": "부산광역시 강서구 과학산단로333번길77-36 (지사동)",
}


@pytest.fixture
def workbook(tmp_path: Path) -> Any:
    """Writes rows (differences from a good row) as the official list."""

    def write(*rows: dict[str, Any], name: str = "list.xlsx") -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(list(reader.COLUMNS.values()))
        for row in rows:
            sheet.append([{**GOOD, **row}[key] for key in reader.COLUMNS])
        path = tmp_path / name
        book.save(path)
        return path

    return write


def outcomes(report: services.ImportReport) -> list[str]:
    return [str(row.outcome) for row in report.rows]


def codes(report: services.ImportReport, position: int = 0) -> set[str]:
    return {str(remark.code) for remark in report.rows[position].remarks}


def test_the_real_list_is_taken_whole_and_a_second_run_changes_nothing(shared: Path, capsys: Any):
    path = shared / "data" / "innovation_market_export_sample.xlsx"

    call_command("import_innovation_market", str(path))
    first = capsys.readouterr().out.splitlines()[-1]
    before = (set(Product.objects.values_list()), set(ProductItem.objects.values_list()))
    call_command("import_innovation_market", str(path))
    second = capsys.readouterr().out.splitlines()

    assert first == "created 134, updated 0, unchanged 0, rejected 0"
    assert second == ["created 0, updated 0, unchanged 134, rejected 0"]
    assert (set(Product.objects.values_list()), set(ProductItem.objects.values_list())) == before
    assert (Product.objects.count(), Designation.objects.count()) == (35, 35)
    assert Organization.objects.filter(kind="supplier").count() == 30
    assert ProductItem.objects.filter(unit__in=["1", "M2"]).count() == 0
    assert ProductItem.objects.filter(price_flag=PriceFlag.ONE_WON).count() == 4
    assert ProductItem.objects.get(price_flag=PriceFlag.TOO_HIGH).price_krw == 10_000_000_000
    assert not Product.objects.filter(name__contains="\t").exists()
    assert set(Organization.objects.filter(kind="supplier").values_list("province_id", flat=True)) == {"26"}


def test_a_dry_run_stores_nothing(workbook: Any, capsys: Any):
    call_command("import_innovation_market", str(workbook({})), "--dry-run")

    assert capsys.readouterr().out.splitlines()[-1] == "would be: created 1, updated 0, unchanged 0, rejected 0"
    assert not Product.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_certificate_covers_many_models(workbook: Any):
    services.import_official_list(
        path=workbook({}, {"goods_id_no": "24661350", "model": "W-80", "name": "감압밸브, 가상밸브, W-80"})
    )

    product = Product.objects.get()
    assert product.name == "감압밸브"
    assert list(product.items.order_by("position").values_list("model_name", flat=True)) == ["W-150", "W-80"]


def test_the_validity_is_estimated_and_says_so(workbook: Any):
    report = services.import_official_list(path=workbook({}))

    designation = Designation.objects.get()
    assert (designation.valid_from, designation.valid_until) == (date(2024, 1, 1), date(2026, 12, 31))
    assert designation.validity_source == ValiditySource.ESTIMATED
    assert designation.status == DesignationStatus.DESIGNATED
    assert codes(report) == {ImportRemark.VALIDITY_ESTIMATED}


@pytest.mark.parametrize(
    ("given", "price", "flag"),
    [
        ("1", 1, PriceFlag.ONE_WON),
        ("0", None, PriceFlag.ZERO),
        ("", None, PriceFlag.MISSING),
        (None, None, PriceFlag.MISSING),
        ("협의", None, PriceFlag.UNREADABLE),
        ("-500", None, PriceFlag.UNREADABLE),
        ("10000000000", 10_000_000_000, PriceFlag.TOO_HIGH),
        ("9" * 30, None, PriceFlag.UNREADABLE),
        ("7,212,000원", 7_212_000, PriceFlag.NONE),
        (4950, 4950, PriceFlag.NONE),
        (4950.0, 4950, PriceFlag.NONE),
    ],
)
def test_prices_are_read_or_marked(workbook: Any, given: Any, price: int | None, flag: str):
    services.import_official_list(path=workbook({"price": given}))

    item = ProductItem.objects.get()
    assert (item.price_krw, item.price_flag) == (price, flag)


@pytest.mark.parametrize(
    ("given", "terms", "unit"),
    [
        ("1", "1.최소주문수량: 1대\n2.주문단위:  1대", "대"),
        ("", "1. 최소주문수량 : 10세트", "세트"),
        ("M2", "", "㎡"),
        ("1", "문의", ""),
        (" 통 ", "", "통"),
    ],
)
def test_units_are_repaired(workbook: Any, given: str, terms: str, unit: str):
    services.import_official_list(path=workbook({"unit": given, "order_terms": terms}))

    assert ProductItem.objects.get().unit == unit


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("부산광역시 강서구 화전산단6로 72 부산광역시 강서구 화전산단6로 72", "부산광역시 강서구 화전산단6로 72"),
        ("부산광역시 부산광역시 강서구 화전로 1", "부산광역시 강서구 화전로 1"),
        ("부산광역시 금정구 대학로68-0 (장전동) 2층 (장전동, PNU)", "부산광역시 금정구 대학로68 2층 (장전동, PNU)"),
        ("\t부산광역시  강서구\n화전로 1-20 ", "부산광역시 강서구 화전로 1-20"),
    ],
)
def test_addresses_lose_their_repetitions(workbook: Any, given: str, kept: str):
    services.import_official_list(path=workbook({"address": given}))

    supplier = Organization.objects.get(kind="supplier")
    assert (supplier.address, supplier.province_id) == (kept, "26")


def test_text_loses_tabs_and_stray_characters_but_keeps_its_lines(workbook: Any):
    services.import_official_list(
        path=workbook({"name": "\t물티슈,  가상 , 70매", "description": "첫 줄 \t\r\n\n\n\n\uff1f 둘째_x000D_ 줄"})
    )

    item = ProductItem.objects.get()
    assert (item.name, item.description) == ("물티슈, 가상 , 70매", "첫 줄\n\n- 둘째 줄")


def test_a_wrong_check_digit_is_reported_and_kept(workbook: Any):
    wrong = GOOD["business_no"][:9] + str((int(GOOD["business_no"][9]) + 1) % 10)

    report = services.import_official_list(path=workbook({"business_no": wrong}))

    assert ImportRemark.BUSINESS_NO_CHECK in codes(report)
    assert Organization.objects.get(kind="supplier").business_no == wrong


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"business_no": "12345"}, ImportRemark.DIGITS_NEEDED),
        ({"goods_id_no": "1"}, ImportRemark.DIGITS_NEEDED),
        ({"detail_item_no": None}, ImportRemark.DIGITS_NEEDED),
        ({"certificate_no": "구두"}, ImportRemark.CERTIFICATE_SHAPE),
        ({"product_type": "유형9"}, ImportRemark.TYPE_UNKNOWN),
        ({"vendor_no": ""}, ImportRemark.CELL_EMPTY),
        ({"company": " "}, ImportRemark.CELL_EMPTY),
        ({"model": None}, ImportRemark.CELL_EMPTY),
        ({"name": "가" * 201}, ImportRemark.CELL_TOO_LONG),
    ],
)
def test_a_bad_row_is_listed_and_loses_nothing_else(workbook: Any, fault: dict[str, Any], code: str):
    report = services.import_official_list(
        path=workbook({}, {"goods_id_no": "24661350", "model": "W-80", **fault}, {"goods_id_no": "24661351"})
    )

    assert outcomes(report) == ["created", "rejected", "created"]
    assert codes(report, 1) == {code}
    assert ImportRow.objects.get(outcome=ImportOutcome.REJECTED).texts[0] != ""


def test_the_same_goods_twice_in_a_file_are_taken_once(workbook: Any):
    report = services.import_official_list(path=workbook({}, {"model": "W-151"}))

    assert outcomes(report) == ["created", "rejected"]
    assert report.rows[1].remarks[0].params == {"row": 2}


def test_the_database_s_refusal_of_one_row_is_told_and_loses_nothing_else(workbook: Any):
    InstitutionFactory(business_no=business_number.invented(77))

    report = services.import_official_list(
        path=workbook({"vendor_no": "CN2", "business_no": business_number.invented(77)}, {})
    )

    assert outcomes(report) == ["rejected", "created"]
    assert codes(report) == {ImportRemark.NOT_A_SUPPLIER}


def test_a_changed_row_is_updated_alone(workbook: Any):
    second = {"goods_id_no": "24661350", "model": "W-80"}
    services.import_official_list(path=workbook({}, second))

    report = services.import_official_list(path=workbook({}, {**second, "price": "9999000"}))

    assert outcomes(report) == ["unchanged", "updated"]
    assert ProductItem.objects.get(model_name="W-80").price_krw == 9_999_000


def test_what_people_changed_in_the_portal_survives_an_unchanged_row(workbook: Any):
    services.import_official_list(path=workbook({}))
    ProductItem.objects.update(price_krw=5)
    Product.objects.update(description="회사에서 고친 설명")

    services.import_official_list(path=workbook({}))

    assert ProductItem.objects.get().price_krw == 5
    assert Product.objects.get().description == "회사에서 고친 설명"


def test_a_known_company_is_recognised_by_its_business_number(workbook: Any):
    supplier = SupplierFactory(business_no=GOOD["business_no"], name="먼저 가입한 회사")

    report = services.import_official_list(path=workbook({}))

    assert Product.objects.get().supplier == supplier
    assert ImportRemark.BUSINESS_NO_TAKEN in codes(report)
    supplier.refresh_from_db()
    assert (supplier.name, supplier.status) == ("먼저 가입한 회사", OrganizationStatus.CONFIRMED)


def test_a_new_address_follows_unless_somebody_of_the_company_keeps_it(workbook: Any):
    services.import_official_list(path=workbook({}))

    report = services.import_official_list(path=workbook({"address": "서울특별시 종로구 새로 1"}))

    assert outcomes(report) == ["updated"]
    assert Organization.objects.get(kind="supplier").province_id == "11"


def test_the_run_is_kept_with_its_rows_and_one_audit_entry(workbook: Any):
    services.import_official_list(path=workbook({}, {"goods_id_no": "x"}))

    run = ImportRun.objects.get()
    assert (run.created_count, run.rejected_count, run.rows.count()) == (1, 1, 2)
    assert AuditEntry.objects.filter(verb="import_official_list", target_id=str(run.pk)).count() == 1


def test_extra_lines_above_the_header_and_empty_lines_do_not_matter(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["혁신제품 목록"])
    sheet.append(list(reversed(reader.COLUMNS.values())))
    sheet.append([])
    sheet.append([GOOD[key] for key in reversed(reader.COLUMNS)])
    book.save(tmp_path / "turned.xlsx")

    report = services.import_official_list(path=tmp_path / "turned.xlsx")

    assert outcomes(report) == ["created"]


def _is_refused(path: Path, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("import_innovation_market", str(path))
    assert not ImportRun.objects.exists()
    assert not Product.objects.exists()


def _with_sheet(source: Path, target: Path, change: Callable[[bytes], bytes]) -> Path:
    """A copy of a workbook whose sheet was changed as bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name.startswith("xl/worksheets/") else content)
    return target


@pytest.mark.parametrize(
    "content", [b"", b"vendor;company\n1;2\n", b"PK\x03\x04 not a workbook", b"\xd0\xcf\x11\xe0old"]
)
def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)

    _is_refused(path, "not an Excel workbook")


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as archive:
        archive.writestr("letter.txt", "hello")

    _is_refused(tmp_path / "list.xlsx", "not an Excel workbook")


def test_a_workbook_that_was_cut_short_inside_is_refused(workbook: Any, tmp_path: Path):
    cut = _with_sheet(workbook({}, {}), tmp_path / "cut.xlsx", lambda sheet: sheet[: len(sheet) // 2])

    _is_refused(cut, "damaged")


def test_a_workbook_of_nothing_but_a_chart_is_refused(tmp_path: Path):
    book = openpyxl.Workbook()
    book.create_chartsheet("chart")
    del book["Sheet"]
    book.save(tmp_path / "chart.xlsx")

    _is_refused(tmp_path / "chart.xlsx", "not an Excel workbook")


def test_a_list_without_rows_is_refused(workbook: Any):
    _is_refused(workbook(), "the list is empty")


def test_an_empty_sheet_is_refused_with_the_columns_it_needs(tmp_path: Path):
    openpyxl.Workbook().save(tmp_path / "list.xlsx")

    _is_refused(tmp_path / "list.xlsx", "columns are missing: .*희망가격")


def test_a_small_file_that_would_unpack_to_a_huge_one_is_refused_before_it_is_read(workbook: Any, tmp_path: Path):
    filling = b"<!--" + b"A" * reader.MAX_UNPACKED + b"-->"
    bomb = _with_sheet(workbook({}), tmp_path / "bomb.xlsx", lambda sheet: sheet + filling)

    assert bomb.stat().st_size < 2**20
    _is_refused(bomb, "unpacked, the file would have more than 200 MB")


def test_a_list_without_end_is_refused(workbook: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "MAX_ROWS", 3)

    _is_refused(workbook({}, {}, {}), "more than 3 rows")


def test_a_formula_without_a_saved_value_is_named_and_loses_nothing_else(workbook: Any):
    second = {"goods_id_no": "24661350", "price": "=A1*2", "name": '=HYPERLINK("https://example.invalid")'}

    report = services.import_official_list(path=workbook({}, second))

    assert outcomes(report) == ["created", "rejected"]
    assert [remark.params["column"] for remark in report.rows[1].remarks] == ["상품명", "희망가격"]
    assert codes(report, 1) == {ImportRemark.FORMULA_UNSAVED}


def test_a_formula_counts_as_the_value_saved_with_it(workbook: Any, tmp_path: Path):
    given = workbook({"price": 7_212_000})
    saved = _with_sheet(
        given, tmp_path / "saved.xlsx", lambda sheet: sheet.replace(b"<v>7212000</v>", b"<f>1+1</f><v>7212000</v>")
    )

    assert outcomes(services.import_official_list(path=saved)) == ["created"]
    assert ProductItem.objects.get().price_krw == 7_212_000


@pytest.mark.parametrize("price", [1e30, "9" * 400, "-5", float(2**63)])
def test_a_number_too_large_for_any_price_is_kept_as_no_price(workbook: Any, price: Any):
    report = services.import_official_list(path=workbook({"price": price, "spec": "가" * 32_000}))

    assert outcomes(report) == ["created"]
    assert ProductItem.objects.get().price_krw is None


def test_a_missing_column_is_named(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append([name for name in reader.COLUMNS.values() if name != "희망가격"])
    book.active.append(["x"] * 16)
    book.save(tmp_path / "list.xlsx")

    with pytest.raises(CommandError, match="희망가격"):
        call_command("import_innovation_market", str(tmp_path / "list.xlsx"))


def test_a_missing_file_is_said_in_one_line():
    with pytest.raises(CommandError, match="there is no such file"):
        call_command("import_innovation_market", "nowhere.xlsx")
