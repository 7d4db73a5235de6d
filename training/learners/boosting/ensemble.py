"""Boosters and linear model as they are served: each with its share, added up in margin space.

Nothing here grows trees, so whoever reads a release does not wait for LightGBM's import.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.core.arrays import FloatArray
from training.learners.hyperparameters import Hyperparameters
from training.learners.linear.additive_logistic import AdditiveLogistic

if TYPE_CHECKING:
    import lightgbm as lgb

FEWEST_SNAPSHOTS = 50
"""Below this the calibrator's slope is less certain than what calibration could correct."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Boosters with the margins they gave to rows they had not seen.

    Attributes
    ----------
    boosters : tuple of Booster
        Cut to the trees they keep.
    oof_margins : ndarray of shape (n_repeats, n_snapshots)
        For every draw of the folds, the margin of the booster that left the row out.
    recipe : Hyperparameters
    line : AdditiveLogistic or None
        The linear model of the blend; ``boosters`` is empty where it is all of it.
    """

    boosters: "tuple[lgb.Booster, ...]"
    oof_margins: FloatArray
    recipe: Hyperparameters
    line: AdditiveLogistic | None = None

    @property
    def oof_margin(self) -> FloatArray:
        """Held-out margin of each training row, averaged over the draws of the folds."""
        return self.oof_margins.mean(axis=0)

    @property
    def n_trees(self) -> int:
        """Trees over all boosters."""
        return sum(booster.num_trees() for booster in self.boosters)

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Margin of new rows as it is served; shape (n,), natural log-odds."""
        return served_margin(self.boosters, self.line, matrix)


def average_margin(boosters: "Sequence[lgb.Booster]", matrix: FloatArray) -> FloatArray:
    """Average margin of several boosters.

    Added up one by one in their order, so that one row and a million give the same bits.

    Parameters
    ----------
    boosters : sequence of Booster
    matrix : ndarray of shape (n, n_features)

    Returns
    -------
    ndarray of shape (n,)
        Natural log-odds, before calibration.
    """
    total = np.zeros(len(matrix))
    if len(matrix):
        for booster in boosters:
            total += booster.predict(matrix, raw_score=True)
    return total / len(boosters)


def served_margin(
    boosters: "Sequence[lgb.Booster]", line: AdditiveLogistic | None, matrix: FloatArray
) -> FloatArray:
    """Compute the margin of boosters and linear model, each with its share.

    Parameters
    ----------
    boosters : sequence of lightgbm.Booster
        Averaged; empty where only the linear model is served.
    line : AdditiveLogistic or None
        The linear model; None where only boosters are served.
    matrix : ndarray of shape (n, n_features)
        NaN where unknown.

    Returns
    -------
    ndarray of shape (n,)
        Natural log-odds, before calibration.
    """
    if line is None:
        return average_margin(boosters, matrix)
    straight = line.margin(matrix)
    if not boosters:
        return straight
    return mixed(average_margin(boosters, matrix), straight, line.share)


def mixed(trees: FloatArray, line: FloatArray, share: float) -> FloatArray:
    """Blend two margins, or what they are made of, by the linear model's share.

    Parameters
    ----------
    trees, line : ndarray of shape (n, ...)
        Of the boosters and of the linear model: margins, or what features add to them, in natural
        log-odds.
    share : float
        Of the linear model, 0 to 1.
    """
    return (1.0 - share) * trees + share * line
