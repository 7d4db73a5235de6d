"""Workbooks as programs and people leave them: read, or refused in one sentence."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart

from features.core.errors import LeadDataError
from features.importing.files.raw_table import RawTable
from features.importing.files.read_file import read_file

ROWS = [["ID", "created", "channel"], ["1", "2026-04-01", "web"], ["2", "2026-04-02", "event"]]


def _book(rows: list[list[object]] | None = None) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows or ROWS:
        book.active.append(row)
    return book


def _bytes(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _changed(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same archive with its parts changed, by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as written:
        for name in given.namelist():
            written.writestr(name, change(name, given.read(name)))
    return out.getvalue()


def _read(folder: Path, data: bytes, name: str = "leads.xlsx") -> RawTable:
    path = folder / name
    path.write_bytes(data)
    return read_file(path)


def _rows(sheet: RawTable) -> list[tuple[str, ...]]:
    return list(zip(*(column.to_pylist() for column in sheet.columns.values()), strict=True))


PLAIN = [("1", "2026-04-01", "web"), ("2", "2026-04-02", "event")]


def test_a_book_with_macros_is_read(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, _bytes(_book()), "leads.xlsm")) == PLAIN


def test_an_archive_that_holds_no_workbook_is_refused(tmp_path: Path) -> None:
    def stripped(name: str, part: bytes) -> bytes:
        return b"<Types/>" if name == "[Content_Types].xml" else part

    with pytest.raises(LeadDataError, match="must be a workbook"):
        _read(tmp_path, _changed(_bytes(_book()), stripped))


def test_a_fill_without_a_kind_does_not_stop_it(tmp_path: Path) -> None:
    def emptied(name: str, part: bytes) -> bytes:
        return re.sub(rb"<fill>.*?</fill>", b"<fill/>", part) if "styles" in name else part

    assert _rows(_read(tmp_path, _changed(_bytes(_book()), emptied))) == PLAIN


def test_the_strict_dialect_is_read(tmp_path: Path) -> None:
    def strict(_name: str, part: bytes) -> bytes:
        for kind in (b"spreadsheetml", b"officeDocument"):
            part = part.replace(
                b"http://schemas.openxmlformats.org/" + kind + b"/2006/",
                b"http://purl.oclc.org/ooxml/" + kind + b"/",
            )
        return part

    assert _rows(_read(tmp_path, _changed(_bytes(_book()), strict))) == PLAIN


def test_hidden_sheets_and_sheets_of_words_are_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["This book was exported for you."])
    hidden = book.create_sheet("old")
    hidden.sheet_state = "hidden"
    table = book.create_sheet("leads")
    for row in ROWS:
        hidden.append(["x", "y", "z"])
        table.append(row)

    assert _rows(_read(tmp_path, _bytes(book))) == PLAIN


def test_two_tables_behind_a_sheet_of_words_are_asked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["This book was exported for you."])
    for name in ("April", "May"):
        sheet = book.create_sheet(name)
        for row in ROWS:
            sheet.append(row)

    with pytest.raises(LeadDataError, match=r"which sheet holds the table; got April, May\. Name"):
        _read(tmp_path, _bytes(book))


def test_charts_alone_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("chart").add_chart(BarChart())
    book.remove(book["Sheet"])

    with pytest.raises(LeadDataError, match="sheet with cells; got charts alone"):
        _read(tmp_path, _bytes(book))


def test_titles_and_totals_are_no_rows(tmp_path: Path) -> None:
    rows = [["Leads of April"], [], *ROWS, [], ["合計", 2, ""]]
    sheet = _read(tmp_path, _bytes(_book(rows)))

    assert _rows(sheet) == PLAIN
    assert sheet.n_footer_rows == 1


def test_a_merged_cell_holds_for_all_its_rows(tmp_path: Path) -> None:
    book = _book([["Leads of April", "", ""], *ROWS, ["", "2026-04-03", "mail"]])
    book.active.merge_cells("A1:C1")
    book.active.merge_cells("A4:A5")

    assert _rows(_read(tmp_path, _bytes(book))) == [*PLAIN, ("2", "2026-04-03", "mail")]


def test_formulas_nobody_worked_out_are_refused(tmp_path: Path) -> None:
    book = _book([*ROWS, ["3", "=B2+1", "web"]])

    with pytest.raises(LeadDataError, match=r"must hold values; got 1 formulas .* Open it in"):
        _read(tmp_path, _bytes(book))


def test_a_formula_that_gives_nothing_is_a_blank(tmp_path: Path) -> None:
    def worked_out(name: str, part: bytes) -> bytes:
        cell = b'<c r="B4" t="str"><f>IF(1,"","")</f><v></v></c>'
        return re.sub(rb'<c r="B4"[^>]*>.*?</c>', cell, part) if "sheet1" in name else part

    data = _changed(_bytes(_book([*ROWS, ["3", "x", "web"]])), worked_out)

    assert _rows(_read(tmp_path, data))[2] == ("3", "", "web")


def test_a_number_beyond_what_a_spreadsheet_keeps_shows_that_it_is_rounded(tmp_path: Path) -> None:
    sheet = _read(tmp_path, _bytes(_book([["ID", "n"], [12345678901234567, 1], [123456, 2]])))

    assert sheet.columns["ID"].to_pylist() == ["1.23456789012346E+16", "123456"]


def _cut(name: str, part: bytes) -> bytes:
    return part[:200] if "sheet1" in name else part


def _headless(name: str, part: bytes) -> bytes:
    return b"<a/>" if name == "xl/workbook.xml" else part


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "without a password; got one"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), r"got the old \.xls format\. Open it"),
        ("a.xlsx", OLE, r"got the old \.xls format"),
        ("a.xls", b"<html><table></table></html>", "got a web page under the name of one"),
        ("a.xlsx", b"\n<html>", "got a web page under the name of one"),
        ("a.xlsx", b"ID,created\n1,2\n", "must be a workbook; got something else"),
        ("a.xlsx", _bytes(_book())[:400], "must be a workbook; got something else"),
        ("a.xlsx", _changed(_bytes(_book()), _cut), "got (something else|one that breaks off)"),
        ("a.xlsx", _changed(_bytes(_book()), _headless), "must be a workbook; got something else"),
        ("a.xlsb", b"", r"a workbook must be \.xlsx; got a\.xlsb\. Open it"),
        ("a.ods", b"", r"a workbook must be \.xlsx; got a\.ods"),
        ("a.numbers", b"", r"a workbook must be \.xlsx; got a\.numbers"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    with pytest.raises(LeadDataError, match=sentence) as told:
        _read(tmp_path, data, name)

    assert "\n" not in str(told.value)
