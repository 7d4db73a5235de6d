"""Reading and writing lead tables: ADBC as Arrow against the ordinary ways, on SQLite.

Run with ``python -m tests.benchmarks store``.
"""

import statistics
import tempfile
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import select

from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from features.store.schema import event

N_LEADS = 10_000
N_EVENTS = 500_000
N_RUNS = 3
N_SINGLE = 500


def main() -> None:
    """Print the medians, and each as a multiple of ours."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.db")
        tables = _make_tables()
        writing = _time(lambda: store.write(tables), 1)
        again = _time(lambda: store.write(tables), N_RUNS)
        ours = _time(store.read_tables, N_RUNS)
        rows = _time(lambda: _read_with_sqlalchemy(store), N_RUNS)
        frame = _time(lambda: _read_with_pandas(store), N_RUNS)
        ids = np.random.default_rng(1).integers(0, N_LEADS, N_SINGLE)
        single = _time(lambda: [store.read_lead(f"L{at:07d}") for at in ids], 1) / N_SINGLE
        store.close()
    print(f"{N_EVENTS:,} events of {N_LEADS:,} leads in SQLite, median of {N_RUNS}")
    print(f"  write                      {writing:8.2f} s")
    print(f"  write again, unchanged     {again:8.2f} s")
    print(f"  read all tables            {ours:8.2f} s")
    print(f"  read, SQLAlchemy rows      {rows:8.2f} s  {rows / ours:5.1f} times")
    print(f"  read, pandas.read_sql      {frame:8.2f} s  {frame / ours:5.1f} times")
    print(f"  read one lead              {1e3 * single:8.2f} ms")


def _time(work: Callable[[], object], n_runs: int) -> float:
    seconds = []
    for _ in range(n_runs):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def _read_with_sqlalchemy(store: Store) -> int:
    with store.engine.connect() as connection:
        return len(connection.execute(select(event)).all())


def _read_with_pandas(store: Store) -> int:
    with store.engine.connect() as connection:
        return len(pd.read_sql("SELECT * FROM event", connection))


def _make_tables() -> LeadTables:
    rng = np.random.default_rng(0)
    lead_ids = pa.array([f"L{at:07d}" for at in range(N_LEADS)])
    created_at = rng.integers(1_700_000_000, 1_710_000_000, N_LEADS)
    occurred_at = rng.integers(1_710_000_000, 1_750_000_000, N_EVENTS)
    behaviours = pa.array(["page_visit", "email_click", "document_download", "webinar"])
    return LeadTables(
        lead=pa.table(
            {
                "lead_id": lead_ids,
                "created_at": created_at,
                "day_only": np.zeros(N_LEADS, bool),
                "arrival": pa.nulls(N_LEADS, pa.float64()),
            },
            schema=LEAD,
        ),
        fact=FACT.empty_table(),
        event=pa.table(
            {
                "event_id": [f"E{at:09d}" for at in range(N_EVENTS)],
                "lead_id": lead_ids.take(pa.array(rng.integers(0, N_LEADS, N_EVENTS))),
                "behaviour": behaviours.take(pa.array(rng.integers(0, 4, N_EVENTS))),
                "occurred_at": occurred_at,
                "known_at": occurred_at,
                "actor": pa.repeat("lead", N_EVENTS),
                "amount": pa.array(rng.random(N_EVENTS)),
            },
            schema=EVENT,
        ),
        outcome=OUTCOME.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )


if __name__ == "__main__":
    main()
