"""Deals of exports that say what stands now: what a later one no longer says is taken back.

A part of the mapping with ``deal`` says of each deal in the file all that there is of its stages.
Of several exports in one import the latest holds: by the day of the export, else by order of files.
What files said of the same leads before the mapping named the deal goes with the first export that
does, unless another part of the mapping still says such stages without one.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray
from features.core.clock import UNDATED
from features.importing.imported_file import Batch, ImportedFile
from features.importing.notes import ImportNote
from features.importing.stored_tables import StoredTables
from features.store.writing.table_writer import STATED, TableWriter

_ENDS = ("won", "lost")

_Batches = Sequence[tuple[ImportedFile, Batch]]


def settle_deals(batches: _Batches) -> None:
    """Let the latest export of a deal hold, where an import has several.

    Parameters
    ----------
    batches : sequence of (ImportedFile, Batch)
        Changed: what an earlier export said is marked as stored.
    """
    mine = [pair for pair in batches if pair[1].deals is not None]
    spoken = _spoken(mine)
    if spoken.empty:
        return
    latest = spoken.groupby(["deal", "stage"])["rank"].max()
    for imported_file, batch in mine:
        rank = _rank(imported_file, mine)
        key = pd.MultiIndex.from_frame(_words(batch))
        batch.stored[:] |= latest.reindex(key).to_numpy() > rank


def withdraw(batches: _Batches, writing: TableWriter) -> int:
    """Take back what the deals of these files said earlier; gives how many outcomes went."""
    mine = [pair for pair in batches if pair[1].deals is not None]
    if not mine:
        return 0
    spoken = _spoken(mine)[["deal", "stage"]].drop_duplicates()
    whenever = [
        _words(batch)[batch.stored & batch.undated & imported_file.alive(batch)]
        for imported_file, batch in mine
    ]
    stand = pd.MultiIndex.from_frame(pd.concat(whenever))
    spoken["whenever"] = pd.MultiIndex.from_frame(spoken[["deal", "stage"]]).isin(stand)
    stated = pa.concat_tables(
        [
            batch.rows.append_column("deal", _deals_of(batch))
            .select(STATED.names)
            .filter(pa.array(imported_file.alive(batch) & ~batch.stored))
            for imported_file, batch in mine
        ]
    )
    return writing.settle_deals(
        _first_of_each(stated),
        spoken,
        without_deal=_leads_of(mine, spoken[~spoken["whenever"]]),
        unnamed=stated.filter(pc.equal(stated["deal"], "")),
    )


def note_second_ends(batches: _Batches, store: StoredTables) -> None:
    """Say where a lead that was won or lost is won or lost again, and no deal is named.

    Parameters
    ----------
    batches : sequence of (ImportedFile, Batch)
        Changed: their files get a note.
    store : StoredTables
    """
    mine = [pair for pair in batches if pair[1].table == "outcome" and pair[1].deals is None]
    if not mine:
        return
    known = store.read_table("outcome").select(["lead_id", "stage", "occurred_at"]).to_pandas()
    known = known[known["stage"].isin(_ENDS) & (known["occurred_at"] != UNDATED)]
    keys = pd.MultiIndex.from_frame(known)
    again: dict[ImportedFile, set[str]] = {}
    for imported_file, batch in mine:
        rows = batch.rows.select(["lead_id", "stage", "occurred_at"]).to_pandas()
        says = imported_file.alive(batch) & rows["stage"].isin(_ENDS).to_numpy()
        says &= rows["lead_id"].isin(known["lead_id"]).to_numpy() & (not batch.undated)
        says &= ~pd.MultiIndex.from_frame(rows).isin(keys)
        again.setdefault(imported_file, set()).update(rows["lead_id"][says])
    for imported_file, leads in again.items():
        if leads:
            what = (
                " leads get another won or lost beside one that is stored. Where an export "
                "corrects an earlier one, name the column of the deal's key under `deal`"
            )
            imported_file.notes.append(
                ImportNote((f"{imported_file.sheet.file}: ", len(leads), what))
            )


def _spoken(mine: _Batches) -> pd.DataFrame:
    """Stages of deals that files speak of, in readable rows; later exports have a higher rank."""
    frames = [pd.DataFrame({"deal": [], "stage": [], "rank": []})]
    for imported_file, batch in mine:
        keys = _keys(batch)
        given: BoolArray = imported_file.wanted & np.asarray(keys.is_valid())
        broken = keys.filter(pa.array(given & imported_file.rejected))
        whole = given & ~np.asarray(pc.is_in(keys, broken))
        deals = keys.filter(pa.array(whole)).unique().to_pylist()
        rank = _rank(imported_file, mine)
        frames += [
            pd.DataFrame({"deal": deals, "stage": stage, "rank": rank}) for stage in batch.stages
        ]
    # Without rows nothing tells pandas that these are words.
    spoken = pd.concat([frame for frame in frames if len(frame)] or frames)
    return spoken.astype({"deal": str, "stage": str})


def _leads_of(mine: _Batches, spoken: pd.DataFrame) -> pd.DataFrame:
    """Leads and stages that deals speak of, and that no part of the mapping says without a deal."""
    parts = [part for entry in mine[0][0].mapping.files for part in entry.outcomes]
    elsewhere = {stage for part in parts if part.deal is None for stage in part.stages}
    leads = pd.concat(
        pd.DataFrame(
            {
                "lead_id": imported_file.lead_ids(
                    np.arange(imported_file.sheet.n_rows)
                ).to_pylist(),
                "deal": _keys(batch).to_pylist(),
            },
            # Without rows nothing tells pandas that these are words.
            dtype=object,
        )
        for imported_file, batch in mine
    )
    named = leads.dropna().drop_duplicates().merge(spoken, on="deal")
    return named[~named["stage"].isin(elsewhere)]


def _rank(imported_file: ImportedFile, mine: _Batches) -> int:
    observed = {id(one.sheet): one.observed_at for one, _ in mine}
    # Sorting keeps the order of files exported on one day.
    return sorted(observed, key=lambda sheet: observed[sheet]).index(id(imported_file.sheet))


def _keys(batch: Batch) -> pa.Array:
    """Deal of each row of the sheet."""
    return pa.nulls(0, pa.string()) if batch.deals is None else batch.deals


def _deals_of(batch: Batch) -> pa.Array:
    """Deal of each row of a batch; empty where the row names none."""
    return _keys(batch).take(pa.array(batch.origin)).fill_null("")


def _words(batch: Batch) -> pd.DataFrame:
    return pd.DataFrame(
        {"deal": _deals_of(batch).to_pylist(), "stage": batch.rows["stage"].to_pylist()}
    )


def _first_of_each(stated: pa.Table) -> pa.Table:
    keys = stated.select(["lead_id", "stage", "occurred_at", "deal"]).to_pandas()
    return stated.filter(pa.array(~keys.duplicated().to_numpy() & (keys["deal"] != "").to_numpy()))
