"""Trouble that is nobody's mistake in the code, in one sentence: database, disk, memory, Ctrl-C.

Why by names and not by classes: to name the drivers' classes would import them before
``awase --help`` could answer. Why never the driver's own words: they repeat the values of rows.
"""

import errno
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

from features.core.errors import AwaseError

DRIVERS = frozenset({"sqlalchemy", "sqlite3", "psycopg", "adbc_driver_manager", "alembic"})

OURS = Path(__file__).parents[2]


ASKED_AGAIN_AFTER = 0.01
"""Seconds until what was being cleared up is cleared up."""


def heed_every_interrupt() -> None:
    """Let no Ctrl-C be lost: Python drops one that comes while it clears up.

    One that arrives in the callback of a weak reference (SQLAlchemy has thousands) is reported as
    "ignored", and the command would go on to its end.
    """

    def ask_again(dropped: "sys.UnraisableHookArgs") -> None:
        if dropped.exc_type is KeyboardInterrupt:
            # Not from here: it would be dropped once more.
            main = threading.main_thread().ident or 0
            threading.Timer(ASKED_AGAIN_AFTER, signal.pthread_kill, (main, signal.SIGINT)).start()
        else:
            sys.__unraisablehook__(dropped)

    sys.unraisablehook = ask_again


class Trouble(AwaseError):
    """A command could not go on, through no fault of what it was given."""


_AGAIN = "The step under way is stored whole or not at all; run the same command again."

STOPPED = f"a command is complete when it has run to its end; this one was stopped. {_AGAIN}"

FULL = f"there must be room on the disk; it is full. Free some. {_AGAIN}"

NO_FOLDER = (
    "the folder that a command is called in must exist; it was deleted or moved away. Change to "
    "one that exists, and run the same command again."
)

NO_MEMORY = (
    "the data must fit into memory; it is used up. End other programs, take a machine with more, "
    "or divide the work among several (`--cluster`)."
)

REFUSED_BY_DISK = (
    "the disk must take what is written; it refused. Look for free room and at the system's log. "
    + _AGAIN
)

DAMAGED = (
    "the database must be whole; it is damaged. Keep the file, and restore the newest backup "
    "(docs/administrator.md)."
)

_NEWER = (
    "this Awase must be as new as the database; a newer one has changed its tables. Install that "
    "version or a newer one."
)

DATABASE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("interrupted", "cancelled", "canceling statement due to user"), STOPPED),
    (("can't locate revision",), _NEWER),
    (
        (
            "malformed",
            "not a database",
            "could not decode",
            "invalid page",
            "could not read block",
        ),
        DAMAGED,
    ),
    (("is full", "no space left", "could not extend"), FULL),
    (
        ("readonly", "read-only", "permission denied", "unable to open database file"),
        (
            "this user must be able to write the database and its folder; they may not. Change the "
            "owner or the rights, or name another workspace."
        ),
    ),
    (
        ("disk i/o error", "could not write", "input/output error"),
        REFUSED_BY_DISK,
    ),
    (
        ("is locked", "busy"),
        f"the database must be free; another program holds it. Wait for it or end it. {_AGAIN}",
    ),
    (
        ("password authentication", "no password supplied", "does not exist"),
        (
            "the database server must know user, password and database; it refused one of them. "
            "Look at AWASE_DATABASE_URL."
        ),
    ),
    (
        ("refused", "connect", "closed the connection", "terminating", "timeout"),
        (
            "the database must answer; it does not. Start it, or look at AWASE_DATABASE_URL, and "
            "run the same command again."
        ),
    ),
)
"""Parts of drivers' messages, in small letters, and what is said instead; the first one counts."""

_NO_WRITING = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def told_as(error: BaseException) -> Trouble | None:
    """What a person reads instead of an error; None for a defect, which keeps its traceback."""
    if isinstance(error, KeyboardInterrupt):
        return Trouble(STOPPED)
    if isinstance(error, MemoryError):
        return Trouble(NO_MEMORY)
    if _is_of_driver(error):
        return Trouble(_database(error))
    if _was_met_while_reading(error):
        return Trouble(DAMAGED)
    if isinstance(error, OSError):
        return _file(error)
    return None


def _is_of_driver(error: BaseException) -> bool:
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(modules & DRIVERS)


def _was_met_while_reading(error: BaseException) -> bool:
    """Whether a text or a type was not what the database must hold.

    Drivers do not check texts, so a damaged one may come to light in Arrow; what Arrow's stream of
    a query says of a damaged page is an OSError without a number.
    """
    is_text = isinstance(error, UnicodeDecodeError)
    if not is_text and not (isinstance(error, OSError) and error.errno is None):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    readers = DRIVERS | {"pyarrow"} if is_text else DRIVERS
    return any(readers & set(Path(frame.filename).parts) for frame in frames)


def _database(error: BaseException) -> str:
    text = str(error).lower()
    for parts, words in DATABASE:
        if any(part in text for part in parts):
            return words
    return (
        f"the database must take every step; it refused one ({type(error).__name__}{_place(error)})"
        f". {_AGAIN} If it happens again, report that place."
    )


def _place(error: BaseException) -> str:
    """Where in our own code it was: file and line, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        if path.is_relative_to(OURS) and "site-packages" not in path.parts:
            return f" at {path.relative_to(OURS)}:{frame.lineno}"
    return ""


def _is_nowhere() -> bool:
    try:
        os.getcwd()  # Path.exists() finds a deleted folder under its name of "."
    except FileNotFoundError:
        return True
    return False


def _file(error: OSError) -> Trouble | None:
    if isinstance(error, FileNotFoundError) and _is_nowhere():
        return Trouble(NO_FOLDER)
    if error.errno in _NO_ROOM:
        return Trouble(FULL)
    if error.errno == errno.EIO:
        return Trouble(REFUSED_BY_DISK)
    if error.errno in _NO_WRITING:
        where = f" {error.filename}" if error.filename else " a file of the workspace"
        return Trouble(
            f"this user must have the right to read and write{where}; they have not. Change the "
            "owner or the rights, or name another place."
        )
    return None
