"""Snapshots of more events than fit in memory: the same kernel, one slice of leads after another.

A slice holds whole leads, and whole groups of leads that ever shared an account, so nothing that a
feature looks at lies in another slice; every sum restarts per lead, so slicing changes no bit. The
tables come from a folder ``<folder>/<table>/*.parquet``. Row groups outside a slice are skipped by
their statistics: a folder sorted by lead is read once in all, any other once per slice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import tables as arrow
from features.catalogue import Catalogue
from features.codes import dictionary_rows, encode
from features.definition.lead_definition import LeadDefinition
from features.errors import LeadDataError
from features.history import History
from features.lead_groups import lead_groups
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.tables import LeadTables
from features.time_index import IntArray

BYTES_PER_EVENT = 72
"""Measured: 30 of the columns read and up to 42 of keys while they are sorted."""

DEFAULT_MEMORY = 1 << 30
"""Bytes for the events of one slice; the matrix of its snapshot comes on top."""

ENCODED = {
    "event": ["lead_id", "behaviour", "actor"],
    "fact": ["lead_id", "attribute"],
}
"""Columns that stay dictionary-encoded as they are read, in the tables that grow."""

EVENT_COLUMNS = ("lead_id", "behaviour", "occurred_at", "known_at", "actor", "amount")

MomentsOf = Callable[[LeadTables, History], Moments]
"""Which moments of some leads to look at, such as the training grid."""


@dataclass(frozen=True, kw_only=True)
class EveryLeadAt:
    """One moment for every lead created before an instant, as scoring takes it."""

    as_of: int

    def __call__(self, _tables: LeadTables, history: History) -> Moments:
        """The moments of some leads; the tables are not needed."""
        lead = np.flatnonzero(history.created_at < self.as_of)
        return Moments.of(lead, np.full(len(lead), self.as_of))


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Leads that are worked on together.

    Attributes
    ----------
    lead_ids : Array of shape (n_leads,)
        Ascending.
    n_events : int
    is_stretch : bool
        Whether the folder has no other lead between the first and the last.
    """

    lead_ids: pa.Array
    n_events: int
    is_stretch: bool


@dataclass(frozen=True, kw_only=True)
class SliceSnapshot:
    """The snapshot of one slice; ``moments.lead`` are positions in ``lead_ids``."""

    lead_ids: pa.Array
    snapshot: Snapshot


