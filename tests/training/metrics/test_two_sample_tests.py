"""Distances and chances of two samples, against hand arithmetic and other libraries."""

import numpy as np
import pytest
from scipy import stats

from training.metrics.two_sample_tests import binned, corrected, p_value_of, stability_index


def test_equal_shares_are_no_distance() -> None:
    assert stability_index(np.array([[1000.0, 3000.0], [100.0, 300.0]])) < 1e-4


def test_the_index_is_the_sum_over_bins_by_hand() -> None:
    # Shares .25 and .75 against .5 and .5; the half added to each count moves the third digit.
    expected = (0.5 - 0.25) * np.log(0.5 / 0.25) + (0.5 - 0.75) * np.log(0.5 / 0.75)

    found = stability_index(np.array([[2500.0, 7500.0], [5000.0, 5000.0]]))

    assert found == pytest.approx(expected, abs=1e-3)


def test_unknown_values_have_a_bin_of_their_own() -> None:
    reference = np.array([1.0, 2.0, 3.0, np.nan])

    counts = binned(reference, np.array([np.nan, np.nan]), is_category=False)

    assert counts[:, -1].tolist() == [1.0, 2.0]
    assert counts.sum(axis=1).tolist() == [4.0, 2.0]


def test_a_code_first_seen_now_has_a_bin_of_its_own() -> None:
    counts = binned(np.array([0.0, 0.0, 2.0]), np.array([0.0, 7.0]), is_category=True)

    assert counts[:, counts.sum(axis=0) > 0].tolist() == [[2.0, 1.0, 0.0], [1.0, 0.0, 1.0]]


def test_the_chance_is_scipys_where_every_bin_is_full() -> None:
    counts = np.array([[50.0, 30.0, 20.0], [30.0, 40.0, 30.0]])

    assert p_value_of(counts) == pytest.approx(stats.chi2_contingency(counts).pvalue)


def test_chances_without_a_difference_are_even() -> None:
    random = np.random.default_rng(8)
    chances = [
        p_value_of(
            binned(random.poisson(1.0, 800) * 1.0, random.poisson(1.0, 150) * 1.0, is_category=True)
        )
        for _ in range(400)
    ]

    assert np.mean(np.array(chances) < 0.05) == pytest.approx(0.05, abs=0.025)


def test_correction_is_holms() -> None:
    # 4 x .01, 3 x .015, 2 x .3, then never smaller than the one before.
    assert corrected([0.3, 0.01, 0.5, 0.015]) == pytest.approx([0.6, 0.04, 0.6, 0.045])
