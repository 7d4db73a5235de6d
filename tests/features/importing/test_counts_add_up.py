"""Of every shape of export, what was read was stored, unchanged or rejected: nothing is lost."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.definition import LeadDefinition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.reporting.report import ImportReport
from features.store import Store

HEAD = "format: 1\ntime_zone: UTC\nfiles:\n"
LEADS = "  - {match: leads.*, lead_id: id, lead: {created_at: created}}\n"
SHAPES = {
    "log alone": """
  - match: rows*
    lead_id: id
    lead: {created_at: {column: at, take: first}}
    events:
      - {behaviour: {column: word, values: {a: webinar, b: visit}, others: skip}, occurred_at: at}
    outcomes: [{stage: {column: word, values: {c: won}, others: skip}, occurred_at: at}]
""",
    "history": LEADS
    + """
  - match: rows*
    lead_id: id
    facts:
      - attribute: {column: word, values: {a: industry, b: pages}}
        column: value
        known_at: {column: at}
        old: other
""",
    "wide dates": """
  - match: rows*
    lead_id: id
    lead: {created_at: created}
    events: [{behaviour: webinar, occurred_at: at}]
    outcomes: [{stage: opportunity, occurred_at: other}]
    hand_overs: [{handed_over_at: at}]
""",
    "status now": """
  - match: rows*
    observed_at: 2024-12-31
    lead_id: id
    lead: {created_at: created}
    outcomes:
      - stage: {column: word, values: {a: won, b: lost}, others: skip}
        occurred_at: unknown
""",
    "deals": LEADS
    + """
  - match: rows*
    lead_id: id
    outcomes:
      - {stage: opportunity, occurred_at: created, deal: value}
      - {stage: {column: word, values: {a: won, b: lost}}, occurred_at: at, deal: value}
""",
    "joined": """
  - match: rows*
    lead_id: id
    joins: [{file: leads.*, as: lead, key: id, on: id, repeated: ignore}]
    lead: {created_at: lead.created}
    facts: [{attribute: pages, column: value, known_at: unknown}]
""",
    "two entries": """
  - match: rows*
    lead_id: id
    when: {column: word, is_one_of: [a]}
    lead: {created_at: created}
    person: {name: value}
  - match: rows*
    lead_id: id
    when: {column: word, is_one_of: [b, c]}
    events: [{behaviour: visit, occurred_at: at, event_id: value}]
""",
}
TIMES = st.sampled_from(["2024-04-01", "2024-04-02 10:00", "2024-05-03", "", "soon", "1969-01-01"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["1", "2", "3", "", "1.2E+17"]),
            "created": st.sampled_from(["2024-04-01", "2024-03-01 09:00", "never", ""]),
            "at": TIMES,
            "word": st.sampled_from(["a", "b", "c", "d", ""]),
            "value": st.sampled_from(["1", "2.5", "many", ""]),
            "other": TIMES,
        }
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store to copy: bringing one up to date takes longer than an import."""
    path: Path = tmp_path_factory.mktemp("empty") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


def _write(folder: Path, kind: str, rows: list[dict[str, str]]) -> list[Path]:
    table = pd.DataFrame(rows)
    path, leads = folder / f"rows.{kind}", folder / "leads.csv"
    if kind == "csv":
        table.to_csv(path, index=False)
    elif kind == "xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_parquet(path, index=False)
    leads.write_text("id,created\n1,2024-03-01\n2,2024-04-01\n", encoding="utf-8")
    return [leads, path]


def _check(report: ImportReport) -> None:
    for file in report.files:
        assert file.skipped + file.rejected <= file.rows
        for count in file.tables:
            told = count.stored + count.unchanged + count.rejected + count.forgotten
            assert count.read == told
            assert min(count.stored, count.unchanged, count.rejected) >= 0


