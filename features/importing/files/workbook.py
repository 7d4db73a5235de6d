"""Workbooks (.xlsx, .xlsm): one sheet as text, dates as dates.

Programs write workbooks that Excel opens and openpyxl does not: fills without a kind, the strict
dialect. Such a book is read again with these put right; where even that fails, one sentence says
what to do. So it does of what would be read and mean nothing: formulas that nobody worked out.
"""

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from features.core.errors import LeadDataError
from features.importing.files.header import find_header, unique_names
from features.importing.files.raw_table import RawTable, make_raw_table
from features.importing.files.unpacked_size import check_unpacked

MOST_EXACT = 1e15
"""From here on a spreadsheet keeps fewer digits than a number has."""

_DAMAGED = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
    RuntimeError,  # an entry that says it is encrypted, or packed in a way that nobody unpacks
    OSError,  # no part that is a workbook; they are given bytes, so that it is no disk's
)
"""What the readers of zip, XML and workbooks raise where bytes are not what they should be."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OPEN_FORMULA = re.compile(
    rb'<c (?:(?!t="str")[^>])*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v */>|<v></v>)?</c>'
)
_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_EMPTY_FILL = re.compile(rb"<((?:\w+:)?)fill\s*/>|<((?:\w+:)?)fill>\s*</(?:\w+:)?fill>")
_NO_FILL = rb"<\1\2fill><\1\2patternFill/></\1\2fill>"
_TABLES = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/", b"http://schemas.openxmlformats.org/spreadsheetml/2006/"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
)  # fmt: skip
"""Names of the strict dialect and of the one that openpyxl knows."""


def read_workbook(path: Path, *, sheet: str | None = None) -> RawTable:
    """Rows of one sheet; a row's line is its number in the sheet.

    If none is named: the only sheet that is shown and holds a table.

    Raises
    ------
    LeadDataError
        If the file is no workbook, is locked, has no such sheet, or the sheet has no header.
    """
    rows, typed_at, merged = _read_rows(path, sheet)
    header_at = find_header(rows, path.name)
    _fill_merged(rows, merged, first=header_at + 1)
    header = _without_trailing_blanks(rows[header_at])
    names = unique_names(header)
    body = [(row + [""] * len(names))[: len(names)] for row in rows[header_at + 1 :]]
    lines = np.arange(header_at + 2, len(rows) + 1, dtype=np.int64)
    columns = {
        name: pa.array([row[at] for row in body], pa.string()) for at, name in enumerate(names)
    }
    typed = frozenset(name for at, name in enumerate(names) if at in typed_at)
    return make_raw_table(path.name, columns, lines=lines, typed=typed)


def table_sheets(path: Path) -> tuple[str, ...]:
    """Names of the sheets that are shown and hold a table.

    Raises
    ------
    LeadDataError
        If the file is no workbook, or is locked.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with _opened(path) as book:
            try:
                shown = [one for one in book.worksheets if one.sheet_state == "visible"]
                return tuple(one.title for one in shown if _is_table(one))
            except _DAMAGED:
                raise _broken(path.name) from None


def _read_rows(path: Path, sheet: str | None) -> tuple[list[list[str]], set[int], list[str]]:
    """Cells of a sheet as text, places of columns with fractions as numbers, and merged areas."""
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions it does not know; we read values only.
        warnings.simplefilter("ignore", UserWarning)
        with _opened(path) as book:
            try:
                return _read_sheet(path, book, sheet)
            except _DAMAGED:
                raise _broken(path.name) from None


def _read_sheet(
    path: Path, book: Any, wanted: str | None
) -> tuple[list[list[str]], set[int], list[str]]:
    chosen = _choose_sheet(book, path.name, wanted)
    merged = _check_part(path, book, chosen)
    # The size a program wrote into the file may be wrong; the rows are not.
    chosen.reset_dimensions()
    typed_at: set[int] = set()
    rows = []
    for row in chosen.iter_rows():
        rows.append([_text(cell) for cell in row])
        typed_at |= {
            at
            for at, cell in enumerate(row)
            if isinstance(cell.value, float) and not cell.value.is_integer()
        }
    return rows, typed_at, merged


def _check_part(path: Path, book: Any, chosen: Any) -> list[str]:
    """Areas of merged cells of a sheet; refuses formulas that no program has worked out."""
    part = book._archive.read(chosen._worksheet_path.lstrip("/"))  # openpyxl shows it nowhere
    n_open = len(_OPEN_FORMULA.findall(part))
    if n_open:
        msg = (
            f"{path.name} must hold values; got {n_open} formulas that no program has worked out. "
            "Open it in Excel, save it, and import that."
        )
        raise LeadDataError(msg)
    return [area.decode() for area in _MERGED.findall(part)]


