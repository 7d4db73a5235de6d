"""What a month's run has done so far: a file in the workspace, written after every step.

Why a file and not a table: it holds nothing that the database does not know otherwise, only where
to go on, and a person may read or delete it.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from features.core.atomic_folder import write_whole_file
from features.core.errors import LockHeld
from features.core.json_records import from_json, to_json
from features.core.text import Text
from features.importing.object_store import states_of
from serving.workspace.workspace import Workspace

State = Literal["done", "skipped", "refused"]


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """A step that has ended.

    Attributes
    ----------
    name : str
        ``import``, ``check``, ``retrain``, ``score``, ``review`` or ``digest``.
    sentence : Text
        What came of it.
    ended_at : int
        Seconds since 1970 UTC.
    seconds : float
        How long it took.
    """

    name: str
    state: State
    sentence: Text
    ended_at: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class MonthRecord:
    """A month's run.

    Attributes
    ----------
    month : str
        The month that ended, as 2026-03.
    request : str
        Hash of what was asked for, see :func:`request_of`.
    data_cutoff : int
        Second up to which the tables are taken to be complete.
    steps : tuple of StepResult
        Those that have ended, in order.
    """

    month: str
    request: str
    data_cutoff: int
    steps: tuple[StepResult, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether there is no further step."""
        return self.result_of("digest") is not None

    @property
    def refused(self) -> StepResult | None:
        """The step that the gate, or too little data, refused."""
        return next((step for step in self.steps if step.state == "refused"), None)

    def result_of(self, name: str) -> StepResult | None:
        """Result of a step; None where it has not ended."""
        return next((step for step in self.steps if step.name == name), None)

    def with_step(self, result: StepResult) -> "MonthRecord":
        """The record with one more step."""
        return replace(self, steps=(*self.steps, result))


def request_of(month: str, data_cutoff: int, *, inputs: tuple[str, ...], files: list[Path]) -> str:
    """Hash what a run is asked for; files count with size and time, so that new ones are read.

    Parameters
    ----------
    month : str
    data_cutoff : int
        Seconds since 1970 UTC.
    inputs : tuple of str
        Further words of the request.
    files : list of path
        Files or folders of files.
    """
    words = [month, str(data_cutoff), *inputs]
    for named in files:
        words += states_of(named)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def read_record(path: Path) -> MonthRecord | None:
    """The record in a file; None where there is no file."""
    return from_json(MonthRecord, path.read_bytes(), str(path)) if path.is_file() else None


def keep_record(path: Path, record: MonthRecord) -> None:
    """Write a record as a whole or not at all."""
    write_whole_file(path, to_json(record).encode())


@contextmanager
def only_one(place: Workspace) -> Iterator[None]:
    """Hold the lock of a workspace's month for a block; it goes with the process that holds it.

    The steps hold the store's own lock one after the other; this one keeps a second month from
    working between them. SQLite's file lock works on every system and is never left behind.

    Raises
    ------
    LockHeld
        If another one is at work.
    """
    holder = sqlite3.connect(place.report_path("monthly.lock"), timeout=0, isolation_level=None)
    try:
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            msg = (
                "one `awase monthly` at a time may work on a workspace; got a second one. Wait "
                "for the first, or end it."
            )
            raise LockHeld(msg) from None
        yield
    finally:
        holder.close()
