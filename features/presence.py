"""How many things are present at an instant: intervals that begin and end, counted per owner.

An event is present in a window of w from just after it happens until w later; a lead is present at
an account from just after that is known until another one is. What is present in both is where the
two intervals overlap, so "colleagues' events in the window, by whoever belongs to the account now"
is a count of intervals too: those begun strictly before ``as_of`` less those ended strictly before.
"""

from dataclasses import dataclass

import numpy as np

from features.clock import SecondArray
from features.time_index import END_OF_TIME, IntArray, TimeIndex, probes


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Intervals (begin, end] of some owners, arrays of shape (n,): begun after, ended with.

    ``END_OF_TIME`` ends nothing.
    """

    owner: IntArray
    begin: SecondArray
    end: SecondArray

    def where_real(self) -> "Spans":
        """Only those that last."""
        lasts = self.begin < self.end
        return Spans(owner=self.owner[lasts], begin=self.begin[lasts], end=self.end[lasts])


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Spans ready to be counted at any instant."""

    begins: TimeIndex
    ends: TimeIndex

    @classmethod
    def of(cls, spans: Spans, n_owners: int) -> "Presence":
        """Index spans that last; begin and end together, since one may begin as another ends."""
        real = spans.where_real()
        ending = real.end < END_OF_TIME
        return cls(
            begins=_index(real.owner, real.begin, n_owners),
            ends=_index(real.owner[ending], real.end[ending], n_owners),
        )

    def count(self, owner: IntArray, as_of: SecondArray) -> IntArray:
        """How many spans of each owner hold each instant, shape (n,)."""
        looked_up = probes(owner, as_of)
        return _before(self.begins, owner, looked_up) - _before(self.ends, owner, looked_up)


def _index(owner: IntArray, second: SecondArray, n_owners: int) -> TimeIndex:
    return TimeIndex.of_keys(probes(owner, second), n_groups=1, n_owners=n_owners)


def _before(index: TimeIndex, owner: IntArray, looked_up: IntArray) -> IntArray:
    return index.position(0, looked_up) - index.starts(0)[owner]


def joined(lead: IntArray, second: SecondArray, *, lasting: int) -> Spans:
    """One span per stretch in which a lead is never silent for longer than ``lasting`` seconds.

    Parameters
    ----------
    lead, second : ndarray of shape (n_events,)
        Sorted by lead, then second.
    """
    begins = np.ones(len(lead), dtype=np.bool_)
    begins[1:] = (lead[1:] != lead[:-1]) | (second[1:] > second[:-1] + lasting)
    is_last = np.append(begins[1:], True)[: len(lead)]
    return Spans(owner=lead[begins], begin=second[begins], end=second[is_last] + lasting)
