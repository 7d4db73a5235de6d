"""A folder of Parquet files that is one table: as warehouses and Spark leave it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.errors import LeadDataError
from features.importing.files.read_file import read_file
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.plan import list_files
from tests.features.importing.desk import Desk

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*
    lead_id: id
    lead: {created_at: created}
    facts:
      - {attribute: industry, column: channel, known_at: created}
    events:
      - {behaviour: visit, occurred_at: seen}
"""


def _write(folder: Path, **columns: list[str | None]) -> None:
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "part-0.parquet")


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    """Leads by month and channel; only those of later months have a column of webinars."""
    folder = tmp_path / "exports" / "leads"
    _write(folder / "month=03" / "channel=web", id=["L1", "L2"], created=["2026-03-01"] * 2)
    _write(
        folder / "month=04" / "channel=fair",
        id=["L3"],
        created=["2026-04-02"],
        seen=["2026-04-20"],
    )
    (folder / "_SUCCESS").touch()
    _write(folder / "_temporary" / "month=05", id=["L9"], created=["2026-05-01"])
    return folder


def test_folders_are_columns_and_rows_are_those_of_all_files(leads: Path) -> None:
    table = read_file(leads)

    assert table.file == "leads"
    columns = {name: values.to_pylist() for name, values in table.columns.items()}
    assert columns["id"] == ["L1", "L2", "L3"]
    assert columns["month"] == ["03", "03", "04"]
    assert columns["channel"] == ["web", "web", "fair"]
    assert columns["seen"] == ["", "", "2026-04-20"]


def test_a_folder_of_exports_holds_it_like_a_file(leads: Path, small_desk: Desk) -> None:
    (leads.parent / "notes.csv").write_text("a\n1\n", encoding="utf-8")

    report = import_files(
        small_desk.store,
        [leads.parent],
        mapping=parse_mapping(MAPPING, "map.yaml", small_desk.definition),
        definition=small_desk.definition,
    )

    assert list_files(leads.parent) == [leads, leads.parent / "notes.csv"]
    assert report.rejected == 0
    assert [row["lead_id"] for row in small_desk.rows("lead")] == ["L1", "L2", "L3"]
    assert [row["value"] for row in small_desk.rows("fact")] == ["web", "web", "fair"]
    assert [row["lead_id"] for row in small_desk.rows("event")] == ["L3"]


def test_a_folder_named_as_a_file_is_one_too(tmp_path: Path) -> None:
    _write(tmp_path / "leads.parquet", id=["L1"])

    assert read_file(tmp_path / "leads.parquet").columns["id"].to_pylist() == ["L1"]


def test_a_folder_without_parquet_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "leads.parquet").mkdir()

    with pytest.raises(LeadDataError, match="must hold Parquet files; got none"):
        read_file(tmp_path / "leads.parquet")
