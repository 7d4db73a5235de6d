"""How long an import of a million events takes, and how much memory it needs at most.

Run with ``python tests/benchmarks/bench_import.py``. The promise is 30 s and 2 GB on two cores.
"""

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from features.definition import TEMPLATE, read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store

N_LEADS = 50_000
N_EVENTS = 1_000_000
N_RUNS = 3

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
    facts: [{attribute: channel, column: channel, known_at: created}]
  - match: events.csv
    lead_id: lead
    events:
      - {occurred_at: at, behaviour: {column: what}, event_id: id, amount: minutes}
"""


def main() -> None:
    """Print the time of a first and of a repeated import, and the peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        files = _write_files(Path(folder))
        first, again = [], []
        for run in range(N_RUNS):
            store = Store.open(f"sqlite:///{folder}/store_{run}.db")
            first.append(_import_once(store, files))
            again.append(_import_once(store, files))
            store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{N_EVENTS:,} events of {N_LEADS:,} leads from CSV into SQLite, median of {N_RUNS}")
    print(f"  first import    {statistics.median(first):6.1f} s")
    print(f"  imported again  {statistics.median(again):6.1f} s")
    print(f"  peak memory     {peak:6.2f} GB")


def _import_once(store: Store, files: list[Path]) -> float:
    definition = read_definition(TEMPLATE)
    mapping = parse_mapping(MAPPING, "bench.yaml", definition)
    begin = time.perf_counter()
    report = import_files(store, files, mapping=mapping, definition=definition)
    seconds = time.perf_counter() - begin
    if report.rejected:
        sys.exit(f"the benchmark's own files must be sound; got {report.rejected} rejected rows.")
    return seconds


def _write_files(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    lead_ids = pa.array([f"L{at:07d}" for at in range(N_LEADS)])
    leads = pa.table(
        {
            "id": lead_ids,
            "created": _times(rng.integers(1_700_000_000, 1_710_000_000, N_LEADS)),
            "channel": pa.array(["web", "seminar"]).take(pa.array(rng.integers(0, 2, N_LEADS))),
        }
    )
    behaviours = pa.array(["page_visit", "email_click", "document_download", "webinar"])
    events = pa.table(
        {
            "id": pa.array([f"E{at:09d}" for at in range(N_EVENTS)]),
            "lead": lead_ids.take(pa.array(rng.integers(0, N_LEADS, N_EVENTS))),
            "at": _times(np.sort(rng.integers(1_700_000_000, 1_750_000_000, N_EVENTS))),
            "what": behaviours.take(pa.array(rng.integers(0, 4, N_EVENTS))),
            "minutes": pa.array(rng.integers(1, 60, N_EVENTS)),
        }
    )
    files = [folder / "leads.csv", folder / "events.csv"]
    for table, file in zip((leads, events), files, strict=True):
        pyarrow.csv.write_csv(table, file)
    return files


def _times(seconds: np.ndarray) -> pa.Array:
    return pa.array(np.datetime_as_string(seconds.astype("datetime64[s]")).tolist())


if __name__ == "__main__":
    main()
