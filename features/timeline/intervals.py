"""How many things are present at an instant: intervals that begin and end, counted per owner.

An event is present in a window of w from just after it happens until w later; a lead is present at
an account from just after that is known until another one is. What is present in both is where the
two intervals overlap, so "colleagues' events in the window, by whoever belongs to the account now"
is a count of intervals too: those begun strictly before ``as_of`` less those ended strictly before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import IntArray, SecondArray
from features.timeline.time_index import END_OF_TIME, TimeIndex, check_room, pack, probes


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Intervals (begin, end] of some owners, arrays of shape (n,): begun after, ended with.

    Attributes
    ----------
    kind : ndarray
        Which of several things is present; kinds are counted apart.
    end : ndarray
        ``END_OF_TIME`` and later ends nothing.
    """

    owner: IntArray
    begin: SecondArray
    end: SecondArray
    kind: IntArray

    @classmethod
    def of(
        cls, owner: IntArray, begin: SecondArray, end: SecondArray | int, *, kind: int
    ) -> "Spans":
        """Make spans of one kind.

        Parameters
        ----------
        owner : ndarray of shape (n,)
            Whom each span belongs to.
        begin : ndarray of shape (n,)
            Seconds since 1970 UTC, not included.
        end : ndarray of shape (n,) or int
            Seconds since 1970 UTC, included; one number ends them all.
        kind : int
            Of all of them.
        """
        return cls(
            owner=owner,
            begin=begin,
            end=np.broadcast_to(np.asarray(end, dtype=np.int64), begin.shape),
            kind=np.full(len(owner), kind, dtype=np.int64),
        )

    @classmethod
    def joining(cls, parts: Sequence["Spans"]) -> "Spans":
        """The spans of several kinds together."""
        return cls(
            owner=np.concatenate([part.owner for part in parts]),
            begin=np.concatenate([part.begin for part in parts]),
            end=np.concatenate([part.end for part in parts]),
            kind=np.concatenate([part.kind for part in parts]),
        )

    def at(self, rows: npt.NDArray[np.bool_] | IntArray) -> "Spans":
        """Those of some rows."""
        return Spans(
            owner=self.owner[rows],
            begin=self.begin[rows],
            end=self.end[rows],
            kind=self.kind[rows],
        )

    def where_real(self) -> "Spans":
        """Only those that last."""
        return self.at(self.begin < self.end)


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Spans ready to be counted at any instant."""

    begins: TimeIndex
    ends: TimeIndex

    @classmethod
    def of(cls, spans: Spans, *, n_kinds: int, n_owners: int) -> "Presence":
        """Index spans, leaving out those that do not end after they begin.

        Parameters
        ----------
        spans : Spans
            In any order.
        n_kinds : int
            Kinds are numbered from 0.
        n_owners : int
            Owners are numbered from 0.
        """
        check_room(n_kinds, n_owners)
        real = spans.where_real()
        ending = real.at(real.end < END_OF_TIME)
        begins = pack(real.kind, real.owner, real.begin, n_owners=n_owners)
        ends = pack(ending.kind, ending.owner, ending.end, n_owners=n_owners)
        return cls(
            begins=TimeIndex.of_keys(begins, n_groups=n_kinds, n_owners=n_owners),
            ends=TimeIndex.of_keys(ends, n_groups=n_kinds, n_owners=n_owners),
        )

    def count(self, kind: int, owner: IntArray, as_of: SecondArray) -> IntArray:
        """Count the spans of a kind that each owner has at each instant.

        Parameters
        ----------
        kind : int
        owner : ndarray of shape (n,)
        as_of : ndarray of shape (n,)
            Seconds since 1970 UTC.

        Returns
        -------
        ndarray of shape (n,)
        """
        looked_up = probes(owner, as_of)
        begun = self.begins.position(kind, looked_up) - self.begins.starts(kind)[owner]
        ended = self.ends.position(kind, looked_up) - self.ends.starts(kind)[owner]
        return begun - ended


def joined(lead: IntArray, second: SecondArray, *, lasting: int, kind: int) -> Spans:
    """Join events into spans within which no two neighbours lie further apart than ``lasting``.

    Parameters
    ----------
    lead, second : ndarray of shape (n_events,)
        Sorted by lead, then second (since 1970 UTC).
    lasting : int
        Seconds; a span also ends so long after its last event.
    kind : int
        Of the spans.

    Returns
    -------
    Spans
        Owned by the leads.
    """
    begins = np.ones(len(lead), dtype=np.bool_)
    begins[1:] = (lead[1:] != lead[:-1]) | (second[1:] > second[:-1] + lasting)
    is_last = np.append(begins[1:], True)[: len(lead)]
    return Spans.of(lead[begins], second[begins], second[is_last] + lasting, kind=kind)
