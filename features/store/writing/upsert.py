"""Bulk writes that can be repeated: what is there already stays, what changed is corrected.

Rows go through a temporary table and one ``INSERT ... SELECT ... ON CONFLICT``, the same on both
databases. Rows are counted, not estimated: stored (new or corrected) and unchanged.
"""

from dataclasses import dataclass

import pyarrow as pa

from features.core.errors import LeadDataError
from features.store.bulk import Bulk, quoted

_STAGE = "stage_rows"


@dataclass(frozen=True, kw_only=True)
class Written:
    """How many rows of one table a write stored (new or corrected) and found there already.

    ``forgotten`` were left out: their lead was forgotten, and nothing of it is stored again.
    """

    stored: int
    unchanged: int
    forgotten: int = 0


@dataclass(frozen=True, kw_only=True)
class Target:
    """A table rows are merged into: which columns tell them apart, and the order on disk."""

    table: str
    key: tuple[str, ...]
    order: tuple[str, ...]


def upsert(bulk: Bulk, target: Target, rows: pa.Table) -> Written:
    """Merge rows into a table by its key, and count what was stored and what was there already.

    Parameters
    ----------
    bulk : Bulk
        An open transaction.
    target : Target
        The table, the columns that tell its rows apart, and its order on disk.
    rows : pyarrow.Table
        Columns as the table's; each key once.

    Raises
    ------
    LeadDataError
        If the same key comes twice: which of the two would stay is nobody's guess.
    """
    if rows.num_rows == 0:
        return Written(stored=0, unchanged=0)
    _check_keys(target, rows)
    bulk.ingest(_STAGE, rows)
    stored = _count_merged(bulk, _merge(target, rows.column_names))
    bulk.execute(f"DROP TABLE {_STAGE}")
    return Written(stored=stored, unchanged=rows.num_rows - stored)


def append(bulk: Bulk, table: str, rows: pa.Table) -> None:
    """Add rows to a table that numbers its rows itself.

    Parameters
    ----------
    bulk : Bulk
        An open transaction.
    table : str
        Its name in the database.
    rows : pyarrow.Table
        Columns as the table's, without the one that numbers them.
    """
    if rows.num_rows == 0:
        return
    columns = ", ".join(quoted(name) for name in rows.column_names)
    bulk.ingest(_STAGE, rows)
    bulk.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_STAGE}")
    bulk.execute(f"DROP TABLE {_STAGE}")


def _merge(target: Target, columns: list[str]) -> str:
    names = ", ".join(quoted(name) for name in columns)
    # In key order a clustered table grows at its end instead of being torn open everywhere.
    order = ", ".join(quoted(name) for name in target.order)
    # `WHERE true`: SQLite's parser would otherwise read ON CONFLICT as a join condition.
    insert = (
        f"INSERT INTO {target.table} ({names}) SELECT {names} FROM {_STAGE} "
        f"WHERE true ORDER BY {order} ON CONFLICT ({', '.join(target.key)}) DO "
    )
    others = [quoted(name) for name in columns if name not in target.key]
    if not others:
        return insert + "NOTHING"
    settings = ", ".join(f"{name} = excluded.{name}" for name in others)
    changed = " OR ".join(
        f"{target.table}.{name} IS DISTINCT FROM excluded.{name}" for name in others
    )
    return f"{insert}UPDATE SET {settings} WHERE {changed}"


def _count_merged(bulk: Bulk, statement: str) -> int:
    if bulk.is_sqlite:
        bulk.execute(statement)
        return bulk.number("SELECT changes()")
    return bulk.number(f"WITH merged AS ({statement} RETURNING 1) SELECT count(*) FROM merged")


def _check_keys(target: Target, rows: pa.Table) -> None:
    n_keys = rows.group_by(list(target.key)).aggregate([]).num_rows
    if n_keys < rows.num_rows:
        msg = (
            f"{target.table} rows must each have their own {', '.join(target.key)}; "
            f"got {rows.num_rows - n_keys} repeated of {rows.num_rows}. Write each row once."
        )
        raise LeadDataError(msg)
