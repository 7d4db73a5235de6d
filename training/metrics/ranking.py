"""Measures of order on weighted snapshots: sorted once, then cheap for every bootstrap draw."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Snapshots from the most probable down, tied ones together.

    Attributes
    ----------
    order : ndarray of shape (n,)
        Positions of the snapshots, most probable first.
    tie_starts : ndarray of shape (n_distinct,)
        Where in that order each distinct probability begins.
    """

    order: npt.NDArray[np.int64]
    tie_starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, probability: FloatArray) -> "Ranking":
        """Sort probabilities once."""
        order = np.argsort(-probability, kind="stable")
        is_new = np.ones(len(order), dtype=np.bool_)
        is_new[1:] = np.diff(probability[order]) != 0
        return cls(order=order, tie_starts=np.flatnonzero(is_new))

    def converted_and_all(
        self, converted: npt.NDArray[np.bool_], weight: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Weight converted and total weight down to the end of each distinct probability."""
        weights = weight[self.order]
        hits = weights * converted[self.order]
        return (
            np.cumsum(np.add.reduceat(hits, self.tie_starts)),
            np.cumsum(np.add.reduceat(weights, self.tie_starts)),
        )


def auc(hits: FloatArray, total: FloatArray) -> float:
    """Area under the ROC curve from cumulative weights; ties count half. NaN with one class."""
    misses = total - hits
    below = misses[-1] - misses
    hits_here = np.diff(hits, prepend=0.0)
    misses_here = np.diff(misses, prepend=0.0)
    pairs = hits[-1] * misses[-1]
    won = float((hits_here * (below + misses_here / 2)).sum())
    return won / float(pairs) if pairs > 0 else float("nan")


def average_precision(hits: FloatArray, total: FloatArray) -> float:
    """Precision averaged over recall, ties taken together. NaN without conversions."""
    if hits[-1] <= 0:
        return float("nan")
    # A draw of the bootstrap may give the most probable snapshots no weight at all.
    precision = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)
    return float((np.diff(hits, prepend=0.0) * precision).sum() / hits[-1])


def lift(hits: FloatArray, total: FloatArray, share: float) -> float:
    """Compute the conversion rate among the top share over the overall rate.

    A tie at the edge is counted in part. NaN without conversions.

    Parameters
    ----------
    hits, total : ndarray of shape (n_distinct,)
        Cumulative weights of :meth:`Ranking.converted_and_all`.
    share : float
        Of all snapshots, the most probable first; above 0, up to 1.
    """
    if hits[-1] <= 0:
        return float("nan")
    edges = np.concatenate(([0.0], total))
    caught = np.interp(share * total[-1], edges, np.concatenate(([0.0], hits)))
    return float(caught / hits[-1] / share)
