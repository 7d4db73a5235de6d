"""Two arms by intention to treat: every lead counts where the lot put it, whoever handed it over.

Each figure is a ratio of sums over the leads of an arm (outcomes per lead, outcomes per hand-over).
Its error comes from the influence of each lead, ``(y - R x) / sum(x)``, summed within accounts
before it is squared: leads of one account are not independent, and an account that has leads in
both arms since a merge counts with both its parts.

Adjustment: what the probability before the trial would have told of the difference is taken out
(Deng, Xu, Kohavi & Walker 2013, CUPED). The lot makes it expect to be nothing; its chance part is
noise that the adjusted interval is rid of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from features.core.arrays import BoolArray, FloatArray, IntArray
from training.metrics.bootstrap import sums_by_group
from training.trial.records import BalanceRow, Difference

FEWEST_EVENTS = 20
"""Sum of a figure's numerator in both arms below which its error cannot be told: no interval."""

TWO_ARMS = 2

FEWEST_ACCOUNTS = 30
"""Accounts of an arm below which its error cannot be told."""


@dataclass(frozen=True, kw_only=True)
class ArmedLeads:
    """Leads of a trial that have ripened; arrays of shape (n,).

    Attributes
    ----------
    is_tested : ndarray of bool
        In the tested arm; the others in the control.
    account : ndarray of int
        Cluster of each lead.
    """

    is_tested: BoolArray
    account: IntArray


@dataclass(frozen=True, kw_only=True)
class ArmDifference:
    """A difference of two ratios and its standard error."""

    control: float
    tested: float
    standard_error: float

    @property
    def value(self) -> float:
        """Tested less control."""
        return self.tested - self.control

    def within(self, z: float, *, scale: float = 1.0) -> Difference:
        """Give it with an interval of so many standard errors either way, times a scale."""
        half = z * self.standard_error
        return Difference(
            value=scale * self.value,
            low=scale * (self.value - half),
            high=scale * (self.value + half),
        )


def compare_arms(
    leads: ArmedLeads, numerator: FloatArray, denominator: FloatArray
) -> ArmDifference | None:
    """Compare the ratio of sums of both arms; None where an arm has nothing to divide by.

    Parameters
    ----------
    leads : ArmedLeads
    numerator, denominator : ndarray of shape (n,)
        What is counted of each lead, and among how many.
    """
    linear = _linearised(leads, numerator, denominator)
    if linear is None:
        return None
    return ArmDifference(
        control=_ratio(~leads.is_tested, numerator, denominator),
        tested=_ratio(leads.is_tested, numerator, denominator),
        standard_error=_clustered_error(leads, linear),
    )


def adjusted_difference(
    leads: ArmedLeads, numerator: FloatArray, denominator: FloatArray, *, covariate: FloatArray
) -> ArmDifference | None:
    """Compare both arms with the chance difference of a covariate taken out.

    Parameters
    ----------
    leads : ArmedLeads
    numerator, denominator : ndarray of shape (n,)
    covariate : ndarray of shape (n,)
        Known before the lead entered; NaN where it is not known.
    """
    linear = _linearised(leads, numerator, denominator)
    known = np.isfinite(covariate)
    if linear is None or not known.any():
        return None
    filled = np.where(known, covariate, covariate[known].mean())
    centred = filled.copy()
    for arm in (leads.is_tested, ~leads.is_tested):
        centred[arm] -= filled[arm].mean()
    variance = float(centred @ centred)
    slope = 0.0 if variance == 0 else float(centred @ linear) / variance
    shift = filled[leads.is_tested].mean() - filled[~leads.is_tested].mean()
    control = _ratio(~leads.is_tested, numerator, denominator)
    return ArmDifference(
        control=control,
        tested=_ratio(leads.is_tested, numerator, denominator) - slope * float(shift),
        standard_error=_clustered_error(leads, linear - slope * centred),
    )


def is_enough(leads: ArmedLeads, numerator: FloatArray) -> bool:
    """Whether errors of a figure can be told from so many accounts and events.

    Parameters
    ----------
    leads : ArmedLeads
    numerator : ndarray of shape (n,)
    """
    accounts = (len(np.unique(leads.account[arm])) for arm in (leads.is_tested, ~leads.is_tested))
    return min(accounts) >= FEWEST_ACCOUNTS and float(numerator.sum()) >= FEWEST_EVENTS


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Test whether accounts fell into the arms as agreed; of two arms exact, else chi-squared.

    Parameters
    ----------
    counts : sequence of int
        Accounts of each arm.
    shares : sequence of float
        Agreed share of each arm; they add up to 1.

    Examples
    --------
    >>> round(sample_ratio_p([500, 500], [0.5, 0.5]), 2)
    1.0
    >>> sample_ratio_p([600, 400], [0.5, 0.5]) < 1e-8
    True
    >>> round(sample_ratio_p([500, 260, 240], [0.5, 0.25, 0.25]), 2)
    0.67
    """
    together = sum(counts)
    if not together:
        return 1.0
    if len(counts) == TWO_ARMS:
        return float(stats.binomtest(counts[0], together, shares[0]).pvalue)
    expected = [together * share for share in shares]
    return float(stats.chisquare(list(counts), expected).pvalue)


def balance_row(name: str, is_tested: BoolArray, values: FloatArray) -> BalanceRow | None:
    """Compare what was known before leads entered; None where an arm knows nothing of it.

    Parameters
    ----------
    name : str
    is_tested : ndarray of bool, shape (n,)
    values : ndarray of shape (n,)
        NaN where not known.
    """
    known = np.isfinite(values)
    arms = [values[known & ~is_tested], values[known & is_tested]]
    if min(len(arm) for arm in arms) == 0:
        return None
    control, tested = (float(arm.mean()) for arm in arms)
    deviation = float(np.sqrt((arms[0].var() + arms[1].var()) / 2))
    apart = 0.0 if deviation == 0 else (tested - control) / deviation
    return BalanceRow(covariate=name, control=control, tested=tested, standardised=apart)


def _ratio(arm: BoolArray, numerator: FloatArray, denominator: FloatArray) -> float:
    return float(numerator[arm].sum() / denominator[arm].sum())


def _linearised(
    leads: ArmedLeads, numerator: FloatArray, denominator: FloatArray
) -> FloatArray | None:
    """``(y - R x)`` over the mean of ``x`` in its arm; None where an arm has none."""
    linear = np.zeros(len(numerator))
    for arm in (leads.is_tested, ~leads.is_tested):
        total = float(denominator[arm].sum())
        if total <= 0:
            return None
        ratio = float(numerator[arm].sum()) / total
        linear[arm] = (numerator[arm] - ratio * denominator[arm]) * int(arm.sum()) / total
    return linear


def _clustered_error(leads: ArmedLeads, linear: FloatArray) -> float:
    """Standard error of the difference of the means of both arms, clusters of leads summed."""
    n_tested = int(leads.is_tested.sum())
    weight = np.where(leads.is_tested, 1 / n_tested, -1 / (len(linear) - n_tested))
    sums = sums_by_group(leads.account, (linear * weight)[:, None])[:, 0]
    n_groups = max(len(sums), 2)
    return float(np.sqrt((sums @ sums) * n_groups / (n_groups - 1)))
