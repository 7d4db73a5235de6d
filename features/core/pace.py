"""The pace at which something arrives, read from when it arrived before.

Used where silence must be told from chance: outcomes that stopped arriving, rows that were booked
ahead and stand alone in the future.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.core.arrays import IntArray, SecondArray
from features.core.clock import DAY

USUAL_DAYS = 180
"""Days before the newest arrival from which the usual pace is read."""

MOST_MISSED = 7.0
"""How surprising silence must be: chance brings none for so long once in a thousand times, e^-7."""

PAUSES_DAYS = 400
"""Days in which earlier pauses count: over a year, so that last New Year excuses this one."""

SHORTEST_PAUSE_DAYS = 7
"""A week without any is a holiday, whatever the pace."""

LONGEST_PAUSE_DAYS = 14
"""An earlier pause excuses at most so long a one: a connection once broken for months must not hide
the next time."""

THIN_ROWS = 0.02
THIN_DAYS = 0.2
THIN_TOTAL = 0.01
"""Rows after a pause are future, not a restart, where they are fewer than this share of what the
pace would have brought, on fewer than this share of the days, and at most this share of all."""

COUNTED_AT_ONCE = 1 << 20
"""Arrivals whose days are held at a time."""

FOREVER = 1 << 40
"""Seconds; a pause that never ends, where too few arrived to tell a pace."""


@dataclass(frozen=True, kw_only=True)
class ArrivalPace:
    """How something used to arrive.

    Attributes
    ----------
    newest_at : int
        Second of the newest arrival.
    n : int
        Arrivals in the ``days`` before it, from which the pace is read.
    days : float
    longest_pause : int
        Seconds of the longest earlier pause, of at most ``LONGEST_PAUSE_DAYS``.
    """

    newest_at: int
    n: int
    days: float
    longest_pause: int

    @classmethod
    def of(cls, instants: SecondArray, until: int = FOREVER) -> "ArrivalPace | None":
        """The pace of arrivals in any order, up to the newest in pace; None of none.

        Parameters
        ----------
        instants : ndarray of shape (n,)
            Seconds since 1970 UTC.
        until : int
            Later arrivals do not count. They are passed over and not filtered: there may be a
            hundred million.
        """
        if not len(instants) or instants.min() > until:
            return None
        daily = _Daily.of(instants, until)
        newest_at = _newest(instants, min(until, _end_of_pace(daily)))
        return daily.until(newest_at // DAY).pace(newest_at)

    @property
    def pause(self) -> int:
        """Seconds after which silence is longer than chance, a holiday or an earlier pause.

        Where n arrivals come in T days at an unknown pace, none comes in the next t days with
        probability (1 + t / T) ** -(n - 1).
        """
        if self.n < 2:
            return FOREVER
        by_chance = self.days * DAY * float(np.expm1(min(MOST_MISSED / (self.n - 1), 20.0)))
        return max(round(by_chance), self.longest_pause, SHORTEST_PAUSE_DAYS * DAY)

    def expected(self, seconds: float) -> float:
        """How many the pace would bring in so many seconds."""
        return self.n / self.days * seconds / DAY


def _blocks(instants: SecondArray, until: int) -> Iterator[SecondArray]:
    """Those up to a second, some at a time: together they would be a copy."""
    for start in range(0, len(instants), COUNTED_AT_ONCE):
        some = instants[start : start + COUNTED_AT_ONCE]
        yield some[some <= until]


def _newest(instants: SecondArray, until: int) -> int:
    """The newest of those up to a second, of which there are some."""
    return max(int(some.max()) for some in _blocks(instants, until) if len(some))


@dataclass(frozen=True)
class _Daily:
    """Arrivals by UTC day; arrays of shape (n_days,), ascending, days without any left out."""

    day: IntArray
    count: IntArray

    @classmethod
    def of(cls, instants: SecondArray, until: int) -> "_Daily":
        first, last = int(instants.min()) // DAY, _newest(instants, until) // DAY
        # Counted, not sorted: there may be a hundred million events, but a few thousand days.
        counts = np.zeros(last - first + 1, dtype=np.int64)
        for some in _blocks(instants, until):
            counts += np.bincount(some // DAY - first, minlength=len(counts))
        there = np.flatnonzero(counts)
        return cls(there + first, counts[there])

    def until(self, day: int) -> "_Daily":
        """The same up to and with one day."""
        kept = self.day <= day
        return _Daily(self.day[kept], self.count[kept])

    def pace(self, newest_at: int) -> ArrivalPace:
        """How they arrived up to the last day; ``newest_at`` is the second of the newest."""
        newest = int(self.day[-1])
        usual = self.day > newest - USUAL_DAYS
        within_a_year = self.day[self.day > newest - PAUSES_DAYS]
        longest = int(np.diff(within_a_year).max(initial=0))
        return ArrivalPace(
            newest_at=newest_at,
            n=int(self.count[usual].sum()),
            days=float(newest - int(self.day[usual][0]) + 1),
            longest_pause=min(longest, LONGEST_PAUSE_DAYS) * DAY,
        )


def _end_of_pace(daily: _Daily) -> int:
    """Second after which there are only lone arrivals, after a pause that nothing explains."""
    day, count = daily.day, daily.count
    total = int(count.sum())
    rows_after = total - np.cumsum(count)
    days_after = len(day) - 1 - np.arange(len(day))
    span = day[-1] - day
    pause = np.diff(day, append=day[-1])
    suspects = (
        (pause > SHORTEST_PAUSE_DAYS)
        & (rows_after <= max(1, THIN_TOTAL * total))
        & (days_after <= np.maximum(1, THIN_DAYS * span))
    )
    for position in np.flatnonzero(suspects).tolist():
        before = daily.until(int(day[position])).pace(0)
        is_thin = rows_after[position] < THIN_ROWS * before.expected(float(span[position]) * DAY)
        if is_thin and pause[position] * DAY > before.pause:
            return (int(day[position]) + 1) * DAY - 1
    return FOREVER
