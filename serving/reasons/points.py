"""Contributions in points: a unit in which reasons add up to the probability shown.

    total       = base + sum of reasons + calibration
    probability = 1 / (1 + 2 ** (-total / 10))

Ten points double the odds. Contributions are exact in margin space, and a calibrator that is a line
in the margin keeps them exact in calibrated log-odds: each is multiplied by the slope. What a bent
calibrator adds to its line is left over as the calibration adjustment, under its own name. An
offset that a calibrator gives to a segment belongs to the reason of that segment's concept: it is
in the contributions already, since it is counted in margin
(:mod:`training.calibration.segment_offsets`).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from features.core.arrays import FloatArray
from training.contributions.contributions import Contributions

POINTS_PER_LOG_ODDS = 10.0 / float(np.log(2.0))
"""Ten points double the odds; odds are natural log-odds everywhere else."""


class MapsMargins(Protocol):
    """A calibrator: a line in the margin, or one with a bend."""

    @property
    def slope(self) -> float: ...  # noqa: D102

    @property
    def intercept(self) -> float: ...  # noqa: D102

    def log_odds(self, margin: FloatArray) -> FloatArray:
        """Calibrated natural log-odds."""
        ...

    def predict(self, margin: FloatArray) -> FloatArray:
        """Probability; the logistic function of the log-odds."""
        ...


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points of leads, by concept.

    Attributes
    ----------
    base : float
        What everybody starts with: the average margin, calibrated.
    reasons : ndarray of shape (n_leads, n_concepts)
    calibration : ndarray of shape (n_leads,)
        What a bent calibrator adds; exactly 0 where it is a line.
    """

    base: float
    reasons: FloatArray
    calibration: FloatArray

    @property
    def total(self) -> FloatArray:
        """Points that map to the probability shown, shape (n_leads,)."""
        return self.base + self.reasons.sum(axis=1) + self.calibration


def in_points(
    contributions: Contributions,
    calibrator: MapsMargins,
    membership: FloatArray,
) -> Points:
    """Points of leads from their contributions.

    Parameters
    ----------
    contributions : Contributions
    calibrator : MapsMargins
    membership : ndarray of shape (n_features, n_concepts)
        1 where a feature belongs to a concept.
    """
    slope = calibrator.slope * POINTS_PER_LOG_ODDS
    reasons = contributions.values @ membership * slope
    line = calibrator.slope * contributions.margin + calibrator.intercept
    bend = calibrator.log_odds(contributions.margin) - line
    return Points(
        base=(calibrator.slope * contributions.base + calibrator.intercept) * POINTS_PER_LOG_ODDS,
        reasons=reasons,
        calibration=bend * POINTS_PER_LOG_ODDS,
    )


def probability_from(total: FloatArray) -> FloatArray:
    """The probability that a total of points stands for."""
    return 1.0 / (1.0 + np.exp2(-np.asarray(total) / 10.0))
