"""The look back from one moment of one lead, by bisecting short lists.

Made anew for every request, from the rows as the store gives them. Each method answers, bit for
bit, what :class:`features.lookback.bulk.BulkLookback` answers, as a plain number: from rows to
matrix, 77 features of a lead of the demo took 0.29 ms by arrays of one, and take 0.09.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from features.core.arrays import IntArray
from features.core.clock import DAY, from_second, local_days
from features.definition.lead_definition import LeadDefinition
from features.lookback.lead_rows import EventRow, FactRow, LeadRows
from features.lookback.protocol import EVER
from features.timeline.codes import ABSENT
from features.timeline.decay import faded_counts, fading
from features.timeline.event_keys import ACTOR_LEAD
from features.timeline.facts import DatedReading, FactRows, FactRule, TextReading
from features.timeline.timeline import AMOUNT_STEPS, running_sum

_WRAP, _HALF = 1 << 64, 1 << 63
_NO_FACT = (0, None)


@dataclass(frozen=True, kw_only=True)
class OneLookback:
    """A lookback of one moment of one lead.

    Attributes
    ----------
    as_of, created_at : int
        Seconds since 1970 UTC.
    zone : ZoneInfo
        In which days are cut.
    """

    as_of: int
    created_at: int
    zone: ZoneInfo
    # When the lead did each thing, ascending, and what it amounted to; strictly before as_of.
    _seconds: dict[str, list[int]]
    _amounts: dict[str, list[float]]
    # Facts of each attribute, ascending, strictly before as_of: known_at and text, if any.
    _facts: dict[str, list[tuple[int, str | None]]]

    @classmethod
    def of(cls, rows: LeadRows, definition: LeadDefinition, as_of: int) -> Self:
        """Look back at a lead's rows; what the definition does not name is left out.

        Parameters
        ----------
        rows : LeadRows
            All that is stored of the lead, in any order.
        definition : LeadDefinition
        as_of : int
            Seconds since 1970 UTC; only what lies strictly before counts.
        """
        seconds, amounts = _by_behaviour(rows.events, definition, as_of)
        return cls(
            as_of=as_of,
            created_at=rows.created_at,
            zone=definition.zone,
            _seconds=seconds,
            _amounts=amounts,
            _facts=_by_attribute(rows.facts, definition, as_of),
        )

    def count(self, behaviour: str, days: int | None = EVER) -> float:
        """How often the lead did something in the last so many days, or ever."""
        seconds = self._seconds[behaviour]
        return float(len(seconds) - self._start(seconds, days))

    def distinct_behaviours(self, days: int | None = EVER) -> float:
        """How many different things the lead did in the last so many days, or ever."""
        begins = 0 if days is EVER else self.as_of - days * DAY
        return float(sum(1 for done in self._seconds.values() if done and done[-1] >= begins))

    def amount(self, behaviour: str, days: int | None = EVER) -> float:
        """Sum of a behaviour's amounts in the last so many days, or ever; zero without events."""
        seconds = self._seconds[behaviour]
        if not seconds:
            return 0.0
        running = self._amount_sums[behaviour]
        steps = int(running[-1]) - int(running[self._start(seconds, days)])
        # Running sums may have wrapped around 64 bits; their difference wraps back.
        return float((steps + _HALF) % _WRAP - _HALF) / AMOUNT_STEPS

    def faded_count(self, behaviour: str, half_life_days: int) -> float:
        """Count of a behaviour in which each event has lost half its weight per half-life."""
        seconds, half_life = (
            np.array(self._seconds[behaviour], dtype=np.int64),
            half_life_days * DAY,
        )
        if not len(seconds):
            return 0.0
        weight = faded_counts(np.zeros_like(seconds), seconds, half_life)[-1:]
        return float((weight * fading(self.as_of - seconds[-1:], half_life))[0])

    def days_since_last(self, behaviour: str) -> float:
        """Days since the lead last did something; NaN for never."""
        seconds = self._seconds[behaviour]
        return (self.as_of - seconds[-1]) / DAY if seconds else np.nan

    def days_since_first(self, behaviour: str) -> float:
        """Days since the lead first did something; NaN for never."""
        seconds = self._seconds[behaviour]
        return (self.as_of - seconds[0]) / DAY if seconds else np.nan

    def active_days(self, days: int | None = EVER) -> float:
        """On how many local days the lead did anything at all."""
        seconds, running = self._activity
        start = self._start(seconds, days)
        return float(running[-1] - running[start] + 1 if start < len(seconds) else 0)

    def days_since_creation(self) -> float:
        """Days since the lead came into being."""
        return (self.as_of - self.created_at) / DAY

    def is_known(self, attribute: str) -> bool:
        """Whether any value of an attribute was known."""
        return self._newest(attribute)[1] is not None

    def value(self, attribute: str, reading: TextReading) -> float:
        """The value known of an attribute, as a number; NaN where unknown or unreadable."""
        _, text = self._newest(attribute)
        return np.nan if text is None else reading(text)

    def dated_value(self, attribute: str, reading: DatedReading) -> float:
        """Like :meth:`value`, for texts whose meaning depends on the day they became known."""
        known_at, text = self._newest(attribute)
        if text is None:
            return np.nan
        return reading(text, from_second(known_at).astimezone(self.zone).date())

    def by_rule(self, attribute: str, rule: FactRule) -> float:
        """What a rule says of the newest fact of an attribute; NaN without any fact."""
        facts = self._facts[attribute]
        if not facts:
            return np.nan
        codes: dict[str | None, int] = {None: ABSENT}
        rows = FactRows(
            lead=np.zeros(len(facts), dtype=np.int64),
            known_at=np.array([known_at for known_at, _ in facts], dtype=np.int64),
            code=np.array([codes.setdefault(text, len(codes)) for _, text in facts], np.int32),
        )
        return float(rule(rows)[-1])

    def _start(self, seconds: list[int], days: int | None) -> int:
        return 0 if days is EVER else bisect_left(seconds, self.as_of - days * DAY)

    def _newest(self, attribute: str) -> tuple[int, str | None]:
        facts = self._facts[attribute]
        return facts[-1] if facts else _NO_FACT

    @cached_property
    def _amount_sums(self) -> dict[str, IntArray]:
        return {name: running_sum(np.array(amounts)) for name, amounts in self._amounts.items()}

    @cached_property
    def _activity(self) -> tuple[list[int], list[int]]:
        """When the lead did anything, and the running number of the local day of each."""
        seconds = sorted(second for done in self._seconds.values() for second in done)
        days = local_days(np.array(seconds, dtype=np.int64), self.zone).tolist()
        is_new = (day != before for before, day in pairwise(days))
        return seconds, list(accumulate(is_new, initial=0))


