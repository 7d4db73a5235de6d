"""What leads did, indexed so that any window before any instant is two look-ups.

The rules of time, kept here and nowhere else:

- an event counts from ``max(occurred_at, known_at)``, for filtering and for windows;
- history is strictly before ``as_of``; a window of d days is ``[as_of - d days, as_of)``;
- what sales did, behaviours the definition does not name, events of unknown leads and instants
  outside 1970 to 2105 are left out (``awase check`` counts each).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.core.arrays import FloatArray, IntArray
from features.core.clock import local_days
from features.definition.behaviours import LARGEST_AMOUNT
from features.definition.lead_definition import LeadDefinition
from features.timeline.decay import faded_counts
from features.timeline.event_keys import KeysAndAmounts, Piece, read_keys
from features.timeline.time_index import TimeIndex, group_term

AMOUNT_STEPS = 1_000_000
"""Steps per unit: amounts are summed as whole millionths. Integers add up the same in any order and
from any starting point, so ties, slices by lead and single leads change no bit; floats would."""


TREND_DAYS, TREND_DAYS_BEFORE = 30, 90
"""Days of a trend: the recent ones, and those before them that they are held against."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The events of leads, by behaviour, lead and second.

    Attributes
    ----------
    behaviours : tuple of str
        Group numbers of ``index``, in the definition's order.
    index : TimeIndex
        Owner is the lead.
    amount_sums : mapping from behaviour to ndarray
        Running sums of amounts in steps of one ``AMOUNT_STEPS``-th, one more entry than events.
    window_days : tuple of int
        Windows that features will ask for, looked up together.
    zone : ZoneInfo
        In which days are cut.
    """

    behaviours: tuple[str, ...]
    index: TimeIndex
    amount_sums: Mapping[str, IntArray]
    window_days: tuple[int, ...]
    zone: ZoneInfo
    _faded: dict[int, tuple[FloatArray, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_events(
        cls, pieces: Sequence[Piece], lead_ids: pa.Array, definition: LeadDefinition
    ) -> "Timeline":
        """Index the events of some leads.

        Parameters
        ----------
        pieces : sequence of Piece
            Functions that each read a part of the events; together all of them.
        lead_ids : Array of shape (n_leads,)
            A lead's number is its position here; events of other leads are left out.
        definition : LeadDefinition
            Behaviours it does not name are left out.
        """
        behaviours = tuple(b.name for b in definition.lead_behaviours)
        with_amount = tuple(b.name for b in definition.lead_behaviours if b.amount is not None)
        parts = read_keys(pieces, lead_ids, behaviours, with_amount=with_amount)
        n_owners = len(lead_ids)
        sums = {
            name: _sum_of_group(parts, *_key_range(behaviours.index(name), n_owners))
            for name in with_amount
        }
        keys = [part.keys for part in parts]
        index = TimeIndex.of_keys(*keys, n_groups=len(behaviours), n_owners=n_owners)
        return cls(
            behaviours=behaviours,
            index=index,
            amount_sums=sums,
            window_days=window_days(definition),
            zone=definition.zone,
        )

    def group(self, behaviour: str) -> int:
        """The group number of a behaviour."""
        return self.behaviours.index(behaviour)

    def faded(self, behaviour: str, half_life: int) -> FloatArray:
        """Faded count of a behaviour at each of its events, by a half-life in seconds."""
        if half_life not in self._faded:
            groups = range(len(self.behaviours))
            n_owners = self.index.n_owners
            # All behaviours in one pass: each (behaviour, lead) is an owner of its own.
            owner = np.concatenate([self.index.owner(g) + g * n_owners for g in groups])
            second = np.concatenate([self.index.second(g) for g in groups])
            faded = faded_counts(owner, second, half_life)
            self._faded[half_life] = self.index.cut(faded)
        return self._faded[half_life][self.group(behaviour)]

    @cached_property
    def activity(self) -> TimeIndex:
        """Every event of every behaviour as one group: when a lead was active at all."""
        packed = [group.packed for group in self.index.groups]
        return TimeIndex.of_keys(*packed, n_groups=1, n_owners=self.index.n_owners)

    @cached_property
    def activity_day(self) -> npt.NDArray[np.int32]:
        """Running number of the distinct (lead, local day) each entry of ``activity`` falls on.

        With one entry more than events, so that a window that is empty at the very end has a place.
        """
        days = local_days(self.activity.second(0), self.zone)
        leads = self.activity.owner(0)
        is_new = np.ones(len(days) + 1, dtype=np.bool_)
        is_new[1:-1] = (days[1:] != days[:-1]) | (leads[1:] != leads[:-1])
        return np.cumsum(is_new, dtype=np.int32)


def window_days(definition: LeadDefinition) -> tuple[int, ...]:
    """Windows that the features of a definition ask for."""
    trend = (TREND_DAYS, TREND_DAYS + TREND_DAYS_BEFORE) if definition.windows.trend else ()
    return tuple(sorted({*definition.windows.days, *trend}))


def running_sum(amounts: FloatArray) -> IntArray:
    """Running sums of amounts in steps, one more entry than amounts."""
    steps = np.rint(amounts * AMOUNT_STEPS)
    # An amount that is missing or beyond what import takes adds nothing. Sums may wrap around 64
    # bits over all leads; the difference across one lead's window is exact all the same.
    counts = np.abs(amounts) <= LARGEST_AMOUNT  # False where it is NaN
    whole = np.where(counts, steps, 0.0).astype(np.int64)
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(whole)))


def _key_range(group: int, n_owners: int) -> tuple[int, int]:
    return group_term(group, n_owners), group_term(group + 1, n_owners)


def _sum_of_group(parts: Sequence[KeysAndAmounts], first: int, end: int) -> IntArray:
    of_keys, of_amounts = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for part in parts:
        mine = (part.with_amount >= first) & (part.with_amount < end)
        of_keys.append(part.with_amount[mine])
        of_amounts.append(part.amounts[mine])
    order = np.argsort(np.concatenate(of_keys), kind="stable")
    return running_sum(np.concatenate(of_amounts)[order])
