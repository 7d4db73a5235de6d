"""Promised against came in fixed bands of probability, so that months can be laid side by side.

The bands of a release's reliability hold equally many snapshots and move with every release; these
stay. Each lead counts once a month, at its first judgement there.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from training.cutoffs import share_with_interval
from training.judged import BoolArray, FloatArray
from training.measured import Measured

EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Each about twice the one before: a band is about as wide as the odds one cares to tell apart."""


@dataclass(frozen=True, kw_only=True)
class BandResult:
    """Leads whose probability lay in ``[low, high)``; the last band holds 1 as well.

    ``came`` is the share that converted, with its 95 % Wilson interval.
    """

    low: float
    high: float
    n_leads: int
    n_converted: int
    promised: float
    came: Measured

    @property
    def agrees(self) -> bool:
        """Whether what was promised lies within the interval of what came."""
        low, high = self.came.low, self.came.high
        return low is None or high is None or low <= self.promised <= high


def by_band(probability: FloatArray, converted: BoolArray) -> tuple[BandResult, ...]:
    """Promised and came in every band that holds anybody.

    Parameters
    ----------
    probability, converted : ndarray of shape (n_leads,)
        Matured only.
    """
    place = np.searchsorted(EDGES[1:-1], probability, side="right")
    found = []
    for band, (low, high) in enumerate(itertools.pairwise(EDGES)):
        inside = place == band
        n, n_converted = int(inside.sum()), int(converted[inside].sum())
        came = share_with_interval(n_converted, n)
        if came is not None:
            found.append(
                BandResult(
                    low=low,
                    high=high,
                    n_leads=n,
                    n_converted=n_converted,
                    promised=float(probability[inside].mean()),
                    came=came,
                )
            )
    return tuple(found)
