"""The map from margin to probability: two numbers, fitted on margins held out of every booster.

Why Platt on the margin and not isotonic: it needs two numbers, makes no ties, keeps contributions
exact in calibrated log-odds, and was .008 to .02 better in later-in-time log loss. The slope never
goes below zero: where margins say nothing, everybody gets the base rate.

Why the slope is corrected: the held-out margin of a row averages as many boosters as the folds were
drawn, the served one averages all. The first is noisier, so the slope fitted on it is too flat for
the second. The variance between draws, row by row, says by how much (errors in variables). On
1,000 simulated leads, 20 data sets, the served slope's median went from 1.20 to 1.03 (and folds
dealt by outcome had brought it there from 1.30); on 3,000 from 1.03 to .98.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from training.calibration.segment_offsets import SegmentOffset
from training.calibration.venn_abers import Ends
from training.model.boosting.cross_fit import FEWEST_SNAPSHOTS, Ensemble
from training.model.boosting.sample_weights import mean

MIN_CALIBRATION_SNAPSHOTS = FEWEST_SNAPSHOTS

MOST_AVERAGING_GAIN = 1.3
"""Where noise is most of the variance the ratio explodes, and with it what it is meant to mend."""

SURE = 1e-15
"""Log loss and log-odds count a probability of 0 or 1 as this far from it, as scikit-learn does."""

NONE, PLATT, BETA, ISOTONIC = "none", "platt", "beta", "isotonic"


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """``probability = 1 / (1 + exp(-log_odds(margin)))``, never falling in margin.

    Attributes
    ----------
    slope, intercept : float
        The line in the margin. A bent calibrator has one too, its best straight stand-in: reasons
        are told along it, and what the bend adds is told apart.
    kind : str
        ``platt`` and ``none`` are lines; ``beta`` and ``isotonic`` bend.
    coefficients : tuple of float
        Of ``beta``: its weights of ``log p`` and ``-log(1 - p)``, and its constant.
    knots, levels : tuple of float
        Of ``isotonic``: margins, and the log-odds there; straight in between, level outside.
    offsets : tuple of SegmentOffset
        What segments get before the map; every margin passed here has it already.
    ends : Ends or None
        Between which Venn-Abers leaves the probability; None in older releases.
    """

    slope: float
    intercept: float
    kind: str = PLATT
    coefficients: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    offsets: tuple[SegmentOffset, ...] = ()
    ends: Ends | None = None

    def between(self, margin: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Lower and upper end of each probability, itself included; None where none are kept."""
        if self.ends is None:
            return None
        told = self.predict(margin)
        low, high = (probability_of(end) for end in self.ends.log_odds(margin))
        return np.minimum(low, told), np.maximum(high, told)

    def log_odds(self, margin: FloatArray) -> FloatArray:
        """Calibrated natural log-odds."""
        if self.kind == BETA:
            rising, falling, constant = self.coefficients
            # log p is -log(1 + exp(-margin)), log(1 - p) is -log(1 + exp(margin)).
            return (
                constant - rising * np.logaddexp(0.0, -margin) + falling * np.logaddexp(0.0, margin)
            )
        if self.kind == ISOTONIC:
            return np.interp(margin, self.knots, self.levels)
        return self.slope * margin + self.intercept

    def predict(self, margin: FloatArray) -> FloatArray:
        """Probability of the outcome within the horizon."""
        return probability_of(self.log_odds(margin))

    def to_dict(self) -> dict[str, Any]:
        """The calibrator as JSON types."""
        return asdict(self)


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
    """Slope and intercept of log-odds on margin, by maximum likelihood.

    ``converted`` is an outcome, or the share of a pool of equal margins that converted. A trace of
    ridge keeps them finite where the outcome is perfectly separated.
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


def fit_level(
    log_odds: FloatArray,
    converted: npt.NDArray[np.bool_] | FloatArray,
    weight: FloatArray | None = None,
    *,
    shown: FloatArray | None = None,
) -> float:
    """By how much all log-odds must be moved for as many to be promised as came.

    Parameters
    ----------
    converted
        As in :func:`fit_logistic_line`.
    shown : ndarray, optional
        Share of each row's outcomes that could have come by now; all unless given.
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


def fit_platt(
    margin: FloatArray, converted: npt.NDArray[np.bool_], weight: FloatArray | None = None
) -> Calibrator:
    """Fit the map from margin to probability on snapshots held out from training.

    Parameters
    ----------
    margin : ndarray of shape (n_snapshots,)
        Natural log-odds, not a probability.
    converted : ndarray of shape (n_snapshots,)
        Outcome within the horizon. Matured snapshots only.
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands.

    Returns
    -------
    Calibrator
        Its slope is at least zero.

    Raises
    ------
    LeadDataError
        If there are fewer than ``MIN_CALIBRATION_SNAPSHOTS`` snapshots.

    References
    ----------
    Niculescu-Mizil & Caruana (2005), Predicting good probabilities with supervised learning.
    """
    if len(margin) < MIN_CALIBRATION_SNAPSHOTS:
        msg = (
            f"calibration needs at least {MIN_CALIBRATION_SNAPSHOTS} matured snapshots; "
            f"got {len(margin)}. Lengthen the calibration window."
        )
        raise LeadDataError(msg)
    slope, intercept = fit_logistic_line(margin, converted, weight)
    if slope < 0:
        return Calibrator(slope=0.0, intercept=_log_odds(mean(converted, weight)))
    return Calibrator(slope=slope, intercept=intercept)


def calibrate(
    ensemble: Ensemble, converted: npt.NDArray[np.bool_], weight: FloatArray | None = None
) -> Calibrator:
    """The Platt calibrator of the served average, fitted on the ensemble's held-out margins."""
    return fit_platt(margin_as_served(ensemble, weight), converted, weight)


def margin_as_served(ensemble: Ensemble, weight: FloatArray | None = None) -> FloatArray:
    """Held-out margins with the noise taken out that averaging all boosters will take out.

    Each is moved towards their mean by as much as its noise makes it stray on average, so that
    whatever is fitted on them fits the served average. Their mean stays.

    References
    ----------
    Carroll et al. (2006), Measurement error in nonlinear models, chapter 4: regression calibration.
    """
    margin = ensemble.oof_margin
    centre = mean(margin, weight)
    return centre + (margin - centre) / averaging_gain(ensemble, weight)


def averaging_gain(ensemble: Ensemble, weight: FloatArray | None = None) -> float:
    """How much steeper the slope is for the average of all boosters than for held-out margins.

    1 where the folds were drawn once: nothing then tells noise from signal, and such data sets are
    large enough for the two to agree.

    References
    ----------
    Fuller (1987), Measurement error models, section 1.2: attenuation by measurement error.
    """
    n_repeats = len(ensemble.oof_margins)
    if n_repeats == 1:
        return 1.0
    noise = mean(ensemble.oof_margins.var(axis=0, ddof=1), weight)
    margin = ensemble.oof_margin
    observed = mean((margin - mean(margin, weight)) ** 2, weight)
    signal = observed - noise / n_repeats
    if signal <= 0:
        return 1.0
    served = signal + noise / (len(ensemble.boosters) or ensemble.recipe.n_boosters)
    return min(observed / served, MOST_AVERAGING_GAIN)


def _log_odds(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))


_NEWTON_STEPS = 50
_LONGEST_STEP = 2.0
_STEP_TOLERANCE = 1e-8
_SMALLEST_DETERMINANT = 1e-300
_SMALLEST_CURVATURE = 1e-15
_FARTHEST_SHIFT = 16.0