def plan_slices(
    folder: Path, definition: LeadDefinition, *, memory_limit: int = DEFAULT_MEMORY
) -> tuple[Slice, ...]:
    """Slices whose events fit into so many bytes each; a group too large stays whole all the same.

    Raises
    ------
    LeadDataError
        If the folder has no lead table.
    """
    lead_ids = _read(folder, "lead", columns=("lead_id",)).column("lead_id").combine_chunks()
    lead_ids = lead_ids.cast(pa.string())
    lead_ids = lead_ids.take(pc.sort_indices(lead_ids))
    account = definition.roles.account if definition.windows.account else None
    facts = arrow.FACT.empty_table()
    if account is not None:
        facts = _read(folder, "fact", columns=("lead_id", "attribute", "value"))
    groups = lead_groups(lead_ids, facts, account)
    n_events = _events_per_lead(folder, lead_ids)
    room = max(memory_limit // BYTES_PER_EVENT, 1)
    slice_of_group = _pack(np.bincount(groups, weights=n_events).astype(np.int64), room)
    slice_of_lead = slice_of_group[groups]
    return tuple(
        _slice(np.flatnonzero(slice_of_lead == number), lead_ids, n_events)
        for number in range(int(slice_of_group.max(initial=-1)) + 1)
    )


def read_slice(folder: Path, part: Slice, definition: LeadDefinition) -> LeadTables:
    """The tables of a slice's leads; of events only the columns that features are made of."""
    with_amount = any(b.amount is not None for b in definition.lead_behaviours)
    event_columns = EVENT_COLUMNS if with_amount else EVENT_COLUMNS[:-1]
    return LeadTables(
        lead=_read(folder, "lead", part=part),
        fact=_read(folder, "fact", part=part),
        event=_read(folder, "event", part=part, columns=event_columns),
        outcome=_read(folder, "outcome", part=part),
        hand_over=_read(folder, "hand_over", part=part),
    )


def snapshot_slice(
    folder: Path,
    part: Slice,
    *,
    definition: LeadDefinition,
    catalogue: Catalogue,
    moments_of: MomentsOf,
) -> SliceSnapshot:
    """The snapshot of one slice of a folder."""
    tables = read_slice(folder, part, definition)
    history = History.from_tables(tables, definition)
    moments = moments_of(tables, history)
    # The tables are the largest part of a slice, and the index holds what is needed of them. Arrow
    # would keep their memory for itself while the matrix is filled.
    del tables
    pa.default_memory_pool().release_unused()
    return SliceSnapshot(
        lead_ids=part.lead_ids, snapshot=take_snapshot(history, catalogue, moments)
    )


def snapshots_in_slices(
    folder: Path,
    slices: Sequence[Slice],
    *,
    definition: LeadDefinition,
    catalogue: Catalogue,
    moments_of: MomentsOf,
) -> Iterator[SliceSnapshot]:
    """The snapshot of each slice in turn, with never more than one in memory."""
    for part in slices:
        yield snapshot_slice(
            folder, part, definition=definition, catalogue=catalogue, moments_of=moments_of
        )


def _events_per_lead(folder: Path, lead_ids: pa.Array) -> IntArray:
    known = pd.Index(lead_ids.to_numpy(zero_copy_only=False))
    n_events = np.zeros(len(lead_ids), dtype=np.int64)
    for rows in _row_groups(folder, "event", columns=("lead_id",)):
        for chunk in encode(rows.column("lead_id")).chunks:
            per_text = np.bincount(dictionary_rows(chunk), minlength=len(chunk.dictionary) + 1)
            place = known.get_indexer(chunk.dictionary.to_numpy(zero_copy_only=False))
            n_events[place[place >= 0]] += per_text[:-1][place >= 0]
    return n_events


def _pack(sizes: IntArray, room: int) -> IntArray:
    """Slice of each group: groups in order, a new slice where the next would not fit."""
    numbers = np.zeros(len(sizes), dtype=np.int64)
    number, filled = 0, 0
    for group, size in enumerate(sizes.tolist()):
        if filled and filled + size > room:
            number, filled = number + 1, 0
        numbers[group] = number
        filled += size
    return numbers


def _slice(
    leads: IntArray,
    lead_ids: pa.Array,
    n_events: IntArray,
) -> Slice:
    return Slice(
        lead_ids=lead_ids.take(pa.array(leads)),
        n_events=int(n_events[leads].sum()),
        is_stretch=bool(leads[-1] - leads[0] == len(leads) - 1),
    )


def _read(
    folder: Path, table: str, *, columns: Sequence[str] | None = None, part: Slice | None = None
) -> pa.Table:
    schema = getattr(arrow, table.upper())
    wanted = [field for field in schema if columns is None or field.name in columns]
    found = [
        pa.table([_as_declared(rows, field) for field in wanted], [field.name for field in wanted])
        for rows in _row_groups(folder, table, columns=[f.name for f in wanted], part=part)
    ]
    return pa.concat_tables(found) if found else pa.schema(wanted).empty_table()


def _row_groups(
    folder: Path, table: str, *, columns: Sequence[str], part: Slice | None = None
) -> Iterator[pa.Table]:
    """Rows of a slice's leads, one row group of the files after another."""
    files = sorted((folder / table).glob("*.parquet"))
    if not files and table == "lead":
        msg = f"a Parquet folder must hold lead/*.parquet; got none in {folder}. Check the path."
        raise LeadDataError(msg)
    for path in files:
        with pq.ParquetFile(path, read_dictionary=ENCODED.get(table)) as file:
            present = [name for name in columns if name in file.schema_arrow.names]
            for number in range(file.num_row_groups):
                if part is not None and _lies_outside(file, number, part):
                    continue
                rows = file.read_row_group(number, columns=present)
                yield rows if part is None else _of_leads(rows, part)


def _lies_outside(file: pq.ParquetFile, row_group: int, part: Slice) -> bool:
    column = file.schema_arrow.names.index("lead_id")
    statistics = file.metadata.row_group(row_group).column(column).statistics
    if statistics is None or not statistics.has_min_max:
        return False
    first, last = part.lead_ids[0].as_py(), part.lead_ids[-1].as_py()
    return bool(statistics.max < first or statistics.min > last)


def _of_leads(rows: pa.Table, part: Slice) -> pa.Table:
    lead = encode(rows.column("lead_id"))
    if not lead.num_chunks:
        return rows
    texts = lead.chunk(0).dictionary
    if part.is_stretch:
        first, last = part.lead_ids[0], part.lead_ids[-1]
        inside = pc.and_(pc.greater_equal(texts, first), pc.less_equal(texts, last))
    else:
        inside = pc.is_in(texts, value_set=part.lead_ids)
    is_mine = np.append(inside.to_numpy(zero_copy_only=False), False)
    mask = np.concatenate([is_mine[dictionary_rows(chunk)] for chunk in lead.chunks])
    return rows if mask.all() else rows.filter(pa.array(mask))


def _as_declared(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name not in rows.column_names:
        if field.nullable:
            return pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
        msg = f"a Parquet table must have the column {field.name}; got none. Write it."
        raise LeadDataError(msg)
    column = rows.column(field.name)
    if pa.types.is_timestamp(column.type):
        column = pc.floor_temporal(column, unit="second").cast(pa.timestamp("s"), safe=False)
    return column if pa.types.is_dictionary(column.type) else column.cast(field.type)
