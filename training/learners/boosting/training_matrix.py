"""What a fit of boosters or of a line is given: rows, their outcomes, and what goes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from features.core.arrays import BoolArray, FloatArray, IntArray


class MatrixRows(Protocol):
    """A matrix that is read by ascending rows: an array, or what computes them as they are read."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""

    def __len__(self) -> int:
        """How many rows."""

    def __getitem__(self, rows: Any, /) -> FloatArray:
        """Rows by positions, a mask or a slice."""


@dataclass(frozen=True, kw_only=True)
class TrainingMatrix:
    """Snapshots as a matrix.

    Attributes
    ----------
    matrix : MatrixRows of shape (n, n_features)
        NaN is unknown; category columns hold codes.
    converted : ndarray of shape (n,)
        Outcome within the horizon, or the chance that what is still open converts, 0 to 1.
    groups : ndarray of shape (n,)
        Account or lead; rows of one group are held out together.
    categorical : sequence of int
        Columns of category codes.
    weight : ndarray of shape (n,), optional
        For how many rows each stands; see :mod:`training.metrics.sample_weights`.
    """

    matrix: MatrixRows
    converted: BoolArray | FloatArray
    groups: IntArray
    categorical: Sequence[int] = ()
    weight: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.matrix)
