"""The two loops of the time index that numpy cannot express, compiled for large tables.

Measured on 10 M keys of 9 behaviours and 100 k leads: sorting 0.18 s against 0.64 s for numpy's,
since events arrive nearly in order and only have to be dealt out by lead; looking up 47 M ends of
windows 0.3 s against 1.06 s, since a lead's moments continue where the one before stopped.
"""

import numba
import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

_SECOND_BITS = 32
_FEW = 32  # neighbours stepped over one by one before searching by halves
# Ciura (2001), Best increments for the average case of Shellsort, continued by a factor of 2.25.
_GAPS = (46_000, 20_400, 9_070, 4_030, 1_790, 796, 301, 132, 57, 23, 10, 4, 1)


@numba.njit(nogil=True, cache=True)
def sorted_by_bucket(keys: IntArray, n_buckets: int) -> IntArray:
    """The keys sorted: dealt out by the bits above the seconds, then sorted within each bucket."""
    edges = np.zeros(n_buckets + 1, dtype=np.int64)
    for key in keys:
        edges[(key >> _SECOND_BITS) + 1] += 1
    for bucket in range(n_buckets):
        edges[bucket + 1] += edges[bucket]
    dealt = np.empty_like(keys)
    filled = edges[:-1].copy()
    for key in keys:
        bucket = key >> _SECOND_BITS
        dealt[filled[bucket]] = key
        filled[bucket] += 1
    for bucket in range(n_buckets):
        _sort(dealt[edges[bucket] : edges[bucket + 1]])
    return dealt


@numba.njit(nogil=True, cache=True)
def _sort(keys: IntArray) -> None:
    """Shell's sort: linear for what is nearly in order, and quick to compile."""
    for gap in _GAPS:
        for i in range(gap, len(keys)):
            key, j = keys[i], i
            while j >= gap and keys[j - gap] > key:
                keys[j] = keys[j - gap]
                j -= gap
            keys[j] = key


@numba.njit(nogil=True, cache=True)
def positions(keys: IntArray, starts: IntArray, looked_up: IntArray) -> IntArray:
    """How many keys sort strictly before each probe, walking on from the probe before it."""
    found = np.empty(len(looked_up), dtype=np.int64)
    owner, last, at = np.int64(-1), np.int64(-1), np.int64(0)
    for i in range(len(looked_up)):
        probe = looked_up[i]
        if probe >> _SECOND_BITS != owner or probe < last:
            owner = probe >> _SECOND_BITS
            at = starts[owner]
        end = starts[owner + 1]
        stop = min(end, at + _FEW)
        while at < stop and keys[at] < probe:
            at += 1
        if at == stop:
            while at < end:  # still a long way: halve it
                middle = (at + end) // 2
                if keys[middle] < probe:
                    at = middle + 1
                else:
                    end = middle
        found[i], last = at, probe
    return found
