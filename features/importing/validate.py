"""Rows of all files held against each other and against what is stored.

Rejecting a row may take a lead away from others, so the checks run until nothing more is rejected.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.core.clock import UNDATED
from features.importing.contradictions import KEYS, mark_repetitions, reject_contradictions
from features.importing.deals import note_second_ends, settle_deals
from features.importing.imported_file import Batch, ImportedFile
from features.importing.mapping.creation import settle_first
from features.importing.mapping.extract_events import CYCLE_UNKNOWN
from features.importing.observations import settle_earlier_values, settle_undated
from features.importing.stored_tables import StoredTables

MUST_BE_A_LEAD = "must be a lead that is stored or in these files"
MUST_FOLLOW_CREATION = "must not be before the lead was created"
MUST_BE_ONE_LIFE = (
    "must not be after outcomes or hand-overs that are stored of the lead: give a record that was "
    "made anew a key of its own, or correct the date"
)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """Leads that there will be: position by key, and when each was created."""

    ids: pa.Array
    created_at: SecondArray

    def find(self, lead_ids: pa.Array) -> IntArray:
        """Position of each lead, -1 where it is not known."""
        return np.asarray(pc.index_in(lead_ids, self.ids).fill_null(-1)).astype(np.int64)

    def created(self, at: IntArray) -> SecondArray:
        """Creation of leads by position; the beginning of time where there is none."""
        return np.append(self.created_at, 0)[at]


def check_together(imported_files: list[ImportedFile], store: StoredTables) -> None:
    """Reject what does not fit together, and fill in times and cycles.

    Parameters
    ----------
    imported_files : list of ImportedFile
        Changed: what is rejected is marked there, and their batches are completed.
    store : StoredTables
        Its leads and hand-overs count as known.
    """
    batches = [
        (imported_file, batch)
        for imported_file in imported_files
        for batch in imported_file.batches
    ]
    stored = store.read_table("lead")
    batches = settle_first(batches, stored)
    batches = settle_undated(batches, store)
    _refuse_second_lives(batches, store)
    known = _settle_leads(batches, stored)
    batches = [(imported_file, _at_creation(batch, known)) for imported_file, batch in batches]
    settle_earlier_values(batches, store)
    settle_deals(batches)
    note_second_ends(batches, store)
    batches = _count_cycles(batches, store.read_table("hand_over"))
    for table in KEYS:
        if table != "lead":
            mark_repetitions([pair for pair in batches if pair[1].table == table])
    for imported_file, batch in batches:
        reject_contradictions(imported_file, batch)
    for imported_file in imported_files:
        imported_file.batches = [batch for owner, batch in batches if owner is imported_file]


def _settle_leads(batches: list[tuple[ImportedFile, Batch]], stored: pa.Table) -> _Known:
    """Reject what has no lead, until no lead is lost any more; gives the leads that remain."""
    leads = [pair for pair in batches if pair[1].table == "lead"]
    while True:
        # Anew each time: where the first row of a lead was rejected, the next one stands.
        mark_repetitions(leads)
        n_leads = _n_leads(batches)
        known = _known_leads(batches, stored)
        for imported_file, batch in batches:
            if batch.table != "lead":
                _check_against_leads(imported_file, batch, known)
        if _n_leads(batches) == n_leads:
            return known


def _refuse_second_lives(batches: list[tuple[ImportedFile, Batch]], store: StoredTables) -> None:
    """Refuse leads said to be created after what is stored of them: two records share one key."""
    leads = [pair for pair in batches if pair[1].table == "lead" and not pair[1].takes_first]
    if not leads:
        return
    names = ["lead_id", "second"]
    first = pd.concat(
        [
            store.read_table(table).select(["lead_id", time]).rename_columns(names).to_pandas()
            for table, time in (("outcome", "occurred_at"), ("hand_over", "handed_over_at"))
        ]
    )
    first = first[first["second"] != UNDATED].groupby("lead_id")["second"].min()
    ids = pa.array(first.index, pa.string())
    seconds = np.append(first.to_numpy(np.int64), np.iinfo(np.int64).max)
    for imported_file, batch in leads:
        at = np.asarray(pc.index_in(batch.rows["lead_id"], ids).fill_null(len(ids)))
        later = np.asarray(batch.rows["created_at"]) > seconds[at]
        _reject(
            imported_file,
            batch,
            imported_file.alive(batch) & later,
            batch.headers.get("created_at", batch.column),
            MUST_BE_ONE_LIFE,
        )


def _n_leads(batches: list[tuple[ImportedFile, Batch]]) -> int:
    return sum(
        int(imported_file.alive(batch).sum())
        for imported_file, batch in batches
        if batch.table == "lead"
    )


def _known_leads(batches: list[tuple[ImportedFile, Batch]], stored: pa.Table) -> _Known:
    ids = [stored["lead_id"].combine_chunks()]
    created = [np.asarray(stored["created_at"])]
    for imported_file, batch in batches:
        if batch.table == "lead":
            kept = imported_file.kept(batch)
            ids.append(batch.rows["lead_id"].combine_chunks().filter(pa.array(kept)))
            created.append(np.asarray(batch.rows["created_at"])[kept])
    both = pa.concat_arrays(
        [part if isinstance(part, pa.Array) else part.combine_chunks() for part in ids]
    )
    seconds = np.concatenate(created)
    unique = pc.unique(both)
    # Later rows overwrite earlier ones: what these files say counts before what is stored.
    latest = np.zeros(len(unique), dtype=np.int64)
    latest[np.asarray(pc.index_in(both, unique))] = seconds
    return _Known(ids=unique, created_at=latest)


def _check_against_leads(imported_file: ImportedFile, batch: Batch, known: _Known) -> None:
    at = known.find(batch.rows["lead_id"].combine_chunks())
    alive = imported_file.alive(batch)
    _reject(imported_file, batch, alive & (at < 0), imported_file.entry.lead_id, MUST_BE_A_LEAD)
    if batch.table in ("outcome", "hand_over") and batch.latest is not None:
        # Where only the day is known, the last second of it is what may come too early.
        early = alive & (at >= 0) & (batch.latest < known.created(at))
        _reject(imported_file, batch, early, batch.column, MUST_FOLLOW_CREATION)


def _reject(
    imported_file: ImportedFile, batch: Batch, which: BoolArray, column: str, reason: str
) -> None:
    if which.any():
        rows = np.zeros(imported_file.sheet.n_rows, bool)
        rows[batch.origin[which]] = True
        imported_file.reject_rows(rows, column, reason)


def _at_creation(batch: Batch, known: _Known) -> Batch:
    """Fill in what waited for the lead's creation."""
    name = "handed_over_at" if batch.table == "hand_over" else "occurred_at"
    if batch.at_creation:
        name = "known_at"
    elif batch.table not in ("outcome", "hand_over"):
        return batch
    at = known.find(batch.rows["lead_id"].combine_chunks())
    created = known.created(at)
    # What is known by day only may seem to begin before a lead created later that day.
    if batch.undated:
        return batch
    seconds = created if batch.at_creation else np.maximum(np.asarray(batch.rows[name]), created)
    return batch.with_column(name, pa.array(seconds))


