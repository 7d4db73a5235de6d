import numpy as np
import pytest

from training.learners.boosting.folds import deal_folds


@pytest.fixture
def groups():
    return np.random.default_rng(0).integers(0, 300, 1000)


@pytest.fixture
def converted(groups):
    return np.isin(groups, np.arange(0, 300, 15)) & (np.arange(len(groups)) % 2 == 0)


def test_rows_of_one_group_are_held_out_together(converted, groups):
    folds = deal_folds(converted, groups, n_folds=5, seed=1)

    for group in np.unique(groups):
        assert len(np.unique(folds[groups == group])) == 1


def test_groups_with_conversions_are_spread_evenly(converted, groups):
    folds = deal_folds(converted, groups, n_folds=5, seed=1)

    with_conversions = [len(np.unique(groups[converted & (folds == f)])) for f in range(5)]
    assert max(with_conversions) - min(with_conversions) <= 1


def test_folds_hold_about_equally_many_rows(converted, groups):
    folds = deal_folds(converted, groups, n_folds=5, seed=1)

    assert np.bincount(folds).min() > 0.9 * len(groups) / 5


def test_one_seed_gives_one_deal_and_another_seed_another(converted, groups):
    first = deal_folds(converted, groups, n_folds=5, seed=1)

    assert np.array_equal(first, deal_folds(converted, groups, n_folds=5, seed=1))
    assert not np.array_equal(first, deal_folds(converted, groups, n_folds=5, seed=2))


def test_folds_are_not_cut_from_blocks_of_neighbouring_groups():
    folds = deal_folds(np.zeros(500, dtype=bool), np.arange(500), n_folds=5, seed=0)

    in_first_fifth = np.bincount(folds[:100], minlength=5)
    assert in_first_fifth.min() >= 15
