"""The instants from which leads are looked at: one pair (lead, as_of) per snapshot."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, IntArray, SecondArray
from features.core.errors import LeadDataError
from features.timeline.time_index import END_OF_TIME

LeadCodes = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Pairs (lead, as_of) sorted by lead, then time: the rows of a snapshot.

    Sorted, because neighbouring look-ups then touch neighbouring memory: on 10 M events shuffled
    moments took seven times as long.

    Attributes
    ----------
    lead : ndarray of shape (n,)
        Position in ``History.lead_ids``.
    as_of : ndarray of shape (n,)
        Seconds since 1970 UTC; history is strictly before.

    Raises
    ------
    LeadDataError
        If the pairs are not sorted, or an instant is before 1970 or after 2105.
    """

    lead: LeadCodes
    as_of: SecondArray

    def __post_init__(self) -> None:
        """Check what the kernel relies on."""
        if self.lead.shape != self.as_of.shape or self.lead.ndim != 1:
            msg = (
                "moments need one as_of per lead; "
                f"got shapes {self.lead.shape} and {self.as_of.shape}. Pass equal lengths."
            )
            raise LeadDataError(msg)
        if not len(self.lead):
            return
        if self.as_of.min() < 0 or self.as_of.max() >= END_OF_TIME:
            wrong = int(((self.as_of < 0) | (self.as_of >= END_OF_TIME)).sum())
            msg = f"as_of must lie between 1970 and 2105; got {wrong} outside. Check the dates."
            raise LeadDataError(msg)
        later = (self.lead[1:] > self.lead[:-1]) | (
            (self.lead[1:] == self.lead[:-1]) & (self.as_of[1:] >= self.as_of[:-1])
        )
        if not later.all():
            msg = (
                "moments must be sorted by lead, then as_of; "
                f"got {int((~later).sum())} steps back. Use Moments.of, which sorts."
            )
            raise LeadDataError(msg)

    @classmethod
    def of(cls, lead: npt.ArrayLike, as_of: npt.ArrayLike) -> "Moments":
        """Moments in any order, sorted."""
        leads = np.asarray(lead, dtype=np.int32)
        instants = np.asarray(as_of, dtype=np.int64)
        order = np.lexsort((instants, leads))
        return cls(lead=leads[order], as_of=instants[order])

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, rows: IntArray | BoolArray | slice) -> "Moments":
        """The moments of ascending rows, a mask or a slice."""
        return Moments(lead=self.lead[rows], as_of=self.as_of[rows])

    def blocks(self, size: int) -> Iterator[slice]:
        """Consecutive slices of at most ``size`` rows."""
        for start in range(0, len(self), size):
            yield slice(start, min(start + size, len(self)))
