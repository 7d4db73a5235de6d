"""Leads that an import must judge together: what is said of them shares a key.

An event's id may come twice, a deal may belong to two leads, a record may be merged into another.
Which row stands is then told by all of them, so they must not lie in different slices.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.core.arrays import IntArray
from features.importing.sliced.text_hashes import Hashes

Pairs = npt.NDArray[np.uint64]
"""Hashes of tokens and leads, or of two leads, of shape (n, 2)."""

_BUCKET_BITS = 5
"""Keys are compared in 32 parts, of which one at a time is in memory."""


class Links:
    """What leads share, gathered row by row.

    Parameters
    ----------
    folder : path
        Where what is gathered is kept until it is compared.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ties: list[Pairs] = []
        self._buckets: dict[int, pa.OSFile] = {}

    def share(self, keys: Hashes, leads: Hashes) -> None:
        """Say which keys, of events or deals, belong to which leads; of shape (n_rows,)."""
        bucket = (keys >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
        order = np.argsort(bucket, kind="stable")
        ends = np.cumsum(np.bincount(bucket, minlength=1 << _BUCKET_BITS))[:-1]
        for number, rows in enumerate(np.split(order, ends)):
            if len(rows):
                if number not in self._buckets:
                    self._buckets[number] = pa.OSFile(str(self._bucket(number)), "wb")
                self._buckets[number].write(np.column_stack([keys[rows], leads[rows]]).tobytes())

    def tie(self, leads: Hashes, others: Hashes) -> None:
        """Say which leads belong together, pair by pair."""
        apart = leads != others
        self._ties.append(np.column_stack([leads[apart], others[apart]]))

    def groups(self, leads: Hashes) -> IntArray:
        """The first lead of each lead's group, by position; itself where it shares nothing.

        Parameters
        ----------
        leads : ndarray of shape (n_leads,)
            Hash of each lead once.
        """
        ties = np.concatenate([np.empty((0, 2), np.uint64), *self._ties, *self._shared()])
        place = np.argsort(leads)
        found = np.searchsorted(leads, ties.ravel(), sorter=place).clip(max=len(leads) - 1)
        known = leads[place[found]] == ties.ravel()
        both = place[found].reshape(-1, 2)[known.reshape(-1, 2).all(axis=1)]
        graph = coo_array((np.ones(len(both), np.int8), both.T), shape=(len(leads), len(leads)))
        _, component = connected_components(graph, directed=False)
        _, first, group = np.unique(component, return_index=True, return_inverse=True)
        return np.asarray(first[group], dtype=np.int64)

    def _shared(self) -> list[Pairs]:
        """Pairs of leads that have a key in common."""
        pairs = []
        for number, file in self._buckets.items():
            file.close()
            keys, leads = np.fromfile(self._bucket(number), np.uint64).reshape(-1, 2).T
            order = np.lexsort((leads, keys))
            keys, leads = keys[order], leads[order]
            crossing = (keys[1:] == keys[:-1]) & (leads[1:] != leads[:-1])
            pairs.append(np.column_stack([leads[:-1][crossing], leads[1:][crossing]]))
        return pairs

    def _bucket(self, number: int) -> Path:
        return self._folder / f"shared-{number}"
