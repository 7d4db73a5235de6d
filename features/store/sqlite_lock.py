"""Keeps Python's SQLite and ADBC's SQLite from having one file open in one process at a time.

Why: the two are separate copies of the library. SQLite locks files with POSIX locks, which belong
to the process: the copies do not see each other's locks, and closing a file in one drops the locks
of the other. In a trial the second read after a bulk write found "database disk image is
malformed". See "How To Corrupt An SQLite Database File" at sqlite.org, on multiple copies of
SQLite in one application. Between processes locks work as they should; PostgreSQL has no such rule.

So either connections for rows are open, or connections for whole tables, never both. Idle
connections count as open and are closed first.
"""

import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.pool import ConnectionPoolEntry, Pool, QueuePool

from features.core.errors import LockHeld

MAX_WAIT_SECONDS = 600.0
"""How long to wait for the other side; an import of some ten million rows takes less."""


class TwoSidedLock:
    """Lets in any number from one side, or any number from the other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._n_rows = 0
        self._n_bulk = 0
        self._n_bulk_waiting = 0
        self._held_here = threading.local()
        self._pools: weakref.WeakSet[Pool] = weakref.WeakSet()

    def add_pool(self, pool: Pool) -> None:
        """Remember a pool whose idle connections must be closed before whole tables."""
        with self._changed:
            self._pools.add(pool)

    def enter_rows(self) -> None:
        """Wait until no whole table is under way."""
        with self._changed:
            # Whoever holds a connection must get a second one, or both would wait for ever.
            nested = getattr(self._held_here, "count", 0) > 0
            self._wait(lambda: not self._n_bulk and (nested or not self._n_bulk_waiting))
            self._n_rows += 1
            self._held_here.count = getattr(self._held_here, "count", 0) + 1

    def leave_rows(self) -> None:
        """Give way to whole tables."""
        with self._changed:
            self._n_rows -= 1
            self._held_here.count = max(getattr(self._held_here, "count", 0) - 1, 0)
            self._changed.notify_all()

    def enter_bulk(self) -> None:
        """Wait until no connection for rows is in use, and close the idle ones."""
        with self._changed:
            self._n_bulk_waiting += 1
            try:
                self._wait(lambda: not self._n_rows)
            finally:
                self._n_bulk_waiting -= 1
                self._changed.notify_all()
            if not self._n_bulk:
                for pool in list(self._pools):
                    # Not the engine's dispose: it would start a new pool, and who is just asking
                    # the old one would leave a connection there that nobody closes.
                    pool.dispose()
            self._n_bulk += 1

    def leave_bulk(self) -> None:
        """Give way to rows."""
        with self._changed:
            self._n_bulk -= 1
            self._changed.notify_all()

    def _wait(self, ready: Callable[[], bool]) -> None:
        if not self._changed.wait_for(ready, timeout=MAX_WAIT_SECONDS):
            msg = (
                "a SQLite store serves rows or whole tables, one after the other; got no turn "
                f"in {MAX_WAIT_SECONDS:.0f} s. Try again when other work is done."
            )
            raise LockHeld(msg)


_GATES: dict[str, TwoSidedLock] = {}
_GATES_LOCK = threading.Lock()


def gate_of(path: str) -> TwoSidedLock:
    """The one gate of a file in this process, however many stores have it open."""
    with _GATES_LOCK:
        return _GATES.setdefault(str(Path(path).resolve()), TwoSidedLock())


class GatedPool(QueuePool):
    """Connections for rows, each handed out only while no whole table is under way."""

    gate: TwoSidedLock

    def recreate(self) -> QueuePool:
        """Make an empty pool that goes through the same gate."""
        pool = super().recreate()
        assign_gate(pool, self.gate)
        return pool

    def _do_get(self) -> ConnectionPoolEntry:
        self.gate.enter_rows()
        try:
            return super()._do_get()
        except BaseException:
            self.gate.leave_rows()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self.gate.leave_rows()


def assign_gate(pool: Pool, gate: TwoSidedLock) -> None:
    """Put a gate before a pool."""
    if isinstance(pool, GatedPool):
        pool.gate = gate
        gate.add_pool(pool)
