"""Snapshots from Parquet: ours against polars' and DuckDB's ASOF joins, and the floor beneath all.

Each method runs in a process of its own, in turn, and answers with its time, its peak memory and a
hash of its finished table: 9 behaviours x 4 windows and recency at every monthly snapshot. The
floor reads the columns, sorts that many 64-bit keys and writes that many cells once.

Processor seconds are there because a machine with other work makes the clock say little.
``AWASE_BENCH_LARGE=1`` adds 100 M events in slices. Opponents get lead numbers as integers, which
spares them the texts that ours has to read.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from features.catalogue import Catalogue, build_catalogue
from features.core.clock import DAY
from features.definition import TEMPLATE, LeadDefinition, read_definition
from features.distributed.slice_tables import Slice
from features.distributed.slices import SliceSnapshot, plan_slices, snapshot_slice
from features.families.category_levels import OTHER
from features.history import History
from features.lookback.lead_rows import LeadRows
from features.moments import Moments
from features.snapshot import take_lead_snapshot
from features.store.lead_tables import LeadTables

BEGIN, SPAN = 1_650_000_000, 540 * DAY
N_TICKS = 13
WINDOWS = (7, 30, 90)
SHARES = np.array([30, 20, 10, 6, 8, 8, 3, 2, 13]) / 100
SLICE_MEMORY = {"10m": 1 << 26, "100m": 3 << 28}
REPEATED = ["behaviour", "actor"]
COLUMNS = ["lead_id", "behaviour", "occurred_at", "known_at", "actor"]


def _definition() -> LeadDefinition:
    """The template without amounts, which the opponents do not compute."""
    template = read_definition(TEMPLATE)
    plain = tuple(b.model_copy(update={"amount": None}) for b in template.behaviours)
    return template.model_copy(update={"behaviours": plain})


DEFINITION = _definition()
BEHAVIOURS = tuple(b.name for b in DEFINITION.lead_behaviours)


def _catalogue() -> Catalogue:
    categories = [a.name for a in DEFINITION.attributes if a.kind == "category"]
    whole = build_catalogue(DEFINITION, dict.fromkeys(categories, (OTHER,)))
    names = [
        name
        for b in BEHAVIOURS
        for name in (*(f"{b}_{days}d" for days in WINDOWS), f"{b}_ever", f"days_since_{b}")
    ]
    return Catalogue(features=tuple(whole.features[whole.index(n)] for n in names), levels={})


def write_tables(folder: Path, *, n_events: int, n_leads: int) -> None:
    """Leads and events of a year and a half, events in the order they became known."""
    rng = np.random.default_rng(0)
    created = BEGIN + rng.integers(0, SPAN, n_leads)
    lead = rng.integers(0, n_leads, n_events, dtype=np.int32)
    occurred = created[lead] + (rng.random(n_events) ** 1.5 * SPAN).astype(np.int64)
    order = np.argsort(occurred, kind="stable")
    lead, occurred = lead[order], occurred[order]
    late = np.where(rng.random(n_events) < 0.02, rng.integers(0, 5 * DAY, n_events), 0)
    behaviour = rng.choice(len(BEHAVIOURS), n_events, p=SHARES).astype(np.int32)
    ids = pa.array([f"L{i:07d}" for i in range(n_leads)])
    _write(
        folder / "event",
        lead_id=ids.take(pa.array(lead)),  # as a warehouse writes it
        behaviour=pa.DictionaryArray.from_arrays(behaviour, pa.array(BEHAVIOURS)),
        occurred_at=occurred,
        known_at=occurred + late,
        actor=pa.DictionaryArray.from_arrays(np.zeros(n_events, np.int32), pa.array(["lead"])),
        lead_no=lead,
    )
    _write(
        folder / "lead",
        lead_id=ids,
        created_at=created,
        day_only=np.zeros(n_leads, dtype=np.bool_),
        lead_no=np.arange(n_leads, dtype=np.int32),
    )


def _write(folder: Path, **columns: object) -> None:
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "part-00000.parquet", row_group_size=1 << 20)


def monthly(_tables: LeadTables, history: History) -> Moments:
    """Thirteen moments for each lead, thirty days apart."""
    lead = np.repeat(np.arange(history.n_leads, dtype=np.int32), N_TICKS)
    as_of = history.created_at[:, None] + 1 + np.arange(N_TICKS) * 30 * DAY
    return Moments(lead=lead, as_of=as_of.ravel())


def ours(folder: Path) -> np.ndarray:
    """Parquet to matrix through the timeline, all leads at once."""
    (whole,) = plan_slices(folder, DEFINITION, memory_limit=1 << 40)
    return _snapshot(folder, whole).snapshot.matrix


def in_slices(folder: Path) -> np.ndarray:
    """The same in slices of leads, each thrown away but for its last row."""
    slices = plan_slices(folder, DEFINITION, memory_limit=SLICE_MEMORY.get(folder.name, 1 << 26))
    return np.stack([_snapshot(folder, part).snapshot.matrix[-1].copy() for part in slices])


def _snapshot(folder: Path, part: Slice) -> SliceSnapshot:
    return snapshot_slice(
        folder, part, definition=DEFINITION, catalogue=_catalogue(), moments_of=monthly
    )


def floor(folder: Path) -> np.ndarray:
    """Read the columns, sort as many keys, write as many cells."""
    event = pq.read_table(folder / "event", columns=COLUMNS, read_dictionary=REPEATED)
    keys = event["occurred_at"].to_numpy() * 7_919 % (1 << 61)
    keys.sort()
    n_leads = pq.read_metadata(folder / "lead" / "part-00000.parquet").num_rows
    return np.full((n_leads * N_TICKS, len(BEHAVIOURS) * 5), float(keys[0]))


def polars_asof(folder: Path) -> np.ndarray:
    """Running counts per lead and behaviour, joined backwards at every end of a window."""
    import polars as pl

    events = (
        pl.scan_parquet(folder / "event" / "*.parquet")
        .filter(pl.col("actor") == "lead")
        .select("lead_no", "behaviour", at=pl.max_horizontal("occurred_at", "known_at"))
        .sort("at")
        .collect()
    )
    ticks = (
        pl.read_parquet(folder / "lead" / "*.parquet", columns=["lead_no", "created_at"])
        .join(pl.DataFrame({"n": np.arange(N_TICKS)}), how="cross")
        .select("lead_no", as_of=pl.col("created_at") + 1 + pl.col("n") * 30 * DAY)
        .sort("as_of")
    )
    columns = []
    for behaviour in BEHAVIOURS:
        mine = events.filter(pl.col("behaviour") == behaviour).select(
            "lead_no", "at", n=pl.int_range(1, pl.len() + 1).over("lead_no"), last="at"
        )
        seen = {}
        for days in (0, *WINDOWS):
            probe = ticks.with_columns(probe=pl.col("as_of") - days * DAY - 1)
            seen[days] = probe.join_asof(
                mine, left_on="probe", right_on="at", by="lead_no", check_sortedness=False
            ).select(
                pl.col("n").fill_null(0), since=(pl.col("as_of") - pl.col("last")).cast(pl.Float64)
            )
        count = seen[0]["n"]
        columns += [(count - seen[days]["n"]).cast(pl.Float64) for days in WINDOWS]
        columns += [count.cast(pl.Float64), seen[0]["since"]]
    order = ticks.select(pl.arg_sort_by("lead_no", "as_of")).to_series()
    table = pl.DataFrame([c.alias(str(i)) for i, c in enumerate(columns)])[order]
    matrix = np.array(table.fill_null(float("nan")).to_numpy(order="c"))
    matrix[:, 4::5] /= DAY  # polars multiplies by 1 / DAY, which rounds differently
    return matrix


def duckdb_asof(folder: Path) -> np.ndarray:
    """The same in SQL."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    connection.execute(f"""
        CREATE TEMP TABLE tick AS
        SELECT lead_no, created_at + 1 + n * {30 * DAY} AS as_of
        FROM read_parquet('{folder}/lead/*.parquet'), range({N_TICKS}) ticks(n);
        CREATE TEMP TABLE event AS
        SELECT lead_no, behaviour, greatest(occurred_at, known_at) AS at,
               -- A count takes in ties, of which an ASOF join may find any; row_number() does not.
               count(*) OVER (PARTITION BY lead_no, behaviour
                              ORDER BY greatest(occurred_at, known_at)) AS n
        FROM read_parquet('{folder}/event/*.parquet') WHERE actor = 'lead';
    """)
    cells = []
    for behaviour in BEHAVIOURS:
        joins = " ".join(
            f"ASOF LEFT JOIN (SELECT * FROM event WHERE behaviour = '{behaviour}') e{days} "
            f"ON tick.lead_no = e{days}.lead_no AND tick.as_of - {days * DAY} > e{days}.at"
            for days in (0, *WINDOWS)
        )
        counts = ", ".join(f"(n0 - coalesce(e{days}.n, 0))::DOUBLE" for days in WINDOWS)
        found = connection.execute(f"""
            SELECT {counts.replace("n0", "coalesce(e0.n, 0)")}, coalesce(e0.n, 0)::DOUBLE,
                   (tick.as_of - e0.at) / {DAY}::DOUBLE
            FROM tick {joins} ORDER BY tick.lead_no, tick.as_of
        """).fetchnumpy()
        cells += [np.ma.filled(values.astype(np.float64), np.nan) for values in found.values()]
    return np.ascontiguousarray(np.stack(cells, axis=1))


METHODS: dict[str, Callable[[Path], np.ndarray]] = {
    "ours": ours,
    "floor": floor,
    "in slices": in_slices,
    "polars ASOF": polars_asof,
    "DuckDB ASOF": duckdb_asof,
}


def _hash(matrix: np.ndarray) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for start in range(0, len(matrix), 1 << 16):
        digest.update(np.nan_to_num(matrix[start : start + (1 << 16)], nan=-1.0).tobytes())
    return digest.hexdigest()


def measure(method: str, folder: Path) -> dict[str, object]:
    """Run one method in this process; compiled code is loaded before the clock starts."""
    run = METHODS[method]
    if method in ("ours", "in slices"):
        run(folder.parent / "warm")
    start, start_cpu = time.perf_counter(), time.process_time()
    matrix = run(folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    digest = "" if method == "floor" else _hash(matrix)
    return {"seconds": seconds, "cpu": cpu, "peak_mb": peak, "hash": digest}


def _write_elsewhere(folder: Path, *, n_events: int, n_leads: int) -> None:
    # A process of its own: those started later would begin with the peak memory of this one.
    arguments = {"n_events": n_events, "n_leads": n_leads}
    with get_context("spawn").Pool(1) as processes:
        processes.apply(write_tables, (folder,), arguments)


def _in_own_process(method: str, folder: Path) -> dict[str, object]:
    command = [sys.executable, __file__, method, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare(folder: Path, methods: tuple[str, ...], *, rounds: int, title: str) -> None:
    """Print medians of interleaved runs and whether the finished tables agree."""
    runs: dict[str, list[dict[str, object]]] = {method: [] for method in methods}
    for turn in range(rounds):
        for method in methods:
            if turn == 0 or "ASOF" not in method:  # one run of an opponent takes long enough
                runs[method].append(_in_own_process(method, folder))
    table = Table(title=title)
    for column in ("method", "seconds", "times ours", "processor s", "peak MB", "same cells"):
        table.add_column(column, justify="left" if column == "method" else "right")
    first = runs[methods[0]]
    base = median(float(str(run["seconds"])) for run in first)
    for method, results in runs.items():
        seconds = median(float(str(run["seconds"])) for run in results)
        peak = max(float(str(run["peak_mb"])) for run in results)
        comparable = method not in ("floor", "in slices")
        same = str(results[0]["hash"] == first[0]["hash"]) if comparable else "-"
        cpu = median(float(str(run["cpu"])) for run in results)
        ratio = f"{seconds / base:.2f}"
        table.add_row(method, f"{seconds:.2f}", ratio, f"{cpu:.2f}", f"{peak:.0f}", same)
    Console().print(table)


def one_lead() -> None:
    """Print the time of one lead's snapshot, from rows of the store to vector."""
    rng = np.random.default_rng(0)
    n = 1_000
    at = np.sort(BEGIN + rng.integers(0, SPAN, n)).tolist()
    done = rng.choice(BEHAVIOURS, n).tolist()
    rows = LeadRows(
        lead_id="L1",
        created_at=BEGIN,
        day_only=False,
        arrival=None,
        facts=[],
        events=[(behaviour, t, t, "lead", None) for behaviour, t in zip(done, at, strict=True)],
    )
    categories = [a.name for a in DEFINITION.attributes if a.kind == "category"]
    catalogue = build_catalogue(DEFINITION, dict.fromkeys(categories, (OTHER,)))
    taken = []
    for _ in range(500):
        start = time.perf_counter()
        take_lead_snapshot(rows, DEFINITION, catalogue=catalogue, as_of=BEGIN + SPAN)
        taken.append(time.perf_counter() - start)
    print(f"one lead, {n:,} events, {len(catalogue)} features: {median(taken) * 1e3:.2f} ms")


def main() -> None:
    """Print the tables of medians and ratios."""
    one_lead()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        _write_elsewhere(root / "warm", n_events=2_100_000, n_leads=20_000)
        _write_elsewhere(root / "10m", n_events=10_000_000, n_leads=100_000)
        compare(
            root / "10m",
            ("ours", "floor", "in slices", "polars ASOF", "DuckDB ASOF"),
            rounds=3,
            title="10 M events, 100 k leads, 1.3 M snapshots, 45 columns",
        )
        if os.environ.get("AWASE_BENCH_LARGE"):
            _write_elsewhere(root / "100m", n_events=100_000_000, n_leads=1_000_000)
            compare(
                root / "100m",
                ("ours", "floor", "in slices"),
                rounds=3,
                title="100 M events, 1 M leads, 13 M snapshots, 45 columns",
            )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
