"""A bounded search for better hyperparameters: seeded, resumable, scored later in time.

Inner folds are time-ordered: learn from what had matured when a later stretch begins, judge that
stretch, three times. The test window of the retrain is never looked at. Without dates leads are
dealt to folds instead, and the result says nothing of the future.

Why the shipped recipe is the first trial and hard to beat: the best of fifty trials is the luckiest
as well, so another recipe is adopted only where the whole interval of its advantage is below zero.

Every finished trial is appended to a file in the workspace. A search that was killed, or asked for
more trials, goes on from there; other data or another version of the learning code start anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.clock import DAY
from features.core.estimate import Measured
from training.calibration.calibrator import fit_platt, margin_as_served
from training.dataset.dataset import Dataset
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.cross_fit import Progress
from training.learners.boosting.folds import deal_folds
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.tuned_hyperparameters import (
    SearchedHyperparameters,
    TunedHyperparameters,
    write_tuned,
)
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.metrics.metrics import row_losses
from training.metrics.sample_weights import mean
from training.model.fit import LearningMatrix
from training.model.trained import TrainingRows
from training.train.step_cache import training_rows_key
from training.train.train import training_rows_of

if TYPE_CHECKING:
    import optuna

STARTS = (0.5, 0.65, 0.8)
"""Where the judged stretches begin, as shares of the snapshots in order of time."""

N_FOLDS = 3
"""Of an undated data set."""

FEWEST_OF_EACH = 20
"""Conversions to learn from and to judge below which an inner fold is left out."""


STARTUP_TRIALS = 8
"""Drawn at random before the sampler learns from what was tried."""


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """How much is searched, and where finished trials are kept.

    Attributes
    ----------
    n_trials : int
        In all, those finished earlier included.
    storage : Path
    seed : int
    """

    n_trials: int
    storage: Path
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class InnerFold:
    """Rows to learn from and rows to judge."""

    learned: IntArray
    scored: IntArray


def search_hyperparameters(
    training_rows: TrainingRows,
    settings: SearchSettings,
    *,
    matures_after: int,
    progress: Progress | None = None,
) -> TunedHyperparameters | None:
    """Search for better hyperparameters around those of the training rows.

    Parameters
    ----------
    training_rows : TrainingRows
        Of the tested fit: nothing later than the start of the test window.
    settings : SearchSettings
    matures_after : int
        Seconds after a snapshot's ``as_of`` at which its outcome is known.
    progress : callable
        Called with the share that is done after each trial.

    Returns
    -------
    TunedHyperparameters or None
        None where there is too little for inner folds, or only a scorecard is learned.
    """
    if training_rows.recipe.scorecard is not None:
        return None
    folds = list(inner_folds(training_rows, matures_after=matures_after))
    if not folds:
        return None
    study = _study(training_rows, settings)
    objective = _objective(training_rows, folds)
    while (done := len(_finished(study))) < settings.n_trials:
        # Drawn anew for each trial, so that a search that goes on draws what it would have drawn
        # had it never stopped.
        study.sampler = _sampler(settings.seed, done)
        study.optimize(objective, n_trials=1)
        if progress is not None:
            progress((done + 1) / settings.n_trials)
    return _found(training_rows, folds, study)


def search_for(
    dataset: Dataset, *, n_trials: int, tuned_file: Path, progress: Progress | None = None
) -> None:
    """Search on what the tested fit will learn from, and write what was found into a file.

    Parameters
    ----------
    dataset : Dataset
    n_trials : int
        In all, those finished earlier included.
    tuned_file : path
        Where the result is written; finished trials are kept beside it.
    progress : callable, optional
        Called with the share that is done after each trial.
    """
    split, outcome = dataset.split, dataset.definition.outcome
    known_before = split.test_from if split.forecast else UNDATED_AS_OF
    training_rows = training_rows_of(dataset, split.train, known_before=known_before)
    found = search_hyperparameters(
        training_rows,
        SearchSettings(
            n_trials=n_trials, storage=tuned_file.with_suffix(".search"), seed=dataset.seed
        ),
        matures_after=((outcome.horizon_days or 0) + outcome.outcome_delay_days) * DAY,
        progress=progress,
    )
    if found is not None:
        write_tuned(tuned_file, found)


def with_tuned(training_rows: TrainingRows, tuned: TunedHyperparameters | None) -> TrainingRows:
    """Give training rows what a search found, if it was better than what is shipped."""
    if tuned is None or not tuned.adopted:
        return training_rows
    return replace(training_rows, recipe=tuned.settings.apply(training_rows.recipe))


def inner_folds(training_rows: TrainingRows, *, matures_after: int) -> Iterator[InnerFold]:
    """Time-ordered folds with enough outcomes on either side."""
    as_of = training_rows.snapshot.moments.as_of
    for learned, scored in _parts(training_rows, as_of, matures_after):
        sides = (training_rows.converted[learned], training_rows.converted[scored])
        if all(min(side.sum(), (~side).sum()) >= FEWEST_OF_EACH for side in sides):
            yield InnerFold(learned=np.flatnonzero(learned), scored=np.flatnonzero(scored))


def _parts(
    training_rows: TrainingRows, as_of: IntArray, matures_after: int
) -> Iterator[tuple[BoolArray, BoolArray]]:
    if as_of.min() == as_of.max():
        dealt = deal_folds(training_rows.converted, training_rows.group, n_folds=N_FOLDS, seed=0)
        for fold in range(N_FOLDS):
            yield dealt != fold, dealt == fold
        return
    bounds = [*np.quantile(as_of, STARTS).tolist(), float(as_of.max()) + 1]
    for start, end in pairwise(bounds):
        yield as_of + matures_after <= start, (as_of >= start) & (as_of < end)


def _study(training_rows: TrainingRows, settings: SearchSettings) -> "optuna.Study":
    # Half a second that only a search should cost.
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    settings.storage.parent.mkdir(parents=True, exist_ok=True)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(settings.storage)))
    study = optuna.create_study(
        study_name=training_rows_key(training_rows)[:16],
        storage=storage,
        load_if_exists=True,
        direction="minimize",
    )
    if not study.trials:
        study.enqueue_trial(asdict(SearchedHyperparameters.of(training_rows.recipe)))
    return study


def _sampler(seed: int, done: int) -> "optuna.samplers.BaseSampler":
    import optuna

    return optuna.samplers.TPESampler(seed=seed * 10_000 + done, n_startup_trials=STARTUP_TRIALS)


def _finished(study: "optuna.Study") -> list["optuna.trial.FrozenTrial"]:
    return [trial for trial in study.trials if trial.state.name == "COMPLETE"]


def _suggest(trial: "optuna.Trial") -> SearchedHyperparameters:
    return SearchedHyperparameters(
        depth=trial.suggest_int("depth", 1, 4),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
        min_snapshots_per_leaf=trial.suggest_int("min_snapshots_per_leaf", 5, 200, log=True),
        lambda_l2=trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
        category_smoothing=trial.suggest_float("category_smoothing", 5.0, 100.0, log=True),
        feature_share=trial.suggest_float("feature_share", 0.3, 1.0),
        row_share=trial.suggest_float("row_share", 0.5, 1.0),
    )


def _objective(
    training_rows: TrainingRows, folds: list[InnerFold]
) -> Callable[["optuna.Trial"], float]:
    weight = _judged_weight(training_rows, folds)

    def objective(trial: "optuna.Trial") -> float:
        return mean(inner_losses(training_rows, folds, _suggest(trial)), weight)

    return objective


def inner_losses(
    training_rows: TrainingRows, folds: list[InnerFold], settings: SearchedHyperparameters
) -> FloatArray:
    """Compute the log loss of every scored row, fold after fold.

    Parameters
    ----------
    training_rows : TrainingRows
    folds : list of InnerFold
        Rows to learn from and rows to score.
    settings : SearchedHyperparameters
        Tried in place of those of the training rows.

    Returns
    -------
    ndarray of shape (n_scored,)
        In nats.
    """
    # One draw of the folds tells recipes apart as well as two, in half the time.
    recipe = replace(settings.apply(training_rows.recipe), n_repeats=1)
    matrix = LearningMatrix(training_rows.snapshot)
    losses = []
    for fold in folds:
        weight = _taken(training_rows.weight, fold.learned)
        ensemble = fit_blend(
            TrainingMatrix(
                matrix=matrix[fold.learned],
                converted=training_rows.converted[fold.learned],
                groups=training_rows.group[fold.learned],
                categorical=training_rows.snapshot.catalogue.categorical,
                weight=weight,
            ),
            recipe=recipe,
        )
        margin = margin_as_served(ensemble, weight)
        calibrator = fit_platt(margin, training_rows.converted[fold.learned], weight)
        probability = calibrator.predict(
            ensemble.margin(training_rows.snapshot.take(fold.scored).matrix)
        )
        losses.append(row_losses(probability, training_rows.converted[fold.scored]))
    return np.concatenate(losses)


def _found(
    training_rows: TrainingRows, folds: list[InnerFold], study: "optuna.Study"
) -> TunedHyperparameters:
    shipped = SearchedHyperparameters.of(training_rows.recipe)
    best = SearchedHyperparameters(**study.best_params)
    theirs = inner_losses(training_rows, folds, shipped)
    ours = inner_losses(training_rows, folds, best)
    group = training_rows.group[np.concatenate([fold.scored for fold in folds])]
    weight = _judged_weight(training_rows, folds)
    difference = _difference(ours - theirs, group, weight)
    adopted = best != shipped and difference is not None and (difference.high or 0.0) < 0
    return TunedHyperparameters(
        settings=best if adopted else shipped,
        adopted=adopted,
        n_trials=len(_finished(study)),
        log_loss=mean(ours, weight),
        shipped_log_loss=mean(theirs, weight),
        difference=difference,
    )


def _judged_weight(training_rows: TrainingRows, folds: list[InnerFold]) -> FloatArray | None:
    """Of every judged row, fold after fold."""
    return _taken(training_rows.weight, np.concatenate([fold.scored for fold in folds]))


def _taken(weight: FloatArray | None, rows: IntArray) -> FloatArray | None:
    return None if weight is None else weight[rows]


def _difference(ahead: FloatArray, group: IntArray, weight: FloatArray | None) -> Measured | None:
    counted = np.ones(len(ahead)) if weight is None else weight
    sums = sums_by_group(group, np.column_stack((ahead * counted, counted)))
    return measured(_mean_of_sums, sums.sum(axis=0), resampled_sums(sums, seed=0))


def _mean_of_sums(sums: FloatArray) -> FloatArray:
    return sums[:, 0] / sums[:, 1]
