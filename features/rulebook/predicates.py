"""Tests of single columns, and their combinations: what conditions come down to.

Each is asked in two ways, which stand side by side because they must agree: ``where`` it holds in
a block of snapshots, and whether it ``holds`` for one row of plain numbers. By arrays of one, a row
took the template's rulebook 0.16 ms, nearly all of it calls of numpy; it takes 0.008. The unknown,
NaN, lies within no bounds and is no level.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray
from features.rulebook.columns import Columns

Row = Mapping[str, float]
"""One row of a snapshot: the value of each feature by its name."""


class Predicate(Protocol):
    """Something that holds for a lead at an instant, or does not."""

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""


@dataclass(frozen=True)
class Within:
    """A column lies within bounds, both included."""

    column: str
    low: float = -math.inf
    high: float = math.inf

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""
        value = columns.take(self.column)
        if self.high == math.inf:
            return value >= self.low
        return value <= self.high if self.low == -math.inf else self._between(value)

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""
        return self.low <= row[self.column] <= self.high

    def _between(self, value: npt.NDArray[np.float64]) -> BoolArray:
        return (value >= self.low) & (value <= self.high)


@dataclass(frozen=True)
class IsKnown:
    """A column has a value."""

    column: str

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""
        return ~np.isnan(columns.take(self.column))

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""
        return not math.isnan(row[self.column])


@dataclass(frozen=True)
class IsOneOf:
    """A column of levels has one of some codes."""

    column: str
    codes: tuple[int, ...]

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""
        return np.isin(columns.take(self.column), self.codes)

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""
        return row[self.column] in self.codes


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Predicate, ...]

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""
        return reduce(np.logical_and, (part.where(columns) for part in self.parts))

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""
        return all(part.holds(row) for part in self.parts)


@dataclass(frozen=True)
class Any:
    """One part at least holds."""

    parts: tuple[Predicate, ...]

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""
        return reduce(np.logical_or, (part.where(columns) for part in self.parts))

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""
        return any(part.holds(row) for part in self.parts)


@dataclass(frozen=True)
class Opposite:
    """The part does not hold, which includes that it cannot be told."""

    part: Predicate

    def where(self, columns: Columns) -> BoolArray:
        """Where it holds, shape (n_snapshots,)."""
        return ~self.part.where(columns)

    def holds(self, row: Row) -> bool:
        """Whether it holds for one row."""
        return not self.part.holds(row)
