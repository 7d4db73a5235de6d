"""Cross-fitted boosters averaged in margin space, with margins held out of every one.

Each booster leaves one fold out and predicts it; those out-of-fold margins are what the calibrator
is fitted on, and all boosters together are what is served. How many trees a booster keeps is read
from the other folds' learning curves, never from the fold it predicts, so the held-out margins are
not flattered by their own stopping.

Bins are found once and shared: ``Dataset.subset`` re-uses them, which makes five boosters cost
little more than five times their trees.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol, cast

import lightgbm as lgb
import numpy as np

from features.core.arrays import BoolArray, FloatArray, IntArray
from features.core.errors import Refusal
from features.core.memory import give_back
from features.snapshot_rows import HELD_AT_MOST, ROWS_AT_ONCE, blocks_of
from training.contributions.tree_shap import TABLES_FROM, ContributionTables
from training.learners.boosting.ensemble import FEWEST_SNAPSHOTS, Ensemble
from training.learners.boosting.folds import Folds, deal_folds
from training.learners.boosting.training_matrix import MatrixRows, TrainingMatrix
from training.learners.hyperparameters import Hyperparameters

Progress = Callable[[float], None]

FEWEST_OF_EACH = 10
"""Conversions, and non-conversions, below which folds would be left without any."""


BINS_AT_ONCE = 1 << 29
"""Numbers of the rows of all boosters that are grown side by side: each holds the bins of its rows,
a byte a number, some three times over. From four million snapshots on there is one at a time."""


class Grower(Protocol):
    """Grows boosters from rows it holds.

    Attributes
    ----------
    side_by_side : int
        How many at once.
    """

    side_by_side: int

    def grow(
        self, held_out: BoolArray, parameters: dict[str, Any], n_trees: int
    ) -> tuple[lgb.Booster, FloatArray]:
        """Grow a booster without one fold, and compute its log loss there after each tree.

        Parameters
        ----------
        held_out : ndarray of shape (n,)
            Mask over the rows: those of the fold that is left out.
        parameters : dict
            LightGBM's, by its own names.
        n_trees : int

        Returns
        -------
        tuple of lightgbm.Booster, ndarray of shape (n_trees,)
        """


class MakeGrower(Protocol):
    """Gives rows to a grower."""

    def __call__(self, rows: TrainingMatrix, *, recipe: Hyperparameters) -> Grower:
        """A grower that holds these rows."""


@contextmanager
def growing(make_grower: MakeGrower) -> Iterator[None]:
    """Grow boosters elsewhere while the block runs.

    Why this is no argument: between a retrain and its boosters lie five functions to which it makes
    no difference where a tree is grown.
    """
    token = _make_grower.set(make_grower)
    try:
        yield
    finally:
        _make_grower.reset(token)


def fit_ensemble(
    rows: TrainingMatrix, *, recipe: Hyperparameters, progress: Progress | None = None
) -> Ensemble:
    """Fit the cross-fitted boosters.

    Parameters
    ----------
    rows : TrainingMatrix
    recipe : Hyperparameters
    progress : callable
        Called with the share that is done after each booster.

    Returns
    -------
    Ensemble

    Raises
    ------
    Refusal
        If there are too few conversions, non-conversions or groups to fit on.
    """
    check_enough(rows, recipe)
    grower = _make_grower.get()(rows, recipe=recipe)
    boosters: list[lgb.Booster] = []
    for repeat in range(recipe.n_repeats):
        folds = folds_of(rows, recipe, repeat)
        grown = []
        for found in _grow_folds(grower, folds, recipe, first=repeat * recipe.n_folds):
            grown.append(found)
            if progress is not None:
                progress((repeat * recipe.n_folds + len(grown)) / recipe.n_boosters)
        curves = np.stack([curve for _, curve in grown])
        kept = _trees_to_keep(curves, np.bincount(folds, rows.weight))
        boosters += [_cut(booster, int(n)) for (booster, _), n in zip(grown, kept, strict=True)]
    del grower  # its bins, a byte a number
    give_back()
    few = len(rows) // recipe.n_folds < TABLES_FROM
    predict = [
        partial(booster.predict, raw_score=True)
        if few
        else ContributionTables.from_model_texts([booster.model_to_string()]).margin
        for booster in boosters
    ]
    margins = held_out_margins(rows, predict, recipe)
    return Ensemble(boosters=tuple(boosters), oof_margins=margins, recipe=recipe)


def held_out_margins(
    rows: TrainingMatrix,
    predict: Sequence[Callable[[FloatArray], FloatArray]],
    recipe: Hyperparameters,
) -> FloatArray:
    """Give every row the margin of what did not learn from it, for each draw of the folds.

    Parameters
    ----------
    rows : TrainingMatrix
    predict : sequence of callable
        From rows of the matrix to margins: what left out each fold in turn, draw after draw.
    recipe : Hyperparameters

    Returns
    -------
    ndarray of shape (n_draws, n)
        Natural log-odds.
    """
    n_draws = len(predict) // recipe.n_folds
    folds = [folds_of(rows, recipe, repeat) for repeat in range(n_draws)]
    margins = np.empty((n_draws, len(rows)))
    for some in blocks_of(len(rows)):
        matrix = rows.matrix[some]
        for number, margin in enumerate(predict):
            repeat, fold = divmod(number, recipe.n_folds)
            held_out = folds[repeat][some] == fold
            if held_out.any():
                margins[repeat, some][held_out] = margin(matrix[held_out])
    return margins


def folds_of(rows: TrainingMatrix, recipe: Hyperparameters, repeat: int) -> Folds:
    """Draw the folds of one repeat: the same for boosters and linear model.

    Parameters
    ----------
    rows : TrainingMatrix
    recipe : Hyperparameters
    repeat : int
        Number of the draw, from 0.

    Returns
    -------
    ndarray of shape (n,)
        Fold of each row, from 0.
    """
    seed = recipe.seed * recipe.n_repeats + repeat
    return deal_folds(
        rows.converted, rows.groups, n_folds=recipe.n_folds, seed=seed, weight=rows.weight
    )


def _grow_folds(
    grower: Grower, folds: Folds, recipe: Hyperparameters, *, first: int
) -> Iterator[tuple[lgb.Booster, FloatArray]]:
    """The booster without each fold in turn, numbered from the first."""

    def grow(fold: int) -> tuple[lgb.Booster, FloatArray]:
        return grower.grow(folds == fold, recipe.parameters(first + fold), recipe.most_trees)

    with ThreadPoolExecutor(grower.side_by_side) as threads:
        yield from threads.map(grow, range(recipe.n_folds))


def check_enough(rows: TrainingMatrix, recipe: Hyperparameters) -> None:
    """Raise :class:`~features.core.errors.Refusal` if there is too little to learn from."""
    converted, groups = rows.converted, rows.groups
    n_converted, n_others = int((converted == 1).sum()), int((converted == 0).sum())
    n_groups = len(np.unique(groups))
    if len(converted) and 0 in (n_converted, n_others):
        msg = (
            "learning needs matured snapshots that converted and some that did not; got "
            f"{n_converted} and {n_others}. Check the outcome stage and what was imported, or wait "
            "for the other outcome."
        )
        raise Refusal(msg)
    too_few = min(n_converted, n_others) < FEWEST_OF_EACH or n_groups < recipe.n_folds
    if too_few or len(converted) < FEWEST_SNAPSHOTS:
        msg = (
            f"learning needs {FEWEST_SNAPSHOTS} matured snapshots, at least {FEWEST_OF_EACH} that "
            f"converted and {FEWEST_OF_EACH} that did not, and {recipe.n_folds} leads; got "
            f"{len(converted)} snapshots, {n_converted} and {n_others}, of {n_groups} leads. "
            "Wait for more outcomes, or choose an earlier stage as the outcome."
        )
        raise Refusal(msg)


def sampling_seed(seed: int) -> int:
    """The seed by which LightGBM draws the rows that it finds bins from, given its ``seed``.

    Rows of an array are drawn by it, those of a sequence by a constant unless it is given: both
    must give the same boosters. It is the first number of LightGBM's own generator.
    """
    first = (214013 * seed + 2531011) % (1 << 32)
    return (first >> 16 & 0x7FFF) % 0x7FFF


class _Rows(lgb.Sequence):
    """Rows of a matrix as LightGBM asks for them, so that they need not be held all at once."""

    batch_size = ROWS_AT_ONCE

    def __init__(self, matrix: MatrixRows) -> None:
        self._matrix, self._n_rows = matrix, len(matrix)
        self._begin, self._block = 0, matrix[:0]

    def __len__(self) -> int:
        return self._n_rows  # asked for each row of the sample

    def __getitem__(self, rows: Any) -> FloatArray:
        if isinstance(rows, slice):
            return self._matrix[rows]
        # Its sample for the bins is asked for row by row, ascending.
        at = rows - self._begin
        if not 0 <= at < len(self._block):
            self._begin = rows - rows % self.batch_size
            self._block = self._matrix[self._begin : self._begin + self.batch_size]
            at = rows - self._begin
        return self._block[at]


class _Here:
    """Grows boosters on this machine, from bins that are found once."""

    def __init__(self, rows: TrainingMatrix, *, recipe: Hyperparameters) -> None:
        self._bins = find_bins(rows, recipe)
        at_most = max(BINS_AT_ONCE // max(len(rows) * rows.matrix.shape[1], 1), 1)
        self.side_by_side = min(recipe.n_threads or os.cpu_count() or 1, at_most)

    def grow(
        self, held_out: BoolArray, parameters: dict[str, Any], n_trees: int
    ) -> tuple[lgb.Booster, FloatArray]:
        """A booster without one fold, and its log loss on that fold after each tree."""
        return grow_booster(self._bins, held_out, parameters=parameters, n_trees=n_trees)


def find_bins(rows: TrainingMatrix, recipe: Hyperparameters) -> lgb.Dataset:
    """Sort the values of each column into bins, once for all boosters.

    Parameters
    ----------
    rows : TrainingMatrix
    recipe : Hyperparameters
    """
    parameters = bin_parameters(recipe)
    few = len(rows) * rows.matrix.shape[1] <= HELD_AT_MOST
    bins = lgb.Dataset(
        rows.matrix[:] if few else _Rows(rows.matrix),
        label=rows.converted.astype(np.float64),
        weight=rows.weight,
        categorical_feature=list(rows.categorical),
        params={**parameters, "data_random_seed": sampling_seed(parameters["seed"])},
        free_raw_data=True,
    ).construct()
    # Drawn by now: in its text each booster names the one that follows from its own seed.
    del bins.params["data_random_seed"]
    give_back()  # the sample of rows that bins were found from
    return bins


def bin_parameters(recipe: Hyperparameters) -> dict[str, Any]:
    """LightGBM's parameters for bins; it would thin out rare values of few rows."""
    return {**recipe.parameters(0), "min_data_in_bin": 1, "feature_pre_filter": False}


