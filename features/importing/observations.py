"""Exports of what stands now, held against each other: what came between two of them.

A table exported each month says of no outcome when it came. Where a lead stood in an earlier export
without a stage that a later one has, the stage came in between: it is dated by the later export. So
it is where the lead came to be after the export before, which could not show it yet.
Where it had the stage from the start, nobody knows when it came, and it stays undated.

A history of changes says what held before each: the first one's old value, from the lead's creation
on.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from features.core.clock import UNDATED
from features.importing.imported_file import Batch, ImportedFile
from features.importing.stored_tables import StoredTables

_KEY = ["lead_id", "stage"]
_OF_FACT = ["lead_id", "attribute"]


def settle_undated(
    batches: list[tuple[ImportedFile, Batch]], store: StoredTables
) -> list[tuple[ImportedFile, Batch]]:
    """Date outcomes of exports by comparing these, and give each its first observation.

    What is stored of a lead and stage stands: a later export that still shows it adds nothing.

    Parameters
    ----------
    batches : list of (ImportedFile, Batch)
        Of all tables.
    store : StoredTables
        Whose outcomes are known already.
    """
    mine = [(imported_file, batch) for imported_file, batch in batches if batch.undated]
    if not mine:
        return batches
    stored = _stored(store)
    times = pd.concat([_dated_by_comparison(mine), stored[stored["occurred_at"] == UNDATED]])
    times = times[~times.index.duplicated(keep="last")]
    dated = stored.index[stored["occurred_at"] != UNDATED]
    return [
        (imported_file, _timed_as(batch, times, dated) if batch.undated else batch)
        for imported_file, batch in batches
    ]


def _dated_by_comparison(mine: list[tuple[ImportedFile, Batch]]) -> pd.DataFrame:
    """First observation of each lead and stage, and when it came, where that can be told."""
    shown = pd.concat([batch.rows.select([*_KEY, "known_at"]).to_pandas() for _, batch in mine])
    first = shown.groupby(_KEY)["known_at"].min().rename("known_at").reset_index()
    stood = pd.concat(
        [
            pd.DataFrame(
                {
                    "lead_id": imported_file.cells.text(imported_file.entry.lead_id)
                    .filter(pa.array(imported_file.wanted))
                    .to_pylist(),
                    "since": imported_file.observed_at,
                }
            )
            for imported_file in {
                id(imported_file): imported_file for imported_file, _ in mine
            }.values()
        ]
    )
    since = first["lead_id"].map(stood.groupby("lead_id")["since"].min()).to_numpy()
    created = first["lead_id"].map(_creation(mine)).to_numpy(np.float64)
    known_at, days = first["known_at"].to_numpy(), np.unique(stood["since"])
    before = np.append(days, np.iinfo(np.int64).max)[np.searchsorted(days, known_at) - 1]
    came_later = (since < known_at) | (created > before)
    first["occurred_at"] = first["known_at"].where(came_later, UNDATED)
    return first.set_index(_KEY)


def _creation(mine: list[tuple[ImportedFile, Batch]]) -> "pd.Series[int]":
    """When leads came to be, by these files alone."""
    files = {id(imported_file): imported_file for imported_file, _ in mine}.values()
    leads = [
        batch.rows.select(["lead_id", "created_at"]).to_pandas()
        for imported_file in files
        for batch in imported_file.batches
        if batch.table == "lead" and imported_file.observed_at != UNDATED
    ]
    if not leads:
        return pd.Series(dtype="int64")
    return pd.concat(leads).groupby("lead_id")["created_at"].max()


def _stored(store: StoredTables) -> pd.DataFrame:
    rows = store.read_table("outcome").select([*_KEY, "known_at", "occurred_at"]).to_pandas()
    return rows.sort_values("known_at", ascending=False).set_index(_KEY)


def _timed_as(batch: Batch, times: pd.DataFrame, dated: pd.MultiIndex) -> Batch:
    key = pd.MultiIndex.from_frame(batch.rows.select(_KEY).to_pandas())
    found = times.reindex(key).fillna(UNDATED)
    for name in ("occurred_at", "known_at"):
        batch = batch.with_column(name, pa.array(found[name].to_numpy().astype("int64")))
    batch.stored[:] = key.isin(dated)
    return batch


def settle_earlier_values(batches: list[tuple[ImportedFile, Batch]], store: StoredTables) -> None:
    """Keep of each lead and attribute the value before the earliest of all changes.

    Nothing is added where something was known already before that change, or where the lead came to
    be with it.

    Parameters
    ----------
    batches : list of (ImportedFile, Batch)
        Changed: of those with ``before``, whose ``known_at`` is the creation of the lead, rows that
        say nothing are marked as stored.
    store : StoredTables
    """
    mine = [(imported_file, batch) for imported_file, batch in batches if batch.before is not None]
    if not mine:
        return
    alive = np.concatenate([imported_file.alive(batch) for imported_file, batch in mine])
    if not alive.any():
        return
    rows = pa.concat_tables([batch.rows.select([*_OF_FACT, "known_at"]) for _, batch in mine])
    said = rows.to_pandas()
    said["before"] = np.concatenate([batch.before for _, batch in mine if batch.before is not None])
    earliest = said[alive].sort_values("before", kind="stable").drop_duplicates(_OF_FACT).index
    known = store.read_table("fact").select([*_OF_FACT, "known_at"]).to_pandas()
    since = known.groupby(_OF_FACT)["known_at"].min().rename("since")
    said["since"] = since.reindex(pd.MultiIndex.from_frame(said[_OF_FACT])).to_numpy()
    # NaN, where nothing is stored, is not below anything.
    useless = (said["since"] < said["before"]) | (said["before"] <= said["known_at"])
    useless |= ~said.index.isin(earliest)
    begin = 0
    for _, batch in mine:
        batch.stored[:] = useless.to_numpy()[begin : begin + len(batch.origin)]
        begin += len(batch.origin)
