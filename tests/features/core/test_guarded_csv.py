"""What spreadsheets may open is written in one place, which lets no text become a formula."""

import csv
import io
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.core.guarded_csv import FORMULA_STARTS, csv_lines, write_guarded_csv

CODE = [
    path
    for floor in ("features", "training", "serving")
    for path in (Path(__file__).parents[3] / floor).rglob("*.py")
]
WRITERS = re.compile(r"\.to_csv\(|write_csv\(|csv\.writer\(|DictWriter\(|\.to_excel\(")
OWN_WRITERS = {
    "guarded_csv.py": "the guard itself",
    "exports.py": "the demo's raw files, which only an import reads",
}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C'!A0"]
)
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    write_guarded_csv(pa.table({"lead_id": [text, "L1"]}), tmp_path / "out.csv")

    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row[0] for row in csv.reader(stream)] == ["lead_id", f"'{text}", "L1"]
    lines = csv_lines([[text, "L1"], [None, None]])
    assert list(csv.reader(io.StringIO(lines, newline=""))) == [[f"'{text}", ""], ["L1", ""]]


CELL = st.none() | st.text("=-@\t\r\n\",; a'あ\0", max_size=4)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=5))
def test_lines_are_those_of_the_csv_module(rows: list[tuple[str | None, ...]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(
        [f"'{cell}" if cell and cell[0] in FORMULA_STARTS else cell for cell in row] for row in rows
    )

    columns = list(zip(*rows, strict=True)) or [[], [], []]

    assert csv_lines(columns) == written.getvalue()


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    table = pa.table({"margin": [-0.1, 0.1 + 0.2], "text": ["-12", "+3.5"]})

    write_guarded_csv(table, tmp_path / "out.csv")

    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    assert [float(row[0]) for row in rows] == [-0.1, 0.1 + 0.2]
    assert [row[1] for row in rows] == ["-12", "+3.5"]


def test_tables_are_written_nowhere_else() -> None:
    writers = {path.name for path in CODE if WRITERS.search(path.read_text(encoding="utf-8"))}

    assert writers == set(OWN_WRITERS)
