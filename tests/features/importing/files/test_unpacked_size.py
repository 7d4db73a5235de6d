"""Files that explode or lie end in a sentence, and soon."""

import gzip
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.errors import DefinitionError, LeadDataError
from features.definition.yaml.document import read_document
from features.importing.files.read_file import read_file

MIB = 1 << 20
SHEET = "xl/worksheets/sheet1.xml"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {after} "{f"&{name};" * 10}">' for name, after in pairwise("abcdefghi"))
    + ']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData><row><c t='inlineStr'><is><t>&i;</t></is></c></row></sheetData></worksheet>"
)


def _refused(path: Path, match: str) -> None:
    began = time.process_time()
    with pytest.raises(LeadDataError, match=match):
        read_file(path)
    assert time.process_time() - began < 2


def _workbook(path: Path, part: str, content: bytes) -> Path:
    """A workbook with other content in one of its parts."""
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.active.append(["L1", "a"])
    book.save(path.with_suffix(".plain.xlsx"))
    with (
        zipfile.ZipFile(path.with_suffix(".plain.xlsx")) as read,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as write,
    ):
        for name in read.namelist():
            if name != part:
                write.writestr(name, read.read(name))
        write.writestr(part, content)
    return path


def test_a_gzip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as opened:
        for _ in range(300):
            opened.write(b"a" * MIB)

    _refused(path, "must unpack to at most 64 MiB")


def test_an_honest_gzip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv.gz"
    path.write_bytes(gzip.compress(b"id\n" + b"L1\n" * 1_000_000))

    assert read_file(path).n_rows == 1_000_000


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", SHEET])
def test_a_workbook_bomb(tmp_path: Path, part: str) -> None:
    path = _workbook(tmp_path / "leads.xlsx", part, b"a" * (80 * MIB))

    _refused(path, "must unpack to at most 64 MiB")


def test_an_entity_bomb(tmp_path: Path) -> None:
    _refused(_workbook(tmp_path / "leads.xlsx", SHEET, BOMB.encode()), "must be a workbook")


def test_a_damaged_sheet(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "leads.xlsx", SHEET, b"<worksheet><sheetData><row>")

    _refused(path, "must be a workbook")


def test_a_parquet_file_of_more_rows_than_its_bytes_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    codes = pa.array(np.zeros(60_000_000, np.int8))
    column = pa.DictionaryArray.from_arrays(codes, ["L"])
    pq.write_table(pa.table({"id": column}), path, row_group_size=len(codes), compression="zstd")

    _refused(path, "must hold at most 50,000,000 cells; got 60,000,000")


def test_parquet_text_that_is_no_utf8_is_named_by_its_column(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    data = pa.py_buffer(b"\x83\x7e")
    text = pa.StringArray.from_buffers(1, pa.array([0, 2], pa.int32()).buffers()[1], data)
    pq.write_table(pa.table({"id": ["L1"], "name": text}), path)

    _refused(path, "must hold text in UTF-8; got other bytes in 'name'")


@pytest.mark.parametrize("number", ["9" * 19, "9" * 400, "-" + "9" * 5_000, "1e999"])
def test_a_number_of_a_definition_that_nothing_can_hold(number: str) -> None:
    with pytest.raises(DefinitionError, match=r"x\.yaml:2: .* at most 18 digits"):
        read_document(f"format: 1\nhorizon: {number}\n", "x.yaml")
