"""Intervals that may be looked at every month, and the one that is read at the agreed end.

Of the 5 % chance of error that a trial may take, the looks on the way have 1 % and the agreed end
has 4 %; by the union bound nothing is crossed by chance alone in more than 5 % of trials, however
often somebody looks. Where two arms are compared with the control, each comparison has half of both
(Bonferroni): no more than 5 % of trials cross in either.

Why not one confidence sequence for both: at the end it would be some 50 % wider than an interval of
a fixed time, and so many months longer. A trial that runs to its agreed end, as ours must unless
the answer is plain, should not pay for looks: its last interval here is 5 % wider (Haybittle 1971
and Peto et al. 1976 shared the error so, with fixed looks in place of a sequence).

References
----------
Howard, Ramdas, McAuliffe & Sekhon (2021), Time-uniform, nonparametric, nonasymptotic confidence
sequences. Annals of Statistics 49.

Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Time-uniform central limit theory and
asymptotic confidence sequences. Annals of Statistics 52, arXiv:2103.06476.
"""

import math

from scipy import stats

LOOKS_ALPHA = 0.01
"""Chance of error of all looks before the agreed end together."""

END_ALPHA = 0.04
"""Chance of error of the interval at the agreed end."""

NARROWEST_AT = 0.5
"""Share of the expected accounts at which the sequence is narrowest: the end has its own."""


def end_z(n_comparisons: int = 1) -> float:
    """Compute standard errors either way that the interval at the agreed end reaches.

    Examples
    --------
    >>> [round(end_z(n), 2) for n in (1, 2)]
    [2.05, 2.33]
    """
    return float(stats.norm.isf(END_ALPHA / n_comparisons / 2))


def sequence_z(n_accounts: int, expected_accounts: float, n_comparisons: int = 1) -> float:
    """Compute standard errors either way of the sequence, once so many accounts have ripened.

    The normal mixture boundary: with ``m = n rho^2`` and unit variance,
    ``sqrt((m + 1) / m * log((m + 1) / alpha^2))``. It holds at all times at once, in the limit
    where the standard error is estimated well.

    Parameters
    ----------
    n_accounts : int
        Ripe accounts so far; at least 1.
    expected_accounts : float
        As agreed before the trial: data must not choose where it is narrowest.
    n_comparisons : int
        Arms that are compared with the control, which share the chance of error.

    Examples
    --------
    >>> [round(sequence_z(n, 1000), 2) for n in (100, 500, 1000)]
    [4.07, 3.43, 3.5]
    """
    alpha = LOOKS_ALPHA / n_comparisons
    at_narrowest = _mixture_at_narrowest(alpha)
    mixture = at_narrowest * n_accounts / (NARROWEST_AT * expected_accounts)
    return math.sqrt((mixture + 1) / mixture * math.log((mixture + 1) / alpha**2))


def _mixture_at_narrowest(alpha: float) -> float:
    """``n rho^2`` at which the boundary is narrowest in standard errors.

    The root of ``m = log((m + 1) / alpha^2)``, from setting the derivative to zero.
    """
    mixture = -2 * math.log(alpha)
    for _ in range(50):
        mixture = math.log((mixture + 1) / alpha**2)
    return mixture
