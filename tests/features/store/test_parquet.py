"""Lead tables as Parquet folders."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.errors import LeadDataError
from features.store import Store, parquet
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.parquet import count_parts, read_parquet, write_parquet

NAMES = ("lead", "fact", "event", "outcome", "hand_over")


def _event(event_id: str, lead_id: str, occurred_at: int) -> dict[str, Any]:
    times = {"occurred_at": occurred_at, "known_at": occurred_at + 5}
    return {"event_id": event_id, "lead_id": lead_id, "behaviour": "v", "actor": "lead"} | times


@pytest.fixture
def tables() -> LeadTables:
    """Five leads, one of them with a name beyond ASCII, which sorts last by bytes."""
    leads = [
        {"lead_id": name, "created_at": 10 * at, "day_only": False}
        for at, name in enumerate(["b", "あ", "a", "c", "Z"])
    ]
    events = [_event(f"e{at}", name, 100 - at) for at, name in enumerate("aabbbcZ")]
    outcome = {"lead_id": "c", "stage": "won", "occurred_at": 60, "known_at": 70}
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=FACT.empty_table(),
        event=pa.Table.from_pylist(events, EVENT),
        outcome=pa.Table.from_pylist([outcome], OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def test_a_folder_holds_what_a_store_holds(
    tables: LeadTables, store: Store, tmp_path: Path
) -> None:
    store.write(tables)
    write_parquet(tables, tmp_path / "parquet", leads_per_part=2)

    for until in (None, 35, 98):
        from_store = store.read_tables(until)
        from_folder = read_parquet(tmp_path / "parquet", until=until)
        for name in NAMES:
            assert getattr(from_folder, name).equals(getattr(from_store, name))


def test_parts_hold_whole_leads_and_add_up(tables: LeadTables, tmp_path: Path) -> None:
    n_parts = write_parquet(tables, tmp_path, leads_per_part=2)

    parts = [read_parquet(tmp_path, part=part) for part in range(n_parts)]

    assert n_parts == count_parts(tmp_path) == 3
    assert [part.lead["lead_id"].to_pylist() for part in parts] == [["Z", "a"], ["b", "c"], ["あ"]]
    assert [part.event["lead_id"].to_pylist() for part in parts] == [list("Zaa"), list("bbbc"), []]
    whole = read_parquet(tmp_path)
    for name in NAMES:
        assert pa.concat_tables(getattr(part, name) for part in parts).equals(getattr(whole, name))


def test_a_warehouse_may_write_timestamps_and_leave_out_what_it_does_not_know(
    tmp_path: Path,
) -> None:
    (tmp_path / "lead").mkdir()
    moment = datetime(2024, 4, 1, 0, 0, 1, 999_000, tzinfo=UTC)
    rows = {"lead_id": ["a"], "created_at": pa.array([moment], pa.timestamp("ms", "Asia/Tokyo"))}
    pq.write_table(pa.table(rows | {"day_only": [False]}), tmp_path / "lead" / "x.parquet")

    tables = read_parquet(tmp_path)

    # 19814 days lie between 1970-01-01 and 2024-04-01.
    assert tables.lead["created_at"].to_pylist() == [19_814 * 86_400 + 1]
    assert tables.lead["arrival"].to_pylist() == [None]
    assert tables.event.schema == EVENT


@pytest.mark.parametrize(
    ("table", "rows", "reason"),
    [
        ("lead", {"lead_id": ["a"]}, "must have the columns created_at, day_only"),
        (
            "lead",
            {"lead_id": ["a", None], "created_at": [1, 2], "day_only": [True, True]},
            "must have lead_id in every row; got 1 without",
        ),
        (
            "lead",
            {"lead_id": ["a"], "created_at": ["x"], "day_only": [True]},
            "must have created_at as int64; got string",
        ),
        (
            "lead",
            {"lead_id": ["a"], "created_at": [datetime(2024, 1, 1)], "day_only": [True]},
            "must have created_at with a time zone",
        ),
        (
            "outcome",
            {"lead_id": ["a"], "stage": ["sold"], "occurred_at": [1], "known_at": [1]},
            "must have stage as one of accepted, returned, opportunity, won, lost; got 1 others",
        ),
    ],
)
def test_a_table_that_is_not_as_declared_is_refused(
    tables: LeadTables, tmp_path: Path, table: str, rows: dict[str, Any], reason: str
) -> None:
    write_parquet(tables, tmp_path)
    pq.write_table(pa.table(rows), tmp_path / table / "part-00000.parquet")

    with pytest.raises(LeadDataError, match=reason):
        read_parquet(tmp_path)


def test_parts_of_two_writings_do_not_mix(tables: LeadTables, tmp_path: Path) -> None:
    write_parquet(tables, tmp_path)

    with pytest.raises(LeadDataError, match="a Parquet folder must be empty"):
        write_parquet(tables, tmp_path)


def test_a_folder_without_leads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LeadDataError, match="must hold lead/"):
        read_parquet(tmp_path)


def test_events_without_ids_are_laid_out_with_whole_texts(
    tables: LeadTables, store: Store, tmp_path: Path
) -> None:
    store.write(tables)
    narrow = store.read_narrow_tables()

    write_parquet(narrow, tmp_path, leads_per_part=2)

    whole = store.read_tables().event.drop_columns("event_id")
    assert _read_rows(tmp_path / "event").equals(whole)


def test_laying_out_takes_the_memory_of_a_part_and_not_of_the_whole(tmp_path: Path) -> None:
    leads = [f"lead-{number:06d}" for number in range(1_000)]
    rows = {
        "lead_id": np.repeat(leads, 200),
        "behaviour": ["page_visit"] * 200_000,
        "actor": ["lead"] * 200_000,
    }
    narrow = {name: pa.array(texts).dictionary_encode() for name, texts in rows.items()}
    at = pa.array(np.tile(np.arange(200), 1_000))
    event = pa.table(
        {**narrow, "occurred_at": at, "known_at": at, "amount": pa.nulls(200_000, pa.float64())}
    ).select([name for name in EVENT.names if name != "event_id"])
    tables = LeadTables(
        lead=pa.table(
            {"lead_id": leads, "created_at": [0] * 1_000, "day_only": [False] * 1_000}
        ).append_column("arrival", pa.nulls(1_000, pa.float64())),
        fact=FACT.empty_table(),
        event=event,
        outcome=OUTCOME.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )
    usual = pa.default_memory_pool()
    counting = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(counting)
    try:
        write_parquet(tables, tmp_path, leads_per_part=50)
    finally:
        pa.set_memory_pool(usual)

    whole = _read_rows(tmp_path / "event")
    assert whole.num_rows == 200_000
    assert counting.max_memory() < whole.nbytes / 2


def test_leads_that_did_much_share_a_part_with_fewer(
    tables: LeadTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "EVENTS_PER_PART", 3)

    # Of five leads with seven events, two have three.
    assert write_parquet(tables, tmp_path) == 3


def test_rows_that_do_not_ascend_by_lead_are_sorted(tables: LeadTables, tmp_path: Path) -> None:
    event = tables.event.take(pa.array([4, 0, 6, 2, 5, 1, 3]))

    write_parquet(replace(tables, event=event), tmp_path, leads_per_part=2)

    assert _read_rows(tmp_path / "event").equals(
        event.sort_by([(name, "ascending") for name in ("lead_id", "occurred_at", "event_id")])
    )


def _read_rows(folder: Path) -> pa.Table:
    """The rows of all files, in the order of their names."""
    return pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("*.parquet")))
