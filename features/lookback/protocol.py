"""What can be seen of leads from given moments: all that a feature is ever computed from.

A feature receives a :class:`Lookback` and can reach nothing later. There are two of them:
:class:`features.lookback.bulk.BulkLookback` answers for any number of moments with arrays,
:class:`features.lookback.single.OneLookback` for one moment of one lead with plain numbers, since
for one lead the cost is that of calling numpy, not of what numpy does. Only these two and
:mod:`features.timeline.time_index` cut anything by time, always strictly before ``as_of``. That
both give the same numbers, bit for bit, is tested over generated histories and the whole catalogue.

A feature is written once for both: it adds, compares and divides what it is given.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray
from features.timeline.facts import DatedReading, FactRule, TextReading

Column = FloatArray | float
"""One number per moment, shape (n_moments,); a plain number where there is one moment."""

EVER = None
"""The window without a beginning."""


class Lookback(Protocol):
    """The history of each moment's lead, strictly before its ``as_of``: one answer per moment."""

    @property
    def as_of(self) -> npt.NDArray[np.int64] | int:
        """The instants looked back from, as seconds since 1970 UTC."""

    def count(self, behaviour: str, days: int | None = EVER) -> Column:
        """How often the lead did something in the last so many days, or ever."""

    def distinct_behaviours(self, days: int | None = EVER) -> Column:
        """How many different things the lead did in one of the definition's windows, or ever."""

    def amount(self, behaviour: str, days: int | None = EVER) -> Column:
        """Sum of a behaviour's amounts in the last so many days, or ever; zero without events."""

    def faded_count(self, behaviour: str, half_life_days: int) -> Column:
        """Count of a behaviour in which each event has lost half its weight per half-life."""

    def days_since_last(self, behaviour: str) -> Column:
        """Days since the lead last did something; NaN for never."""

    def days_since_first(self, behaviour: str) -> Column:
        """Days since the lead first did something; NaN for never."""

    def active_days(self, days: int | None = EVER) -> Column:
        """On how many local days the lead did anything at all."""

    def days_since_creation(self) -> Column:
        """Days since the lead came into being."""

    def is_known(self, attribute: str) -> BoolArray | bool:
        """Whether any value of an attribute was known."""

    def value(self, attribute: str, reading: TextReading) -> Column:
        """The value known of an attribute, as a number; NaN where unknown or unreadable."""

    def dated_value(self, attribute: str, reading: DatedReading) -> Column:
        """Like :meth:`value`, for texts whose meaning depends on the day they became known."""

    def by_rule(self, attribute: str, rule: FactRule) -> Column:
        """What a rule says of the newest fact of an attribute; NaN without any fact."""


def one_or_zero(holds: BoolArray | bool) -> Column:
    """1 where something holds, 0 elsewhere."""
    return holds.astype(np.float64) if isinstance(holds, np.ndarray) else float(holds)
