"""A whole store as one SQLite file, taken at one instant while others go on writing; and back.

Whatever the database is, the file is SQLite: a store of PostgreSQL is saved and filled again
without any of its own tools.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Identity, func, insert, select
from sqlalchemy import text as sql_text

from features.core.errors import Refusal
from features.store.schema.columns import METADATA
from features.store.sqlite_url import sqlite_url
from features.store.store import Store

ROWS_AT_ONCE = 5_000


def save_store(store: Store, path: Path) -> None:
    """Write all rows of a store, as they stand at one instant, into a new SQLite file.

    Parameters
    ----------
    store : Store
        Brought up to date, as :meth:`Store.open` does.
    path : Path
        Nothing is there yet.
    """
    database = store.engine.url.database
    if store.engine.dialect.name == "sqlite" and database is not None:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        return
    saved = Store.open(sqlite_url(path))
    # All tables as of the first query, whoever writes meanwhile.
    isolated = store.engine.execution_options(isolation_level="REPEATABLE READ")
    with isolated.connect() as source_rows, saved.engine.connect() as target_rows:
        _copy(source_rows, target_rows)
        target_rows.commit()
    saved.close()


def fill_store(store: Store, path: Path) -> None:
    """Write all rows of a saved store into an empty one, all or none.

    Parameters
    ----------
    store : Store
        Brought up to date and empty.
    path : Path
        Written by :func:`save_store`, by this version or an older one.

    Raises
    ------
    Refusal
        If the store holds rows already.
    """
    held = {name: rows for name, rows in count_rows(store).items() if rows}
    if held:
        told = ", ".join(f"{rows} of {name}" for name, rows in list(held.items())[:3])
        msg = (
            f"a backup is restored into an empty database; got one with rows ({told}). "
            "Name another database."
        )
        raise Refusal(msg)
    saved = Store.open(sqlite_url(path))
    with saved.engine.connect() as source, store.engine.connect() as target:
        _copy(source, target)
        if store.engine.dialect.name == "postgresql":
            _count_on(target)
        target.commit()
    saved.close()


def count_rows(store: Store) -> dict[str, int]:
    """How many rows each table of a store holds."""
    with store.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in METADATA.sorted_tables
        }


def _copy(source: Connection, target: Connection) -> None:
    """Copy every table, the referred ones first."""
    for table in METADATA.sorted_tables:
        query = select(table).order_by(*table.primary_key.columns)
        rows = source.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        for some in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in some])


def _count_on(target: Connection) -> None:
    """Let PostgreSQL number new rows after those that were copied with their numbers."""
    for table in METADATA.sorted_tables:
        for column in table.columns:
            if isinstance(column.identity, Identity):
                newest = target.scalar(select(func.max(column)))
                if newest is not None:
                    target.execute(
                        sql_text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)"),
                        {"table": table.name, "column": column.name, "newest": newest},
                    )
