"""The two loops of the time index that numpy cannot express, compiled for large tables.

Measured on 10 M keys of 9 behaviours and 100 k leads: sorting 0.18 s against 0.64 s for numpy's,
since events arrive nearly in order and only have to be dealt out by lead; looking up 47 M ends of
windows 0.3 s against 1.06 s, since a lead's moments continue where the one before stopped.
"""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

_SECOND_BITS = 32
_SAMPLE = 4096  # keys whose median parts the buckets in two
_FEW = 32  # neighbours stepped over one by one before searching by halves
# Ciura (2001), Best increments for the average case of Shellsort, continued by a factor of 2.25.
_GAPS = (46_000, 20_400, 9_070, 4_030, 1_790, 796, 301, 132, 57, 23, 10, 4, 1)


def sorted_by_bucket(keys: IntArray, n_buckets: int) -> IntArray:
    """The keys sorted; the buckets below a middle one and the others are worked on side by side.

    Parameters
    ----------
    keys : ndarray of shape (n,)
        Not negative.
    n_buckets : int
        More than any key holds above its seconds.
    """
    if not len(keys):
        return keys.copy()
    # Each thread reads all keys and deals out its own: reading in order costs next to nothing.
    middle = int(np.median(keys[:: max(len(keys) // _SAMPLE, 1)])) >> _SECOND_BITS
    n_below = int(np.count_nonzero(keys < middle << _SECOND_BITS))
    dealt = np.empty_like(keys)
    parts = [(0, middle, dealt[:n_below]), (middle, n_buckets, dealt[n_below:])]
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(lambda part: _deal(keys, *part), parts))
    return dealt


@numba.njit(nogil=True, cache=True)
def _deal(keys: IntArray, first: int, last: int, dealt: IntArray) -> None:
    """Keys of some buckets: dealt out by the bits above the seconds, then sorted in each bucket."""
    lowest, beyond = first << _SECOND_BITS, last << _SECOND_BITS
    edges = np.zeros(last - first + 1, dtype=np.int64)
    for key in keys:
        if lowest <= key < beyond:
            edges[(key >> _SECOND_BITS) - first + 1] += 1
    for bucket in range(last - first):
        edges[bucket + 1] += edges[bucket]
    filled = edges[:-1].copy()
    for key in keys:
        if lowest <= key < beyond:
            bucket = (key >> _SECOND_BITS) - first
            dealt[filled[bucket]] = key
            filled[bucket] += 1
    for bucket in range(last - first):
        _sort(dealt[edges[bucket] : edges[bucket + 1]])


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
