"""A file into rows of text: CSV in the forms Excel writes, and .xlsx. Limits first, since anybody's file may be a
bomb."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from canh.kit.text import nfc
from canh.sites.imports import columns
from canh.sites.imports.columns import Column, Sheet

MOST_BYTES = 10_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_UNPACKED = 200_000_000
MOST_PARTS = 500
LONGEST_CELL = 2000


class Unreadable(Exception):
    """The file as a whole cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row of a sheet."""

    sheet: Sheet
    number: int
    """As the spreadsheet counts it."""
    cells: dict[str, str]
    """Column name → text, composed, without blanks around."""
    letters: dict[str, str] = field(default_factory=dict)
    """Column name → the letter the spreadsheet gives it."""


def read(name: str, content: bytes) -> list[Row]:
    """All rows of a file, sheet by sheet. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than %(n)d MB; split it.") % {"n": MOST_BYTES // 1_000_000})
    if content[:4] == b"PK\x03\x04":
        rows = list(_capped(_workbook(content)))
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(_("This is the old Excel form or a workbook with a password. Save it as .xlsx without one."))
    else:
        rows = list(_capped(_csv(content)))
    if not rows:
        raise Unreadable(_("There is no filled row below the headings."))
    return rows


def _capped(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise Unreadable(_("The file has more than %(n)d rows; split it.") % {"n": MOST_ROWS})
        yield row


# ── CSV ──────────────────────────────────────────────────────────────────


def _csv(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from _rows(None, lines)
    except csv.Error as error:
        raise Unreadable(_("Line %(n)d is not a line of a CSV file.") % {"n": lines.line_num}) from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, or the UTF-16 of “Unicode text”."""
    try:
        text = content.decode("utf-16") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(_("The letters of this file are not UTF-8. In Excel choose “CSV UTF-8”, or .xlsx.")) from None
    if "\0" in text:
        raise Unreadable(_("This is neither a CSV file nor an Excel workbook (.xlsx)."))
    return text


# ── Excel ────────────────────────────────────────────────────────────────


def _workbook(content: bytes) -> Iterator[Row]:
    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        for page in book.worksheets:
            sheet = columns.sheet_named(page.title)
            if sheet or len(book.worksheets) == 1:
                yield from _rows(sheet, page.iter_rows(max_col=MOST_COLUMNS, values_only=True))
    except Unreadable:
        raise
    except Exception as error:  # openpyxl lets through whatever a broken file provokes; each means: cannot be read
        raise Unreadable(_("Excel's file cannot be read (%(why)s). Open it, save it anew as .xlsx.") % {
            "why": type(error).__name__}) from error  # fmt: skip


def _refuse_bombs(content: bytes) -> None:
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        raise Unreadable(_("The workbook is damaged.")) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(_("The workbook unpacks to more than an import may have; copy the rows into a new one."))
    if any("vbaproject" in part.filename.lower() for part in parts):
        raise Unreadable(_("The workbook has macros; save it as .xlsx without them."))


# ── Both ─────────────────────────────────────────────────────────────────


def _rows(sheet: Sheet | None, lines: Iterable[Iterable[Any]]) -> Iterator[Row]:
    """The first filled line has the headings. `sheet` None: they tell which it is."""
    places: dict[int, Column] = {}
    for number, line in enumerate(lines, start=1):
        cells = [_text(cell) for cell in line]
        if not any(cells):
            continue
        if not places:
            sheet = sheet or columns.sheet_of(cells)
            places = _headings(sheet, cells, number)
            letters = {column.name: get_column_letter(place + 1) for place, column in places.items()}
        elif sheet and not _is_example(cells):
            named = {column.name: cells[place] for place, column in places.items() if place < len(cells)}
            if any(named.values()):
                yield Row(sheet, number, named, letters)


EXAMPLE = "#"
"""A row whose first cell begins so is a remark: the template's examples and hints."""


def _is_example(cells: list[str]) -> bool:
    return next((cell for cell in cells if cell), "").startswith(EXAMPLE)


def _headings(sheet: Sheet | None, cells: list[str], number: int) -> dict[int, Column]:
    if sheet is None:
        raise Unreadable(_("Line %(n)d has no headings that Canh knows. Take those of the template.") % {"n": number})
    places = sheet.places(cells)
    missing = [c.title for c in sheet.columns if c.needed and c not in places.values()]
    if missing:
        text = _("Sheet “%(sheet)s”: the column %(missing)s is missing in line %(n)d.")
        raise Unreadable(text % {"sheet": sheet.title, "missing": ", ".join(missing), "n": number})
    return places


def _text(cell: Any) -> str:
    """As a person would read it in the spreadsheet."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%H:%M") if cell.year < 1901 else cell.isoformat(" ", "minutes")
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return nfc(" ".join(str(cell)[:LONGEST_CELL].replace("\u00a0", " ").split()))
