"""Snapshots with the probability a release gave them and what became of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class ScoredSnapshots:
    """Aligned arrays, one entry per snapshot, sorted by lead, then time.

    Attributes
    ----------
    probability : ndarray of shape (n,)
        Given without having seen the snapshot: out of fold, or later in time.
    converted, matured : ndarray of shape (n,)
        ``converted`` means nothing where not ``matured``.
    lead : ndarray of shape (n,)
    group : ndarray of shape (n,)
        Account where there is one, else the lead: what intervals resample.
    as_of : ndarray of shape (n,)
        Seconds since 1970 UTC.
    by_rulebook : ndarray of shape (n,), optional
        Qualification by the rulebook; only where a cut-off follows its volume.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands; means nothing where not ``matured``.
    """

    probability: FloatArray
    converted: BoolArray
    matured: BoolArray
    lead: npt.NDArray[np.integer]
    group: IntArray
    as_of: IntArray
    by_rulebook: npt.NDArray[np.int8] | None = None
    weight: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.probability)

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> "ScoredSnapshots":
        """The snapshots of a mask or of ascending positions."""
        return ScoredSnapshots(
            probability=self.probability[rows],
            converted=self.converted[rows],
            matured=self.matured[rows],
            lead=self.lead[rows],
            group=self.group[rows],
            as_of=self.as_of[rows],
            by_rulebook=None if self.by_rulebook is None else self.by_rulebook[rows],
            weight=None if self.weight is None else self.weight[rows],
        )

    @property
    def settled(self) -> "ScoredSnapshots":
        """Only what has matured: the snapshots a metric may count."""
        return self.take(self.matured)

    @property
    def first_of_lead(self) -> BoolArray:
        """Whether each snapshot is its lead's first here."""
        is_first = np.ones(len(self), dtype=np.bool_)
        is_first[1:] = self.lead[1:] != self.lead[:-1]
        return is_first
