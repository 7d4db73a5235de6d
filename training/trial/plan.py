"""How many months a trial takes: from what past leads would have been counted as.

Past leads stand in for the trial's: those that would have been there on the first day, and those
that came in a month. What their outcomes scatter by account, not a formula for independent leads,
says how narrow an interval becomes with the months. The agreed end has its own interval, so power
is that of a fixed time; looks on the way can only end a trial sooner.

Capacity: only leads that sales work can differ between judges. Where sales work one lead in four,
a difference of 1 per 100 leads is one of 4 per 100 hand-overs; the plan says so, and says where no
judge could make so many.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.metrics.bootstrap import sums_by_group
from training.trial.sequence import end_z

POWERS = (0.8, 0.9)

MOST_MONTHS = 36

PER_LEADS = 100
"""Figures are told per so many leads."""


@dataclass(frozen=True, kw_only=True)
class PastEntries:
    """Past leads as if a trial had begun back then; arrays of shape (n,).

    Attributes
    ----------
    account : ndarray of int
        Cluster of each lead.
    was_there : ndarray of bool
        On the first day; the others came within the months after it.
    numerator, denominator : ndarray
        Of the figure that decides.
    n_months : float
        Over which the others came.
    """

    account: IntArray
    was_there: BoolArray
    numerator: FloatArray
    denominator: FloatArray
    n_months: float


@dataclass(frozen=True, kw_only=True)
class PlannedMonth:
    """What a trial of so many months could show.

    Attributes
    ----------
    n_leads, n_accounts : float
        Expected to have ripened at its end.
    detectable : tuple of float
        Smallest true difference found with each of ``POWERS``, per 100.
    per_100_hand_overs : float or None
        What the smallest difference worth having means among leads that sales can work; None
        where there is no limit to what they can work.
    """

    months: int
    n_leads: float
    n_accounts: float
    detectable: tuple[float, ...]
    per_100_hand_overs: float | None


@dataclass(frozen=True, kw_only=True)
class TrialPlan:
    """How long it takes to find the smallest difference worth having.

    Attributes
    ----------
    rate : float
        The figure that decides as past leads had it, per 100.
    wait_days : int
        Days after the last lead entered until it has ripened.
    """

    worthwhile: float
    rate: float
    wait_days: int
    months: tuple[PlannedMonth, ...]

    def months_for(self, power: float) -> PlannedMonth | None:
        """The shortest trial of a power in ``POWERS``; None where three years do not do."""
        place = POWERS.index(power)
        fits = (
            each
            for each in self.months
            if each.detectable[place] <= self.worthwhile and can_be_made(each)
        )
        return next(fits, None)


def can_be_made(month: PlannedMonth) -> bool:
    """Whether hand-overs could make the difference: no more than all of them can convert."""
    return month.per_100_hand_overs is None or month.per_100_hand_overs < PER_LEADS


def plan_trial(
    past: PastEntries,
    *,
    shares: tuple[float, ...],
    worthwhile: float,
    capacity: int | None,
    wait_days: int,
) -> TrialPlan:
    """Plan a trial at the volume and rates of past leads.

    Parameters
    ----------
    past : PastEntries
    shares : tuple of float
        Of the arms, the control first; the plan is that of the comparison that tells least.
    worthwhile : float
        Smallest difference worth having, per 100.
    capacity : int or None
        Hand-overs a month; None where sales set no limit.
    wait_days : int
        Horizon and delay of outcomes.
    """
    there, monthly = _Volume.of(past, past.was_there), _Volume.of(past, ~past.was_there)
    by_lot = 1 / shares[0] + 1 / min(shares[1:])
    reach = end_z(len(shares) - 1)
    months = []
    for count in range(1, MOST_MONTHS + 1):
        volume = there.plus(monthly, count / past.n_months)
        error = PER_LEADS * np.sqrt(by_lot * volume.squares) / max(volume.denominator, 1e-9)
        worked = None if capacity is None else min(capacity * count, volume.n_leads)
        months.append(
            PlannedMonth(
                months=count,
                n_leads=volume.n_leads,
                n_accounts=volume.n_accounts,
                detectable=tuple(float((reach + stats.norm.ppf(p)) * error) for p in POWERS),
                per_100_hand_overs=None if worked is None else worthwhile * volume.n_leads / worked,
            )
        )
    return TrialPlan(
        worthwhile=worthwhile,
        rate=PER_LEADS * float(past.numerator.sum() / past.denominator.sum()),
        wait_days=wait_days,
        months=tuple(months),
    )


@dataclass(frozen=True, kw_only=True)
class _Volume:
    """Leads, accounts, denominators and squared residuals of accounts, added up."""

    n_leads: float
    n_accounts: float
    denominator: float
    squares: float

    @classmethod
    def of(cls, past: PastEntries, rows: BoolArray) -> "_Volume":
        if not rows.any():
            return cls(n_leads=0, n_accounts=0, denominator=0, squares=0)
        ratio = past.numerator.sum() / past.denominator.sum()
        residual = past.numerator - ratio * past.denominator
        sums = sums_by_group(past.account[rows], residual[rows, None])[:, 0]
        return cls(
            n_leads=int(rows.sum()),
            n_accounts=len(sums),
            denominator=float(past.denominator[rows].sum()),
            squares=float(sums @ sums),
        )

    def plus(self, other: "_Volume", times: float) -> "_Volume":
        """This volume and so many times another."""
        return _Volume(
            n_leads=self.n_leads + times * other.n_leads,
            n_accounts=self.n_accounts + times * other.n_accounts,
            denominator=self.denominator + times * other.denominator,
            squares=self.squares + times * other.squares,
        )
