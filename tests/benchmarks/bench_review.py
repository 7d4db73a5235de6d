"""A month's review over 100,000 leads and 12 months, from the store to the kept record.

The company is simulated and imported as its CRM would export it; a release learns from a small one
with the same definition. Every lead was judged at the start of each month, as a monthly run would,
with a feature vector in each decision.
"""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.core.clock import month_starts, to_second
from features.data_clock import clock_of
from features.definition import LeadDefinition, read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import read_mapping
from features.store import Store
from features.store.lead_tables import LeadTables
from features.store.schema import DECISION
from serving.ledger.decisions import write_decisions
from serving.review.make_review import make_review, read_review
from serving.review.month import month_of
from serving.review.review_document import REVIEW_FORMATS, review_document
from tests.benchmarks.bench_reasons import make_release
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

SETTINGS = CompanySettings(leads=100_000, months=12, truth_snapshots=0)
REPEATS = 3


def main() -> None:
    """Print the median times of making, reading and writing a review."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        release, definition, _ = make_release(folder / "small")
        store = _company(folder, definition)
        tables = store.read_tables()
        _judge_every_month(store, tables, definition, n_features=release.fit.n_features)
        month = month_of(_newest_at(tables, definition), definition.zone).earlier(2)
        print(
            f"{tables.lead.num_rows:,} leads, {tables.event.num_rows:,} events, "
            f"{tables.hand_over.num_rows:,} hand-overs, SQLite, median of {REPEATS}"
        )
        _tell("make", lambda: make_review(store, definition, month, release=release))
        _tell("read", lambda: read_review(store, definition, month))
        kept = read_review(store, definition, month)
        if kept is not None:
            document = review_document(store, definition, kept.review)
            for form in ("html", "xlsx", "md"):
                _tell(f"write {form}", lambda form=form: REVIEW_FORMATS[form](document, ["ja"]))
        store.close()


def _tell(what: str, action: object) -> None:
    times, worked = [], []
    for _ in range(REPEATS):
        began, before = time.perf_counter(), time.process_time()
        action()  # type: ignore[operator]
        times.append(time.perf_counter() - began)
        worked.append(time.process_time() - before)
    # Beside others at work only the second figure says what it costs.
    print(
        f"  {what:12s} {statistics.median(times):6.2f} s, "
        f"{statistics.median(worked):6.2f} s of processor"
    )


def _company(folder: Path, definition: LeadDefinition) -> Store:
    exports = folder / "exports"
    write_company(simulate(SETTINGS), exports)
    store = Store.open(f"sqlite:///{folder / 'awase.db'}")
    import_files(
        store,
        [exports],
        mapping=read_mapping(
            exports / "import.yaml", read_definition(exports / "lead_definition.yaml")
        ),
        definition=definition,
        rejects_file=folder / "rejects.csv",
    )
    return store


def _newest_at(tables: LeadTables, definition: LeadDefinition) -> int:
    return clock_of(tables, definition, known_until=to_second(datetime.now(UTC))).newest_at


def _judge_every_month(
    store: Store, tables: LeadTables, definition: LeadDefinition, *, n_features: int
) -> None:
    random = np.random.default_rng(0)
    created_at = tables.lead.column("created_at").to_numpy()
    vector = random.random(n_features).astype("<f8").tobytes()
    newest_at = _newest_at(tables, definition)
    for start in month_starts(int(created_at.min()), newest_at, definition.zone).tolist():
        ids = tables.lead.column("lead_id").filter(pa.array(created_at < start))
        n = len(ids)
        write_decisions(
            store,
            pa.table(
                {
                    "lead_id": ids,
                    "as_of": np.full(n, start),
                    "decided_at": np.full(n, start),
                    "run_id": pa.repeat("bench", n),
                    "definition_version": pa.repeat("v", n),
                    "release_id": pa.repeat("r", n),
                    "probability": random.beta(0.5, 8, n),
                    "qualification": pa.repeat("NONE", n),
                    "rulebook_points": np.zeros(n),
                    "rulebook_qualification": pa.repeat("NONE", n),
                    "feature_vector": pa.repeat(vector, n),
                },
                schema=DECISION,
            ),
        )
