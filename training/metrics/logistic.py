"""Log-odds, and the two smallest logistic regressions: a slope with an intercept, or an intercept
alone.

Why our own Newton steps: a bootstrap fits them thousands of times on two columns, where a general
optimiser spends its time on calls.
"""

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray
from training.metrics.special import expit

SURE = 1e-15
"""Log loss and log-odds count a probability of 0 or 1 as this far from it, as scikit-learn does."""


def log_odds_of(probability: FloatArray) -> FloatArray:
    """Natural log-odds; a probability of 0 or 1 counts as ``SURE`` from it."""
    bounded = np.clip(probability, SURE, 1 - SURE)
    return np.asarray(np.log(bounded) - np.log1p(-bounded), dtype=np.float64)


def probability_of(log_odds: FloatArray) -> FloatArray:
    """The logistic function, without overflow."""
    return np.exp(-np.logaddexp(0.0, -log_odds))


def fit_logistic_line(
    margin: FloatArray,
    converted: npt.NDArray[np.bool_] | FloatArray,
    weight: FloatArray | None = None,
    *,
    start: tuple[float, float] = (1.0, 0.0),
) -> tuple[float, float]:
    """Fit slope and intercept of log-odds on margin, by maximum likelihood.

    A trace of ridge keeps them finite where the outcome is perfectly separated.

    Parameters
    ----------
    margin : ndarray of shape (n,)
        Natural log-odds.
    converted : ndarray of shape (n,)
        An outcome, or the share of a pool of equal margins that converted, 0 to 1.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    start : tuple of float
        Slope and intercept to begin from.
    """
    weights = np.ones(len(margin)) if weight is None else weight
    ridge = 1e-6 * float(weights.sum())
    slope, intercept = start
    for _ in range(_NEWTON_STEPS):
        # expit, and sums instead of a design matrix: a bootstrap calls this thousands of times.
        probability = expit(slope * margin + intercept)
        error = weights * (probability - converted)
        curved = weights * probability * (1 - probability)
        along = curved * margin
        gradient = (float(error @ margin) + ridge * slope, float(error.sum()) + ridge * intercept)
        corner, cross, level = float(along @ margin) + ridge, float(along.sum()), curved.sum()
        determinant = corner * (level + ridge) - cross * cross
        step = np.array(
            [
                (level + ridge) * gradient[0] - cross * gradient[1],
                corner * gradient[1] - cross * gradient[0],
            ]
        ) / max(determinant, _SMALLEST_DETERMINANT)
        # From far away a full Newton step of a logistic likelihood can overshoot.
        longest = float(np.abs(step).max())
        step *= min(1.0, _LONGEST_STEP / max(longest, 1e-12))
        slope, intercept = slope - float(step[0]), intercept - float(step[1])
        if longest < _STEP_TOLERANCE:
            break
    return slope, intercept


def fit_intercept_shift(
    log_odds: FloatArray,
    converted: npt.NDArray[np.bool_] | FloatArray,
    weight: FloatArray | None = None,
    *,
    shown: FloatArray | None = None,
) -> float:
    """Shift the intercept until expected equals observed.

    Parameters
    ----------
    log_odds : ndarray of shape (n,)
        Natural log-odds as predicted.
    converted : ndarray of shape (n,)
        As in :func:`fit_logistic_line`.
    weight : ndarray of shape (n,), optional
        For how many snapshots each stands.
    shown : ndarray of shape (n,), optional
        Share of each row's outcomes that could have come by now, 0 to 1; all unless given.

    Returns
    -------
    float
        Added to all log-odds.
    """
    weights = np.ones(len(log_odds)) if weight is None else weight
    by_now = np.ones(len(log_odds)) if shown is None else shown
    shift = 0.0
    for _ in range(_NEWTON_STEPS):
        probability = expit(log_odds + shift)
        curvature = float((by_now * probability * (1 - probability)) @ weights)
        left_over = float((converted - by_now * probability) @ weights)
        step = left_over / max(curvature, _SMALLEST_CURVATURE)
        # A draw of the bootstrap may hold no conversion at all: its shift has no end.
        shift += float(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))
        if abs(step) < _STEP_TOLERANCE or abs(shift) > _FARTHEST_SHIFT:
            break
    return shift


_NEWTON_STEPS = 50


_LONGEST_STEP = 2.0


_STEP_TOLERANCE = 1e-8


_SMALLEST_DETERMINANT = 1e-300


_SMALLEST_CURVATURE = 1e-15


_FARTHEST_SHIFT = 16.0
