"""When the leads of a file came to be: from a column, the earliest of several, or a set day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.core.clock import UNDATED, start_of_day
from features.importing.imported_file import MUST_BE_GIVEN, Batch, ImportedFile
from features.importing.mapping.mapping import CreationTime

_NEVER = np.iinfo(np.int64).max
_NO_LEADS = pd.DataFrame({"lead_id": [], "created_at": [], "day_only": []})


@dataclass(frozen=True, kw_only=True)
class Created:
    """One entry per row of the lead table.

    Attributes
    ----------
    rows : ndarray of shape (n_leads,)
        Row of the sheet that each comes from.
    start : ndarray of shape (n_leads,)
        Seconds since 1970 UTC.
    day_only : ndarray of shape (n_leads,)
        Whether only the day is known.
    backing : ndarray of shape (n_sheet_rows,), optional
        Where many rows make one lead: its place by row of the sheet, -1 where there is none.
    """

    rows: IntArray
    start: SecondArray
    day_only: BoolArray
    backing: IntArray | None = None


def read_creation(imported_file: ImportedFile, created_at: CreationTime | None) -> Created:
    """When each lead of a file came to be; rows that do not say it are rejected."""
    rows = np.flatnonzero(imported_file.wanted)
    start, day_only = _instants(imported_file, created_at)
    if created_at is None or created_at.take == "each":
        return Created(rows=rows, start=start[rows], day_only=day_only[rows])
    rows = np.flatnonzero(imported_file.wanted & ~imported_file.rejected)
    codes = np.asarray(imported_file.lead_ids(rows).dictionary_encode().indices).astype(np.int64)
    n_leads = int(codes.max()) + 1 if len(codes) else 0
    # Written from the latest to the earliest, so that the earliest of each lead stays.
    order = np.lexsort((-rows, -start[rows]))
    first = np.zeros(n_leads, dtype=np.int64)
    first[codes[order]] = rows[order]
    backing = np.full(imported_file.sheet.n_rows, -1, dtype=np.int64)
    backing[rows] = codes
    return Created(rows=first, start=start[first], day_only=day_only[first], backing=backing)


def settle_first(
    batches: list[tuple[ImportedFile, Batch]], stored: pa.Table
) -> list[tuple[ImportedFile, Batch]]:
    """Give leads whose earliest time counts one creation over all files and what is stored.

    What another file states as the creation of a lead goes before what a log suggests.

    Parameters
    ----------
    batches : list of (ImportedFile, Batch)
        Of all tables.
    stored : pyarrow.Table
        The leads of the store.
    """
    logs = [batch.rows for _, batch in batches if batch.takes_first]
    if not logs:
        return batches
    stated = [
        batch.rows.filter(pa.array(imported_file.alive(batch)))
        for imported_file, batch in batches
        if batch.table == "lead" and not batch.takes_first
    ]
    known = pd.concat([_earliest([*logs, stored]), _earliest(stated)])
    known = known[~known.index.duplicated(keep="last")]
    return [
        (imported_file, _created_as(batch, known) if batch.takes_first else batch)
        for imported_file, batch in batches
    ]


def _earliest(tables: list[pa.Table]) -> pd.DataFrame:
    """Creation by lead, the earliest of all rows that have one."""
    names = ["lead_id", "created_at", "day_only"]
    rows = pd.concat([table.select(names).to_pandas() for table in tables] or [_NO_LEADS])
    dated = rows[rows["created_at"] != UNDATED].sort_values(names[1:])
    return dated.drop_duplicates("lead_id").set_index("lead_id")


def _created_as(batch: Batch, known: pd.DataFrame) -> Batch:
    settled = known.loc[batch.rows["lead_id"].to_pylist()]
    seconds = pa.array(settled["created_at"].to_numpy().astype(np.int64))
    days = pa.array(settled["day_only"].to_numpy().astype(bool))
    return batch.with_column("created_at", seconds).with_column("day_only", days)


def _instants(
    imported_file: ImportedFile, created_at: CreationTime | None
) -> tuple[SecondArray, BoolArray]:
    n_rows = imported_file.sheet.n_rows
    start, day_only = np.full(n_rows, UNDATED), np.zeros(n_rows, bool)
    if created_at is None:
        return start, day_only
    if created_at.day is not None:
        zone = (
            imported_file.mapping.zone(imported_file.entry, created_at)
            or imported_file.definition.zone
        )
        return np.full(n_rows, start_of_day(created_at.day, zone)), np.ones(n_rows, bool)
    start = np.full(n_rows, _NEVER)
    for time in created_at.times:
        instants = imported_file.read_times(time, imported_file.wanted, required=False)
        earlier = ~instants.blank & (instants.fault == 0) & (instants.start < start)
        start[earlier] = instants.start[earlier]
        day_only[earlier] = instants.day_only[earlier]
    nothing = start == _NEVER
    blank = imported_file.wanted & nothing & ~imported_file.rejected
    imported_file.reject_rows(blank, created_at.times[0].column, MUST_BE_GIVEN)
    return np.where(nothing, UNDATED, start), day_only
