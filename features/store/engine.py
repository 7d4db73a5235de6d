"""Connections to SQLite and PostgreSQL: SQLAlchemy for rows, ADBC for whole tables."""

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from features.core.errors import LeadDataError
from features.store.sqlite_lock import GatedPool, assign_gate, gate_of

BUSY_TIMEOUT_MS = 30_000
"""How long SQLite waits for another writer before it gives up."""

CACHE_KIB = 1 << 15
"""Pages each SQLite connection keeps; with SQLite's own 2 MB a lead's rows are read from the file
again at every request."""

DIALECTS = ("sqlite", "postgresql")


def parse_url(url: str) -> URL:
    """URL of a store, with the driver that Awase uses for it.

    Parameters
    ----------
    url : str
        ``sqlite:///path/to/file.db`` or ``postgresql://user@host/database``.

    Raises
    ------
    LeadDataError
        If it is neither, or SQLite without a file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        msg = f"a store must be a URL of {' or '.join(DIALECTS)}; got one that does not parse. "
        raise LeadDataError(msg + "Write sqlite:///awase.db, for instance.") from None
    dialect = parsed.get_backend_name()
    if dialect not in DIALECTS:
        msg = f"a store must be one of {', '.join(DIALECTS)}; got {dialect!r}. Change the URL."
        raise LeadDataError(msg)
    if dialect == "sqlite" and parsed.database in (None, "", ":memory:"):
        # ADBC opens a connection of its own and would see another, empty memory.
        msg = "a SQLite store must be a file; got one in memory. Write sqlite:///awase.db."
        raise LeadDataError(msg)
    driver = "postgresql+psycopg" if dialect == "postgresql" else "sqlite"
    return parsed.set(drivername=driver)


def make_engine(url: URL) -> Engine:
    """SQLAlchemy engine; a new SQLite file and its folder are made on first use.

    Its errors name no values of rows: they may be somebody's name or address.
    """
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=GatedPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )
    assign_gate(engine.pool, gate_of(str(url.database)))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def for_lookups(engine: Engine) -> Engine:
    """The same connections for single queries: each is a transaction of its own.

    To begin and to end one takes two more ways to PostgreSQL: a key and a lead's rows came in
    0.39 ms instead of 0.59.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(begin=None)


def open_bulk(url: URL) -> Any:
    """ADBC connection (DBAPI, not in autocommit); the caller closes it."""
    # Imported here: half of what single queries' start would take, and they need no ADBC.
    if url.get_backend_name() == "postgresql":
        import adbc_driver_manager.dbapi

        plain = url.set(drivername="postgresql")
        database = _types_of(plain.render_as_string(hide_password=False))
        opened = adbc_driver_manager.AdbcConnection(database)
        return adbc_driver_manager.dbapi.Connection(_Kept(), opened)
    import adbc_driver_sqlite.dbapi

    # In autocommit first: SQLite ignores these pragmas inside a transaction.
    connection = adbc_driver_sqlite.dbapi.connect(str(url.database), autocommit=True)
    with connection.cursor() as cursor:
        for pragma in _PRAGMAS:
            cursor.execute(pragma).fetchall()
    connection.adbc_connection.set_autocommit(False)
    return connection


class _Kept:
    """What a connection closes in place of the database that it shares with the next one."""

    def close(self) -> None:
        """Keep it: it holds types and no connection."""


@cache
def _types_of(url: str) -> Any:
    """What ADBC knows of a PostgreSQL, read once a process: it took 15 times the connection."""
    import adbc_driver_postgresql

    return adbc_driver_postgresql.connect(url)


_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA journal_mode = WAL",
    # What was acknowledged survives a power cut; NORMAL might lose the last commits.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's sqlite3 would open transactions late and end them early; SQLAlchemy's do it instead.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE where the transaction reads before it writes: the lock must come first.
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    if mode is not None:
        connection.exec_driver_sql(f"BEGIN {mode}")
