"""A file read piece by piece has the rows, lines, footers and faults of the whole."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.errors import LeadDataError
from features.importing.files.read_file import read_file, read_pieces

ROWS = "a,b,c\n" + "".join(
    f'{n},x{n},"one\nand {n}"\n' if n % 7 else f"{n},too few\n" for n in range(600)
)
TEXTS = {
    "lines": ROWS.encode(),
    "a mark": b"\xef\xbb\xbf" + ROWS.encode(),
    "a footer": (ROWS + "\n\n\nTotal,3,\n(c) somebody,,\n").encode(),
    "a long footer": (ROWS + "\n" * 900 + "Total,3,\n(c) somebody\n").encode(),
    "quotes that are never closed": (ROWS + '5,6,"open\nand on\n').encode(),
    "a last row of too few cells that is never closed": (ROWS + '5,"open\nand on\n').encode(),
    "another encoding": ("氏名,b,c\n" + "山田太郎さん,ひらがな,c\n" * 300).encode("cp932"),
    "a header alone": b"a,b,c\n",
    "a header without an end": b"a,b,c",
    "semicolons": ROWS.replace(",", ";").encode(),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("packed", [False, True])
def test_pieces_of_text_are_the_whole(name: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("rows.csv.gz" if packed else "rows.csv")
    path.write_bytes(gzip.compress(TEXTS[name]) if packed else TEXTS[name])

    _assert_whole(path, tmp_path, piece_bytes=256)


@pytest.mark.parametrize("rows", [0, 1, 500])
def test_pieces_of_parquet_are_the_whole(rows: int, tmp_path: Path) -> None:
    table = pa.table({"a": list(range(rows)), "b": [0.5] * rows, "c": ["x"] * rows})
    pq.write_table(table, tmp_path / "rows.parquet")
    for month in ("04", "05"):
        folder = tmp_path / "folder.parquet" / f"month={month}"
        folder.mkdir(parents=True)
        pq.write_table(table, folder / "rows.parquet")

    _assert_whole(tmp_path / "rows.parquet", tmp_path, piece_bytes=1024)
    _assert_whole(tmp_path / "folder.parquet", tmp_path, piece_bytes=1024)


def test_the_last_row_stays_where_one_of_too_few_cells_is_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,b,c\n1,2,"two\nlines"\n5,"open\nand on\n', encoding="utf-8")

    sheet = read_file(path)

    assert (sheet.n_rows, [row.line for row in sheet.malformed]) == (1, [4])


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n\0\0\n")

    with pytest.raises(LeadDataError, match="must be text in"):
        list(read_pieces(path, tmp_path, piece_bytes=256))


def _assert_whole(path: Path, folder: Path, *, piece_bytes: int) -> None:
    whole = read_file(path)

    pieces = list(read_pieces(path, folder, piece_bytes=piece_bytes))

    assert sum(piece.n_rows for piece in pieces) == whole.n_rows
    assert len(pieces) > 2 or whole.n_rows < 100
    np.testing.assert_array_equal(np.concatenate([piece.lines for piece in pieces]), whole.lines)
    assert tuple(row for piece in pieces for row in piece.malformed) == whole.malformed
    assert sum(piece.n_footer_rows for piece in pieces) == whole.n_footer_rows
    assert {piece.typed for piece in pieces} == {whole.typed}
    assert {piece.continental for piece in pieces} == {whole.continental}
    for name, values in whole.columns.items():
        assert pa.concat_arrays([piece.columns[name] for piece in pieces]).equals(values)
