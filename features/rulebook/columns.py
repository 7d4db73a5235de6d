"""Where in a snapshot the rulebook finds what its conditions ask about.

Conditions speak of behaviours and attributes; the snapshot has columns. Both judge the same matrix,
so that rulebook and model can never disagree about what was known when.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from features.core.arrays import FloatArray
from features.core.errors import DefinitionError
from features.definition.kinds import KINDS, Known
from features.feature import Feature

KNOWN_COLUMNS: tuple[tuple[str, Known], ...] = tuple(
    sorted(
        {kind.known for kind in KINDS.values() if kind.columns},
        # The attribute's own name last: others may have it too.
        key=lambda known: (known[0] == "{}", known[1] is not Known.EQUALS_ONE, known[0]),
    )
)
"""Which column tells that an attribute is known, and how: the first that the catalogue has, for
those who have a catalogue but no definition."""


class HasColumns(Protocol):
    """What is needed of a catalogue."""

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in column order."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """Features in column order."""

    def index(self, name: str) -> int:
        """Column of a feature."""


class HasMatrix(Protocol):
    """What is needed of a snapshot."""

    @property
    def matrix(self) -> FloatArray:
        """Features, shape (n_snapshots, n_features)."""

    @property
    def catalogue(self) -> HasColumns:
        """What the columns are."""


def count_column(behaviour: str, within_days: int | None) -> str:
    """Name of the column that counts a behaviour."""
    return f"{behaviour}_ever" if within_days is None else f"{behaviour}_{within_days}d"


def decayed_column(behaviour: str, half_life_days: int) -> str:
    """Name of the column that counts a behaviour with fading weights."""
    return f"{behaviour}_decayed_{half_life_days}d"


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Columns of a block of snapshots, by name.

    Attributes
    ----------
    matrix : ndarray of shape (n_snapshots, n_features)
    catalogue : HasColumns
    """

    matrix: FloatArray
    catalogue: HasColumns
    _taken: dict[str, FloatArray] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.matrix)

    def take(self, name: str) -> FloatArray:
        """One column, shape (n_snapshots,).

        Raises
        ------
        DefinitionError
            If the catalogue has no such feature.
        """
        if name not in self._taken:
            column = self.catalogue.index(check_column(name, self.catalogue))
            # A copy: rules share columns, and one of a wide matrix is far apart in memory.
            self._taken[name] = self.matrix[:, column].copy()
        return self._taken[name]

    @property
    def taken(self) -> tuple[str, ...]:
        """Names of the columns taken so far."""
        return tuple(self._taken)


def check_column(name: str, catalogue: HasColumns) -> str:
    """The name, if the catalogue has such a feature.

    Raises
    ------
    DefinitionError
        If it has not.
    """
    if name not in catalogue.names:
        raise DefinitionError(_unknown(name))
    return name


def known_column(attribute: str, catalogue: HasColumns) -> tuple[str, Known]:
    """Name of the column that tells whether an attribute is known, and how it does.

    Raises
    ------
    DefinitionError
        If the catalogue has no column of that attribute.
    """
    for pattern, how in KNOWN_COLUMNS:
        if pattern.format(attribute) in catalogue.names:
            return pattern.format(attribute), how
    raise DefinitionError(_unknown(attribute))


def _unknown(name: str) -> str:
    return (
        f"the rulebook must ask about what the catalogue has; got {name!r}, which it has not. "
        "Check the rule against the definition's behaviours, attributes and windows."
    )


BLOCK = 1 << 12
"""Snapshots per block: with some 80 columns a block stays in the processor's cache."""


def for_blocks(snapshot: HasMatrix, work: Callable[[slice, Columns], None]) -> None:
    """Do some work on block after block of a snapshot's rows."""
    n_snapshots = len(snapshot.matrix)
    for start in range(0, n_snapshots, BLOCK):
        rows = slice(start, min(start + BLOCK, n_snapshots))
        work(rows, Columns(matrix=snapshot.matrix[rows], catalogue=snapshot.catalogue))
