"""What a fit of boosters or of a line is given: rows, their outcomes, and what goes together."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.core.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class TrainingMatrix:
    """Matured snapshots as a matrix.

    Attributes
    ----------
    matrix : ndarray of shape (n, n_features)
        NaN is unknown; category columns hold codes.
    converted : ndarray of shape (n,)
        Outcome within the horizon.
    groups : ndarray of shape (n,)
        Account or lead; rows of one group are held out together.
    categorical : sequence of int
        Columns of category codes.
    weight : ndarray of shape (n,), optional
        For how many rows each stands; see :mod:`training.metrics.sample_weights`.
    """

    matrix: FloatArray
    converted: BoolArray
    groups: IntArray
    categorical: Sequence[int] = ()
    weight: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.matrix)
