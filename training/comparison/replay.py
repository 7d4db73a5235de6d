"""What a policy would have done: the first time it hands over each lead, and the outcome.

Why first crossings and not snapshots: a lead that stays above a cut-off for six months is one
hand-over, not six. Why a warm-up: a lead that stood above the cut-off already when the period began
was handed over before it. Crossings of the warm-up are found like all others, but are no hand-overs
of the period. A lead that was last above a cut-off before the warm-up counts anew: the outcome of
that earlier hand-over has been settled since.

A hand-over is *caught* when an outcome follows within the horizon of that hand-over. A lead whose
outcome comes later than that was handed over too early, and counts as missed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY, UNDATED
from features.core.errors import LeadDataError

NEVER = -1
"""Row of a crossing that does not happen."""


NO_WARM_UP = -1
"""Before every instant: the period begins with the first snapshot."""


@dataclass(frozen=True, kw_only=True)
class ReplayCohort:
    """Matured moments of one period on which policies are replayed, sorted by lead, then time.

    Every lead has a moment in the period itself.

    Attributes
    ----------
    lead : ndarray of shape (n_moments,)
        Codes of leads.
    as_of : ndarray of shape (n_moments,)
        Whole seconds since 1970 UTC.
    converted : ndarray of shape (n_moments,)
        Outcome within the horizon of each moment.
    group : ndarray of shape (n_moments,)
        Codes of accounts, or of leads where accounts are unknown: what is drawn together.
    warm_until : int
        Moments up to and with this second belong to the warm-up.
    until : int, optional
        Last second of the period; that of the last moment unless given.
    within_reach : ndarray of shape (n_leads,), optional
        Whether an outcome follows within the horizon of any moment of the period, for cohorts that
        keep only some of the moments.
    weight : ndarray of shape (n_moments,), optional
        For how many moments each stands where rules are learned from them. A replay counts every
        lead once; randomised hand-overs are weighted in
        :mod:`training.comparison.propensity_weighting`.
    """

    lead: IntArray
    as_of: IntArray
    converted: BoolArray
    group: IntArray
    warm_until: int = NO_WARM_UP
    until: int | None = None
    within_reach: BoolArray | None = None
    weight: FloatArray | None = None

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
        absent = len(self.starts) - len(self.first_rows)
        if absent:
            msg = (
                "every lead of a cohort must have a moment in the period; got "
                f"{absent} of {len(self.starts)} with a warm-up only. Leave them out."
            )
            raise LeadDataError(msg)

    @cached_property
    def starts(self) -> IntArray:
        """Row of each lead's first moment, that of the warm-up included, shape (n_leads,)."""
        return np.flatnonzero(np.diff(self.lead, prepend=-1)).astype(np.int64)

    @cached_property
    def first_rows(self) -> IntArray:
        """Row of each lead's first moment in the period, shape (n_leads,)."""
        rows = np.flatnonzero(self.in_period)
        return rows[np.diff(self.lead[rows], prepend=-1) != 0].astype(np.int64)

    @cached_property
    def lead_position(self) -> IntArray:
        """Position, among the cohort's leads, of each moment's lead."""
        return np.cumsum(np.diff(self.lead, prepend=-1) != 0) - 1

    @cached_property
    def in_period(self) -> BoolArray:
        """Whether each moment comes after the warm-up."""
        return self.as_of > self.warm_until

    @property
    def dated(self) -> bool:
        """Whether the moments have instants at all."""
        return bool(self.as_of.size) and int(self.as_of.max()) > UNDATED + 1

    @property
    def last_as_of(self) -> int:
        """Last second of the period."""
        return int(self.as_of.max()) if self.until is None else self.until

    @property
    def days(self) -> float:
        """Length of the period; a period shorter than a day still is one day of hand-overs."""
        begins = self.warm_until if self.warm_until != NO_WARM_UP else int(self.as_of.min())
        return max((self.last_as_of - begins) / DAY, 1.0)

    @property
    def n_leads(self) -> int:
        """Number of leads with a moment in the period."""
        return len(self.first_rows)

    @cached_property
    def lead_group(self) -> IntArray:
        """Group of each lead, shape (n_leads,)."""
        return self.group[self.first_rows]

    @cached_property
    def ever_converted(self) -> BoolArray:
        """Whether an outcome follows within the horizon of any moment, shape (n_leads,)."""
        if self.within_reach is not None:
            return self.within_reach
        if not self.n_leads:
            return np.zeros(0, dtype=np.bool_)
        return np.logical_or.reduceat(self.converted & self.in_period, self.starts)

    def first_crossing(self, reached: BoolArray) -> IntArray:
        """Row at which each lead is first handed over, warm-up included, or ``NEVER``.

        Parameters
        ----------
        reached : ndarray of shape (n_moments,)
            Whether the policy would hand the lead over as of the moment.

        Returns
        -------
        ndarray of shape (n_leads,)
        """
        rows = np.flatnonzero(reached)[::-1]
        first = np.full(self.n_leads, NEVER, dtype=np.int64)
        # Backwards, so that the earliest row of a lead is written last and stays.
        first[self.lead_position[rows]] = rows
        return first

    def handed_over(self, crossing: IntArray) -> BoolArray:
        """Which crossings are hand-overs of the period, not of the warm-up; shape (n_leads,)."""
        return (crossing != NEVER) & self.in_period[crossing]

    def caught(self, crossing: IntArray) -> BoolArray:
        """Whether an outcome follows within the horizon of each lead's crossing."""
        return (crossing != NEVER) & self.converted[crossing]

    def highest(self, margin: FloatArray) -> FloatArray:
        """Each lead's highest margin in the period, shape (n_leads,)."""
        return self._highest(margin, self.in_period)

    def highest_before(self, margin: FloatArray) -> FloatArray:
        """Each lead's highest margin in the warm-up; minus infinity where it has none."""
        return self._highest(margin, ~self.in_period)

    def _highest(self, margin: FloatArray, rows: BoolArray) -> FloatArray:
        if not self.n_leads:
            return np.zeros(0)
        return np.maximum.reduceat(np.where(rows, margin, -np.inf), self.starts)


