"""How commands speak: tables and bars on a terminal, plain lines elsewhere, JSON where asked."""

import dataclasses
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDE = 200
"""Columns of a pipe or a file, which have no width of their own: cutting cells loses figures."""

READABLE = 110
"""Columns of running text: longer lines lose the eye."""

out = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout and sys.stdout.isatty() else WIDE
)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class ShownSteps:
    """Progress of long work: a bar per step on a terminal, one plain line per step elsewhere."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` parts of a step are finished."""
        if self._bars is None:
            if step not in self._tasks:
                self._tasks[step] = True
                err.print(f"  {step} ...", markup=False)
            return
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=max(total, 1))
        self._bars.update(self._tasks[step], completed=done, total=max(total, 1))


@contextmanager
def steps() -> Iterator[ShownSteps]:
    """Show progress on standard error while the block runs."""
    if not err.is_terminal:
        yield ShownSteps(None)
        return
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as bars:
        yield ShownSteps(bars)


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


def show_markdown(text: str) -> None:
    """Print Markdown as people read it: headings, lists and tables."""
    # Wrapped here, although lines of other output may run on: a cut sentence says nothing.
    out.print(Markdown(text), width=min(out.width, READABLE), soft_wrap=False)


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
