from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.core.errors import Refusal
from training.learners.boosting.cross_fit import fit_ensemble, sampling_seed
from training.learners.boosting.ensemble import average_margin
from training.learners.boosting.folds import deal_folds
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import (
    FEW_SNAPSHOTS,
    MANY_SNAPSHOTS,
    MOST_TREES,
    Hyperparameters,
    hyperparameters_for,
)

SMALL = Hyperparameters(n_folds=3, n_repeats=2, most_trees=15, n_threads=1, feature_share=1.0)


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(1)
    matrix = np.column_stack([random.normal(size=(900, 2)), random.integers(0, 4, 900)])
    converted = random.random(900) < 1 / (1 + np.exp(1.5 - matrix[:, 0] - (matrix[:, 2] == 3)))
    return matrix, converted, np.repeat(np.arange(300), 3)


@pytest.fixture(scope="module")
def ensemble(rows):
    matrix, converted, groups = rows
    return fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=SMALL,
    )


def test_a_held_out_margin_comes_from_the_booster_that_left_the_row_out(rows, ensemble):
    matrix, converted, groups = rows

    for repeat in range(SMALL.n_repeats):
        folds = deal_folds(converted, groups, n_folds=SMALL.n_folds, seed=repeat)
        for fold in range(SMALL.n_folds):
            held_out = folds == fold
            booster = ensemble.boosters[repeat * SMALL.n_folds + fold]
            np.testing.assert_array_equal(
                ensemble.oof_margins[repeat, held_out],
                booster.predict(matrix[held_out], raw_score=True),
            )


def test_held_out_margins_of_many_rows_are_those_of_few(rows, ensemble, monkeypatch):
    matrix, converted, groups = rows
    monkeypatch.setattr("training.learners.boosting.cross_fit.TABLES_FROM", 1)
    monkeypatch.setattr("lightgbm.Booster.predict", None)

    again = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=SMALL,
    )

    np.testing.assert_array_equal(again.oof_margins, ensemble.oof_margins)


def test_rows_read_one_by_one_give_the_boosters_of_a_matrix(rows, ensemble, monkeypatch):
    matrix, converted, groups = rows
    monkeypatch.setattr("training.learners.boosting.cross_fit.HELD_AT_MOST", 0)

    again = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=SMALL,
    )

    for one, other in zip(again.boosters, ensemble.boosters, strict=True):
        assert one.model_to_string() == other.model_to_string()


def test_a_booster_is_the_same_whatever_came_of_the_leads_it_leaves_out(rows):
    matrix, converted, groups = rows
    recipe = Hyperparameters(n_folds=3, most_trees=8, n_threads=1)
    held_out = deal_folds(converted, groups, n_folds=3, seed=0) == 0
    swapped = converted.copy()
    # Within a group of the fold, so that the deal stays as it is.
    inside = np.flatnonzero(held_out)
    for group in np.unique(groups[inside]):
        members = np.flatnonzero(groups == group)
        swapped[members] = np.roll(converted[members], 1)

    one = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=recipe,
    )
    other = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=swapped, groups=groups, categorical=(2,)),
        recipe=recipe,
    )

    shorter = min(one.boosters[0].num_trees(), other.boosters[0].num_trees())
    np.testing.assert_array_equal(
        one.boosters[0].predict(matrix, raw_score=True, num_iteration=shorter),
        other.boosters[0].predict(matrix, raw_score=True, num_iteration=shorter),
    )


def test_the_served_margin_is_the_mean_of_all_boosters(rows, ensemble):
    matrix = rows[0]

    mean = np.mean([b.predict(matrix, raw_score=True) for b in ensemble.boosters], axis=0)

    np.testing.assert_allclose(ensemble.margin(matrix), mean, rtol=0, atol=1e-12)


def test_one_row_gets_the_same_bits_as_among_many(rows, ensemble):
    matrix = rows[0]

    alone = [average_margin(ensemble.boosters, matrix[i : i + 1])[0] for i in range(20)]

    np.testing.assert_array_equal(alone, ensemble.margin(matrix)[:20])


def test_one_seed_gives_the_same_boosters_on_any_number_of_threads(rows):
    matrix, converted, groups = rows
    texts = [
        [
            b.model_to_string().split("parameters:")[0]
            for b in fit_ensemble(
                TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
                recipe=Hyperparameters(n_folds=3, most_trees=5, n_threads=threads, seed=7),
            ).boosters
        ]
        for threads in (1, 2)
    ]

    assert texts[0] == texts[1]


def test_an_unseen_category_goes_where_the_unknown_goes(rows, ensemble):
    matrix = rows[0].copy()
    matrix[:, 2] = np.nan
    unseen = matrix.copy()
    unseen[:, 2] = 77

    np.testing.assert_array_equal(ensemble.margin(unseen), ensemble.margin(matrix))


def test_a_constraint_keeps_the_margin_from_falling(rows):
    matrix, converted, groups = rows
    recipe = Hyperparameters(n_folds=3, most_trees=15, n_threads=1, monotone=(-1, 1, 0))
    held_down = fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,)),
        recipe=recipe,
    )
    grid = np.column_stack([np.linspace(-3, 3, 50), np.zeros(50), np.zeros(50)])

    assert (np.diff(held_down.margin(grid)) <= 0).all()


