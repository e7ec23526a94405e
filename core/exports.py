"""Lists as files: CSV that Korean Excel opens, and XLSX. Cells never start a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation

from core.calendar import SEOUL

_Response = TypeVar("_Response", HttpResponse, StreamingHttpResponse)

# What spreadsheets take for the beginning of a formula; East Asian ones take the full-width signs as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
# A spreadsheet is packed as a whole while somebody waits: 60,000 rows take 3 s of cpu. A longer list is offered
# as CSV, which streams. (Excel itself ends at 1,048,576 rows.)
XLSX_ROWS = 100_000
_ROWS_AT_ONCE = 500
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
    return _download(HttpResponse(content, content_type=kind), f"{filename}.{fmt}")


def streamed_csv(*, filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A list of any length, sent while it is read; ``rows`` should come from an iterator of the database."""
    pieces = _in_language(translation.get_language(), _csv_pieces([str(name) for name in header], rows))
    return _download(StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8"), f"{filename}.csv")


def _download(response: _Response, filename: str) -> _Response:
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _in_language(language: str | None, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces are made after the request has gone through the middleware, with its language."""
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    yield "\ufeff".encode()
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_text(value) for value in row])
        if number % _ROWS_AT_ONCE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    return b"".join(_csv_pieces(header, rows))


# No cell becomes a formula or a link by what somebody wrote into a field.
# Rows are written away as they come: a long list does not stand in memory.
_PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


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
