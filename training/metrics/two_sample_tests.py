"""Whether two samples come from one population, and how far apart they are.

Why two answers: with many leads every test finds something, and with few every distance is large by
luck. A finding needs both: a probability that chance alone explains it (corrected for asking about
many columns), and a distance that matters.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from features.core.arrays import FloatArray

N_BINS = 10
FEWEST_EXPECTED = 5.0
"""Smallest expected count for which the chi-square distribution still serves (Cochran 1954)."""

HALF = 0.5
"""Added to each count, so that an empty bin gives a large distance and not an infinite one."""


def binned(reference: FloatArray, newest: FloatArray, *, is_category: bool) -> FloatArray:
    """Counts of both samples in the same bins; what is unknown has a bin of its own.

    Parameters
    ----------
    reference, newest : ndarray of shape (n,), (m,)
        NaN is unknown; a category is a code.
    is_category : bool
        One bin a code; otherwise tenths of the reference.

    Returns
    -------
    ndarray of shape (2, n_bins)
    """
    known = reference[~np.isnan(reference)]
    if is_category:
        everything = np.concatenate([reference, newest])
        edges = np.unique(everything[~np.isnan(everything)])
    else:
        tenths = np.arange(1, N_BINS) / N_BINS
        edges = np.unique(np.quantile(known, tenths)) if len(known) else known
    unknown_bin = len(edges) + 1
    rows = []
    for sample in (reference, newest):
        bins = np.where(np.isnan(sample), unknown_bin, np.searchsorted(edges, sample, side="right"))
        rows.append(np.bincount(bins, minlength=unknown_bin + 1))
    return np.asarray(rows, dtype=np.float64)


def stability_index(counts: FloatArray) -> float:
    """Population stability index of two rows of counts: 0 for equal shares.

    Below .1 is commonly read as stable, above .25 as a different population.

    References
    ----------
    Siddiqi (2006), Credit risk scorecards, chapter 8.
    """
    filled = counts[:, counts.sum(axis=0) > 0] + HALF
    shares = filled / filled.sum(axis=1, keepdims=True)
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def p_value_of(counts: FloatArray) -> float:
    """Probability of counts at least so different, were the two populations one (chi-square)."""
    total = counts.sum()
    if min(counts.sum(axis=1)) == 0:
        return 1.0
    expected = counts.sum(axis=0) * counts.sum(axis=1).min() / total
    rare = expected < FEWEST_EXPECTED
    folded = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    folded = folded[:, folded.sum(axis=0) > 0]
    if folded.shape[1] < 2:
        return 1.0
    expected = folded.sum(axis=1, keepdims=True) * folded.sum(axis=0) / total
    return float(chdtrc(folded.shape[1] - 1, ((folded - expected) ** 2 / expected).sum()))


def corrected(chances: Sequence[float]) -> list[float]:
    """Probabilities corrected for asking many questions at once.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    order = np.argsort(chances, kind="stable")
    steps = np.asarray(chances)[order] * (len(chances) - np.arange(len(chances)))
    held = np.minimum(np.maximum.accumulate(steps), 1.0)
    back = np.empty(len(chances))
    back[order] = held
    return [float(value) for value in back]
