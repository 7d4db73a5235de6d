"""The search for a recipe: bounded, seeded, resumable, and never later than its own past."""

from dataclasses import replace

import numpy as np
import pytest

from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.moments import Moments
from features.snapshot import Snapshot
from training.learners.hyperparameters import Hyperparameters
from training.learners.linear.scorecard import Scorecard
from training.learners.tuned_hyperparameters import SearchedHyperparameters, read_tuned, write_tuned
from training.model.trained import TrainingRows
from training.train.search import SearchSettings, inner_folds, search_hyperparameters, with_tuned

HYPERPARAMETERS = Hyperparameters(n_folds=2, n_repeats=1, most_trees=4, n_threads=1)
HORIZON = 20 * DAY


class _Catalogue:
    categorical = ()
    features = ()
    fingerprint = "ab"

    def __len__(self):
        return 3


@pytest.fixture(scope="module")
def training_rows():
    """1200 leads over 200 days, looked at once."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(1200, 3))
    converted = random.random(1200) < 1 / (1 + np.exp(1 - 2 * matrix[:, 0] * (matrix[:, 1] > 0)))
    as_of = np.arange(1200) * 200 * DAY // 1200
    moments = Moments.of(np.arange(1200), as_of)
    snapshot = Snapshot(moments=moments, matrix=matrix, catalogue=_Catalogue())
    return TrainingRows(
        snapshot=snapshot, converted=converted, group=np.arange(1200), recipe=HYPERPARAMETERS
    )


def test_an_inner_fold_learns_only_from_what_had_matured_when_it_is_judged(training_rows):
    folds = list(inner_folds(training_rows, matures_after=HORIZON))
    as_of = training_rows.snapshot.moments.as_of

    assert len(folds) == 3
    for fold in folds:
        assert (as_of[fold.learned] + HORIZON).max() <= as_of[fold.scored].min()
    scored = np.concatenate([fold.scored for fold in folds])
    # The last half, each row once, in order.
    np.testing.assert_array_equal(scored, np.arange(600, 1200))


def test_without_dates_leads_are_dealt_to_folds(training_rows):
    moments = Moments.of(np.arange(1200), np.zeros(1200))
    undated = replace(training_rows, snapshot=replace(training_rows.snapshot, moments=moments))

    folds = list(inner_folds(undated, matures_after=0))

    assert len(folds) == 3
    assert sorted(np.concatenate([fold.scored for fold in folds]).tolist()) == list(range(1200))


def test_a_search_that_was_interrupted_ends_like_one_that_was_not(training_rows, tmp_path):
    def search(n_trials, name):
        settings = SearchSettings(n_trials=n_trials, storage=tmp_path / name, seed=3)
        return search_hyperparameters(training_rows, settings, matures_after=HORIZON)

    whole = search(4, "whole.search")
    search(2, "parts.search")
    resumed = search(4, "parts.search")

    assert resumed == whole
    assert whole.n_trials == 4


def test_the_first_trial_is_the_shipped_recipe_and_progress_ends_at_one(training_rows, tmp_path):
    told = []
    settings = SearchSettings(n_trials=1, storage=tmp_path / "one.search")

    found = search_hyperparameters(
        training_rows, settings, matures_after=HORIZON, progress=told.append
    )

    assert found.settings == SearchedHyperparameters.of(HYPERPARAMETERS)
    assert found.log_loss == found.shipped_log_loss
    assert not found.adopted
    assert told == [1.0]


def test_what_is_surely_better_is_adopted_and_nothing_else(training_rows, tmp_path):
    # Leaves larger than half the rows: trees that cannot split, so almost anything beats them.
    poor = replace(
        training_rows, recipe=replace(HYPERPARAMETERS, min_snapshots_per_leaf=200, with_line=False)
    )
    settings = SearchSettings(n_trials=6, storage=tmp_path / "poor.search", seed=1)

    found = search_hyperparameters(poor, settings, matures_after=HORIZON)

    assert found.adopted
    assert found.difference.high < 0
    assert with_tuned(poor, found).recipe.depth == found.settings.depth
    assert with_tuned(poor, replace(found, adopted=False)).recipe == poor.recipe


def test_other_data_start_a_search_anew(training_rows, tmp_path):
    settings = SearchSettings(n_trials=2, storage=tmp_path / "both.search")
    search_hyperparameters(training_rows, settings, matures_after=HORIZON)
    flipped = replace(training_rows, converted=~training_rows.converted)

    found = search_hyperparameters(flipped, settings, matures_after=HORIZON)

    assert found.n_trials == 2


def test_a_scorecard_has_nothing_to_search(training_rows, tmp_path):
    recipe = replace(HYPERPARAMETERS, scorecard=Scorecard(steps=(), attributes=(0,)))
    settings = SearchSettings(n_trials=2, storage=tmp_path / "none.search")

    found = search_hyperparameters(
        replace(training_rows, recipe=recipe), settings, matures_after=HORIZON
    )

    assert found is None


def test_what_was_found_is_read_again_and_a_damaged_file_is_said(training_rows, tmp_path):
    settings = SearchSettings(n_trials=1, storage=tmp_path / "kept.search")
    found = search_hyperparameters(training_rows, settings, matures_after=HORIZON)
    path = tmp_path / "recipe.json"

    write_tuned(path, found)

    assert read_tuned(path) == found
    assert read_tuned(tmp_path / "absent.json") is None
    path.write_text("{}")
    with pytest.raises(LeadDataError, match=r"recipe\.json"):
        read_tuned(path)
