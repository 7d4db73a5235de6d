"""What somebody looked at, recorded without making them wait for a writer at work.

Why a queue: SQLite lets one transaction at a time write, and an import may take a minute. A page
that only reads must answer meanwhile. So the entry is usually there before the page is; where it is
not, it is written as soon as the database allows, and at the latest before the process ends.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from features.core.errors import AwaseError
from features.store.store import Store
from serving.ledger.access.audit import write_audit

LOG = logging.getLogger("awase.audit")

PATIENCE_SECONDS = 0.5
"""How long a page waits for its entry to be written."""

MOST_TRIES = 20
"""Each waits for the database's own half minute: what holds it longer is no import."""

PAUSE_SECONDS = 1.0


class AuditQueue:
    """Writes entries one after the other, on a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing = ThreadPoolExecutor(1, "awase-audit")

    def write(self, *, by: str, action: str, subject: str) -> None:
        """Record something, and wait for it a moment.

        Parameters
        ----------
        by : str
            Who did it.
        action : str
            What was done, such as ``lead_opened``.
        subject : str
            What it was done to.
        """
        written = self._writing.submit(self._write, by, action, subject)
        with suppress(NotYet):
            written.result(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        """Write what still waits."""
        self._writing.shutdown(wait=True)

    def _write(self, by: str, action: str, subject: str) -> None:
        for _ in range(MOST_TRIES):
            try:
                with self._store.engine.begin() as connection:
                    write_audit(connection, by=by, action=action, subject=subject)
                return
            except (SQLAlchemyError, AwaseError):
                time.sleep(PAUSE_SECONDS)
        LOG.error("the audit could not be written: %s by %s is not in it", action, by)
