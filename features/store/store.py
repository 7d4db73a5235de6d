"""The store of lead tables: open it, bring it up to date, write and read whole tables."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    Select,
    bindparam,
    func,
    inspect,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy import text as sql_text

from features.core.clock import from_second
from features.store import lead_tables as arrow
from features.store import schema
from features.store.bulk import Bulk
from features.store.engine import for_lookups, make_engine, parse_url
from features.store.erased import read_forgotten
from features.store.lead_tables import LeadTables
from features.store.schema.columns import UtcSecond
from features.store.writing.table_writer import TableWriter
from features.store.writing.upsert import Target, Written

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSIONS = MIGRATIONS / "versions"

_WANTED = "wanted_leads"

_MIGRATION_LOCK = 7_205_741
"""Number under which PostgreSQL lets one process migrate at a time; any constant will do."""


@dataclass(frozen=True, kw_only=True)
class _LeadTable:
    target: Target
    columns: pa.Schema
    repeated: tuple[str, ...] = ()

    @property
    def known_by(self) -> tuple[str, ...]:
        """Columns that must all lie before an instant for the row to be known then."""
        return arrow.KNOWN_BY[self.target.table]


def _lead_table(table: str, columns: pa.Schema, key: tuple[str, ...]) -> _LeadTable:
    return _LeadTable(target=Target(table=table, key=key, order=key), columns=columns)


# In the order in which they must be written: the others refer to lead.
_TABLES = {
    "lead": _lead_table("lead", arrow.LEAD, ("lead_id",)),
    "fact": _lead_table("fact", arrow.FACT, ("lead_id", "attribute", "known_at")),
    "event": _LeadTable(
        target=Target(
            table="event", key=("event_id",), order=("lead_id", "occurred_at", "event_id")
        ),
        columns=arrow.EVENT,
    ),
    "outcome": _lead_table("outcome", arrow.OUTCOME, ("lead_id", "stage", "occurred_at")),
    "hand_over": _lead_table("hand_over", arrow.HAND_OVER, ("lead_id", "cycle")),
}
_NARROW = _TABLES | {
    "fact": replace(_TABLES["fact"], repeated=("lead_id", "attribute", "value")),
    "event": _LeadTable(
        target=Target(table="event", key=("event_id",), order=("lead_id", "occurred_at")),
        columns=pa.schema([field for field in arrow.EVENT if field.name != "event_id"]),
        repeated=("lead_id", "behaviour", "actor"),
    ),
}
_TARGETS = {name: table.target for name, table in _TABLES.items()} | {
    name: Target(table=name, key=key, order=key)
    for name, key in (("person", ("lead_id",)), ("lead_external_id", ("lead_id", "vendor")))
}

_RANGED = {
    "lead": schema.lead.c.created_at,
    "fact": schema.fact.c.known_at,
    "event": schema.event.c.occurred_at,
    "outcome": schema.outcome.c.occurred_at,
    "hand_over": schema.hand_over.c.handed_over_at,
}


@dataclass(frozen=True, kw_only=True)
class TableExtent:
    """How many rows a table holds, and between which instants; None where it is empty."""

    rows: int
    first: datetime | None
    last: datetime | None


class Store:
    """Lead tables and ledger in one database; safe to share between threads.

    Attributes
    ----------
    engine : Engine
        For transactions.
    lookups : Engine
        The same connections, for queries that need none.
    """

    def __init__(self, url: str) -> None:
        self._url = parse_url(url)
        self.engine: Engine = make_engine(self._url)
        self.lookups: Engine = for_lookups(self.engine)

    @classmethod
    def open(cls, url: str) -> "Store":
        """Open a store and bring its tables up to date.

        Parameters
        ----------
        url : str
            ``sqlite:///path/to/file.db`` or ``postgresql://user@host/database``.

        Raises
        ------
        LeadDataError
            If the URL names no database that Awase can use.
        """
        store = cls(url)
        store.migrate()
        return store

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def bulk(self) -> Bulk:
        """Open a connection for whole tables; use it in a ``with`` block and commit."""
        return Bulk(self._url)

    def migrate(self) -> None:
        """Bring the tables up to the newest migration; does nothing if they are there."""
        if self._revision() == max(path.stem[:4] for path in _VERSIONS.glob("[0-9]*.py")):
            return
        # Imported here: seldom needed, and half a second of every command's start.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        at_once = self.engine.execution_options(begin="IMMEDIATE")
        # Begun here, or Alembic would commit each migration by itself.
        with at_once.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(
                    sql_text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _revision(self) -> str | None:
        """The newest migration that the tables have seen; None of an empty database."""
        with self.lookups.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.scalar(sql_text("SELECT version_num FROM alembic_version"))

    def write(self, tables: LeadTables, persons: pa.Table | None = None) -> dict[str, Written]:
        """Merge tables into the store in one transaction, and count per table.

        Parameters
        ----------
        tables : LeadTables
            Any of them may be empty. A row with a known key and other values is a correction.
        persons : pyarrow.Table, optional
            Columns of :data:`features.store.schema.PERSON`.

        Raises
        ------
        LeadDataError
            If a key comes twice in one table.
        """
        with self.writing() as write:
            written = {name: write(name, getattr(tables, name)) for name in _TABLES}
            if persons is not None:
                written["person"] = write("person", persons)
        return written

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[TableWriter]:
        """Give what merges rows into tables; all of it is one transaction.

        Leads must be written before what refers to them. Columns that are left out keep what is
        stored. If the block raises, nothing was written; nor is it where nothing is to be kept and
        only the counts are asked.
        """
        forgotten = read_forgotten(self.engine)
        with self.bulk() as bulk:
            yield TableWriter(bulk, _TARGETS, forgotten=forgotten)
            if keep:
                bulk.commit()

    def read_tables(self, until: int | None = None) -> LeadTables:
        """Read all lead tables in the order of their keys.

        Parameters
        ----------
        until : int, optional
            Only what was known before this second, of leads created before it.
        """
        return self._read(_TABLES, until)

    def read_narrow_tables(self) -> LeadTables:
        """The lead tables in a third of the memory: events without their ids, repeated texts once.

        They are all that an index of events and the clock of the data need.
        """
        return self._read(_NARROW, None)

    def _read(self, wanted: Mapping[str, "_LeadTable"], until: int | None) -> LeadTables:
        with self.bulk() as bulk:
            return LeadTables(
                **{
                    name: bulk.read(
                        name,
                        table.columns,
                        where=_known_before(table, until),
                        order_by=table.target.order,
                        repeated=table.repeated,
                    )
                    for name, table in wanted.items()
                }
            )

    def read_table(self, name: str, of: pa.Array | None = None) -> pa.Table:
        """Read one lead table in the order of its key.

        Parameters
        ----------
        name : str
            A field of `LeadTables`.
        of : pyarrow.Array of string, optional
            Ids of the leads whose rows are read; all of them unless given.
        """
        table = _TABLES[name]
        with self.bulk() as bulk:
            where = "" if of is None else f"lead_id IN (SELECT lead_id FROM {_WANTED})"
            if of is not None:
                bulk.ingest(_WANTED, pa.table({"lead_id": of}))
            return bulk.read(name, table.columns, where=where, order_by=table.target.order)

    def read_lead_ids(self) -> pa.Array:
        """Ids of all leads, ascending."""
        ids = pa.schema([arrow.LEAD.field("lead_id")])
        with self.bulk() as bulk:
            return bulk.read("lead", ids, order_by=("lead_id",))["lead_id"].combine_chunks()

    def read_instants(self) -> LeadTables:
        """The lead tables without what they say: whose rows they are, when, and of which stage."""
        with self.bulk() as bulk:
            return LeadTables(
                **{
                    name: bulk.read(
                        name, _instants_of(table), order_by=("lead_id",), repeated=("lead_id",)
                    )
                    for name, table in _TABLES.items()
                }
            )

    def read_lead(self, lead_id: str) -> LeadTables:
        """All tables with the rows of one lead; empty if there is no such lead."""
        return self.read_leads((lead_id,))

    def read_with_colleagues(self, lead_id: str, account: str | None) -> LeadTables:
        """The tables that a snapshot of one lead is taken from; empty if there is no such lead.

        Parameters
        ----------
        account : str or None
            The attribute whose value names the account, where features of accounts are asked for:
            the rows of all who were ever at one of the lead's accounts then come along.
        """
        return self.read_leads(
            (lead_id,) if account is None else self.read_colleagues(lead_id, account)
        )

    def read_colleagues(self, lead_id: str, account: str) -> tuple[str, ...]:
        """The lead, and every lead that was ever at one of its accounts.

        Their rows are what features of accounts need to be the same for one lead as for all.

        Parameters
        ----------
        account : str
            The attribute whose value names the account.
        """
        fact = schema.METADATA.tables["fact"]
        # Said in the words of the index, or the databases would not use it.
        most: ColumnElement[int] = literal_column(str(schema.SHORT_VALUE_LENGTH))
        own = select(fact.c.value).where(fact.c.lead_id == lead_id, fact.c.attribute == account)
        there = select(fact.c.lead_id).where(
            fact.c.attribute == account, fact.c.value.in_(own), func.length(fact.c.value) <= most
        )
        with self.engine.connect() as connection:
            return tuple(sorted({lead_id, *connection.scalars(there)}))

    def read_leads(self, lead_ids: Collection[str]) -> LeadTables:
        """All tables with the rows of some leads."""
        with self.engine.connect() as connection:
            return LeadTables(
                **{
                    name: _as_table(
                        connection.execute(_lead_query(name), {"lead_ids": list(lead_ids)}).all(),
                        table.columns,
                    )
                    for name, table in _TABLES.items()
                }
            )

    def extents(self) -> dict[str, TableExtent]:
        """Rows and first and last instant of each lead table."""
        with self.engine.connect() as connection:
            return {
                name: _extent(
                    *connection.execute(
                        select(
                            func.count(),
                            type_coerce(func.min(column), BigInteger),
                            type_coerce(func.max(column), BigInteger),
                        ).select_from(column.table)
                    ).one()
                )
                for name, column in _RANGED.items()
            }


def _known_before(table: _LeadTable, until: int | None) -> str:
    if until is None:
        return ""
    conditions = [f"{column} < {int(until)}" for column in table.known_by]
    if table.target.table != "lead":
        conditions.append(f"lead_id IN (SELECT lead_id FROM lead WHERE created_at < {int(until)})")
    return " AND ".join(conditions)


def _instants_of(table: _LeadTable) -> pa.Schema:
    wanted = ("lead_id", "stage", *table.known_by)
    return pa.schema([field for field in table.columns if field.name in wanted])


@cache
def _lead_query(name: str) -> Select[Any]:
    # Built once: building it takes longer than running it.
    table, source = _TABLES[name], schema.METADATA.tables[name]
    return (
        select(*plain_columns(source, table.columns))
        .where(source.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
        .order_by(*(source.c[column] for column in table.target.order))
    )


def _as_table(rows: Sequence[Any], columns: pa.Schema) -> pa.Table:
    if not rows:
        return columns.empty_table()
    values = zip(*rows, strict=True)
    arrays = [pa.array(cells, field.type) for cells, field in zip(values, columns, strict=True)]
    return pa.table(arrays, schema=columns)


def plain_columns(source: SqlTable, columns: pa.Schema) -> list[ColumnElement[Any]]:
    """Columns of a table to select, instants as the seconds that computations take."""
    return [
        type_coerce(source.c[name], BigInteger).label(name)
        if isinstance(source.c[name].type, UtcSecond)
        else source.c[name]
        for name in columns.names
    ]


def _extent(rows: int, first: int | None, last: int | None) -> TableExtent:
    return TableExtent(
        rows=rows,
        first=None if first is None else from_second(first),
        last=None if last is None else from_second(last),
    )
