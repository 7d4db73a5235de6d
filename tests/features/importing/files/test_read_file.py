"""Files of every kind as columns of text, with exact lines."""

import gzip
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.errors import LeadDataError
from features.importing.files.footer import Malformed
from features.importing.files.raw_table import RawTable
from features.importing.files.read_file import read_file

JAPANESE = "番号,氏名,会社\n1,山田,㈱ヤマダ\n2,髙橋,表示ソ\n"


def _read(folder: Path, text: str | bytes, name: str = "a.csv", encoding: str = "auto") -> RawTable:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, encoding=encoding)


def _rows(sheet: RawTable) -> list[tuple[str, ...]]:
    return list(zip(*(column.to_pylist() for column in sheet.columns.values()), strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_the_encoding_is_found_by_inspection(tmp_path: Path, encoding: str) -> None:
    sheet = _read(tmp_path, JAPANESE.encode(encoding))

    assert list(sheet.columns) == ["番号", "氏名", "会社"]
    assert _rows(sheet) == [("1", "山田", "㈱ヤマダ"), ("2", "髙橋", "表示ソ")]


EUROPEAN = (
    "Kontakt,Straße,Größe\n1,Königsallee,zwölf Räume\n"
    "2,Calle Peñón,España – año\n3,Bärenplatz,élève à Orléans\n"
)


@pytest.mark.parametrize("text", [EUROPEAN, "id,nom\n1,Hélène\n", "Nr,Fläche\n1,groß\n2,süß\n"])
def test_what_windows_writes_in_europe_is_not_read_as_kanji(tmp_path: Path, text: str) -> None:
    sheet = _read(tmp_path, text.encode("cp1252"))

    assert list(sheet.columns) == text.splitlines()[0].split(",")
    assert _rows(sheet) == [tuple(line.split(",")) for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "番号,氏名\n1,ﾔﾏﾀﾞ ﾀﾛｳ\n",
        "id,会社\n1,㈱東京商事\n",
        "id,氏名\n1,森 林\n2,高橋 誠\n",
        "id,name\n" + "".join(f"{number},山田 花子\n" for number in range(60)),
    ],
)
def test_kanji_and_half_width_kana_stay_japanese(tmp_path: Path, text: str) -> None:
    sheet = _read(tmp_path, text.encode("cp932"))

    assert _rows(sheet) == [tuple(line.split(",")) for line in text.splitlines()[1:]]


def test_an_encoding_that_is_given_is_used(tmp_path: Path) -> None:
    # These two bytes are a word in CP932 and another in EUC-JP.
    sheet = _read(tmp_path, "名前\n山田\n".encode("euc-jp"), encoding="euc-jp")

    assert _rows(sheet) == [("山田",)]


@pytest.mark.parametrize(
    ("data", "encoding", "reason"),
    [
        (b"a,b\n\xff\xff\xff,1\n", "auto", "must be text in utf-8 or cp932 or cp1252"),
        (b"PK\x03\x04\x00\x00\x00", "auto", "must be text"),
        ("名前\n".encode("cp932"), "utf-8", "must be text in utf-8;"),
        (b"a\n", "klingon", "must be one Python knows; got 'klingon'"),
        (b"", "auto", "must begin with a header; got an empty file"),
        (b"\n\n", "auto", "must begin with a header; got an empty file"),
    ],
)
def test_what_is_no_text_is_refused(
    tmp_path: Path, data: bytes, encoding: str, reason: str
) -> None:
    with pytest.raises(LeadDataError, match=reason):
        _read(tmp_path, data, encoding=encoding)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_in_the_header(tmp_path: Path, delimiter: str) -> None:
    text = "a,b\n1,2\n".replace(",", delimiter)

    assert _rows(_read(tmp_path, text)) == [("1", "2")]


def test_lines_are_those_an_editor_shows(tmp_path: Path) -> None:
    text = 'id,"long\nheader"\r\n1,one\r\n2,"two\r\nlines\r\n"\r\n\r\n,\r\n3,three\r\n4\r\n5,five'

    sheet = _read(tmp_path, text)

    assert _rows(sheet) == [("1", "one"), ("2", "two\r\nlines"), ("3", "three"), ("5", "five")]
    assert sheet.lines.tolist() == [3, 4, 9, 11]
    reason = "must have 2 cells, as the header has"
    assert sheet.malformed == (Malformed(line=10, got="1 cells", reason=reason, n_cells=1),)


def test_a_row_after_a_malformed_one_of_several_lines_keeps_its_line(tmp_path: Path) -> None:
    sheet = _read(tmp_path, 'a,b\n1,"x\ny",z\n2,w\n')

    assert [(row.line, row.got) for row in sheet.malformed] == [(2, "3 cells")]
    assert sheet.lines.tolist() == [4]


def test_repeated_and_empty_headers_get_names(tmp_path: Path) -> None:
    sheet = _read(tmp_path, "Name,Name, ,Name\n1,2,3,4\n")

    assert list(sheet.columns) == ["Name", "Name (2)", "column 3", "Name (3)"]


def test_blanks_around_values_are_cut_off(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "a,b\n x ,\u3000y\u3000\n")) == [("x", "y")]


def test_a_header_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    sheet = _read(tmp_path, "a,b\n")

    assert sheet.n_rows == 0
    assert list(sheet.columns) == ["a", "b"]


def test_gzipped_text_is_read(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, gzip.compress(b"a\n1\n"), "a.csv.gz")) == [("1",)]


