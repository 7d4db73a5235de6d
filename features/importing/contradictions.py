"""Rows with one key: the first stands, its repetitions change nothing, the rest is told apart.

What contradicts an earlier row is left out alone, never with the rest of its row: the lead, event
or outcome it speaks of is there already, so nothing else that the row says loses its footing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray
from features.importing.imported_file import Batch, ImportedFile

KEYS = {
    "lead": ("lead_id",),
    "person": ("lead_id",),
    "lead_external_id": ("lead_id", "vendor"),
    "fact": ("lead_id", "attribute", "known_at"),
    "event": ("event_id",),
    "outcome": ("lead_id", "stage", "occurred_at"),
    "hand_over": ("lead_id", "cycle"),
}
"""Columns that tell the rows of each table apart, in the order in which tables are written."""

MUST_NOT_CONTRADICT = "must not contradict an earlier row with the same key"

TAKE_FIRST = "say `take: first` under created_at, or leave one row a lead"
REMEDIES = {
    "lead": "leave one row a lead",
    "person": "leave one row a lead",
    "lead_external_id": "leave one row a lead",
    "fact": "map known_at to the column that says when each value came",
    "event": "name the columns that tell events apart under event_id",
    "outcome": "the first counts; leave one row for each lead, stage and time",
    "hand_over": "leave one row for each hand-over",
}
"""What to do about a contradiction, by table."""

_SAYS_NOTHING = ("lead", "person")
"""Tables in which a blank contradicts nothing; a blank fact takes the fact back."""


def mark_repetitions(batches: Sequence[tuple[ImportedFile, Batch]]) -> None:
    """Among living rows of one table let the first of each key stand, and mark the others.

    Parameters
    ----------
    batches : sequence of (ImportedFile, Batch)
        Changed: ``repeated`` and ``differs_in`` are filled in anew.
    """
    # A log only suggests when a lead came to be; what states it stands first.
    ordered = sorted(batches, key=lambda pair: pair[1].takes_first)
    alive = [imported_file.alive(batch) & ~batch.stored for imported_file, batch in ordered]
    for _, batch in batches:
        batch.repeated[:], batch.differs_in[:] = batch.stored, 0
    if sum(int(mask.sum()) for mask in alive) == 0:
        return
    rows = pa.concat_tables(
        [
            batch.rows.filter(pa.array(mask))
            for (_, batch), mask in zip(ordered, alive, strict=True)
        ],
        promote_options="default",
    ).combine_chunks()
    table = ordered[0][1].table
    first = _first_with_same_key(rows, KEYS[table])
    dated = np.concatenate(
        [
            np.full(int(mask.sum()), table == "fact" and not batch.at_creation)
            for (_, batch), mask in zip(ordered, alive, strict=True)
        ]
    )
    first = _last_of_dated(first, dated)
    later = np.flatnonzero(first != np.arange(len(first)))
    differs_in = np.zeros(len(first), dtype=np.int64)
    differs_in[later] = _first_difference(
        rows.take(pa.array(later)), rows.take(pa.array(first[later])), table in _SAYS_NOTHING
    )
    # Two changes in one second: the later row of the file holds, the other one has passed.
    differs_in[dated] = 0
    repeats = np.zeros(len(first), dtype=bool)
    repeats[later] = differs_in[later] == 0
    begin = 0
    for (_, batch), mask in zip(ordered, alive, strict=True):
        part = slice(begin, begin + int(mask.sum()))
        begin = part.stop
        batch.repeated[mask] = repeats[part]
        own = batch.rows.column_names
        place = [own.index(name) + 1 if name in own else 0 for name in rows.column_names]
        batch.differs_in[mask] = np.array([0, *place])[differs_in[part]]


def reject_contradictions(imported_file: ImportedFile, batch: Batch) -> None:
    """Reject what was marked to contradict, naming the column that differs and what to do."""
    for place in np.unique(batch.differs_in[batch.differs_in > 0]):
        name = batch.rows.column_names[place - 1]
        remedy = REMEDIES[batch.table]
        if batch.table == "lead" and name in ("created_at", "day_only"):
            remedy = TAKE_FIRST
        column = batch.headers.get(name, batch.column)
        reason = f"{MUST_NOT_CONTRADICT}: {remedy}"
        imported_file.reject_cells(batch, batch.differs_in == place, reason, column=column)


def _first_with_same_key(rows: pa.Table, key: tuple[str, ...]) -> IntArray:
    """Position of the first row that has the same key as each row."""
    codes = np.zeros(rows.num_rows, dtype=np.int64)
    for name in key:
        column, uniques = pd.factorize(rows[name].to_numpy())
        codes, _ = pd.factorize(codes * max(len(uniques), 1) + column)
    first = np.full(int(codes.max()) + 1, -1, dtype=np.int64)
    # Written backwards, so that the first of each key is written last.
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    found: IntArray = first[codes]
    return found


def _last_of_dated(first: IntArray, dated: BoolArray) -> IntArray:
    """Where rows carry their own time, the last of each key instead of the first."""
    if not dated.any():
        return first
    last = np.full(len(first), -1, dtype=np.int64)
    last[first[dated]] = np.flatnonzero(dated)
    return np.where(last[first] >= 0, last[first], first)


def _first_difference(rows: pa.Table, others: pa.Table, blank_is_like: bool) -> IntArray:
    """Place of the first column, from 1, in which rows differ from others; 0 where in none."""
    found = np.zeros(rows.num_rows, dtype=np.int64)
    for place, name in enumerate(rows.column_names, start=1):
        mine, theirs = rows[name], others[name]
        blank: BoolArray = np.asarray(mine.is_null())
        like = np.asarray(pc.equal(mine, theirs).fill_null(False))
        like |= blank if blank_is_like else blank & np.asarray(theirs.is_null())
        found[(found == 0) & ~like] = place
    return found
