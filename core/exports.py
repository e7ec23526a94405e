"""Lists as files: CSV that Korean Excel opens, and XLSX. Cells never start a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from django.http import HttpResponse

from core.calendar import SEOUL

# What spreadsheets take for the beginning of a formula; East Asian ones take the full-width signs as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
# Excel holds no longer text in a cell; a longer one would be left out without a word.
_LONGEST = 32_767


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, int | float):
        return value
    text = str(value)
    text = f"'{text}" if text.startswith(_FORMULA) else text
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def export_response(*, fmt: str, filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The rows as a download; ``fmt`` is ``csv`` or ``xlsx``, anything else is CSV."""
    names = [str(name) for name in header]
    if fmt == "xlsx":
        content, kind = _xlsx(names, rows), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        fmt, content, kind = "csv", _csv(names, rows), "text/csv; charset=utf-8"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{filename}.{fmt}"'
    return response


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([_text(value) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


# No cell becomes a formula or a link by what somebody wrote into a field.
_PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _PLAIN) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, header, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [_text(value) for value in row])
    return buffer.getvalue()