def _rows(store: Store) -> Mapping[str, int]:
    return {name: extent.rows for name, extent in store.extents().items()}


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=5)
@given(rows=ROWS, kind=st.sampled_from(["csv", "xlsx", "parquet"]))
def test_what_is_read_is_accounted_for(
    every_kind: LeadDefinition,
    empty_store: Path,
    shape: str,
    kind: str,
    rows: list[dict[str, str]],
) -> None:
    mapping = parse_mapping(HEAD + SHAPES[shape].lstrip("\n"), "map.yaml", every_kind)
    with tempfile.TemporaryDirectory() as folder:
        paths = _write(Path(folder), kind, rows)
        store = Store(f"sqlite:///{shutil.copy(empty_store, folder)}")

        report = import_files(store, paths, mapping=mapping, definition=every_kind)
        stored = _rows(store)
        again = import_files(store, paths, mapping=mapping, definition=every_kind)

        _check(report)
        _check(again)
        counts = {count.table: count.stored for count in report.tables}
        assert {name: counts.get(name, 0) for name in stored} == stored
        assert _rows(store) == stored
        assert sum(count.stored for count in again.tables) == 0
        store.close()


@pytest.mark.parametrize("shape", ["status now", "deals", "wide dates"])
@settings(max_examples=5)
@given(months=st.lists(ROWS, min_size=2, max_size=3), edited=ROWS)
def test_exports_compared_and_an_edit_are_accounted_for(
    every_kind: LeadDefinition,
    empty_store: Path,
    shape: str,
    months: list[list[dict[str, str]]],
    edited: list[dict[str, str]],
) -> None:
    text = HEAD + SHAPES[shape].lstrip("\n")
    text = text.replace("observed_at: 2024-12-31", 'observed_at: {in_name: "%Y%m"}')
    mapping = parse_mapping(text, "map.yaml", every_kind)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for month, rows in enumerate(months, start=5):
            leads, path = _write(Path(folder), "csv", rows)
            paths.append(path.rename(path.with_name(f"rows_2024{month:02d}.csv")))
        store = Store(f"sqlite:///{shutil.copy(empty_store, folder)}")

        together = import_files(store, [leads, *paths], mapping=mapping, definition=every_kind)
        _check(together)
        stored = {count.table: count.stored for count in together.tables}
        assert {name: stored.get(name, 0) for name in _rows(store)} == _rows(store)
        pd.DataFrame(edited).to_csv(paths[-1], index=False)
        _check(import_files(store, [leads, paths[-1]], mapping=mapping, definition=every_kind))
        store.close()


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_that_name_no_lead_are_rejected_one_by_one(
    every_kind: LeadDefinition, empty_store: Path, shape: str, tmp_path: Path
) -> None:
    mapping = parse_mapping(HEAD + SHAPES[shape].lstrip("\n"), "map.yaml", every_kind)
    row = {"id": "", "created": "2024-04-01", "at": "2024-04-02", "word": "a", "value": "1"}
    store = Store(f"sqlite:///{shutil.copy(empty_store, tmp_path)}")

    paths = _write(tmp_path, "csv", [{**row, "other": "2024-05-03"}])
    report = import_files(store, paths, mapping=mapping, definition=every_kind)

    _check(report)
    assert report.rejected == 1
    store.close()


def test_a_rejected_hand_over_takes_no_number(
    every_kind: LeadDefinition, empty_store: Path, tmp_path: Path
) -> None:
    mapping = parse_mapping(HEAD + SHAPES["wide dates"].lstrip("\n"), "map.yaml", every_kind)
    store = Store(f"sqlite:///{shutil.copy(empty_store, tmp_path)}")
    row = {"id": "1", "created": "2024-04-01", "word": "a", "value": "1"}
    rows = [
        {**row, "at": "2024-04-02", "other": "soon"},
        {**row, "at": "2024-05-03", "other": ""},
    ]

    paths = _write(tmp_path, "csv", rows)
    report = import_files(store, paths, mapping=mapping, definition=every_kind)

    _check(report)
    assert store.read_table("hand_over")["cycle"].to_pylist() == [1]
    store.close()
