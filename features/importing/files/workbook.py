"""Workbooks (.xlsx): one sheet as text, dates as dates."""

import warnings
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from features.core.errors import LeadDataError
from features.importing.files.header import find_header, unique_names
from features.importing.files.raw_table import RawTable, make_raw_table
from features.importing.files.unpacked_size import check_unpacked


def read_workbook(path: Path, *, sheet: str | None = None) -> RawTable:
    """Rows of one sheet, the first if none is named; a row's line is its number in the sheet.

    Raises
    ------
    LeadDataError
        If the file is no workbook, has no such sheet, or the sheet has no header.
    """
    rows = _read_rows(path, sheet)
    header_at = find_header(rows, path.name)
    header = _without_trailing_blanks(rows[header_at])
    names = unique_names(header)
    body = [(row + [""] * len(names))[: len(names)] for row in rows[header_at + 1 :]]
    lines = np.arange(header_at + 2, len(rows) + 1, dtype=np.int64)
    columns = {
        name: pa.array([row[at] for row in body], pa.string()) for at, name in enumerate(names)
    }
    return make_raw_table(path.name, columns, lines=lines)


def _read_rows(path: Path, sheet: str | None) -> list[list[str]]:
    # Opened here: the reader leaves files open that it does not understand.
    with warnings.catch_warnings(), path.open("rb") as opened:
        # openpyxl warns of styles and extensions it does not know; we read values only.
        warnings.simplefilter("ignore", UserWarning)
        try:
            _check_size(path)
            book = openpyxl.load_workbook(opened, read_only=True, data_only=True)
            return _rows_of(book, path.name, sheet)
        except _NO_WORKBOOK:
            msg = f"{path.name} must be a workbook; got something else. Save it as .xlsx."
            raise LeadDataError(msg) from None


def _rows_of(book: openpyxl.Workbook, file: str, sheet: str | None) -> list[list[str]]:
    try:
        if sheet is not None and sheet not in book.sheetnames:
            names = ", ".join(book.sheetnames)
            msg = f"{file} must have the sheet {sheet!r}; got {names}. Mend the mapping."
            raise LeadDataError(msg)
        chosen = book.worksheets[0] if sheet is None else book[sheet]
        # The size a program wrote into the file may be wrong; the rows are not.
        chosen.reset_dimensions()
        return [[_text(cell) for cell in row] for row in chosen.iter_rows()]
    finally:
        book.close()


_NO_WORKBOOK = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    KeyError,
    ValueError,
)
"""What the reader raises over files that are no workbooks, or damaged ones."""


def _check_size(path: Path) -> None:
    # No reader unpacks more of a part than its entry says.
    with zipfile.ZipFile(path) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
    check_unpacked(path.name, unpacked, packed=path.stat().st_size)


def _text(cell: Any) -> str:
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time() and not _shows_hours(cell):
            return value.date().isoformat()
        case datetime() | date():
            return str(value)
        case _:
            return str(value)


def _shows_hours(cell: Any) -> bool:
    # Excel knows no dates without time; only the way a cell is shown tells.
    return "h" in str(cell.number_format or "").lower()


def _without_trailing_blanks(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