def test_a_gz_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LeadDataError, match="must be gzipped"):
        _read(tmp_path, b"a\n1\n", "a.csv.gz")


def test_line_ends_of_old_macs_are_read(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "a,b\r1,2\r3,4\r")) == [("1", "2"), ("3", "4")]


def test_tsv_is_separated_by_tabs_even_where_commas_are_many(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "a,b,c\td\n1\t2\n", "a.tsv")) == [("1", "2")]


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append([])
    page.append(["id", "when", "day", "size", "share", "ok"])
    page.append([1, datetime(2024, 4, 1, 9, 5), datetime(2024, 4, 1), 20.0, 0.5, True])
    page.append([])
    page.append(["二", None, None, None, None, False])
    page["C3"].number_format = "yyyy/mm/dd"
    book.save(tmp_path / "a.xlsx")

    sheet = read_file(tmp_path / "a.xlsx")

    assert _rows(sheet) == [
        ("1", "2024-04-01 09:05:00", "2024-04-01", "20", "0.5", "true"),
        ("二", "", "", "", "", "false"),
    ]
    assert sheet.lines.tolist() == [3, 5]


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["first"])
    other = book.create_sheet("Leads")
    other.append(["id"])
    other.append(["1"])
    book.save(tmp_path / "a.xlsx")

    assert _rows(read_file(tmp_path / "a.xlsx", sheet="Leads")) == [("1",)]
    with pytest.raises(LeadDataError, match="must have the sheet 'Deals'; got Sheet, Leads"):
        read_file(tmp_path / "a.xlsx", sheet="Deals")


def test_parquet_keeps_instants_and_days_apart(tmp_path: Path) -> None:
    moment = datetime(2024, 4, 1, 9, 5)
    table = pa.table(
        {
            "id": pa.array([1, None]),
            "naive": pa.array([moment, None], pa.timestamp("us")),
            "aware": pa.array([moment, None], pa.timestamp("ms", "Asia/Tokyo")),
            "day": pa.array([moment.date(), None]),
            "kind": pa.array(["a", None]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")

    sheet = read_file(tmp_path / "a.parquet")

    assert _rows(sheet) == [
        ("1", "2024-04-01 09:05:00.000000", "2024-04-01 09:05:00.000Z", "2024-04-01", "a")
    ]


def test_files_that_are_not_what_their_name_says_are_refused(tmp_path: Path) -> None:
    for name, reason in (("a.xlsx", "must be a workbook"), ("a.parquet", "must be a Parquet file")):
        with pytest.raises(LeadDataError, match=reason):
            _read(tmp_path, b"id\n1\n", name)


def test_other_kinds_of_files_are_refused_with_the_kinds_that_do(tmp_path: Path) -> None:
    with pytest.raises(LeadDataError, match=r"must end in \.csv, .*\.parquet; got a\.pdf"):
        _read(tmp_path, b"", "a.pdf")
    with pytest.raises(LeadDataError, match="must exist"):
        read_file(tmp_path / "nothing.csv")


def test_a_quotation_mark_that_is_never_closed_costs_its_rows_only(tmp_path: Path) -> None:
    sheet = _read(tmp_path, 'a,b\n1,x\n2,"never closed\n3,z\n')

    assert _rows(sheet) == [("1", "x")]
    assert [row.line for row in sheet.malformed] == [3]


def test_one_in_the_first_cell_is_called_what_it_is(tmp_path: Path) -> None:
    sheet = _read(tmp_path, 'a,b\n"1,x\n' + "2,y\n" * 100)

    (row,) = sheet.malformed
    assert (row.line, row.got) == (2, "all that follows")
    assert row.reason == "must close the quotation mark it opens"


REPORT = """商談レポート

抽出条件: 今月

リードID,会社名,金額,作成日
1,山田商事,"1,000",2026/04/01
2,Only,,
3

合計,,"1,000",

作成者: 佐藤
Copyright (c) 2000-2026
機密情報
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_title_and_footer_of_a_report_are_no_rows(tmp_path: Path, encoding: str) -> None:
    sheet = _read(tmp_path, REPORT.encode(encoding))

    assert list(sheet.columns) == ["リードID", "会社名", "金額", "作成日"]
    assert sheet.columns["リードID"].to_pylist() == ["1", "2"]
    assert sheet.lines.tolist() == [6, 7]
    assert [row.line for row in sheet.malformed] == [8]
    assert sheet.n_footer_rows == 4


def test_a_short_row_right_below_the_others_is_no_footer(tmp_path: Path) -> None:
    sheet = _read(tmp_path, "a,b,c\n1,2,3\n4\n5,,\n")

    assert sheet.columns["a"].to_pylist() == ["1", "5"]
    assert [row.line for row in sheet.malformed] == [3]
    assert sheet.n_footer_rows == 0


def test_a_footer_of_a_workbook_is_no_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows = (["Report"], ["id", "name", "size"], [1, "x", 2], ["Total", None, 2], [], ["Made by S."])
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")

    sheet = read_file(tmp_path / "a.xlsx")

    assert _rows(sheet) == [("1", "x", "2")]
    assert sheet.n_footer_rows == 2


def test_two_values_below_an_empty_row_are_a_bad_row_and_no_footer(tmp_path: Path) -> None:
    sheet = _read(tmp_path, "a,b,c\n1,2,3\n\n4,5\n")

    assert [row.line for row in sheet.malformed] == [4]
    assert sheet.n_footer_rows == 0
