"""The look back from one moment of one lead, by bisecting short lists.

For one moment, what numpy computes is nothing beside what calling it costs: the demo's features
took 0.85 ms and take 0.3 to 0.5. Each method answers, bit for bit, what
:class:`features.lookback.Lookback` answers; those that are not here are taken from it.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from features.clock import DAY, from_second, local_days
from features.codes import ABSENT
from features.facts import DatedReading, TextReading
from features.history import History
from features.lookback import EVER, BoolArray, FloatArray, Lookback
from features.moments import Moments
from features.timeline import AMOUNT_STEPS

_WRAP, _HALF = 1 << 64, 1 << 63


def look_back(history: History, moments: Moments) -> Lookback:
    """The fastest way to look back from some moments."""
    if history.n_leads == 1 and len(moments) == 1:
        return OneLookback(history=history, moments=moments)
    return Lookback(history=history, moments=moments)


@dataclass(frozen=True, kw_only=True)
class OneLookback(Lookback):
    """A lookback of one moment, whose lead is the only one of the history."""

    _seconds_of: dict[str, list[int]] = field(default_factory=dict, repr=False)
    _codes: dict[str, int] = field(default_factory=dict, repr=False)

    def count(self, behaviour: str, days: int | None = EVER) -> FloatArray:
        """How often the lead did something in the last so many days, or ever."""
        seconds = self._seconds(behaviour)
        return np.array([float(len(seconds) - self._start(seconds, days))])

    def distinct_behaviours(self, days: int | None = EVER) -> FloatArray:
        """How many different things the lead did in the last so many days, or ever."""
        all_seconds = map(self._seconds, self.history.timeline.behaviours)
        kinds = sum(self._start(seconds, days) < len(seconds) for seconds in all_seconds)
        return np.array([float(kinds)])

    def amount(self, behaviour: str, days: int | None = EVER) -> FloatArray:
        """Sum of a behaviour's amounts in the last so many days, or ever; zero without events."""
        seconds = self._seconds(behaviour)
        running = self.history.timeline.amount_sums[behaviour]
        steps = int(running[len(seconds)]) - int(running[self._start(seconds, days)])
        # Running sums may have wrapped around 64 bits; their difference wraps back.
        return np.array([float((steps + _HALF) % _WRAP - _HALF) / AMOUNT_STEPS])

    def days_since_last(self, behaviour: str) -> FloatArray:
        """Days since the lead last did something; NaN for never."""
        seconds = self._seconds(behaviour)
        return np.array([(self._as_of - seconds[-1]) / DAY if seconds else np.nan])

    def days_since_first(self, behaviour: str) -> FloatArray:
        """Days since the lead first did something; NaN for never."""
        seconds = self._seconds(behaviour)
        return np.array([(self._as_of - seconds[0]) / DAY if seconds else np.nan])

    def active_days(self, days: int | None = EVER) -> FloatArray:
        """On how many local days the lead did anything at all."""
        seconds, running = self._activity
        start = self._start(seconds, days)
        spanned = running[-1] - running[start] + 1 if start < len(seconds) else 0
        return np.array([float(spanned)])

    def days_since_creation(self) -> FloatArray:
        """Days since the lead came into being."""
        return np.array([(self._as_of - int(self.history.created_at[0])) / DAY])

    def is_known(self, attribute: str) -> BoolArray:
        """Whether any value of an attribute was known."""
        return np.array([self._code(attribute) != ABSENT])

    def value(self, attribute: str, reading: TextReading) -> FloatArray:
        """The value known of an attribute, as a number; NaN where unknown or unreadable."""
        code = self._code(attribute)
        return np.array([np.nan if code == ABSENT else reading(self.history.facts.texts[code])])

    def dated_value(self, attribute: str, reading: DatedReading) -> FloatArray:
        """Like :meth:`value`, for texts whose meaning depends on the day they became known."""
        facts, code = self.history.facts, self._code(attribute)
        if code == ABSENT:
            return np.array([np.nan])
        known_at = self._known_at(attribute)[-1]
        learned_on = from_second(known_at).astimezone(facts.zone).date()
        return np.array([reading(facts.texts[code], learned_on)])

    @cached_property
    def _as_of(self) -> int:
        return int(self.moments.as_of[0])

    def _start(self, seconds: list[int], days: int | None) -> int:
        return 0 if days is EVER else bisect_left(seconds, self._as_of - days * DAY)

    def _seconds(self, behaviour: str) -> list[int]:
        """When the lead did something, strictly before the moment."""
        if behaviour not in self._seconds_of:
            timeline = self.history.timeline
            # Of the only lead, whose number is 0, an index holds the seconds as they are.
            seconds = timeline.index.groups[timeline.group(behaviour)].tolist()
            self._seconds_of[behaviour] = seconds[: bisect_left(seconds, self._as_of)]
        return self._seconds_of[behaviour]

    @cached_property
    def _activity(self) -> tuple[list[int], list[int]]:
        """When the lead did anything, and the running number of the local day of each."""
        timeline = self.history.timeline
        seconds = sorted(second for name in timeline.behaviours for second in self._seconds(name))
        days = local_days(np.array(seconds, dtype=np.int64), timeline.zone)
        return seconds, np.cumsum(np.diff(days, prepend=days[:1]) != 0).tolist()

    def _known_at(self, attribute: str) -> list[int]:
        """When facts of an attribute became known, strictly before the moment."""
        facts = self.history.facts
        seconds = facts.index.groups[facts.group(attribute)].tolist()
        return seconds[: bisect_left(seconds, self._as_of)]

    def _code(self, attribute: str) -> int:
        """The text of an attribute's newest fact."""
        if attribute not in self._codes:
            facts = self.history.facts
            n_known = len(self._known_at(attribute))
            codes = facts.codes[facts.group(attribute)]
            self._codes[attribute] = int(codes[n_known - 1]) if n_known else ABSENT
        return self._codes[attribute]
