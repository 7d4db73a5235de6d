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
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Catalogue
from features.core.arrays import IntArray
from features.definition.lead_definition import LeadDefinition
from features.distributed.slice_tables import (
    Slice,
    count_rows,
    event_pieces,
    read_table,
    row_groups,
)
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.store import lead_tables as arrow
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT
from features.timeline.connected_leads import lead_groups
from features.timeline.text_codes import TextTable

KEY_BYTES, AMOUNT_BYTES = 24, 40
"""Per event while keys are sorted, and more where amounts are added up; by peak memory measured."""

DEFAULT_MEMORY = 1 << 30
"""Bytes for the events of one slice; the matrix of its snapshot comes on top."""

MomentsOf = Callable[[LeadTables, History], Moments]
"""Which moments of some leads to look at, such as the training grid; the tables lack the events."""


@dataclass(frozen=True, kw_only=True)
class EveryLeadAt:
    """One moment for every lead created before an instant, as scoring takes it."""

    as_of: int

    def __call__(self, _tables: LeadTables, history: History) -> Moments:
        """The moments of some leads; the tables are not needed."""
        lead = np.flatnonzero(history.created_at < self.as_of)
        return Moments.of(lead, np.full(len(lead), self.as_of))


@dataclass(frozen=True, kw_only=True)
class SliceSnapshot:
    """The snapshot of one slice; ``moments.lead`` are positions in ``lead_ids``."""

    lead_ids: pa.Array
    snapshot: Snapshot


def plan_slices(
    folder: Path, definition: LeadDefinition, *, memory_limit: int = DEFAULT_MEMORY
) -> tuple[Slice, ...]:
    """Cut the leads of a folder into slices whose events fit into memory.

    Leads that ever shared an account stay together, even where their events alone exceed the limit.

    Parameters
    ----------
    folder : path
        Holds one folder of Parquet files per table.
    definition : LeadDefinition
        Says which attribute names a lead's account.
    memory_limit : int
        Bytes for the events of one slice.

    Raises
    ------
    LeadDataError
        If the folder has no lead table.
    """
    lead_ids = read_table(folder, "lead", columns=("lead_id",)).column("lead_id").combine_chunks()
    lead_ids = lead_ids.cast(pa.string())
    lead_ids = lead_ids.take(pc.sort_indices(lead_ids))
    room = max(memory_limit // bytes_per_event(definition), 1)
    n_rows = count_rows(folder, "event")
    if len(lead_ids) and n_rows <= room:
        return (Slice(lead_ids=lead_ids, n_events=n_rows, is_stretch=True),)
    account = definition.judged_account
    facts = arrow.FACT.empty_table()
    if account is not None:
        facts = read_table(folder, "fact", columns=("lead_id", "attribute", "value"))
    groups = lead_groups(lead_ids, facts, account)
    n_events = _events_per_lead(folder, lead_ids)
    slice_of_group = _pack(np.bincount(groups, weights=n_events).astype(np.int64), room)
    slice_of_lead = slice_of_group[groups]
    return tuple(
        _slice(np.flatnonzero(slice_of_lead == number), lead_ids, n_events)
        for number in range(int(slice_of_group.max(initial=-1)) + 1)
    )


def bytes_per_event(definition: LeadDefinition) -> int:
    """Memory that one event takes while a slice of it is indexed."""
    with_amount = any(b.amount is not None for b in definition.lead_behaviours)
    return KEY_BYTES + (AMOUNT_BYTES if with_amount else 0)


def read_slice(folder: Path, part: Slice) -> LeadTables:
    """The tables of a slice's leads, but for the events: see :func:`event_pieces`."""
    return LeadTables(
        lead=read_table(folder, "lead", part=part),
        fact=read_table(folder, "fact", part=part),
        event=arrow.EVENT.empty_table(),
        outcome=read_table(folder, "outcome", part=part),
        hand_over=read_table(folder, "hand_over", part=part),
    )


def snapshot_slice(
    folder: Path,
    part: Slice,
    *,
    definition: LeadDefinition,
    catalogue: Catalogue,
    moments_of: MomentsOf,
) -> SliceSnapshot:
    """Take the snapshot of one slice of a folder.

    Parameters
    ----------
    folder : path
        Holds one folder of Parquet files per table.
    part : Slice
    definition : LeadDefinition
    catalogue : Catalogue
    moments_of : callable
        From the tables (without events) and the history of the slice to the moments to look back
        from.
    """
    tables = read_slice(folder, part)
    history = History.from_tables(tables, definition, events=event_pieces(folder, part, definition))
    moments = moments_of(tables, history)
    # The index holds what is needed of the tables. Arrow would keep their memory for itself while
    # the matrix is filled.
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
    """Yield the snapshot of each slice in turn, with never more than one in memory.

    Parameters
    ----------
    folder : path
        Holds one folder of Parquet files per table.
    slices : sequence of Slice
        From :func:`plan_slices`.
    definition : LeadDefinition
    catalogue : Catalogue
    moments_of : callable
        From the tables (without events) and the history of a slice to the moments to look back
        from.
    """
    for part in slices:
        yield snapshot_slice(
            folder, part, definition=definition, catalogue=catalogue, moments_of=moments_of
        )


def _events_per_lead(folder: Path, lead_ids: pa.Array) -> IntArray:
    leads = TextTable.of(lead_ids)
    n_events = np.zeros(len(lead_ids), dtype=np.int64)
    for rows in row_groups(folder, "event", columns=("lead_id",)):
        codes = leads.codes(rows.column("lead_id"))
        n_events += np.bincount(codes[codes != ABSENT], minlength=len(lead_ids))
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
