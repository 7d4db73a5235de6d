"""What a month not yet matured will have come to, with a range.

Past hand-overs say how many of those that had not converted by an age still do so later. The range
carries how few past hand-overs there were, by drawing them again, and chance in those still open.
"""

from dataclasses import dataclass

import numpy as np

from features.core.arrays import IntArray
from features.core.clock import DAY
from training.cutoffs.expected_volume import RANGE_SHARE
from training.results.backtest_records import Range

DRAWS = 4_000
MIN_PAST = 30
"""Matured hand-overs below which nothing is expected of the open ones."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long matured hand-overs took to convert.

    Attributes
    ----------
    n_by_day : ndarray of shape (horizon_days + 1,)
        Hand-overs that converted on each day after the hand-over; the last entry: never.
    """

    n_by_day: IntArray

    @classmethod
    def of(cls, handed_over_at: IntArray, converted_at: IntArray, horizon_days: int) -> "Pace":
        """Count on which day matured hand-overs converted; after the horizon counts as never.

        Parameters
        ----------
        handed_over_at : ndarray of shape (n,)
            Seconds since 1970 UTC; matured hand-overs only.
        converted_at : ndarray of shape (n,)
            Seconds since 1970 UTC; ``NEVER`` where there was no conversion.
        horizon_days : int
            Days within which a conversion counts.
        """
        days = (converted_at - handed_over_at) // DAY
        place = np.where(days < horizon_days, days, horizon_days)
        return cls(n_by_day=np.bincount(place, minlength=horizon_days + 1))

    def expect(self, n_converted: int, ages_days: IntArray, *, seed: int = 0) -> Range | None:
        """Expect the final number of conversions, those observed so far included.

        None while too few hand-overs have matured.

        Parameters
        ----------
        n_converted : int
            Conversions observed so far.
        ages_days : ndarray of shape (n_open,)
            Whole days since the hand-over of those that have not converted yet.
        seed : int
            Seed of the draws behind the range.
        """
        n_past = int(self.n_by_day.sum())
        if n_past < MIN_PAST:
            return None
        horizon = len(self.n_by_day) - 1
        n_open = np.bincount(np.minimum(ages_days, horizon), minlength=horizon + 1)
        generator = np.random.default_rng(seed)
        drawn = generator.multinomial(n_past, self.n_by_day / n_past, size=DRAWS)
        more = generator.binomial(n_open, _still_to_come(drawn)).sum(axis=1)
        outside = (1 - RANGE_SHARE) / 2
        low, high = np.quantile(more, (outside, 1 - outside))
        expected = float((n_open * _still_to_come(self.n_by_day[None])[0]).sum())
        return Range(
            expected=n_converted + expected,
            low=n_converted + float(low),
            high=n_converted + float(high),
        )


def _still_to_come(n_by_day: IntArray) -> np.ndarray:
    """Share converting later, of those not converted by the start of each day."""
    open_still = np.cumsum(n_by_day[:, ::-1], axis=1)[:, ::-1]
    later = open_still - n_by_day[:, -1:]
    return later / np.maximum(open_still, 1)
