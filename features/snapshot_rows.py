"""Snapshots of more moments than one matrix should hold: taken where they are read, block by block.

Why taken again and not kept: half a million moments of 81 columns take a processor one second and
would take 340 MB. Every row is computed by itself, so a block holds the bits of the whole. A fit
reads its rows ten times over, though, so what is small is taken once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue
from features.core.arrays import BoolArray, FloatArray, IntArray
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot

Array = TypeVar("Array", bound=npt.NDArray[Any])

ROWS_AT_ONCE = 1 << 16
"""Moments of one block: 40 MB of 81 columns."""

HELD_AT_MOST = 1 << 24
"""Numbers of a snapshot that is held: 128 MB, 200,000 moments of 81 columns."""

NUMBERS_AT_ONCE = 1 << 22
"""Of whole columns read together: 32 MB."""


class SnapshotRows(Protocol):
    """A snapshot that is read by rows or by columns; :class:`Snapshot` is one that is held."""

    @property
    def moments(self) -> Moments:
        """The moments of its rows."""

    @property
    def catalogue(self) -> Catalogue:
        """Its columns."""

    @property
    def matrix(self) -> FloatArray:
        """All of it, shape (n_moments, n_features)."""

    def column(self, name: str) -> FloatArray:
        """One feature over all moments, shape (n_moments,)."""

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Some features over all moments, in the catalogue's order."""

    def take(self, rows: IntArray | BoolArray | slice) -> Snapshot:
        """Ascending rows of it, held."""


@dataclass(frozen=True, kw_only=True)
class UnheldSnapshot:
    """A snapshot of which nothing is held: whatever is read is computed from the history.

    Attributes
    ----------
    history : History
    moments : Moments
    catalogue : Catalogue
    """

    history: History
    moments: Moments
    catalogue: Catalogue

    @property
    def matrix(self) -> FloatArray:
        """All of it, shape (n_moments, n_features); computed at each call."""
        return take_snapshot(self.history, self.catalogue, self.moments).matrix

    def column(self, name: str) -> FloatArray:
        """One feature over all moments, shape (n_moments,)."""
        return self.columns([name])[:, 0]

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Some features over all moments, in the catalogue's order; shape (n_moments, n_names)."""
        return take_snapshot(self.history, self.catalogue.only(names), self.moments).matrix

    def take(self, rows: IntArray | BoolArray | slice) -> Snapshot:
        """Ascending rows of it, held."""
        return take_snapshot(self.history, self.catalogue, self.moments.take(rows))


def read_in_blocks(history: History, catalogue: Catalogue, moments: Moments) -> SnapshotRows:
    """Give a snapshot that is computed as it is read, or held where it is small.

    Where snapshots are taken elsewhere it is held, too: workers read the tables anew each time they
    are asked.

    Parameters
    ----------
    history : History
        Events and facts of all leads, sorted.
    catalogue : Catalogue
        The columns wanted, in their order.
    moments : Moments
        Lead and instant of each row.
    """
    elsewhere = history.elsewhere
    is_far = elsewhere is not None and len(moments) >= elsewhere.fewest_moments
    if is_far or len(moments) * len(catalogue) <= HELD_AT_MOST:
        return take_snapshot(history, catalogue, moments)
    return UnheldSnapshot(history=history, moments=moments, catalogue=catalogue)


def blocks_of(n_rows: int) -> Iterator[slice]:
    """Consecutive rows to read together; one empty slice where there are none."""
    for start in range(0, max(n_rows, 1), ROWS_AT_ONCE):
        yield slice(start, min(start + ROWS_AT_ONCE, n_rows))


def computed(snapshot: SnapshotRows, compute: Callable[[Snapshot], Array]) -> Array:
    """Compute something of every row, a block at a time.

    Parameters
    ----------
    snapshot : SnapshotRows
    compute : callable
        From some rows to an array of as many, each of which follows from its row alone.

    Returns
    -------
    ndarray of shape (n_moments, ...)
    """
    n_rows = len(snapshot.moments)
    found = [compute(snapshot.take(rows)) for rows in blocks_of(n_rows)]
    joined: Array = np.concatenate(found)
    return joined


def column_groups(snapshot: SnapshotRows) -> Iterator[tuple[range, FloatArray]]:
    """Yield all columns, a few at a time: their positions, and their values over all moments."""
    names, n_rows = snapshot.catalogue.names, len(snapshot.moments)
    at_once = max(NUMBERS_AT_ONCE // max(n_rows, 1), 1)
    for start in range(0, len(names), at_once):
        group = range(start, min(start + at_once, len(names)))
        yield group, snapshot.columns(names[start : group.stop])
