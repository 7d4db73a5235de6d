"""What a request for a page leaves behind, written without making it wait for a writer at work.

Why: SQLite lets one transaction at a time write, and an import may take a minute. A page that only
reads must answer meanwhile. So its entry in the audit is usually there before the page is; where it
is not, it is written as soon as the database allows, and at the latest before the process ends.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from features.core.errors import AwaseError
from features.store.store import Store

LOG = logging.getLogger("awase.audit")

PATIENCE_SECONDS = 0.5
"""How long a page waits for its entry to be written."""

MOST_TRIES = 20
"""Each waits for the database's own half minute: what holds it longer is no import."""

PAUSE_SECONDS = 1.0


class BackgroundWriter:
    """Makes small changes one after the other, on a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing = ThreadPoolExecutor(1, "awase-writing")

    def write(
        self, change: Callable[[Connection], None], *, patience: float = PATIENCE_SECONDS
    ) -> None:
        """Make a change in a transaction of its own, and wait for it a moment.

        Parameters
        ----------
        change : callable
            Makes the change within the connection it is given.
        patience : float
            Seconds to wait.
        """
        written = self._writing.submit(self._write, change)
        with suppress(NotYet):
            written.result(timeout=patience)

    def close(self) -> None:
        """Make the changes that still wait."""
        self._writing.shutdown(wait=True)

    def _write(self, change: Callable[[Connection], None]) -> None:
        for _ in range(MOST_TRIES):
            try:
                with self._store.engine.begin() as connection:
                    change(connection)
                return
            except (SQLAlchemyError, AwaseError):
                time.sleep(PAUSE_SECONDS)
        LOG.error("the database took no writer for long: an entry of the audit is lost")
