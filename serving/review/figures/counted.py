"""Counts, shares and medians with what they can and cannot say.

Intervals hold 95 of 100 times: Wilson's for shares, order statistics for medians. Groups under
:data:`SMALLEST_RANKED` are never ranked, and a share of fewer than that many is shown as counts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from features.core.arrays import FloatArray
from features.core.estimate import INTERVAL_SHARE, Measured
from training.metrics.proportion_intervals import share_with_interval

SMALLEST_RANKED = 10
"""Leads from which a share is shown as per cent, and a group takes part in a ranking."""


@dataclass(frozen=True, kw_only=True)
class Proportion:
    """So many of so many."""

    n: int
    of: int

    @property
    def share(self) -> Measured | None:
        """The share with its interval; None of nobody."""
        return share_with_interval(self.n, self.of)

    @property
    def is_small(self) -> bool:
        """Whether a per cent would say more than is known."""
        return self.of < SMALLEST_RANKED


@dataclass(frozen=True, kw_only=True)
class Middle:
    """A median over so many, with its interval.

    ``value`` is None where half have not happened, ``high`` where it cannot be bounded.
    """

    value: float | None
    low: float | None
    high: float | None
    of: int


def middle(values: FloatArray) -> Middle:
    """The median of values of which infinite ones have not happened yet.

    Parameters
    ----------
    values : ndarray of shape (n,)
    """
    n = len(values)
    if n == 0:
        return Middle(value=None, low=None, high=None, of=0)
    ordered = np.sort(values)
    value = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    # The median lies between these two order statistics, whatever the distribution.
    below = int(binom.ppf((1 - INTERVAL_SHARE) / 2, n, 0.5))
    has_bounds = below > 0
    return Middle(
        value=_finite(value),
        low=_finite(ordered[below - 1]) if has_bounds else None,
        high=_finite(ordered[n - below]) if has_bounds else None,
        of=n,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