def volumes_at(
    highest: FloatArray, before: FloatArray | None = None
) -> tuple[FloatArray, IntArray]:
    """Every margin that can be a cut-off, from high to low, and the leads that first cross it.

    Leads that lay at or above a cut-off in the warm-up do not cross it any more, so a lower cut-off
    may hand over fewer.

    Parameters
    ----------
    highest, before : ndarray of shape (n_leads,)
        Each lead's highest margin in the period and, unless there is none, in the warm-up.
    """
    cut_offs = np.unique(highest)[::-1]
    volumes = len(highest) - np.searchsorted(np.sort(highest), cut_offs)
    if before is not None:
        stood = np.sort(np.minimum(before, highest))
        volumes = volumes - (len(highest) - np.searchsorted(stood, cut_offs))
    return cut_offs, volumes.astype(np.int64)


def margin_for_volume(
    highest: FloatArray, volume: int, *, before: FloatArray | None = None
) -> float:
    """Find the margin at which the number of leads handed over is nearest to ``volume``.

    Leads with equal margins cannot be told apart, so the volume may be missed; of two equally near
    volumes the one of the higher margin is taken.

    Parameters
    ----------
    highest, before : ndarray of shape (n_leads,)
        As of :func:`volumes_at`.
    volume : int
        Leads to hand over in the period.
    """
    cut_offs, volumes = volumes_at(highest, before)
    reached = np.concatenate([[0], volumes])
    nearest = int(np.argmin(np.abs(reached - volume)))
    return float(np.inf) if nearest == 0 else float(cut_offs[nearest - 1])
