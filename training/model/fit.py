"""From matured snapshots to calibrated probabilities in one call: what a retrain does twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.families.category_levels import OTHER
from features.snapshot_rows import SnapshotRows, blocks_of
from training.calibration.calibrator import NONE, PLATT, margin_as_served
from training.calibration.choose_calibrator import choose_calibrator
from training.calibration.fit_segment_offsets import SegmentColumn, find_offsets
from training.calibration.realised_range import LOCAL_SHARE, fit_ends
from training.calibration.segment_offsets import PlacedOffsets
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.cross_fit import Progress
from training.learners.boosting.training_matrix import TrainingMatrix
from training.metrics.sample_weights import mean
from training.model.out_of_range import ranges_seen
from training.model.trained import LearnedSummary, Trained, TrainingRows
from training.model.trained_model import TrainedModel


# Sums that BLAS shares out among processors differ in their last bits with their number, and with
# them a release and its id.
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit(rows: TrainingRows, progress: Progress | None = None) -> Trained:
    """Fit boosters and calibrator on matured snapshots.

    Parameters
    ----------
    rows : TrainingRows
    progress : callable
        Called with the share that is done.

    Raises
    ------
    Refusal
        If there is too little to learn from.
    """
    snapshot, converted, groups, weight = rows.snapshot, rows.converted, rows.group, rows.weight
    whole = fit_blend(_learned_from(rows), recipe=rows.recipe, progress=progress)
    ensemble = replace(whole, oof_margins=whole.oof_margins[:, : len(converted)])
    as_of, margin = snapshot.moments.as_of, margin_as_served(ensemble, weight)
    columns = segment_columns(snapshot, rows.recipe.segments)
    found = find_offsets(margin, converted, columns, as_of=as_of, groups=groups, weight=weight)
    catalogue = snapshot.catalogue.to_dict()
    offsets = PlacedOffsets.of(found, catalogue)
    margin = _with_offsets(margin, offsets, snapshot)
    choice = choose_calibrator(margin, converted, as_of=as_of, groups=groups, weight=weight)
    kind = choice.calibrator.kind
    ends = fit_ends(
        margin,
        choice.calibrator.log_odds(margin),
        converted=converted,
        group=groups,
        weight=weight,
        local_share=LOCAL_SHARE if kind in (PLATT, NONE) else 1.0,
    )
    model = TrainedModel(
        booster_texts=tuple(booster.model_to_string() for booster in ensemble.boosters),
        line=ensemble.line,
        calibrator=replace(choice.calibrator, offsets=found, ends=ends),
        catalogue={**catalogue, "ranges": ranges_seen(snapshot)},
    )
    summary = LearnedSummary(
        base_rate=mean(converted, weight),
        recipe=rows.recipe,
        calibrators=choice.trials,
        platt=None if kind == PLATT else replace(choice.platt, offsets=found),
    )
    held_out = _with_offsets(ensemble.oof_margin, offsets, snapshot)
    trained = Trained(model=model, held_out=choice.calibrator.predict(held_out), summary=summary)
    if rows.young is None:
        return trained
    margin = _with_offsets(whole.oof_margin[len(converted) :], offsets, rows.young.snapshot)
    held_out = choice.calibrator.predict(margin)
    return replace(trained, young=rows.young.rows, young_held_out=held_out)


def _learned_from(rows: TrainingRows) -> TrainingMatrix:
    """Matured rows, then young ones."""
    matured, categorical = LearningMatrix(rows.snapshot), rows.snapshot.catalogue.categorical
    young = rows.young
    if young is None:
        return TrainingMatrix(
            matrix=matured,
            converted=rows.converted,
            groups=rows.group,
            categorical=categorical,
            weight=rows.weight,
        )
    return TrainingMatrix(
        matrix=_WithYoung(matured, LearningMatrix(young.snapshot)),
        converted=np.concatenate([rows.converted, young.chance]),
        groups=np.concatenate([rows.group, young.group]),
        categorical=categorical,
    )


def _with_offsets(margin: FloatArray, offsets: PlacedOffsets, snapshot: SnapshotRows) -> FloatArray:
    if not offsets.placed:
        return margin
    blocks = blocks_of(len(margin))
    return np.concatenate(
        [offsets.add_to(margin[rows], snapshot.take(rows).matrix) for rows in blocks]
    )


def segment_columns(snapshot: SnapshotRows, columns: Sequence[int]) -> tuple[SegmentColumn, ...]:
    """The columns by whose categories the level of probabilities is checked."""
    features = [snapshot.catalogue.features[column] for column in columns]
    return tuple(
        SegmentColumn(name=f.name, levels=f.levels, codes=snapshot.column(f.name)) for f in features
    )


@dataclass(frozen=True)
class LearningMatrix:
    """The rows of a snapshot with rare values of categories as unknown, computed as they are read.

    Why nothing is learned of them: the rare values of today and the new ones of tomorrow share only
    their rarity. As a level of its own, "other" took Olist's later-in-time log loss from .3019 to
    between .3020 and .3066, by the luck of which landing pages were rare in January. A booster
    sends a level it has not seen where it sends the unknown, so nothing changes when it predicts.
    """

    snapshot: SnapshotRows

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.snapshot.moments), len(self.snapshot.catalogue)

    def __len__(self) -> int:
        return len(self.snapshot.moments)

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> FloatArray:
        taken = self.snapshot.take(rows).matrix
        matrix = taken if taken.base is None else taken.copy()  # a view of a snapshot that is held
        catalogue = self.snapshot.catalogue
        for column in catalogue.categorical:
            levels = catalogue.features[column].levels
            if OTHER in levels:
                matrix[matrix[:, column] == levels.index(OTHER), column] = np.nan
        return matrix


@dataclass(frozen=True)
class _WithYoung:
    """Matured rows, then young ones, read by ascending rows."""

    matured: LearningMatrix
    young: LearningMatrix

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), self.matured.shape[1]

    def __len__(self) -> int:
        return len(self.matured) + len(self.young)

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> FloatArray:
        position = _positions(rows, len(self))
        first_young = np.searchsorted(position, len(self.matured))
        if first_young == len(position):
            return self.matured[position]
        young = self.young[position[first_young:] - len(self.matured)]
        if first_young == 0:
            return young
        return np.concatenate([self.matured[position[:first_young]], young])


def _positions(rows: IntArray | BoolArray | slice, n_rows: int) -> IntArray:
    """Which of so many rows are meant; a block of millions is not looked for among all of them."""
    if isinstance(rows, slice):
        return np.arange(*rows.indices(n_rows))
    return np.arange(n_rows)[rows]
