"""Rows and whole tables take turns on one SQLite file."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.releases import record_definition
from tests.patience import PATIENCE


def _tables(first: int, n: int) -> LeadTables:
    leads: list[dict[str, Any]] = [
        {"lead_id": f"L{at:06d}", "created_at": at, "day_only": False, "arrival": None}
        for at in range(first, first + n)
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=FACT.empty_table(),
        event=EVENT.empty_table(),
        outcome=OUTCOME.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )


def test_the_file_stays_sound_when_rows_and_tables_are_written_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    stores = [Store.open(url), Store.open(url)]
    failures: list[BaseException] = []

    def write_tables(store: Store, first: int) -> None:
        for part in range(10):
            store.write(_tables(first + part * 200, 200))
            store.read_tables()

    def write_rows(store: Store, first: int) -> None:
        for at in range(60):
            name = f"{first + at:020d}"
            record_definition(store, "format: 1", model=name[::-1], agreement=name, by="test")
            store.read_lead(f"L{at:06d}")

    def guarded(work: Any, store: Store, first: int) -> None:
        try:
            work(store, first)
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    jobs = [(write_tables, stores[0], 0), (write_rows, stores[0], 0)]
    jobs += [(write_tables, stores[1], 5000), (write_rows, stores[1], 500)]
    threads = [threading.Thread(target=guarded, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE)
    for store in stores:
        store.close()

    assert failures == []
    connection = sqlite3.connect(tmp_path / "store.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM lead").fetchone() == (4000,)
    assert connection.execute("SELECT count(*) FROM definition_version").fetchone() == (120,)
    connection.close()


def test_whoever_holds_a_row_connection_may_take_a_second_while_a_table_waits(
    tmp_path: Path,
) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    done = threading.Event()

    def read_all() -> None:
        store.read_tables()
        done.set()

    with store.engine.connect():
        reader = threading.Thread(target=read_all)
        reader.start()
        assert not done.wait(timeout=0.2)
        with store.engine.connect():
            assert not done.is_set()
    reader.join(timeout=PATIENCE)

    assert done.is_set()
    store.close()
