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

ROWS_OF_CHUNK = 1 << 17
"""Rows copied into one chunk: as many as fit beside the batches they come from."""


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
        self,
        table: str,
        schema: pa.Schema,
        *,
        where: str = "",
        order_by: tuple[str, ...],
        repeated: tuple[str, ...] = (),
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
        repeated : tuple of str
            Columns of texts that come again and again, to be kept once: as a dictionary.
        """
        columns = ", ".join(quoted(name) for name in schema.names)
        order = ", ".join(quoted(name) for name in order_by)
        query = f"SELECT {columns} FROM {table}" + (f" WHERE {where}" if where else "")
        if self.is_sqlite:
            typed = ", ".join(f"{_TYPED_ROW[f.type]} AS {quoted(f.name)}" for f in schema)
            query = f"SELECT {typed} UNION ALL {query}"
        with self._connection.cursor() as cursor:
            cursor.execute(f"{query} ORDER BY {order}")
            rows = _in_few_chunks(cursor.fetch_record_batch(), repeated, skipped=self.is_sqlite)
        # PostgreSQL's driver adds metadata to each field; the cast leaves the declared schema.
        return rows.cast(_with_dictionaries(schema, repeated))


def _in_few_chunks(
    batches: pa.RecordBatchReader, repeated: tuple[str, ...], *, skipped: int
) -> pa.Table:
    """Copy a driver's many batches into few chunks, each of which takes no more than it holds.

    A batch of a thousand rows is allocated up to twice as large as it is filled: 2.4 M events took
    up 350 MB, and 165 as chunks.
    """
    schema = _with_dictionaries(batches.schema, repeated)
    chunks: list[pa.Table] = []
    waiting: list[pa.RecordBatch] = []

    def copy_waiting() -> None:
        some = pa.Table.from_batches(waiting, batches.schema)
        chunks.append(some.cast(schema).combine_chunks())
        waiting.clear()

    for batch in batches:
        waiting.append(batch.slice(skipped))
        skipped = 0
        if sum(map(len, waiting)) >= ROWS_OF_CHUNK:
            copy_waiting()
    copy_waiting()
    rows = pa.concat_tables(chunks)
    return rows.unify_dictionaries() if repeated else rows


def _with_dictionaries(schema: pa.Schema, repeated: tuple[str, ...]) -> pa.Schema:
    for name in repeated:
        position = schema.get_field_index(name)
        field = schema.field(position)
        schema = schema.set(position, field.with_type(pa.dictionary(pa.int32(), field.type)))
    return schema


def quoted(name: str) -> str:
    """Column name in quotes, since ``by`` is a reserved word."""
    return f'"{name}"'
