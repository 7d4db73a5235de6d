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

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from training.calibration.realised_range import Ends
from training.calibration.segment_offsets import SegmentOffset
from training.learners.boosting.ensemble import FEWEST_SNAPSHOTS, Ensemble
from training.metrics.logistic import fit_logistic_line, probability_of
from training.metrics.sample_weights import mean

MIN_CALIBRATION_SNAPSHOTS = FEWEST_SNAPSHOTS

MOST_AVERAGING_GAIN = 1.3
"""Where noise is most of the variance the ratio explodes, and the correction would do harm."""


NONE, PLATT, BETA, ISOTONIC = "none", "platt", "beta", "isotonic"


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """``probability = 1 / (1 + exp(-log_odds(margin)))``, never falling in margin.

    Attributes
    ----------
    slope, intercept : float
        Of log-odds on margin. A curved calibrator has them too, of its Platt fit: reasons are given
        along that line, and what the curve adds is given apart.
    kind : str
        ``platt`` and ``none`` are lines; ``beta`` and ``isotonic`` bend.
    coefficients : tuple of float
        Of ``beta``: its weights of ``log p`` and ``-log(1 - p)``, and its constant.
    knots, levels : tuple of float
        Of ``isotonic``: margins, and the log-odds there; straight in between, level outside.
    offsets : tuple of SegmentOffset
        What segments get before the map; every margin passed here has it already.
    ends : Ends or None
        Between which rates leads at a margin convert; None in older releases.
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
        """Rates between which leads at each margin convert, in ``ends.level`` of cases.

        None in releases whose ends state no level: those were no interval of a rate.
        """
        if self.ends is None or self.ends.level is None:
            return None
        low, high = self.ends.log_odds(margin)
        return probability_of(low), probability_of(high)

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
    """Fit the Platt calibrator of the served average on the ensemble's held-out margins.

    Parameters
    ----------
    ensemble : Ensemble
    converted : ndarray of shape (n_snapshots,)
        Outcome within the horizon of the snapshots the ensemble was fitted on, in their order.
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands.
    """
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
