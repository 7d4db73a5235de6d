"""Lead tables as a folder of Parquet files: for warehouses, and for data too large for one machine.

The layout is ``<folder>/<table>/part-00000.parquet``. Part n of every table holds the same leads, a
stretch of the sorted keys, so that a cluster computes part by part and the parts in order are the
whole. A warehouse may write its own folder, in any number of files; only parts then mean nothing.

Instants are whole seconds (int64) here; a reader also takes timestamps, which warehouses write.
"""

from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.core.errors import LeadDataError
from features.store import lead_tables as arrow
from features.store.lead_tables import LeadTables
from features.store.schema.columns import ALLOWED

LEADS_PER_PART = 100_000
"""Leads in one part, unless they did so much that it would hold more than ``EVENTS_PER_PART``."""

EVENTS_PER_PART = 4_000_000
"""About 250 MB as whole texts, twice while they are sorted."""

_TABLES = {
    "lead": (arrow.LEAD, ("lead_id",)),
    "fact": (arrow.FACT, ("lead_id", "attribute", "known_at")),
    "event": (arrow.EVENT, ("lead_id", "occurred_at", "event_id")),
    "outcome": (arrow.OUTCOME, ("lead_id", "stage", "occurred_at")),
    "hand_over": (arrow.HAND_OVER, ("lead_id", "cycle")),
}


def write_parquet(tables: LeadTables, folder: Path, *, leads_per_part: int | None = None) -> int:
    """Write lead tables into a folder, cut by lead, and return the number of parts.

    Parameters
    ----------
    tables : LeadTables
        Events may be without their ids.
    folder : path
        Gets one folder of Parquet files per table; made if it is not there.
    leads_per_part : int, optional
        Leads whose rows share a file; as many as keep a file small unless given.

    Raises
    ------
    LeadDataError
        If the folder holds files already: parts of two writings must not mix.
    """
    if folder.exists() and any(folder.rglob("*.parquet")):
        msg = f"a Parquet folder must be empty; got {folder}, which is not. Give another."
        raise LeadDataError(msg)
    by_lead = {
        name: _by_lead(getattr(tables, name), schema) for name, (schema, _) in _TABLES.items()
    }
    ids = by_lead["lead"]["lead_id"]
    if leads_per_part is None:
        at_most = EVENTS_PER_PART * len(ids) // max(tables.event.num_rows, 1)
        leads_per_part = min(max(at_most, 1), LEADS_PER_PART)
    starts = range(0, max(len(ids), 1), leads_per_part)
    # Part n ends where part n + 1 begins; what lies before the first lead belongs to the first.
    firsts = [ids[start].as_py() for start in starts if start > 0]
    for name, rows in by_lead.items():
        schema, key = _TABLES[name]
        (folder / name).mkdir(parents=True, exist_ok=True)
        cuts = [0, *_positions(rows["lead_id"], firsts), rows.num_rows]
        for part, (start, end) in enumerate(pairwise(cuts)):
            # Whole texts and a sorted copy take several times the memory: only of one part.
            pq.write_table(
                _sorted(_whole_texts(rows.slice(start, end - start), schema), key),
                folder / name / f"part-{part:05d}.parquet",
                compression="zstd",
            )
    return len(firsts) + 1


def count_parts(folder: Path) -> int:
    """Number of parts that :func:`write_parquet` wrote."""
    return len(list((folder / "lead").glob("part-*.parquet")))


def read_parquet(folder: Path, *, until: int | None = None, part: int | None = None) -> LeadTables:
    """Lead tables of a folder, in the order of their keys.

    Parameters
    ----------
    folder : path
    until : int, optional
        Only what was known before this second, of leads created before it.
    part : int, optional
        Only the leads of this part; all if not given.

    Raises
    ------
    LeadDataError
        If a table lacks columns, or holds nothing where there must be something.
    """
    read = {name: _read(folder, name, until=until, part=part) for name in _TABLES}
    if until is not None:
        known = read["lead"]["lead_id"].combine_chunks()
        for name in _TABLES:
            if name != "lead":
                read[name] = read[name].filter(pc.is_in(read[name]["lead_id"], known))
    return LeadTables(**read)