@pytest.mark.parametrize(("n_converted", "found"), [(0, "0 and 900"), (900, "900 and 0")])
def test_one_outcome_only_is_refused(rows, n_converted, found):
    matrix, _, groups = rows

    with pytest.raises(Refusal, match=f"converted and some that did not; got {found}"):
        fit_ensemble(
            TrainingMatrix(matrix=matrix, converted=np.arange(900) < n_converted, groups=groups),
            recipe=SMALL,
        )


@pytest.mark.parametrize("n_converted", [9, 891])
def test_too_few_of_either_outcome_are_refused(rows, n_converted):
    matrix, _, groups = rows

    with pytest.raises(Refusal, match=r"at least 10 .* got 900 snapshots, "):
        fit_ensemble(
            TrainingMatrix(matrix=matrix, converted=np.arange(900) < n_converted, groups=groups),
            recipe=SMALL,
        )


def test_too_few_snapshots_to_calibrate_are_refused(rows):
    matrix, _, groups = rows

    with pytest.raises(Refusal, match=r"needs 50 matured snapshots.* got 49 snapshots"):
        fit_ensemble(
            TrainingMatrix(
                matrix=matrix[:49], converted=np.arange(49) % 2 == 0, groups=groups[:49]
            ),
            recipe=SMALL,
        )


@pytest.mark.parametrize("n_snapshots", [100, FEW_SNAPSHOTS - 1, FEW_SNAPSHOTS, 1_000_000])
def test_no_recipe_grows_more_trees_than_reasons_can_afford(n_snapshots):
    recipe = hyperparameters_for(n_snapshots)

    assert recipe.n_boosters * recipe.most_trees <= MOST_TREES


def test_many_snapshots_are_learned_from_faster_since_trees_end_before_they_know_all():
    few, many = hyperparameters_for(MANY_SNAPSHOTS - 1), hyperparameters_for(MANY_SNAPSHOTS)

    assert many == replace(few, learning_rate=many.learning_rate)
    assert many.learning_rate > few.learning_rate


def test_progress_ends_at_one(rows):
    matrix, converted, groups = rows
    told: list[float] = []

    fit_ensemble(
        TrainingMatrix(matrix=matrix, converted=converted, groups=groups),
        recipe=Hyperparameters(n_folds=2, n_repeats=1, most_trees=2, n_threads=1),
        progress=told.append,
    )

    assert told == [0.5, 1.0]


class _Computed:
    """Rows of a matrix as something that is no array gives them."""

    def __init__(self, matrix):
        self.matrix, self.shape = matrix, matrix.shape

    def __len__(self):
        return len(self.matrix)

    def __getitem__(self, rows):
        return self.matrix[rows].copy()


@pytest.mark.parametrize("seed", [0, 7])
def test_rows_that_are_computed_as_they_are_read_give_the_same_boosters(seed, monkeypatch):
    # More rows than LightGBM finds its bins from, so that a sample of them is drawn.
    monkeypatch.setattr("features.snapshot_rows.ROWS_AT_ONCE", 60_000)
    random = np.random.default_rng(1)
    matrix = np.column_stack([random.normal(size=(210_000, 2)), random.integers(0, 4, 210_000)])
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    converted = random.random(len(matrix)) < 0.1 + 0.3 * (matrix[:, 0] > 1)
    recipe = Hyperparameters(n_folds=2, n_repeats=1, most_trees=3, n_threads=1, seed=seed)

    held, computed = (
        fit_ensemble(
            TrainingMatrix(
                matrix=rows, converted=converted, groups=np.arange(len(matrix)), categorical=(2,)
            ),
            recipe=recipe,
        )
        for rows in (matrix, _Computed(matrix))
    )

    for one, other in zip(held.boosters, computed.boosters, strict=True):
        assert one.model_to_string() == other.model_to_string()
    np.testing.assert_array_equal(held.oof_margins, computed.oof_margins)


def test_the_sample_that_bins_are_found_from_is_the_one_lightgbm_draws_by_its_seed():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(210_000, 1))
    for seed in (0, 3, 12_345):
        plain = {"seed": seed, "verbosity": -1}
        texts = [
            lgb.train(
                parameters, lgb.Dataset(matrix, label=matrix[:, 0] > 1, params=parameters), 1
            ).model_to_string()
            for parameters in (plain, {**plain, "data_random_seed": sampling_seed(seed)})
        ]

        assert texts[0] == texts[1]


def test_as_many_boosters_grow_side_by_side_as_their_bins_leave_room_for(rows, monkeypatch):
    matrix, converted, groups = rows
    learned = TrainingMatrix(matrix=matrix, converted=converted, groups=groups, categorical=(2,))
    recipe = replace(SMALL, n_threads=4)
    alone = fit_ensemble(learned, recipe=recipe)
    monkeypatch.setattr("training.learners.boosting.cross_fit.BINS_AT_ONCE", 2 * matrix.size)
    begun, most = [], []
    kept = lgb.train

    def train(*arguments, **named):
        begun.append(1)
        most.append(len(begun))
        booster = kept(*arguments, **named)
        begun.pop()
        return booster

    monkeypatch.setattr(lgb, "train", train)

    two = fit_ensemble(learned, recipe=recipe)

    assert max(most) <= 2
    np.testing.assert_array_equal(two.oof_margins, alone.oof_margins)