def _count_cycles(
    batches: list[tuple[ImportedFile, Batch]], stored: pa.Table
) -> list[tuple[ImportedFile, Batch]]:
    """Number hand-overs by time within each lead, after those that are stored."""
    mine = [at for at, (_, batch) in enumerate(batches) if batch.table == "hand_over"]
    if not mine:
        return batches
    frames = [
        batches[at][1].rows.select(["lead_id", "cycle", "handed_over_at"]).to_pandas()
        for at in mine
    ]
    given = pd.concat(frames, ignore_index=True)
    before = stored.select(["lead_id", "cycle", "handed_over_at"]).to_pandas()
    alive = np.concatenate([batches[at][0].alive(batches[at][1]) for at in mine])
    # What is rejected is no hand-over: it takes no number from those that are.
    cycles = given["cycle"].to_numpy().astype(np.int64).copy()
    cycles[alive] = _number_cycles(given[alive].reset_index(drop=True), before)
    counted, begin = list(batches), 0
    for at in mine:
        imported_file, batch = batches[at]
        part = cycles[begin : begin + len(batch.origin)]
        counted[at] = (imported_file, batch.with_column("cycle", pa.array(part.astype(np.int32))))
        begin += len(batch.origin)
    return counted


def _number_cycles(given: pd.DataFrame, before: pd.DataFrame) -> IntArray:
    keys = ["lead_id", "handed_over_at"]
    uncounted = given[given["cycle"] == CYCLE_UNKNOWN]
    known = pd.concat([before, given[given["cycle"] != CYCLE_UNKNOWN]], ignore_index=True)
    # The same hand-over imported again keeps its number.
    same = uncounted[keys].merge(known.drop_duplicates(keys), on=keys, how="left")["cycle"]
    new = uncounted[keys][same.isna().to_numpy()].drop_duplicates().sort_values(keys)
    highest = known.groupby("lead_id")["cycle"].max()
    base = new["lead_id"].map(highest).fillna(0).astype(np.int64)
    new["cycle"] = base + new.groupby("lead_id").cumcount() + 1
    numbered = uncounted[keys].merge(
        pd.concat([known, new]).drop_duplicates(keys), on=keys, how="left"
    )["cycle"]
    cycles = given["cycle"].to_numpy().astype(np.int64).copy()
    cycles[uncounted.index.to_numpy()] = numbered.to_numpy().astype(np.int64)
    return cycles