def _read(folder: Path, name: str, *, until: int | None, part: int | None) -> pa.Table:
    schema, key = _TABLES[name]
    files = sorted(
        (folder / name).glob("*.parquet" if part is None else f"part-{part:05d}.parquet")
    )
    if not files:
        if name == "lead":
            msg = (
                f"a Parquet folder must hold lead/*.parquet; got none in {folder}. Check the path."
            )
            raise LeadDataError(msg)
        return schema.empty_table()
    # File by file: data sets of Arrow are no quicker on whole files, and need pandas.
    rows = pa.concat_tables(
        _conform(pq.ParquetFile(file).read(), name, f"{folder.name}/{name}") for file in files
    )
    if until is not None:
        for column in arrow.KNOWN_BY[name]:
            rows = rows.filter(pc.less(rows[column], until))
    return _sorted(rows, key)


def _conform(rows: pa.Table, table: str, origin: str) -> pa.Table:
    """Declared columns and types; columns that may be null may also be absent."""
    schema, _ = _TABLES[table]
    absent = [field.name for field in schema if field.name not in rows.column_names]
    lacking = [name for name in absent if not schema.field(name).nullable]
    if lacking:
        msg = f"{origin} must have the columns {', '.join(lacking)}; got {len(lacking)} too few."
        raise LeadDataError(msg + " Write them.")
    columns = []
    for field in schema:
        if field.name in absent:
            columns.append(pa.nulls(rows.num_rows, field.type))
            continue
        values = _as_declared(rows[field.name], field, origin)
        if not field.nullable and values.null_count:
            msg = f"{origin} must have {field.name} in every row; got {values.null_count} without."
            raise LeadDataError(msg + " Fill them.")
        columns.append(values)
    conformed = pa.table(columns, schema=schema)
    for name, words in ALLOWED.get(table, {}).items():
        wrong = pc.invert(pc.is_in(conformed[name], pa.array(words)))
        n_wrong = pc.sum(wrong).as_py() or 0
        if n_wrong:
            msg = f"{origin} must have {name} as one of {', '.join(words)}; got {n_wrong} others."
            raise LeadDataError(msg + " Mend them.")
    return conformed


def _as_declared(values: pa.ChunkedArray, field: pa.Field, origin: str) -> pa.ChunkedArray:
    try:
        if pa.types.is_timestamp(values.type):
            if values.type.tz is None:
                msg = f"{origin} must have {field.name} with a time zone; got timestamps without."
                raise LeadDataError(msg + " Write them in UTC.")
            # Down to whole seconds, also before 1970.
            values = pc.floor_temporal(values, unit="second").cast(pa.timestamp("s", "UTC"))
        return values.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        msg = f"{origin} must have {field.name} as {field.type}; got {values.type}. Cast it."
        raise LeadDataError(msg) from None


def _whole_texts(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table in its declared types: dictionaries of texts are not sorted by Arrow."""
    return rows.cast(pa.schema([schema.field(name) for name in rows.column_names]))


def _sorted(rows: pa.Table, key: tuple[str, ...]) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in key if name in rows.column_names])


def _by_lead(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows as they are where their leads ascend, as those of a store do, or sorted so."""
    last = ""
    for chunk in rows["lead_id"].chunks:
        texts = pa.concat_arrays([pa.array([last]), chunk.cast(pa.string())])
        if not pc.all(pc.less_equal(texts[:-1], texts[1:])).as_py():
            return _whole_texts(rows, schema).sort_by("lead_id")
        last = texts[-1].as_py()
    return rows


def _positions(lead_ids: pa.ChunkedArray, firsts: list[str]) -> list[int]:
    """Where the rows of each part begin; keys are sorted as Arrow sorts them, by bytes."""
    return [
        bisect_left(
            range(len(lead_ids)), text.encode(), key=lambda at: lead_ids[at].as_py().encode()
        )
        for text in firsts
    ]
