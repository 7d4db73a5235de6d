"""From matured snapshots to calibrated probabilities in one call: what a retrain does twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.calibrator import Calibrator, calibrate
from training.ensemble import Ensemble, FloatArray, Progress, fit_ensemble
from training.folds import IntArray
from training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """An ensemble, its calibrator, and the share of its training snapshots that converted."""

    ensemble: Ensemble
    calibrator: Calibrator
    base_rate: float

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Probability of the outcome within the horizon for new rows; shape (n,)."""
        return self.calibrator.predict(self.ensemble.margin(matrix))

    @property
    def oof_probability(self) -> FloatArray:
        """Probability of each training row from boosters that had not seen it."""
        return self.calibrator.predict(self.ensemble.oof_margin)


def fit(
    matrix: FloatArray,
    converted: npt.NDArray[np.bool_],
    groups: IntArray,
    *,
    recipe: Recipe,
    categorical: Sequence[int] = (),
    progress: Progress | None = None,
) -> Fitted:
    """Fit boosters and calibrator; arguments as in :func:`training.ensemble.fit_ensemble`."""
    ensemble = fit_ensemble(
        matrix, converted, groups, recipe=recipe, categorical=categorical, progress=progress
    )
    return Fitted(
        ensemble=ensemble,
        calibrator=calibrate(ensemble, converted),
        base_rate=float(np.mean(converted)),
    )