def _by_behaviour(
    events: Sequence[EventRow], definition: LeadDefinition, as_of: int
) -> tuple[dict[str, list[int]], dict[str, list[float]]]:
    """Seconds of each behaviour, ascending, and amounts of those that have them."""
    found: dict[str, list[tuple[int, float]]] = {b.name: [] for b in definition.lead_behaviours}
    for behaviour, occurred_at, known_at, actor, amount in events:
        second = max(occurred_at, known_at)
        of_behaviour = found.get(behaviour)
        if of_behaviour is not None and actor == ACTOR_LEAD and 0 <= second < as_of:
            of_behaviour.append((second, np.nan if amount is None else amount))
    for of_behaviour in found.values():
        of_behaviour.sort(key=itemgetter(0))
    seconds = {name: [second for second, _ in done] for name, done in found.items()}
    amounts = {
        b.name: [amount for _, amount in found[b.name]]
        for b in definition.lead_behaviours
        if b.amount is not None
    }
    return seconds, amounts


def _by_attribute(
    facts: Sequence[FactRow], definition: LeadDefinition, as_of: int
) -> dict[str, list[tuple[int, str | None]]]:
    found: dict[str, list[tuple[int, str | None]]] = {a.name: [] for a in definition.attributes}
    for attribute, known_at, text, _ in facts:
        of_attribute = found.get(attribute)
        if of_attribute is not None and 0 <= known_at < as_of:
            of_attribute.append((known_at, text or None))  # blank and null take a value back
    for of_attribute in found.values():
        of_attribute.sort(key=itemgetter(0))
    return found
