"""Which rows are held out together: shuffled folds that never split a lead or an account.

Why shuffled and not cut from time-sorted blocks: blocks of time differ in base rate, and a margin
held out of a booster that never saw its period ruins the calibrator fitted on all of them.

Why dealt by outcome: a fold with more conversions than its share leaves fewer for the boosters that
predict it, so its margins are too low exactly where they should be high. On small data this alone
flattens the calibrator's slope.
"""

import numpy as np
import numpy.typing as npt

from features.core.arrays import BoolArray, FloatArray, IntArray

Folds = npt.NDArray[np.int8]
"""The fold of each row, from 0: a byte, since it lies beside the bins of millions of rows."""


def deal_folds(
    converted: BoolArray | FloatArray,
    groups: IntArray,
    *,
    n_folds: int,
    seed: int,
    weight: FloatArray | None = None,
) -> Folds:
    """Assign rows to folds, equal within a group, with conversions spread evenly over the folds.

    Parameters
    ----------
    converted : ndarray of shape (n,)
        Outcome within the horizon, or the chance of it.
    groups : ndarray of shape (n,)
        Any integers; rows with the same one stay together.
    n_folds : int
    seed : int
        Of the shuffle.
    weight : ndarray of shape (n,), optional
        What each conversion counts.

    Returns
    -------
    ndarray of shape (n,)
        From 0 to ``n_folds - 1``.
    """
    _, group = np.unique(groups, return_inverse=True)
    n_groups = int(group.max()) + 1
    counted = converted if weight is None else converted * weight
    n_converted = np.bincount(group, weights=counted, minlength=n_groups)
    n_rows = np.bincount(group, minlength=n_groups)
    generator = np.random.default_rng(seed)
    # Groups with most conversions, then most rows, are dealt first, like cards: one to each fold in
    # an order drawn anew every round, so that no fold is always served first.
    order = np.lexsort((generator.random(n_groups), -n_rows, -n_converted))
    rounds = generator.random((-(-n_groups // n_folds), n_folds)).argsort(axis=1)
    fold = np.empty(n_groups, dtype=np.int8)
    fold[order] = rounds.ravel()[:n_groups]
    return fold[group]
