"""What a policy would have done: the first time it hands over each lead, and what came of it.

Why first crossings and not snapshots: a lead that stays above a cut-off for six months is one
hand-over, not six. Why both policies begin afresh with the period: neither is blamed for leads that
the other had already passed on before it.

A hand-over is *caught* when an outcome follows within the horizon of that hand-over. A lead whose
outcome comes later than that was handed over too early, and counts as missed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.clock import UNDATED
from features.errors import LeadDataError

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NEVER = -1
"""Row of a crossing that does not happen."""


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Matured snapshots of one period on which policies are replayed, sorted by lead, then time.

    Attributes
    ----------
    lead : ndarray of shape (n_snapshots,)
        Codes of leads.
    as_of : ndarray of shape (n_snapshots,)
        Whole seconds since 1970 UTC.
    converted : ndarray of shape (n_snapshots,)
        Outcome within the horizon of each snapshot.
    group : ndarray of shape (n_snapshots,)
        Codes of accounts, or of leads where accounts are unknown: what is drawn together.
    """

    lead: IntArray
    as_of: IntArray
    converted: BoolArray
    group: IntArray

    def __post_init__(self) -> None:
        later = np.diff(self.as_of) > 0
        other = np.diff(self.lead)
        faults = int(np.sum((other < 0) | ((other == 0) & ~later)))
        if faults:
            msg = (
                "snapshots of a cohort must be sorted by lead, then time, without repeats; got "
                f"{faults} of {len(self.lead)} out of order. Sort them first."
            )
            raise LeadDataError(msg)

    @cached_property
    def first_rows(self) -> IntArray:
        """Row of each lead's first snapshot, shape (n_leads,)."""
        return np.flatnonzero(np.diff(self.lead, prepend=-1)).astype(np.int64)

    @cached_property
    def lead_position(self) -> IntArray:
        """Position, among the cohort's leads, of each snapshot's lead."""
        return np.cumsum(np.diff(self.lead, prepend=-1) != 0) - 1

    @property
    def dated(self) -> bool:
        """Whether the snapshots have instants at all."""
        return bool(self.as_of.size) and int(self.as_of.max()) > UNDATED + 1

    @property
    def n_leads(self) -> int:
        """Number of leads with a snapshot in the period."""
        return len(self.first_rows)

    @cached_property
    def lead_group(self) -> IntArray:
        """Group of each lead (that of its first snapshot), shape (n_leads,)."""
        return self.group[self.first_rows]

    @cached_property
    def ever_converted(self) -> BoolArray:
        """Whether an outcome follows within the horizon of any snapshot, shape (n_leads,)."""
        if not self.n_leads:
            return np.zeros(0, dtype=np.bool_)
        return np.logical_or.reduceat(self.converted, self.first_rows)

    def first_crossing(self, reached: BoolArray) -> IntArray:
        """Row at which each lead is first handed over, or ``NEVER``.

        Parameters
        ----------
        reached : ndarray of shape (n_snapshots,)
            Whether the policy would hand the lead over as of the snapshot.

        Returns
        -------
        ndarray of shape (n_leads,)
        """
        rows = np.flatnonzero(reached)[::-1]
        first = np.full(self.n_leads, NEVER, dtype=np.int64)
        # Backwards, so that the earliest row of a lead is written last and stays.
        first[self.lead_position[rows]] = rows
        return first

    def highest(self, margin: FloatArray) -> FloatArray:
        """Each lead's highest margin in the period, shape (n_leads,)."""
        if not self.n_leads:
            return np.zeros(0)
        return np.maximum.reduceat(margin, self.first_rows)

    def caught(self, crossing: IntArray) -> BoolArray:
        """Whether an outcome follows within the horizon of each lead's hand-over."""
        return (crossing != NEVER) & self.converted[crossing]


def margin_for_volume(highest: FloatArray, volume: int) -> float:
    """The margin at or above which as nearly as possible ``volume`` leads come to lie.

    Leads with equal margins cannot be told apart, so the volume may be missed; of two equally near
    volumes the smaller is taken.

    Parameters
    ----------
    highest : ndarray of shape (n_leads,)
        Each lead's highest margin in the period.
    """
    distinct, counts = np.unique(highest, return_counts=True)
    reached = np.concatenate([[0], np.cumsum(counts[::-1])])
    nearest = int(np.argmin(np.abs(reached - volume)))
    return float(np.inf) if nearest == 0 else float(distinct[::-1][nearest - 1])
