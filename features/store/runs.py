"""Runs: what was started, by whom, how it ended; and one run at a time per store.

Why a row and not a file lock: the store may be shared by several machines. The database itself lets
only one row be in state ``running``. A run whose process has died on this machine gives way to the
next; one on another machine gives way after :data:`MAX_RUN_HOURS`.
"""

import getpass
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.core.errors import LockHeld, Refusal
from features.store.schema import run
from features.store.store import Store

MAX_RUN_HOURS = 12
"""After this long a run on another machine is taken for dead."""


_HERE: set[str] = set()
"""Runs of this process that have not ended."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One use of the store that nothing else may run beside."""

    run_id: str
    kind: str  # import, retrain, score, ...
    started_at: datetime
    finished_at: datetime | None
    state: str  # running, done, refused, failed
    by: str
    detail: str | None


def start_run(store: Store, kind: str) -> str:
    """Open a run and hold the store's lock until :func:`finish_run`; gives the run's id.

    Raises
    ------
    LockHeld
        If another run is at work; the message says which, whose and since when.
    """
    # Begins with the time in microseconds, so that runs of one second have an order, too.
    run_id = f"{time.time_ns() // 1000:013x}{uuid.uuid4().hex[:19]}"
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        _bury_the_dead(connection)
        try:
            connection.execute(
                insert(run).values(
                    run_id=run_id,
                    kind=kind,
                    started_at=_now(),
                    state="running",
                    by=_who(),
                    host=socket.gethostname(),
                    process=os.getpid(),
                )
            )
            connection.commit()
        except IntegrityError:
            connection.rollback()
            raise LockHeld(_describe_holder(connection)) from None
    _HERE.add(run_id)
    return run_id


def finish_run(store: Store, run_id: str, *, state: str, detail: str | None = None) -> None:
    """Close a run as ``done``, ``refused`` or ``failed`` and let the next one start.

    Parameters
    ----------
    store : Store
    run_id : str
        As its start returned it.
    state : str
        ``done``, ``refused`` or ``failed``.
    detail : str, optional
        What the run did, as its kind writes it down.
    """
    # First: where the database is gone, the next run of this process sees that this one ended.
    _HERE.discard(run_id)
    with store.engine.begin() as connection:
        connection.execute(
            update(run)
            .where(run.c.run_id == run_id)
            .values(finished_at=_now(), state=state, detail=detail)
        )


def describe_run(store: Store, run_id: str, detail: str) -> None:
    """Replace the detail of a run: what it did, or what became of it since.

    Parameters
    ----------
    store : Store
    run_id : str
    detail : str
        What the run did, as its kind writes it down.
    """
    with store.engine.begin() as connection:
        connection.execute(update(run).where(run.c.run_id == run_id).values(detail=detail))


@contextmanager
def running(store: Store, kind: str) -> Iterator[str]:
    """Hold the lock for a block; the run ends as done, refused or failed, as the block does."""
    run_id = start_run(store, kind)
    try:
        yield run_id
    except Refusal as refusal:
        finish_run(store, run_id, state="refused", detail=str(refusal))
        raise
    except BaseException as error:
        # An interrupt counts too. The text of a foreign error may hold data, so only its kind.
        finish_run(store, run_id, state="failed", detail=type(error).__name__)
        raise
    finish_run(store, run_id, state="done")


def list_runs(store: Store, limit: int | None = 50, *, kind: str | None = None) -> list[Run]:
    """List runs, the newest first.

    Parameters
    ----------
    store : Store
    limit : int or None
        Most runs to list; None lists all.
    kind : str, optional
        Only runs of this kind, such as ``"retrain"``.
    """
    columns = [run.c[name] for name in Run.__dataclass_fields__]
    query = select(*columns).order_by(run.c.started_at.desc(), run.c.run_id.desc()).limit(limit)
    if kind is not None:
        query = query.where(run.c.kind == kind)
    with store.engine.connect() as connection:
        return [Run(**row) for row in connection.execute(query).mappings()]


def _bury_the_dead(connection: Connection) -> None:
    query = select(run).where(run.c.state == "running")
    for row in connection.execute(query).mappings().all():
        if _is_dead(row):
            connection.execute(
                update(run)
                .where(run.c.run_id == row["run_id"], run.c.state == "running")
                .values(state="failed", finished_at=_now(), detail="its process ended before it")
            )


def _is_dead(row: RowMapping) -> bool:
    if row["host"] != socket.gethostname():
        return bool(_now() - row["started_at"] > timedelta(hours=MAX_RUN_HOURS))
    if row["process"] == os.getpid():
        return row["run_id"] not in _HERE
    try:
        os.kill(row["process"], 0)  # signal 0 only asks whether the process exists
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _describe_holder(connection: Connection) -> str:
    query = select(run).where(run.c.state == "running")
    row = connection.execute(query).mappings().first()
    if row is None:
        return "one run at a time may use this store; another one just ended. Try again."
    since = row["started_at"].isoformat(timespec="minutes")
    return (
        f"one run at a time may use this store; got a second beside {row['kind']!r} by "
        f"{row['by']} (process {row['process']}) since {since}. Wait for it, or end that process."
    )


def _who() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _now() -> datetime:
    return datetime.now(UTC)
