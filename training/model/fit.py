"""From matured snapshots to calibrated probabilities in one call: what a retrain does twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.families.category_levels import OTHER
from features.snapshot import Snapshot
from training.calibration.calibrator import NONE, PLATT, Calibrator, margin_as_served
from training.calibration.choose_calibrator import choose_calibrator
from training.calibration.fit_segment_offsets import SegmentColumn, find_offsets
from training.calibration.realised_range import LOCAL_SHARE, fit_ends
from training.calibration.segment_offsets import NO_OFFSETS, PlacedOffsets
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.cross_fit import Progress
from training.learners.boosting.ensemble import Ensemble
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.metrics.sample_weights import mean
from training.results.calibration_records import CalibratorTrial


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """An ensemble, its calibrator, and the (weighted) share of its snapshots that converted.

    ``oof_probability`` is that of each training row from boosters that had not seen it;
    ``trials`` are the kinds of calibrator that were compared on later blocks, ``platt`` the one
    that is used unless another surely wins.
    """

    ensemble: Ensemble
    calibrator: Calibrator
    base_rate: float
    oof_probability: FloatArray
    offsets: PlacedOffsets = NO_OFFSETS
    platt: Calibrator
    trials: tuple[CalibratorTrial, ...] = ()

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Probability of the outcome within the horizon for new rows; shape (n,)."""
        margin = self.offsets.add_to(self.ensemble.margin(matrix), matrix)
        return self.calibrator.predict(margin)


def fit(
    snapshot: Snapshot,
    converted: npt.NDArray[np.bool_],
    groups: IntArray,
    *,
    recipe: Hyperparameters,
    weight: FloatArray | None = None,
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
    recipe : Hyperparameters
    weight : ndarray of shape (n_snapshots,), optional
        For how many snapshots each stands, in all as many as they are worth; see
        :mod:`training.metrics.sample_weights`.
    progress : callable
        Called with the share that is done.

    Raises
    ------
    Refusal
        If there is too little to learn from.
    """
    ensemble = fit_blend(
        TrainingMatrix(
            matrix=learning_matrix(snapshot),
            converted=converted,
            groups=groups,
            categorical=snapshot.catalogue.categorical,
            weight=weight,
        ),
        recipe=recipe,
        progress=progress,
    )
    as_of, margin = snapshot.moments.as_of, margin_as_served(ensemble, weight)
    columns = segment_columns(snapshot, recipe.segments)
    found = find_offsets(margin, converted, columns, as_of=as_of, groups=groups, weight=weight)
    offsets = PlacedOffsets.of(found, snapshot.catalogue.to_dict())
    margin = offsets.add_to(margin, snapshot.matrix)
    choice = choose_calibrator(margin, converted, as_of=as_of, groups=groups, weight=weight)
    ends = fit_ends(
        margin,
        choice.calibrator.log_odds(margin),
        converted=converted,
        group=groups,
        weight=weight,
        local_share=LOCAL_SHARE if choice.calibrator.kind in (PLATT, NONE) else 1.0,
    )
    held_out = offsets.add_to(ensemble.oof_margin, snapshot.matrix)
    return Fitted(
        ensemble=ensemble,
        calibrator=replace(choice.calibrator, offsets=found, ends=ends),
        base_rate=mean(converted, weight),
        oof_probability=choice.calibrator.predict(held_out),
        offsets=offsets,
        platt=replace(choice.platt, offsets=found),
        trials=choice.trials,
    )


def segment_columns(snapshot: Snapshot, columns: Sequence[int]) -> tuple[SegmentColumn, ...]:
    """The columns by whose categories the level of probabilities is checked."""
    return tuple(
        SegmentColumn(name=feature.name, levels=feature.levels, codes=snapshot.matrix[:, column])
        for column in columns
        for feature in (snapshot.catalogue.features[column],)
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
