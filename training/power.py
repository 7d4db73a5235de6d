"""How much of the outcome one column tells, held out by group: the audit's measuring rod.

Power is the share of the outcome's uncertainty that a column removes (McFadden): 0 for a column
that says nothing, 1 for one that gives the answer. Unlike a rank measure it also sees a column that
is silent on most leads and certain on the rest.
"""

import numpy as np

from training.folds import deal_folds
from training.judged import BoolArray, FloatArray, IntArray
from training.metrics import log_loss

N_FOLDS = 5
MOST_BINS = 20
PRIOR_ROWS = 5.0
"""Rows at the base rate that every bin starts with: a rare value must not look certain."""


def column_power(column: FloatArray, converted: BoolArray, folds: IntArray) -> float:
    """Share of uncertainty that a column removes from rows held out.

    Parameters
    ----------
    column : ndarray of shape (n,)
        A number or a category's code; NaN is a value like any other.
    converted : ndarray of shape (n,)
        With both outcomes.
    folds : ndarray of shape (n,)
        From :func:`power_folds`.
    """
    return 1 - log_loss(held_out_rates(bins_of(column), converted, folds), converted) / log_loss(
        np.full(len(converted), converted.mean()), converted
    )


def power_folds(converted: BoolArray, groups: IntArray) -> IntArray:
    """Folds that leave accounts and leads whole."""
    return deal_folds(converted, groups, n_folds=N_FOLDS, seed=0)


def bins_of(column: FloatArray) -> IntArray:
    """The bin of each row: distinct values where they are few, else equally many rows a bin."""
    known = np.isfinite(column)
    values, place = np.unique(column[known], return_inverse=True)
    if len(values) > MOST_BINS and not np.array_equal(values, np.arange(len(values))):
        edges = np.unique(np.quantile(column[known], np.arange(1, MOST_BINS) / MOST_BINS))
        place = np.searchsorted(edges, column[known], side="right")
    bins = np.zeros(len(column), dtype=np.int64)
    bins[known] = place + 1
    return bins


def held_out_rates(bins: IntArray, converted: BoolArray, folds: IntArray) -> FloatArray:
    """Rate of each row's bin among the rows of the other folds."""
    shape = (int(bins.max()) + 1, N_FOLDS)
    cell = np.ravel_multi_index((bins, folds), shape)
    rows = np.bincount(cell, minlength=shape[0] * N_FOLDS).reshape(shape)
    hits = np.bincount(cell, weights=converted, minlength=shape[0] * N_FOLDS).reshape(shape)
    other_rows = rows.sum(axis=1, keepdims=True) - rows
    other_hits = hits.sum(axis=1, keepdims=True) - hits
    base = float(converted.mean())
    rates = (other_hits + PRIOR_ROWS * base) / (other_rows + PRIOR_ROWS)
    return rates[bins, folds]
