"""Tables of some leads, read from a folder of Parquet files, never more of them than asked for.

Events, the table that grows, are handed out as pieces that are read when they are needed (see
:mod:`features.timeline.event_keys`). Files are mapped into memory: on 10 M events that halved the
reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.core.errors import LeadDataError
from features.definition.lead_definition import LeadDefinition
from features.store import lead_tables as arrow
from features.timeline.codes import dictionary_rows, encode
from features.timeline.event_keys import Piece

ENCODED = {
    "event": ["lead_id", "behaviour", "actor"],
    "fact": ["lead_id", "attribute"],
}
"""Columns that stay dictionary-encoded as they are read, in the tables that grow."""

EVENT_COLUMNS = ("lead_id", "behaviour", "occurred_at", "known_at", "actor", "amount")

MOST_BYTES_A_ROW = 4
"""A text that takes more of a file per row than a whole number would is not repeated enough there
to read it with a dictionary."""


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


def read_table(
    folder: Path, table: str, *, columns: Sequence[str] | None = None, part: Slice | None = None
) -> pa.Table:
    """Read some columns of a table in their declared types, of a slice's leads or of all.

    Parameters
    ----------
    folder : path
        Holds one folder of Parquet files per table.
    table : str
        Its name, such as ``"fact"``.
    columns : sequence of str, optional
        Names of columns; all unless given.
    part : Slice, optional
        Whose leads' rows are read; those of all leads unless given.

    Raises
    ------
    LeadDataError
        If there is no lead table, or a table lacks a column it must have.
    """
    schema = getattr(arrow, table.upper())
    wanted = [field for field in schema if columns is None or field.name in columns]
    names = [field.name for field in wanted]
    found = list(row_groups(folder, table, columns=names, part=part))
    return pa.concat_tables(found) if found else pa.schema(wanted).empty_table()


def row_groups(
    folder: Path, table: str, *, columns: Sequence[str], part: Slice | None = None
) -> Iterator[pa.Table]:
    """Yield the rows of a slice's leads, one row group of the files after another.

    Parameters
    ----------
    folder : path
        Holds one folder of Parquet files per table.
    table : str
        Its name, such as ``"event"``.
    columns : sequence of str
        Names of the columns to read.
    part : Slice, optional
        Whose leads' rows are read; those of all leads unless given.
    """
    for path in _files(folder, table):
        for number in _numbers_inside(path, part):
            rows = _read(path, number, table, columns)
            yield rows if part is None else _of_leads(rows, part)


def count_rows(folder: Path, table: str) -> int:
    """Rows of a table, by what its files say of themselves."""
    return sum(pq.read_metadata(path).num_rows for path in _files(folder, table))


def event_pieces(folder: Path, part: Slice, definition: LeadDefinition) -> list[Piece]:
    """Prepare to read the events of a slice piece by piece; other leads' events may come with them.

    Only the columns that features are made of are read.

    Parameters
    ----------
    folder : path
        Holds the events' Parquet files in its folder ``event``.
    part : Slice
        Row groups that surely hold none of its leads are skipped.
    definition : LeadDefinition
        Says whether any behaviour has an amount, and so whether that column is read.
    """
    with_amount = any(b.amount is not None for b in definition.lead_behaviours)
    columns = EVENT_COLUMNS if with_amount else EVENT_COLUMNS[:-1]
    return [
        partial(_read, path, number, "event", columns)
        for path in _files(folder, "event")
        for number in _numbers_inside(path, part)
    ]


def _files(folder: Path, table: str) -> list[Path]:
    files = sorted((folder / table).glob("*.parquet"))
    if not files and table == "lead":
        msg = f"a Parquet folder must hold lead/*.parquet; got none in {folder}. Check the path."
        raise LeadDataError(msg)
    return files


def _read(path: Path, number: int, table: str, columns: Sequence[str]) -> pa.Table:
    schema = getattr(arrow, table.upper())
    encoded = _repeated(pq.read_metadata(path), number, ENCODED.get(table, ()))
    with pq.ParquetFile(path, read_dictionary=encoded, memory_map=True) as file:
        present = [name for name in columns if name in file.schema_arrow.names]
        rows = file.read_row_group(number, columns=present)
    return pa.table([_as_declared(rows, schema.field(name)) for name in columns], list(columns))


def _repeated(file: pq.FileMetaData, row_group: int, names: Sequence[str]) -> list[str]:
    """Columns whose texts a row group repeats."""
    group = file.row_group(row_group)
    places = {name: place for place, name in enumerate(file.schema.names)}
    return [
        name
        for name in names
        if name in places
        and group.column(places[name]).total_uncompressed_size <= MOST_BYTES_A_ROW * group.num_rows
    ]


def _numbers_inside(path: Path, part: Slice | None) -> list[int]:
    """Row groups of a file that may hold leads of a slice."""
    metadata = pq.read_metadata(path)
    numbers = list(range(metadata.num_row_groups))
    return numbers if part is None else [n for n in numbers if not _lies_outside(metadata, n, part)]


def _lies_outside(file: pq.FileMetaData, row_group: int, part: Slice) -> bool:
    column = file.schema.names.index("lead_id")
    statistics = file.row_group(row_group).column(column).statistics
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
