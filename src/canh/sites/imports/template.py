"""The empty workbook to fill in: a sheet for each table, and one that explains every column."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from canh.sites.imports.columns import Sheet, sheets
from canh.sites.imports.reading import EXAMPLE

HEAD = PatternFill("solid", start_color="E4ECF7")


def workbook() -> bytes:
    """As .xlsx, in the active language; headings of the other language are understood as well."""
    book = Workbook()
    guide = book.active
    guide.title = _("Guide")
    _explain(guide)
    for sheet in sheets().values():
        _fill(book.create_sheet(sheet.title), sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _explain(page: Any) -> None:
    page.append([_("Sheet"), _("Column"), _("Needed"), _("What to write"), _("Example")])
    for sheet in sheets().values():
        page.append([sheet.title, "", "", sheet.about, ""])
        page.cell(page.max_row, 1).font = Font(bold=True)
        for column in sheet.columns:
            page.append([sheet.title, column.title, _("yes") if column.needed else "", column.hint, column.example])
    page.append([])
    page.append([_("Rows whose first cell begins with # are passed over.")])
    _dress(page, (18, 24, 10, 80, 28))
    for row in page.iter_rows(min_col=4, max_col=4):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")


def _fill(page: Any, sheet: Sheet) -> None:
    page.append([column.title for column in sheet.columns])
    example = [column.example for column in sheet.columns]
    page.append([f"{EXAMPLE} {example[0]}", *example[1:]])
    for cell in page[2]:
        cell.font = Font(italic=True, color="777777")
    _dress(page, [max(14, len(column.title) + 4, min(len(column.example) + 2, 40)) for column in sheet.columns])
    for place, column in enumerate(sheet.columns, start=1):
        if column.name in {"account", "phone"}:  # Excel would drop the zeros in front
            page.column_dimensions[get_column_letter(place)].number_format = "@"


def _dress(page: Any, widths: Any) -> None:
    for place, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(place)].width = width
    for cell in page[1]:
        cell.font, cell.fill = Font(bold=True), HEAD
    page.freeze_panes = "A2"


def csv_text(sheet: Sheet) -> str:
    """One sheet with its example, for whoever has no Excel. Begins with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([column.title for column in sheet.columns])
    example = [column.example for column in sheet.columns]
    writer.writerow([f"{EXAMPLE} {example[0]}", *example[1:]])
    return "\ufeff" + out.getvalue()
