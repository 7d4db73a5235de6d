"""How many hand-overs and opportunities to expect next month at a cut-off, with a range.

The volume of a month is taken as it was in the last quarter; how far months scatter about it is
read from all past months, never below what chance alone gives. Of those handed over, the share that
past crossings had is expected to convert. The range carries all of it: an unsure mean, scattering
months, an unsure share, and chance.
"""

from dataclasses import dataclass

import numpy as np

from features.clock import DAY
from training.cutoffs import DAYS_PER_MONTH, first_crossings
from training.judged import FloatArray, IntArray, Judged

RANGE_SHARE = 0.9
"""Share of months in which the range is meant to hold."""

RECENT_MONTHS = 3
MOST_MONTHS = 12
DRAWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Range:
    """What to expect, and bounds meant to hold in 90 of 100 months."""

    expected: float
    low: float
    high: float

    def holds(self, came: float) -> bool:
        """Whether what came lies within the bounds."""
        return self.low <= came <= self.high


@dataclass(frozen=True, kw_only=True)
class MonthForecast:
    """Leads expected to cross a cut-off next month, and those of them expected to convert."""

    hand_overs: Range
    opportunities: Range


def forecast_month(past: Judged, probability: float, *, seed: int = 0) -> MonthForecast | None:
    """What the month after the past will bring at a cut-off; None before a month has passed.

    Parameters
    ----------
    past : Judged
        All snapshots so far, the young ones included.
    probability : float
        The cut-off.
    """
    if not len(past):
        return None
    counts = monthly_crossings(past, probability)
    if not len(counts):
        return None
    settled = past.settled
    crossed = first_crossings(settled, probability)
    n_converted = int(settled.converted[crossed].sum())
    generator = np.random.default_rng(seed)
    hand_overs = _draw_volumes(counts, generator)
    # Jeffreys' prior: a share of 0 among few is not taken for never.
    share = generator.beta(n_converted + 0.5, len(crossed) - n_converted + 0.5, DRAWS)
    opportunities = generator.binomial(hand_overs, share)
    return MonthForecast(hand_overs=_range(hand_overs), opportunities=_range(opportunities))


def monthly_crossings(past: Judged, probability: float) -> IntArray:
    """First crossings in each whole month before the newest snapshot, the newest month first.

    The first month of the data is left out where there are others: leads that had long been above
    the cut-off all cross it then.
    """
    end = int(past.as_of.max())
    month = round(DAYS_PER_MONTH * DAY)
    n_months = (end - int(past.as_of.min()) + DAY) // month
    n_counted = min(n_months - 1 if n_months > 1 else n_months, MOST_MONTHS)
    crossed = past.as_of[first_crossings(past, probability)]
    counts = np.bincount((end - crossed) // month, minlength=n_counted)
    return counts[:n_counted]


def _draw_volumes(counts: IntArray, generator: np.random.Generator) -> IntArray:
    recent = counts[:RECENT_MONTHS]
    mean = max(float(recent.mean()), 0.5)
    scatter = 1.0
    if len(counts) > RECENT_MONTHS:
        # Differences of neighbours: a slow trend is not scatter.
        steps = np.diff(counts) ** 2
        scatter = max(1.0, float(steps.mean()) / 2 / max(float(counts.mean()), 0.5))
    unsure = scatter * mean / len(recent)
    means = generator.gamma(mean * mean / unsure, unsure / mean, DRAWS)
    # A month of chance about its mean, wider than Poisson by the scatter: a negative binomial.
    if scatter > 1:
        means = generator.gamma(means / (scatter - 1), scatter - 1)
    return generator.poisson(means)


def _range(draws: FloatArray | IntArray) -> Range:
    outside = (1 - RANGE_SHARE) / 2
    low, high = np.quantile(draws, (outside, 1 - outside))
    return Range(expected=float(draws.mean()), low=float(low), high=float(high))
