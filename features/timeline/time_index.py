"""Sorted instants per (group, owner): the one structure every look back in time is answered from.

Why one array of integers: ``(owner, second)`` packed into 64 bits sorts and searches at the speed
of memory, and "how many before t" is one binary search. The number of events in a window is the
difference of two such searches. Of many only the seconds stay, with where each owner's begin: half
the memory, and as fast. On 10 M events and 1.3 M snapshots this was 6 times faster than
polars' ASOF joins and 13 times faster than DuckDB's, with the same cells.

A group is a behaviour or an attribute; an owner is a lead or an account.
"""

import itertools
from dataclasses import dataclass
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
"""Keys of all groups from which compiled code repays its second of compilation, however often it is
run; below, numpy answers as fast, and one lead never waits for a compiler."""

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
class FewInstants:
    """The instants of one group, packed with their owners as numpy searches them.

    Attributes
    ----------
    packed : ndarray of shape (n,)
        Ascending; owner and second.
    n_owners : int
    """

    packed: IntArray
    n_owners: int

    def __len__(self) -> int:
        return len(self.packed)

    @cached_property
    def starts(self) -> IntArray:
        """Where each owner's instants begin, shape (n_owners + 1,)."""
        if self.n_owners == 1:  # one lead at request time: nothing to search for
            return np.array([0, len(self)])
        return _starts(self.packed, self.n_owners)

    def position(self, looked_up: IntArray) -> IntArray:
        """How many sort strictly before each probe."""
        return np.searchsorted(self.packed, looked_up)

    def second(self, rows: IntArray | slice = slice(None)) -> SecondArray:
        """The instants of some rows."""
        return self.packed[rows] & _SECOND_MASK

    @property
    def owner(self) -> IntArray:
        """The owner of each instant, shape (n,)."""
        return self.packed >> SECOND_BITS


@dataclass(frozen=True, kw_only=True)
class ManyInstants:
    """The instants of one group, owner after owner as compiled code walks them, in half the memory.

    Attributes
    ----------
    seconds : ndarray of shape (n,)
        Ascending for each owner.
    starts : ndarray of shape (n_owners + 1,)
        Where each owner's instants begin.
    """

    seconds: npt.NDArray[np.uint32]
    starts: IntArray

    @classmethod
    def of(cls, packed: IntArray, n_owners: int) -> "ManyInstants":
        """Take packed instants apart; the last bits of each are its second."""
        starts = _starts(packed, n_owners)
        few = len(packed) < 1 << 31
        return cls(
            seconds=packed.astype(np.uint32), starts=starts.astype(np.int32) if few else starts
        )

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def packed(self) -> IntArray:
        """Owner and second of each instant, shape (n,); made at each call."""
        packed = self.owner
        packed <<= SECOND_BITS
        packed |= self.seconds
        return packed

    def position(self, looked_up: IntArray) -> IntArray:
        """How many sort strictly before each probe."""
        return positions(self.seconds, self.starts, looked_up)

    def second(self, rows: IntArray | slice = slice(None)) -> SecondArray:
        """The instants of some rows."""
        return self.seconds[rows].astype(np.int64)

    @property
    def owner(self) -> IntArray:
        """The owner of each instant, shape (n,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def _starts(packed: IntArray, n_owners: int) -> IntArray:
    return np.searchsorted(packed, np.arange(n_owners + 1, dtype=np.int64) << SECOND_BITS)


@dataclass(frozen=True, kw_only=True)
class TimeIndex:
    """Instants of every group, each group sorted by (owner, second).

    Attributes
    ----------
    groups : tuple of FewInstants or ManyInstants
    n_owners : int
    """

    groups: tuple[FewInstants, ...] | tuple[ManyInstants, ...]
    n_owners: int

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
        groups = [keys[edges[g] : edges[g + 1]] for g in range(n_groups)]
        for first, group in zip(firsts.tolist(), groups, strict=False):
            np.subtract(group, first, out=group)
        if len(keys) >= COMPILED_FROM:
            many = tuple(ManyInstants.of(group, n_owners) for group in groups)
            return cls(groups=many, n_owners=n_owners)
        few = tuple(FewInstants(packed=group, n_owners=n_owners) for group in groups)
        return cls(groups=few, n_owners=n_owners)

    def cut(self, in_index_order: npt.NDArray[T]) -> tuple[npt.NDArray[T], ...]:
        """Something of every instant of every group, as one array per group."""
        # Not numpy's `split`, which for one lead takes longer than the look-ups.
        edges = [0, *itertools.accumulate(len(group) for group in self.groups)]
        return tuple(in_index_order[start:end] for start, end in itertools.pairwise(edges))

    def position(self, group: int, looked_up: IntArray) -> IntArray:
        """How many keys of a group sort strictly before each probe.

        Parameters
        ----------
        group : int
        looked_up : ndarray of shape (n,)
            From :func:`probes`; fastest when ascending.

        Returns
        -------
        ndarray of shape (n,)
        """
        return self.groups[group].position(looked_up)

    def starts(self, group: int) -> IntArray:
        """Where each owner's instants begin in a group; one more entry than owners."""
        return self.groups[group].starts

    def size(self, group: int) -> int:
        """How many instants a group has."""
        return len(self.groups[group])

    def second(self, group: int) -> SecondArray:
        """The instants of a group, in index order."""
        return self.groups[group].second()

    def seconds_at(self, group: int, rows: IntArray) -> SecondArray:
        """The instants at some positions of a group."""
        return self.groups[group].second(rows)

    def owner(self, group: int) -> IntArray:
        """The owners of a group's instants, in index order."""
        return self.groups[group].owner


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
