"""Predicted against observed in fixed bands of probability, so that months can be compared.

The bands of a release's reliability hold equally many snapshots and move with every release; these
stay. Each lead counts once a month, at its first judgement there.
"""

import itertools

import numpy as np

from features.core.arrays import BoolArray, FloatArray
from training.metrics.proportion_intervals import converted_share
from training.metrics.sample_weights import mean
from training.results.backtest_records import BandResult

EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Each about twice the one before: a band is about as wide as the odds one cares to tell apart."""


def by_band(
    probability: FloatArray, converted: BoolArray, weight: FloatArray | None = None
) -> tuple[BandResult, ...]:
    """Compare predicted and observed in every band that holds a lead.

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
