"""One transaction that merges rows into lead tables, and takes back what deals no longer say."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from features.core.clock import to_second
from features.store.bulk import Bulk
from features.store.erased import without_forgotten
from features.store.person_search import search_rows
from features.store.writing.upsert import Target, Written, upsert

if TYPE_CHECKING:
    import pandas as pd

STATED = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("occurred_at", pa.int64(), nullable=False),
        pa.field("deal", pa.string(), nullable=False),
        pa.field("known_at", pa.int64(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("by", pa.string()),
        pa.field("value", pa.float64()),
    ]
)
"""Arrow columns of outcomes with the deals that state them."""

_HISTORY = pa.schema([*STATED, pa.field("withdrawn_at", pa.int64())])
_KEY = ("lead_id", "stage", "occurred_at", "deal")
_KEYS = pa.schema([STATED.field(name) for name in _KEY])
_TARGET = Target(table="outcome_history", key=_KEY, order=_KEY)
_GONE = "gone_rows"
_SEARCH = Target(table="person_search", key=("lead_id",), order=("lead_id",))


class TableWriter:
    """Merges rows into the tables of a store; calling it with a table and rows merges them."""

    def __init__(
        self, bulk: Bulk, targets: Mapping[str, Target], *, forgotten: Collection[str]
    ) -> None:
        self._bulk = bulk
        self._targets = targets
        self._forgotten = forgotten
        # One for all that a transaction takes back, however long it lasts.
        self._now = to_second(datetime.now(UTC))

    def __call__(self, table: str, rows: pa.Table) -> Written:
        """Merge rows into a table; those of forgotten leads are left out, and counted."""
        kept = without_forgotten(rows, self._forgotten)
        written = upsert(self._bulk, self._targets[table], kept)
        if table == "person":
            upsert(self._bulk, _SEARCH, search_rows(kept))
        return replace(written, forgotten=rows.num_rows - kept.num_rows)

    def settle_deals(
        self,
        stated: pa.Table,
        spoken: "pd.DataFrame",
        *,
        without_deal: "pd.DataFrame",
        unnamed: pa.Table,
    ) -> int:
        """Take back what deals said earlier and no longer say; gives how many outcomes went.

        An outcome that another deal still states stays.

        Parameters
        ----------
        stated : pyarrow.Table
            Columns of :data:`STATED`: what stands now. Written to the outcome table before.
        spoken : DataFrame
            Columns ``deal`` and ``stage``: of which stages of which deals that is all there is,
            and ``whenever``: whether the stage stands, at whatever time it was stored.
        without_deal : DataFrame
            Columns ``lead_id`` and ``stage``: of which leads outcomes of no deal go as well. What
            people or the API said stays.
        unnamed : pyarrow.Table
            Columns of :data:`STATED`: what rows of this import say that name no deal. It stays.
        """
        rows = without_forgotten(stated, self._forgotten)
        # What was taken back earlier and is said again stands again.
        rows = rows.append_column("withdrawn_at", pa.nulls(rows.num_rows, pa.int64()))
        rows = rows.cast(_HISTORY)
        upsert(self._bulk, _TARGET, rows)
        earlier = self._of_no_deal(without_deal, unnamed)
        standing = self._bulk.read(
            "outcome_history", _HISTORY, where="withdrawn_at IS NULL", order_by=_KEY
        ).to_pandas()
        gone = standing.merge(spoken[~spoken["whenever"]], on=["deal", "stage"])
        left = pa.Table.from_pandas(gone[list(_KEY)], schema=_KEYS, preserve_index=False)
        left = left.join(rows.select(list(_KEY)), keys=list(_KEY), join_type="left anti")
        left = pa.concat_tables([left.cast(_KEYS), earlier.cast(_KEYS)])
        return self._withdraw(left) if left.num_rows else 0

    def _of_no_deal(self, leads: "pd.DataFrame", unnamed: pa.Table) -> pa.Table:
        """Keys of outcomes from files that no deal ever stated, written down in the history."""
        if leads.empty:
            return _KEYS.empty_table()
        same = " AND ".join(f"h.{name} = outcome.{name}" for name in _KEY[:3])
        unstated = f'"by" IS NULL AND NOT EXISTS (SELECT 1 FROM outcome_history AS h WHERE {same})'
        plain = pa.schema([field for field in STATED if field.name != "deal"])
        rows = self._bulk.read("outcome", plain, where=unstated, order_by=_KEY[:3])
        mine = pa.Table.from_pandas(leads[list(_KEY[:2])], preserve_index=False)
        rows = rows.join(
            mine.cast(pa.schema(list(_KEYS)[:2])), list(_KEY[:2]), join_type="left semi"
        )
        rows = rows.join(unnamed.select(list(_KEY[:3])), list(_KEY[:3]), join_type="left anti")
        rows = rows.append_column("deal", pa.array([""] * rows.num_rows, pa.string()))
        rows = rows.append_column("withdrawn_at", pa.nulls(rows.num_rows, pa.int64()))
        rows = rows.select(_HISTORY.names).cast(_HISTORY)
        upsert(self._bulk, _TARGET, rows)
        return rows.select(list(_KEY))

    def _withdraw(self, gone: pa.Table) -> int:
        bulk = self._bulk
        bulk.ingest(_GONE, gone)
        same = " AND ".join(f"{_GONE}.{name} = outcome_history.{name}" for name in _KEY)
        bulk.execute(
            f"UPDATE outcome_history SET withdrawn_at = {self._now} "
            f"WHERE EXISTS (SELECT 1 FROM {_GONE} WHERE {same})"
        )
        of = " AND ".join(f"%s.{name} = outcome.{name}" for name in _KEY[:3])
        which = (
            f"FROM outcome WHERE EXISTS (SELECT 1 FROM {_GONE} WHERE {of.replace('%s', _GONE)}) "
            "AND NOT EXISTS (SELECT 1 FROM outcome_history WHERE withdrawn_at IS NULL AND "
            f"{of.replace('%s', 'outcome_history')})"
        )
        n_gone = bulk.number(f"SELECT count(*) {which}")
        bulk.execute(f"DELETE {which}")
        bulk.execute(f"DROP TABLE {_GONE}")
        return n_gone
