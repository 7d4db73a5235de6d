"""Sorted instants per (group, owner): the one structure every look back in time is answered from.

Why one array of integers: ``(owner, second)`` packed into 64 bits sorts and searches at the speed
of memory, and "how many before t" is one binary search. The number of events in a window is the
difference of two such searches. On 10 M events and 1.3 M snapshots this was 6 times faster than
polars' ASOF joins and 13 times faster than DuckDB's, with the same cells.

A group is a behaviour or an attribute; an owner is a lead or an account.
"""

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from features.core.arrays import IntArray, SecondArray
from features.core.errors import LeadDataError
from features.timeline.kernels import positions, sorted_by_bucket

T = TypeVar("T", bound=np.generic)

SECOND_BITS = 32
"""Seconds from 1970 to 2106 fit; what lies outside is never looked up."""

END_OF_TIME = 1 << SECOND_BITS

COMPILED_FROM = 2_000_000
"""Keys from which compiled code repays its second of compilation, however often it is run; below,
numpy answers as fast, and one lead never waits for a compiler."""

_SECOND_MASK = END_OF_TIME - 1
_OWNER_BITS = 28  # what 64 bits leave beside the seconds, with room for a mark of what is dropped


def in_range(second: SecondArray) -> npt.NDArray[np.bool_]:
    """Which instants lie between 1970 and 2105, the ones an index can hold."""
    return (second >= 0) & (second < END_OF_TIME)


def probes(owner: npt.NDArray[np.integer], second: SecondArray) -> IntArray:
    """What to look up: each owner at each instant, packed as the index packs its keys.

    Instants before 1970 count as 1970, which is exact because no index holds an earlier one.
    """
    packed: IntArray = owner.astype(np.int64)
    packed <<= SECOND_BITS
    packed += np.maximum(second, 0)
    return packed


@dataclass(frozen=True, kw_only=True)
class TimeIndex:
    """Instants of every group, each group sorted by (owner, second).

    Attributes
    ----------
    groups : tuple of ndarray
        One array of packed (owner, second) per group.
    n_owners : int
    """

    groups: tuple[IntArray, ...]
    n_owners: int
    _starts: dict[int, IntArray] = field(default_factory=dict, repr=False)

    @classmethod
    def of_keys(cls, *pieces: IntArray, n_groups: int, n_owners: int) -> "TimeIndex":
        """An index over keys of :func:`pack`, in any order and in any number of pieces."""
        n_keys, n_buckets = sum(len(piece) for piece in pieces), n_groups * n_owners
        if n_keys >= max(COMPILED_FROM, n_buckets):
            keys = sorted_by_bucket(pieces, n_buckets)
        else:
            keys = np.sort(np.concatenate((np.empty(0, dtype=np.int64), *pieces)))
        return cls.of_sorted_keys(keys, n_groups=n_groups, n_owners=n_owners)

    @classmethod
    def of_sorted_keys(cls, keys: IntArray, *, n_groups: int, n_owners: int) -> "TimeIndex":
        """Make an index over keys that are sorted; the array is taken over, not copied.

        Parameters
        ----------
        keys : ndarray of shape (n,)
            From :func:`pack`, ascending; changed in place.
        n_groups, n_owners : int
            Groups and owners are numbered from 0.
        """
        firsts = np.arange(n_groups + 1) * group_term(1, n_owners)
        edges = np.searchsorted(keys, firsts).tolist()
        groups = tuple(keys[edges[g] : edges[g + 1]] for g in range(n_groups))
        for first, group in zip(firsts.tolist(), groups, strict=False):
            np.subtract(group, first, out=group)
        return cls(groups=groups, n_owners=n_owners)

    def cut(self, in_index_order: npt.NDArray[T]) -> tuple[npt.NDArray[T], ...]:
        """Something of every instant of every group, as one array per group."""
        # Not numpy's `split`, which for one lead takes longer than the look-ups.
        edges = [0, *itertools.accumulate(len(group) for group in self.groups)]
        return tuple(in_index_order[start:end] for start, end in itertools.pairwise(edges))

    def position(self, group: int, looked_up: IntArray) -> IntArray:
        """How many keys of a group sort strictly before each probe.

        Parameters
        ----------
        looked_up : ndarray of shape (n,)
            From :func:`probes`; fastest when ascending.

        Returns
        -------
        ndarray of shape (n,)
        """
        if self.is_large:
            return positions(self.groups[group], self.starts(group), looked_up)
        return np.searchsorted(self.groups[group], looked_up)

    @cached_property
    def is_large(self) -> bool:
        """Whether there are so many keys that compiled code pays."""
        return sum(len(group) for group in self.groups) >= COMPILED_FROM

    def starts(self, group: int) -> IntArray:
        """Where each owner's instants begin in a group; one more entry than owners."""
        if group not in self._starts:
            if self.n_owners == 1:  # one lead at request time: nothing to search for
                self._starts[group] = np.array([0, self.size(group)])
            else:
                edges = np.arange(self.n_owners + 1, dtype=np.int64) << SECOND_BITS
                self._starts[group] = np.searchsorted(self.groups[group], edges)
        return self._starts[group]

    def size(self, group: int) -> int:
        """How many instants a group has."""
        return len(self.groups[group])

    def second(self, group: int) -> SecondArray:
        """The instants of a group, in index order."""
        return self.groups[group] & _SECOND_MASK

    def seconds_at(self, group: int, rows: IntArray) -> SecondArray:
        """The instants at some positions of a group."""
        return self.groups[group][rows] & _SECOND_MASK

    def owner(self, group: int) -> IntArray:
        """The owners of a group's instants, in index order."""
        return self.groups[group] >> SECOND_BITS


def pack(
    group: npt.NDArray[np.integer] | int,
    owner: npt.NDArray[np.integer],
    second: SecondArray,
    *,
    n_owners: int,
) -> IntArray:
    """Pack (group, owner, second) into one whole number each, in the order given.

    Parameters
    ----------
    group : ndarray of shape (n,) or int
        Number of the behaviour or attribute; one number for all of them.
    owner : ndarray of shape (n,)
        Number of the lead or account.
    second : ndarray of shape (n,)
        Seconds since 1970 UTC; every one must be in range, see :func:`in_range`.
    n_owners : int
        Owners are numbered from 0.

    Returns
    -------
    ndarray of shape (n,)
    """
    keys = probes(owner, second)
    keys += np.asarray(group, dtype=np.int64) * n_owners << SECOND_BITS
    return keys


def group_term(group: int, n_owners: int) -> int:
    """What a group adds to the keys of its owners."""
    return group * n_owners << SECOND_BITS


def check_room(n_groups: int, n_owners: int) -> None:
    """Check that groups and owners fit beside the seconds.

    Raises
    ------
    LeadDataError
        If they do not.
    """
    if n_groups * n_owners >= 1 << _OWNER_BITS:
        msg = (
            f"leads times behaviours must be below 2**{_OWNER_BITS}; "
            f"got {n_owners} and {n_groups}. Work in slices by lead."
        )
        raise LeadDataError(msg)
