"""How soon outcomes come: which share of them shows while a moment is followed.

Told apart by probability, since leads that are nearly sure come twice as soon as unlikely ones
(medians of 13 and 26 days on the simulated company): pooling them would expect too little of the
first.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import FloatArray, IntArray
from training.dataset.outcomes import FollowUp

STRATA = 4
FEWEST_IN_STRATUM = 50
"""Converted moments by which one says how soon outcomes come."""


def shares_by_time(
    log_odds: FloatArray, follow_up: FollowUp, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Estimate which share of outcomes comes while a moment is followed, and by its own outcome.

    Estimated from moments that were followed to the horizon and converted, within strata of equally
    many of them by probability.

    Parameters
    ----------
    log_odds : ndarray of shape (n,)
        Natural log-odds of each moment.
    follow_up : FollowUp
        How long each moment was followed, and when its outcome came.
    weight : ndarray of shape (n,)
        For how many moments each stands; 0 leaves it out.

    Returns
    -------
    shown : ndarray of shape (n,)
        1 where followed to the horizon; 0 where too few matured to tell.
    came_at : ndarray of shape (n,)
        Outcomes that take as long count half; of no meaning where none came.
    """
    learned = np.flatnonzero(follow_up.whole & follow_up.converted & (weight > 0))
    n_strata = min(len(learned) // FEWEST_IN_STRATUM, STRATA)
    shown, came_at = np.zeros(len(log_odds)), np.zeros(len(log_odds))
    if n_strata:
        inner = np.arange(1, n_strata) / n_strata
        bounds = np.quantile(log_odds[learned], inner)
        stratum = np.searchsorted(bounds, log_odds, side="right")
        for number in range(n_strata):
            told_by = learned[stratum[learned] == number]
            inside = stratum == number
            by_time = _ShareByTime.of(follow_up.came_after[told_by], weight[told_by])
            own = follow_up.came_after[inside]
            shown[inside] = by_time.before(follow_up.followed[inside])
            came_at[inside] = (by_time.before(own) + by_time.before(own + 1)) / 2
    shown[follow_up.whole] = 1.0
    return shown, came_at


@dataclass(frozen=True, kw_only=True)
class _ShareByTime:
    """Weighted share of some outcomes that had come before a time; seconds, ascending."""

    came_after: IntArray
    so_far: FloatArray

    @classmethod
    def of(cls, came_after: IntArray, weight: FloatArray) -> "_ShareByTime":
        order = np.argsort(came_after)
        so_far = np.concatenate(([0.0], np.cumsum(weight[order])))
        return cls(came_after=came_after[order], so_far=so_far / (so_far[-1] or 1.0))

    def before(self, seconds: IntArray) -> FloatArray:
        return self.so_far[np.searchsorted(self.came_after, seconds, side="left")]