def _fill_merged(rows: list[list[str]], merged: list[str], *, first: int) -> None:
    """Let what stands in a merged area hold for all of its cells, below the header."""
    for area in merged:
        left, top, right, bottom = range_boundaries(area)
        if None in (left, top, right, bottom) or top - 1 < first or top > len(rows):
            continue
        value = rows[top - 1][left - 1] if left <= len(rows[top - 1]) else ""
        for row in rows[top - 1 : bottom]:
            row.extend([""] * (right - len(row)))
            row[left - 1 : right] = [value] * (right - left + 1)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    data = path.read_bytes()
    if data.startswith(_OLE):
        raise LeadDataError(_locked(path.name) if _ENCRYPTED in data else _old(path.name))
    if data.lstrip()[:1] == b"<":
        raise LeadDataError(_page(path.name))
    _check_size(path, data)
    book = _load(data) or _load(_mended(data))
    if book is None:
        msg = f"{path.name} must be a workbook; got something else. Save it as .xlsx."
        raise LeadDataError(msg)
    try:
        yield book
    finally:
        book.close()


def _check_size(path: Path, data: bytes) -> None:
    """Refuse a book that unpacks to too much; no reader unpacks more than its entries say."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except _DAMAGED:
        return  # no workbook at all: whoever opens it says so
    check_unpacked(path.name, unpacked, packed=len(data))


def _load(data: bytes | None) -> Any:
    if data is None:
        return None
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except _DAMAGED:
        return None
    return book if book.sheetnames else None


def _mended(data: bytes) -> bytes | None:
    """The same book with the styles and names that openpyxl stumbles over put right."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as mended:
            for name in given.namelist():
                part = given.read(name)
                if name.endswith((".xml", ".rels")):
                    for strict, usual in _TABLES:
                        part = part.replace(strict, usual)
                if name.endswith("styles.xml"):
                    part = _EMPTY_FILL.sub(_NO_FILL, part)
                mended.writestr(name, part)
    except _DAMAGED:
        return None
    return out.getvalue()


def _choose_sheet(book: Any, file: str, wanted: str | None) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if wanted is not None:
        if wanted not in sheets:
            names = ", ".join(sheets)
            msg = f"{file} must have the sheet {wanted!r}; got {names}. Mend the mapping."
            raise LeadDataError(msg)
        return sheets[wanted]
    if not sheets:
        msg = f"{file} must hold a sheet with cells; got charts alone. Export the table itself."
        raise LeadDataError(msg)
    shown = [sheet for sheet in sheets.values() if sheet.sheet_state == "visible"]
    tables = [sheet for sheet in shown if _is_table(sheet)] or shown or list(sheets.values())
    if len(tables) > 1 and shown[:1] != tables[:1]:
        names = ", ".join(sheet.title for sheet in tables)
        msg = (
            f"{file} must say which sheet holds the table; got {names}. "
            "Name it under `sheet` in the mapping."
        )
        raise LeadDataError(msg)
    return tables[0]


def _is_table(sheet: Any) -> bool:
    """Whether a sheet has at least two rows with two cells, unlike one of explanations."""
    sheet.reset_dimensions()
    full = 0
    for row in sheet.iter_rows(max_row=_SEARCHED, values_only=True):
        full += sum(value not in (None, "") for value in row) >= 2
        if full >= 2:
            return True
    return False


_SEARCHED = 40


def _text(cell: Any) -> str:
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float() if abs(value) >= MOST_EXACT:
            # Rounded already, whatever it shows: a key must not pass for whole.
            return f"{float(value):.14E}"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time() and not _shows_hours(cell):
            return value.date().isoformat()
    return str(value)


def _shows_hours(cell: Any) -> bool:
    # Excel knows no dates without time; only the way a cell is shown tells.
    return "h" in str(cell.number_format or "").lower()


def _without_trailing_blanks(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _locked(file: str) -> str:
    return (
        f"{file} must be readable without a password; got one that is locked. Open it, save it "
        "without its password as .xlsx or CSV, and import that."
    )


def _old(file: str) -> str:
    return (
        f"{file} must be a workbook of Excel 2007 or later; got the old .xls format. Open it, save "
        "it as .xlsx or CSV, and import that."
    )


def _page(file: str) -> str:
    return (
        f"{file} must be a workbook; got a web page under the name of one. Open it in Excel, save "
        "it as .xlsx or CSV, and import that."
    )


def _broken(file: str) -> LeadDataError:
    return LeadDataError(
        f"{file} must be a whole workbook; got one that breaks off. Save or download it again."
    )
