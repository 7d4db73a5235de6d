"""Promised against came in fixed bands of probability, so that months can be laid side by side.

The bands of a release's reliability hold equally many snapshots and move with every release; these
stay. Each lead counts once a month, at its first judgement there.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from features.core.arrays import BoolArray, FloatArray
from features.core.estimate import Measured
from training.cutoffs.choose import converted_share
from training.model.boosting.sample_weights import mean

EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Each about twice the one before: a band is about as wide as the odds one cares to tell apart."""


@dataclass(frozen=True, kw_only=True)
class BandResult:
    """Leads whose probability lay in ``[low, high)``; the last band holds 1 as well.

    ``came`` is the share that converted, with its 95 % Wilson interval. Where leads stand for more
    than themselves, ``promised`` and ``came`` are weighted, and the counts are not.
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


def by_band(
    probability: FloatArray, converted: BoolArray, weight: FloatArray | None = None
) -> tuple[BandResult, ...]:
    """Promised and came in every band that holds anybody.

    Parameters
    ----------
    probability, converted : ndarray of shape (n_leads,)
        Matured only.
    weight : ndarray of shape (n_leads,), optional
        For how many leads each stands.
    """
    place = np.searchsorted(EDGES[1:-1], probability, side="right")
    found = []
    for band, (low, high) in enumerate(itertools.pairwise(EDGES)):
        inside = place == band
        counted = None if weight is None else weight[inside]
        came = converted_share(converted[inside], counted)
        if came is not None:
            found.append(
                BandResult(
                    low=low,
                    high=high,
                    n_leads=int(inside.sum()),
                    n_converted=int(converted[inside].sum()),
                    promised=mean(probability[inside], counted),
                    came=came,
                )
            )
    return tuple(found)
