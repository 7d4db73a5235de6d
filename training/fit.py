"""From matured snapshots to calibrated probabilities in one call: what a retrain does twice."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.levels import OTHER
from features.snapshot import Snapshot
from training.calibrator import Calibrator, margin_as_served
from training.calibrator_choice import CalibratorTrial, choose_calibrator
from training.ensemble import Ensemble, FloatArray, Progress, fit_ensemble
from training.folds import IntArray
from training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """An ensemble, its calibrator, and the share of its training snapshots that converted.

    ``trials`` are the kinds of calibrator that were compared on a later period.
    """

    ensemble: Ensemble
    calibrator: Calibrator
    base_rate: float
    trials: tuple[CalibratorTrial, ...] = ()

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Probability of the outcome within the horizon for new rows; shape (n,)."""
        return self.calibrator.predict(self.ensemble.margin(matrix))

    @property
    def oof_probability(self) -> FloatArray:
        """Probability of each training row from boosters that had not seen it."""
        return self.calibrator.predict(self.ensemble.oof_margin)


def fit(
    snapshot: Snapshot,
    converted: npt.NDArray[np.bool_],
    groups: IntArray,
    *,
    recipe: Recipe,
    progress: Progress | None = None,
) -> Fitted:
    """Fit boosters and calibrator on matured snapshots.

    Parameters
    ----------
    snapshot : Snapshot
    converted : ndarray of shape (n_snapshots,)
        Outcome within the horizon.
    groups : ndarray of shape (n_snapshots,)
        Account or lead; what is held out together.
    recipe : Recipe
    progress : callable
        Called with the share that is done.

    Raises
    ------
    Refusal
        If there is too little to learn from.
    """
    ensemble = fit_ensemble(
        learning_matrix(snapshot),
        converted,
        groups,
        recipe=recipe,
        categorical=snapshot.catalogue.categorical,
        progress=progress,
    )
    choice = choose_calibrator(
        margin_as_served(ensemble), converted, as_of=snapshot.moments.as_of, groups=groups
    )
    return Fitted(
        ensemble=ensemble,
        calibrator=choice.calibrator,
        base_rate=float(np.mean(converted)),
        trials=choice.trials,
    )


def learning_matrix(snapshot: Snapshot) -> FloatArray:
    """The snapshot's matrix with rare values of categories as unknown.

    Why nothing is learned of them: the rare values of today and the new ones of tomorrow share only
    their rarity. As a level of its own, "other" took Olist's later-in-time log loss from .3019 to
    between .3020 and .3066, by the luck of which landing pages were rare in January. A booster
    sends a level it has not seen where it sends the unknown, so nothing changes when it predicts.
    """
    matrix = snapshot.matrix.copy()
    for column in snapshot.catalogue.categorical:
        levels = snapshot.catalogue.features[column].levels
        if OTHER in levels:
            matrix[matrix[:, column] == levels.index(OTHER), column] = np.nan
    return matrix
