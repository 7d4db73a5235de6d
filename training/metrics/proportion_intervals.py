"""Intervals of a share: honest near 0 and 1, for few rows, and for clusters of rows among them.

Every share of so many in a record or a table has its interval from here, so that none of them is
of zero width: 0 of 5 may well be 40 of 100.

Why not the bootstrap: with three conversions in a band it cannot draw a rate it has not seen, and
its upper end held the true rate in only 68 % of 90 % intervals below five conversions, over 34
simulated companies. Wilson's interval with the number of rows that independent ones would have
needed for the same error held in 90 % of all bands (.85 to .95 at any number of conversions).
"""

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.estimate import INTERVAL_SHARE, Measured
from training.metrics.bootstrap import sums_by_group
from training.metrics.sample_weights import effective_rows, mean
from training.metrics.special import normal_quantile


def standard_errors(interval_share: float = INTERVAL_SHARE) -> float:
    """Tell how many standard errors either way a normal interval reaches.

    Parameters
    ----------
    interval_share : float
        How often the interval is meant to hold; that of the records unless given.

    Examples
    --------
    >>> round(standard_errors(0.95), 2)
    1.96
    """
    return -normal_quantile((1 - interval_share) / 2)


def wilson(share: float, n: float, z: float) -> tuple[float, float]:
    """Compute Wilson's (1927) bounds of a share among ``n`` independent rows.

    Parameters
    ----------
    share : float
        As observed, 0 to 1.
    n : float
        Above zero; not whole where it is the effective number of clustered rows.
    z : float
        Standard errors either way.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(0.1, 50, 1.96)]
    [0.043, 0.214]
    """
    centre = share + z * z / (2 * n)
    half = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def clustered_share(
    converted: BoolArray,
    group: IntArray,
    *,
    weight: FloatArray | None = None,
    interval_share: float = INTERVAL_SHARE,
) -> Measured:
    """Compute the share that converted, with an interval that allows for clusters of rows.

    Parameters
    ----------
    converted : ndarray of shape (n,)
        Outcome of each row; at least one row.
    group : ndarray of shape (n,)
        Cluster of each row: rows of one are not independent.
    weight : ndarray of shape (n,), optional
        For how many rows each stands.
    interval_share : float
        How often the interval is meant to hold, such as 0.95.

    References
    ----------
    Korn & Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data: the effective number of rows.
    """
    share = mean(converted, weight)
    n = _independent_rows(converted, group, np.ones(len(converted)) if weight is None else weight)
    return wilson_share(share, n, interval_share=interval_share)


def share_with_interval(n_converted: int, n: int) -> Measured | None:
    """A share of independent rows with its 95 % Wilson interval; None of nobody."""
    return None if n == 0 else wilson_share(n_converted / n, n)


def converted_share(converted: BoolArray, weight: FloatArray | None = None) -> Measured | None:
    """Share of leads that converted with its 95 % Wilson interval; None of nobody.

    Parameters
    ----------
    converted : ndarray of shape (n_leads,)
        Matured only.
    weight : ndarray of shape (n_leads,), optional
        For how many leads each stands.
    """
    if weight is None or not len(converted):
        return share_with_interval(int(converted.sum()), len(converted))
    return wilson_share(mean(converted, weight), effective_rows(weight))


def share_of_sums(part: FloatArray, whole: FloatArray) -> Measured | None:
    """A share of counts that were added up within groups, such as accounts; None of nobody.

    Parameters
    ----------
    part, whole : ndarray of shape (n_groups,)
        How many of each group are counted, and of how many; a part never exceeds its whole.
    """
    total = float(whole.sum())
    if total == 0:
        return None
    share = float(part.sum()) / total
    there = whole > 0
    left_over = (part - share * whole)[there]
    n = _independent(left_over, total, share, of_groups=float(there.sum()), at_most=total)
    return wilson_share(share, n)


def difference_of_shares(first: Measured | None, second: Measured | None) -> Measured | None:
    """A difference of two shares with an interval that stays honest where one is 0 or 1.

    Parameters
    ----------
    first, second : Measured or None
        Shares with their Wilson intervals.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions:
    method 10. Shares of the same leads differ by less than its interval says.
    """
    if first is None or second is None:
        return None
    value = first.value - second.value
    if None in (first.low, first.high, second.low, second.high):
        return Measured(value=value)
    below, above = _arms(first), _arms(second)
    return Measured(
        value=value,
        low=value - float(np.hypot(below[0], above[1])),
        high=value + float(np.hypot(below[1], above[0])),
    )


def wilson_share(share: float, n: float, *, interval_share: float = INTERVAL_SHARE) -> Measured:
    """Give a share Wilson's interval, as of ``n`` independent rows.

    Parameters
    ----------
    share : float
        As observed, 0 to 1.
    n : float
        Above zero; need not be whole.
    interval_share : float
        How often the interval is meant to hold, such as 0.95.
    """
    low, high = wilson(share, n, standard_errors(interval_share))
    return Measured(value=share, low=max(low, 0.0), high=min(high, 1.0))


def _arms(share: Measured) -> tuple[float, float]:
    """How far an interval reaches below and above its share."""
    low, high = (share.value if end is None else end for end in (share.low, share.high))
    return share.value - low, high - share.value


def _independent_rows(converted: BoolArray, group: IntArray, weight: FloatArray) -> float:
    """How many independent rows would give the same error; never more than rows are worth."""
    total, share = float(weight.sum()), float(np.average(converted, weights=weight))
    off = weight * (converted - share)
    columns = np.column_stack((off, weight, np.ones(len(weight))))
    left_over, of_group, n_clusters = sums_by_group(group, columns).T
    of_groups = effective_rows(of_group / n_clusters)
    return _independent(
        left_over, total, share, of_groups=of_groups, at_most=effective_rows(weight)
    )


def _independent(
    left_over: FloatArray, total: float, share: float, *, of_groups: float, at_most: float
) -> float:
    """How many independent rows a share of groups is worth.

    Parameters
    ----------
    left_over : ndarray of shape (n_groups,)
        What each group has beyond the share of its rows.
    total, share : float
        Rows, or their weight, and the share of them.
    of_groups : float
        What is assumed where data show no spread: each group counts once.
    at_most : float
        What the rows themselves are worth.
    """
    n_groups = len(left_over)
    if share in (0.0, 1.0) or n_groups < 2:
        return of_groups
    variance = float((left_over**2).sum()) * n_groups / (n_groups - 1) / total**2
    return float(min(at_most, share * (1 - share) / variance))
