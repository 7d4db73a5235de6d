"""How commands speak: tables and bars on a terminal, plain lines elsewhere, JSON where asked."""

import dataclasses
import json
import shlex
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

WIDE = 200
"""Columns of a pipe or a file, which have no width of their own: cutting cells loses figures."""

READABLE = 110
"""Columns of running text: longer lines lose the eye."""

out = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout and sys.stdout.isatty() else WIDE
)
err = Console(stderr=True, highlight=False, soft_wrap=True)


SAID_AGAIN_SECONDS = 15.0
"""Seconds after which a step that goes on says so again where there is no terminal."""

KEPT_FITS = "What was learned is kept: the same command goes on from there."
"""Said after Ctrl-C where a command finds its finished fits again."""

ONLY_READS = "This command only reads: nothing was changed."
"""Said after Ctrl-C where nothing is written before the end."""

READ = "read the tables"
"""The first step of commands that then tell how far they are."""


class ShownSteps:
    """Progress of long work: a bar per step on a terminal, plain lines elsewhere."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._began: dict[str, float] = {}
        self._said = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` parts of a step are finished."""
        self._began.setdefault(step, time.monotonic())
        is_new = step not in self._progress
        self._progress[step] = (done, total)
        if self._bars is None:
            self._say(step, is_new=is_new)
            return
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=max(total, 1))
        self._bars.update(self._tasks[step], completed=done, total=max(total, 1))

    def _say(self, step: str, *, is_new: bool) -> None:
        if out.quiet:
            return
        now = time.monotonic()
        if is_new:
            err.print(f"  {step} ...", markup=False)
            self._said = now
        elif now - self._said >= SAID_AGAIN_SECONDS:
            done, total = self._progress[step]
            spent = now - self._began[step]
            left = f", about {time_left(spent, done, total)} left" if 0 < done < total else ""
            err.print(f"  {step}: {done} of {total}{left}", markup=False)
            self._said = now

    def told_stopped(self) -> str:
        """What was finished and what was under way when the work was stopped."""
        finished = [step for step, (done, total) in self._progress.items() if done >= total]
        under_way = [
            f"{step} ({done} of {total})"
            for step, (done, total) in self._progress.items()
            if done < total
        ]
        return (
            f"Finished: {', '.join(finished) or 'nothing yet'}. "
            f"Under way: {', '.join(under_way) or 'nothing'}."
        )


def time_left(spent: float, done: int, total: int) -> str:
    """Tell how long the rest takes if it goes on as it began.

    Parameters
    ----------
    spent : float
        Seconds so far.
    done, total : int
        Parts; at least one is done.

    Examples
    --------
    >>> time_left(60.0, 3, 12), time_left(60.0, 3, 60)
    ('3 min', '19 min')
    >>> time_left(10.0, 1, 3)
    '20 s'
    """
    seconds = spent / done * (total - done)
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


@contextmanager
def steps(kept: str = "") -> Iterator[ShownSteps]:
    """Show progress on standard error while the block runs; after Ctrl-C say what was finished.

    Parameters
    ----------
    kept : str
        What is kept of it for the same command, in a sentence.
    """
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    bars = Progress(*columns, console=err) if err.is_terminal and not out.quiet else None
    shown = ShownSteps(bars)
    try:
        with bars or nullcontext():
            yield shown
    except KeyboardInterrupt:
        err.print(f"{shown.told_stopped()} {kept}".rstrip(), markup=False)
        raise


@contextmanager
def only_trouble() -> Iterator[None]:
    """Print no progress and no result while the block runs; errors and warnings are told."""
    out.quiet = True
    try:
        yield
    finally:
        out.quiet = False


@contextmanager
def silence() -> Iterator[None]:
    """Print nothing while the block runs, on either stream."""
    out.quiet = err.quiet = True
    try:
        yield
    finally:
        out.quiet = err.quiet = False


def heading(text: str) -> None:
    """Print a line that begins a part of a report."""
    out.print()
    out.print(f"[bold]{text}[/bold]")


def say(text: str) -> None:
    """Print a line as it is: square brackets in it are text."""
    out.print(text, markup=False)


def in_shell(value: Path | str) -> str:
    """A word of a command as a shell takes it, whatever a folder is called."""
    return shlex.quote(str(value))


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: Collection[int] = (0,)
) -> None:
    """Print rows under headings.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequence of str
    words : collection of int
        Places of the columns that hold words; others are right-aligned.
    """
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for position, column in enumerate(columns):
        drawn.add_column(column, justify="left" if position in words else "right")
    for row in rows:
        drawn.add_row(*row)
    out.print(drawn, soft_wrap=False)


def as_json(value: object) -> None:
    """Print a record as JSON for a script to read."""
    json.dump(value, sys.stdout, default=_plain, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    msg = f"results are records, numbers and text; got {type(value).__name__}. Convert it first."
    raise TypeError(msg)
