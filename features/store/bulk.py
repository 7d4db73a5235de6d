"""Whole tables in and out of both databases as Arrow, through ADBC.

Why a row in front of every bulk read from SQLite: its columns have no types of their own, so the
driver takes them from the first rows it sees; a column that starts with nulls would come out as
integers and break at its first text. One typed row, with keys that sort before all others, settles
the types and is cut off again.
"""

from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from sqlalchemy.engine import URL

from features.store.engine import open_bulk
from features.store.sqlite_lock import gate_of

_TYPED_ROW = {
    pa.string(): "''",
    pa.int64(): "-9223372036854775808",
    pa.int32(): "-2147483648",
    pa.float64(): "0.0",
    pa.bool_(): "0",
    pa.binary(): "x''",
}


class Bulk:
    """One ADBC connection and one transaction; left without commit, nothing happened."""

    def __init__(self, url: URL) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._gate = gate_of(str(url.database)) if self.is_sqlite else None
        if self._gate is not None:
            self._gate.enter_bulk()
        try:
            self._connection: Any = open_bulk(url)
        except BaseException:
            self._leave()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            # ADBC rolls back what was not committed.
            self._connection.close()
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._gate is not None:
            self._gate.leave_bulk()

    def commit(self) -> None:
        """Make everything since the connection was opened permanent."""
        # Not the DBAPI's commit: that one does nothing on a connection opened in autocommit.
        self._connection.adbc_connection.commit()

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def number(self, query: str) -> int:
        """Return the single whole number that a query gives."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[0])

    def ingest(self, name: str, rows: pa.Table) -> None:
        """Write rows into a new temporary table."""
        with self._connection.cursor() as cursor:
            cursor.adbc_ingest(name, rows, mode="create", temporary=True)

    def read(
        self, table: str, schema: pa.Schema, *, where: str = "", order_by: tuple[str, ...]
    ) -> pa.Table:
        """Rows of a table as Arrow, in the order of a key.

        Parameters
        ----------
        table : str
            Name of the table, or a query in brackets.
        schema : pyarrow.Schema
            Columns to read, with the types they are to have.
        where : str
            Condition, without values from outside.
        order_by : tuple of str
            Columns of the key; the first must be text or a positive number.
        """
        columns = ", ".join(quoted(name) for name in schema.names)
        order = ", ".join(quoted(name) for name in order_by)
        query = f"SELECT {columns} FROM {table}" + (f" WHERE {where}" if where else "")
        if self.is_sqlite:
            typed = ", ".join(f"{_TYPED_ROW[f.type]} AS {quoted(f.name)}" for f in schema)
            query = f"SELECT {typed} UNION ALL {query}"
        with self._connection.cursor() as cursor:
            cursor.execute(f"{query} ORDER BY {order}")
            rows = cursor.fetch_arrow_table()
        # PostgreSQL's driver adds metadata to each field; the cast leaves the declared schema.
        return (rows.slice(1) if self.is_sqlite else rows).cast(schema)


def quoted(name: str) -> str:
    """Column name in quotes, since ``by`` is a reserved word."""
    return f'"{name}"'
