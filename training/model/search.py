"""A bounded search for a better recipe: seeded, resumable, judged later in time than it learned.

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
from training.dataset.dataset import Gathered
from training.dataset.snapshot_grid import UNDATED_AS_OF
from training.evaluation.metrics.bootstrap import measured, resampled_sums, sums_by_group
from training.evaluation.metrics.metrics import row_losses
from training.evaluation.train import Material, material_of
from training.model.boosting.cross_fit import Progress
from training.model.boosting.folds import deal_folds
from training.model.boosting.mix_linear import fit_mixture
from training.model.boosting.sample_weights import mean
from training.model.boosting.training_rows import LearningRows
from training.model.fit import learning_matrix
from training.model.tuned_hyperparameters import Settings, Tuned, write_tuned
from training.step_cache import material_key

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
    judged: IntArray


def search_recipe(
    material: Material,
    settings: SearchSettings,
    *,
    matures_after: int,
    progress: Progress | None = None,
) -> Tuned | None:
    """Search around the material's own recipe.

    Parameters
    ----------
    material : Material
        Of the tested fit: nothing later than the start of the test window.
    matures_after : int
        Seconds after a snapshot's ``as_of`` at which its outcome is known.
    progress : callable
        Called with the share that is done after each trial.

    Returns
    -------
    Tuned or None
        None where there is too little for inner folds, or only a scorecard is learned.
    """
    if material.recipe.scorecard is not None:
        return None
    folds = list(inner_folds(material, matures_after=matures_after))
    if not folds:
        return None
    study = _study(material, settings)
    objective = _objective(material, folds)
    while (done := len(_finished(study))) < settings.n_trials:
        # Drawn anew for each trial, so that a search that goes on draws what it would have drawn
        # had it never stopped.
        study.sampler = _sampler(settings.seed, done)
        study.optimize(objective, n_trials=1)
        if progress is not None:
            progress((done + 1) / settings.n_trials)
    return _found(material, folds, study)


def search_for(
    gathered: Gathered, *, n_trials: int, tuned_file: Path, progress: Progress | None = None
) -> None:
    """Search on what the tested fit will learn from, and leave what was found in a file."""
    split, outcome = gathered.split, gathered.definition.outcome
    known_before = split.test_from if split.forecast else UNDATED_AS_OF
    material = material_of(gathered, split.train, known_before=known_before)
    found = search_recipe(
        material,
        SearchSettings(
            n_trials=n_trials, storage=tuned_file.with_suffix(".search"), seed=gathered.seed
        ),
        matures_after=((outcome.horizon_days or 0) + outcome.outcome_delay_days) * DAY,
        progress=progress,
    )
    if found is not None:
        write_tuned(tuned_file, found)


def with_tuned(material: Material, tuned: Tuned | None) -> Material:
    """The material with what a search found, if it was better than what is shipped."""
    if tuned is None or not tuned.adopted:
        return material
    return replace(material, recipe=tuned.settings.apply(material.recipe))


def inner_folds(material: Material, *, matures_after: int) -> Iterator[InnerFold]:
    """Time-ordered folds with enough outcomes on either side."""
    as_of = material.snapshot.moments.as_of
    for learned, judged in _parts(material, as_of, matures_after):
        sides = (material.converted[learned], material.converted[judged])
        if all(min(side.sum(), (~side).sum()) >= FEWEST_OF_EACH for side in sides):
            yield InnerFold(learned=np.flatnonzero(learned), judged=np.flatnonzero(judged))


def _parts(
    material: Material, as_of: IntArray, matures_after: int
) -> Iterator[tuple[BoolArray, BoolArray]]:
    if as_of.min() == as_of.max():
        dealt = deal_folds(material.converted, material.group, n_folds=N_FOLDS, seed=0)
        for fold in range(N_FOLDS):
            yield dealt != fold, dealt == fold
        return
    bounds = [*np.quantile(as_of, STARTS).tolist(), float(as_of.max()) + 1]
    for start, end in pairwise(bounds):
        yield as_of + matures_after <= start, (as_of >= start) & (as_of < end)


def _study(material: Material, settings: SearchSettings) -> "optuna.Study":
    # Half a second that only a search should cost.
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    settings.storage.parent.mkdir(parents=True, exist_ok=True)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(settings.storage)))
    study = optuna.create_study(
        study_name=material_key(material)[:16],
        storage=storage,
        load_if_exists=True,
        direction="minimize",
    )
    if not study.trials:
        study.enqueue_trial(asdict(Settings.of(material.recipe)))
    return study


def _sampler(seed: int, done: int) -> "optuna.samplers.BaseSampler":
    import optuna

    return optuna.samplers.TPESampler(seed=seed * 10_000 + done, n_startup_trials=STARTUP_TRIALS)


def _finished(study: "optuna.Study") -> list["optuna.trial.FrozenTrial"]:
    return [trial for trial in study.trials if trial.state.name == "COMPLETE"]


def _suggest(trial: "optuna.Trial") -> Settings:
    return Settings(
        depth=trial.suggest_int("depth", 1, 4),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
        min_snapshots_per_leaf=trial.suggest_int("min_snapshots_per_leaf", 5, 200, log=True),
        lambda_l2=trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
        category_smoothing=trial.suggest_float("category_smoothing", 5.0, 100.0, log=True),
        feature_share=trial.suggest_float("feature_share", 0.3, 1.0),
        row_share=trial.suggest_float("row_share", 0.5, 1.0),
    )


def _objective(material: Material, folds: list[InnerFold]) -> Callable[["optuna.Trial"], float]:
    weight = _judged_weight(material, folds)

    def objective(trial: "optuna.Trial") -> float:
        return mean(inner_losses(material, folds, _suggest(trial)), weight)

    return objective


def inner_losses(material: Material, folds: list[InnerFold], settings: Settings) -> FloatArray:
    """Log loss of every judged row, fold after fold."""
    # One draw of the folds tells recipes apart as well as two, in half the time.
    recipe = replace(settings.apply(material.recipe), n_repeats=1)
    matrix = learning_matrix(material.snapshot)
    losses = []
    for fold in folds:
        weight = _taken(material.weight, fold.learned)
        ensemble = fit_mixture(
            LearningRows(
                matrix=matrix[fold.learned],
                converted=material.converted[fold.learned],
                groups=material.group[fold.learned],
                categorical=material.snapshot.catalogue.categorical,
                weight=weight,
            ),
            recipe=recipe,
        )
        margin = margin_as_served(ensemble, weight)
        calibrator = fit_platt(margin, material.converted[fold.learned], weight)
        probability = calibrator.predict(ensemble.margin(material.snapshot.matrix[fold.judged]))
        losses.append(row_losses(probability, material.converted[fold.judged]))
    return np.concatenate(losses)


def _found(material: Material, folds: list[InnerFold], study: "optuna.Study") -> Tuned:
    shipped = Settings.of(material.recipe)
    best = Settings(**study.best_params)
    theirs = inner_losses(material, folds, shipped)
    ours = inner_losses(material, folds, best)
    group = material.group[np.concatenate([fold.judged for fold in folds])]
    weight = _judged_weight(material, folds)
    difference = _difference(ours - theirs, group, weight)
    adopted = best != shipped and difference is not None and (difference.high or 0.0) < 0
    return Tuned(
        settings=best if adopted else shipped,
        adopted=adopted,
        n_trials=len(_finished(study)),
        log_loss=mean(ours, weight),
        shipped_log_loss=mean(theirs, weight),
        difference=difference,
    )


def _judged_weight(material: Material, folds: list[InnerFold]) -> FloatArray | None:
    """Of every judged row, fold after fold."""
    return _taken(material.weight, np.concatenate([fold.judged for fold in folds]))


def _taken(weight: FloatArray | None, rows: IntArray) -> FloatArray | None:
    return None if weight is None else weight[rows]


def _difference(ahead: FloatArray, group: IntArray, weight: FloatArray | None) -> Measured | None:
    counted = np.ones(len(ahead)) if weight is None else weight
    sums = sums_by_group(group, np.column_stack((ahead * counted, counted)))
    return measured(_mean_of_sums, sums.sum(axis=0), resampled_sums(sums, seed=0))


def _mean_of_sums(sums: FloatArray) -> FloatArray:
    return sums[:, 0] / sums[:, 1]
