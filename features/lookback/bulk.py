"""The look back from any number of moments at once, by arrays.

All windows of a behaviour are looked up together and remembered: features share them.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray, SecondArray
from features.core.clock import DAY
from features.history import History
from features.lookback.protocol import EVER
from features.moments import Moments
from features.timeline.decay import fading
from features.timeline.facts import DatedReading, FactRule, TextReading
from features.timeline.time_index import TimeIndex, probes
from features.timeline.timeline import AMOUNT_STEPS


@dataclass(frozen=True, kw_only=True)
class BulkLookback:
    """The history of each moment's lead, strictly before its ``as_of``.

    Every method returns one value per moment, shape (n_moments,).
    """

    history: History
    moments: Moments
    _positions: dict[tuple[str, int, int | None], IntArray] = field(
        default_factory=dict, repr=False
    )
    _edges_of: dict[str, IntArray] = field(default_factory=dict, repr=False)
    _counts_of: dict[str, FloatArray] = field(default_factory=dict, repr=False)
    _probes: dict[int, IntArray] = field(default_factory=dict, repr=False)
    _newest: dict[str, tuple[IntArray, BoolArray]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.moments)

    @property
    def as_of(self) -> SecondArray:
        """The instants looked back from, as seconds since 1970 UTC."""
        return self.moments.as_of

    def count(self, behaviour: str, days: int | None = EVER) -> FloatArray:
        """How often the lead did something in the last so many days, or ever."""
        row = self._windows.get(days)
        if row is not None:
            return self._counts(behaviour)[row]
        end, start = self._window(behaviour, days)
        return (end - start).astype(np.float64)

    def distinct_behaviours(self, days: int | None = EVER) -> FloatArray:
        """How many different things the lead did in one of the definition's windows, or ever."""
        return self._kinds[self._windows[days]]

    def amount(self, behaviour: str, days: int | None = EVER) -> FloatArray:
        """Sum of a behaviour's amounts in the last so many days, or ever; zero without events."""
        end, start = self._window(behaviour, days)
        running = self.history.timeline.amount_sums[behaviour]
        return (running[end] - running[start]) / AMOUNT_STEPS

    def faded_count(self, behaviour: str, half_life_days: int) -> FloatArray:
        """Count of a behaviour in which each event has lost half its weight per half-life."""
        half_life = half_life_days * DAY
        timeline, moments = self.history.timeline, self.moments
        end, start = self._window(behaviour, EVER)
        exists = end > start
        last = end[exists] - 1
        age = moments.as_of[exists] - timeline.index.seconds_at(self._group(behaviour), last)
        counts = np.zeros(len(self))
        counts[exists] = timeline.faded(behaviour, half_life)[last] * fading(age, half_life)
        return counts

    def days_since_last(self, behaviour: str) -> FloatArray:
        """Days since the lead last did something; NaN for never."""
        end, start = self._window(behaviour, EVER)
        return self._days_since(behaviour, end - 1, end > start)

    def days_since_first(self, behaviour: str) -> FloatArray:
        """Days since the lead first did something; NaN for never."""
        end, start = self._window(behaviour, EVER)
        return self._days_since(behaviour, start, end > start)

    def active_days(self, days: int | None = EVER) -> FloatArray:
        """On how many local days the lead did anything at all."""
        timeline = self.history.timeline
        end = self._position("activity", timeline.activity, 0, 0)
        start = self._position("activity", timeline.activity, 0, days)
        running = timeline.activity_day
        spanned = running[end - 1] - running[start] + 1
        return np.where(end > start, spanned, 0).astype(np.float64)

    def days_since_creation(self) -> FloatArray:
        """Days since the lead came into being."""
        created = self.history.created_at[self.moments.lead]
        return (self.moments.as_of - created) / DAY

    def is_known(self, attribute: str) -> BoolArray:
        """Whether any value of an attribute was known."""
        return self.newest_fact(attribute)[1]

    def value(self, attribute: str, reading: TextReading) -> FloatArray:
        """The value known of an attribute, as a number; NaN where unknown or unreadable."""
        return self._gather(attribute, self.history.facts.read(attribute, reading))

    def dated_value(self, attribute: str, reading: DatedReading) -> FloatArray:
        """Like :meth:`value`, for texts whose meaning depends on the day they became known."""
        return self._gather(attribute, self.history.facts.read_dated(attribute, reading))

    def by_rule(self, attribute: str, rule: FactRule) -> FloatArray:
        """What a rule says of the newest fact of an attribute; NaN without any fact."""
        facts = self.history.facts
        row, _ = self.newest_fact(attribute)
        exists = row >= self._position("facts", facts.index, facts.group(attribute), EVER)
        values = np.full(len(self), np.nan)
        values[exists] = facts.by_rule(attribute, rule)[row[exists]]
        return values

    def _gather(self, attribute: str, numbers: FloatArray) -> FloatArray:
        row, known = self.newest_fact(attribute)
        values = np.full(len(self), np.nan)
        values[known] = numbers[row[known]]
        return values

    def newest_fact(self, attribute: str) -> tuple[IntArray, BoolArray]:
        """Row of an attribute's newest fact before each moment, and whether it holds a value."""
        if attribute not in self._newest:
            self._newest[attribute] = self._newest_fact(attribute)
        return self._newest[attribute]

    def _newest_fact(self, attribute: str) -> tuple[IntArray, BoolArray]:
        facts = self.history.facts
        group = facts.group(attribute)
        end = self._position("facts", facts.index, group, 0)
        start = self._position("facts", facts.index, group, EVER)
        known = end > start
        known[known] = facts.codes[group][end[known] - 1] >= 0
        return end - 1, known

    def _group(self, behaviour: str) -> int:
        return self.history.timeline.group(behaviour)

    @cached_property
    def _windows(self) -> dict[int | None, int]:
        """Row of each window in what is looked up for all windows at once."""
        days = (0, *self.history.timeline.window_days, EVER)
        return {window: row for row, window in enumerate(days)}

    @cached_property
    def _all_probes(self) -> IntArray:
        days = (0, *self.history.timeline.window_days)
        return np.concatenate([self._probe(window) for window in days])

    def _edges(self, behaviour: str) -> IntArray:
        """Where each window begins, shape (n_windows, n_moments); the one of 0 days is the end."""
        if behaviour not in self._edges_of:
            index, group = self.history.timeline.index, self._group(behaviour)
            edges = np.empty((len(self._windows), len(self)), dtype=np.int64)
            found = index.position(group, self._all_probes)
            edges[:-1] = found.reshape(len(edges) - 1, len(self))
            edges[-1] = index.starts(group)[self.moments.lead]
            self._edges_of[behaviour] = edges
        return self._edges_of[behaviour]

    def _counts(self, behaviour: str) -> FloatArray:
        """Events in each window, shape (n_windows, n_moments)."""
        if behaviour not in self._counts_of:
            edges = self._edges(behaviour)
            self._counts_of[behaviour] = (edges[0] - edges).astype(np.float64)
        return self._counts_of[behaviour]

    @cached_property
    def _kinds(self) -> FloatArray:
        kinds = np.zeros((len(self._windows), len(self)))
        for behaviour in self.history.timeline.behaviours:
            kinds += self._counts(behaviour) > 0
        return kinds

    def _window(self, behaviour: str, days: int | None) -> tuple[IntArray, IntArray]:
        """Positions one past the end and at the start of a window that ends before each moment."""
        edges = self._edges(behaviour)
        row = self._windows.get(days)
        if row is not None:
            return edges[0], edges[row]
        index, group = self.history.timeline.index, self._group(behaviour)
        return edges[0], self._position("timeline", index, group, days)

    def _days_since(self, behaviour: str, row: IntArray, exists: BoolArray) -> FloatArray:
        # NaN, not a large number: LightGBM has its own branch for "never", and a made-up number
        # would surface in the reasons a salesperson reads.
        index, group = self.history.timeline.index, self._group(behaviour)
        if not index.size(group):
            return np.full(len(self), np.nan)
        # A row that does not exist is read as the last one, then masked.
        age = self.moments.as_of - index.seconds_at(group, np.minimum(row, index.size(group) - 1))
        return np.where(exists, age / DAY, np.nan)

    def _position(self, name: str, index: TimeIndex, group: int, days: int | None) -> IntArray:
        """How many of a group's keys precede ``days`` ago (``EVER``: the lead's first)."""
        key = (name, group, days)
        if key not in self._positions:
            if days is EVER:
                self._positions[key] = index.starts(group)[self.moments.lead]
            else:
                self._positions[key] = index.position(group, self._probe(days))
        return self._positions[key]

    def _probe(self, days: int) -> IntArray:
        if days not in self._probes:
            at: SecondArray = self.moments.as_of - days * DAY
            self._probes[days] = probes(self.moments.lead, at)
        return self._probes[days]