def grow_booster(
    bins: lgb.Dataset, held_out: BoolArray, *, parameters: dict[str, Any], n_trees: int
) -> tuple[lgb.Booster, FloatArray]:
    """Grow a booster without one fold; what it gives is that of :meth:`Grower.grow`.

    Parameters
    ----------
    bins : lightgbm.Dataset
        From :func:`find_bins`.
    held_out, parameters, n_trees
        As :meth:`Grower.grow` takes them.
    """
    curve: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        parameters,
        _part(bins, ~held_out),
        num_boost_round=n_trees,
        valid_sets=[_part(bins, held_out)],
        valid_names=["held_out"],
        callbacks=[lgb.record_evaluation(curve)],
    )
    return booster, np.asarray(curve["held_out"]["cross_entropy"])


def _part(bins: lgb.Dataset, rows: BoolArray) -> lgb.Dataset:
    """Some rows, whose bins are copied when a booster begins."""
    part = bins.subset([])
    # What `subset` is given it holds as a list of Python's integers: 40 bytes a row, for as long as
    # the booster grows.
    part.used_indices = cast("list[int]", np.flatnonzero(rows).astype(np.int32))
    return part


_make_grower: ContextVar[MakeGrower] = ContextVar("make_grower", default=_Here)


def _trees_to_keep(curves: FloatArray, fold_sizes: IntArray | FloatArray) -> IntArray:
    """For each fold, how many trees do best on all the other folds."""
    losses = curves * fold_sizes[:, None]
    on_others = losses.sum(axis=0) - losses
    return on_others.argmin(axis=1) + 1


def _cut(booster: lgb.Booster, n_trees: int) -> lgb.Booster:
    # Through the text, so that what is calibrated is bit for bit what a release will load.
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=n_trees))
