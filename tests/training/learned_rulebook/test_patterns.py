"""Kinds of snapshots, and weights fitted to them."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.learned_rulebook.patterns import SHRINKAGE, Patterns, Sample, fit_weights


def sample_of(converted, weight=None):
    converted = np.asarray(converted, dtype=float)
    return Sample(converted=converted, weight=np.ones(len(converted)) if weight is None else weight)


def test_snapshots_alike_are_counted_together():
    times = np.array([[0, 1, 1, 0, 1], [2, 0, 0, 2, 1]], dtype=np.uint8)

    patterns = Patterns.of(times, sample_of([0, 1, 0, 1, 1]))

    kinds = {
        tuple(row): (n, converted)
        for row, n, converted in zip(
            patterns.times.tolist(), patterns.n_snapshots, patterns.n_converted, strict=True
        )
    }
    assert kinds == {(0, 2): (2, 1), (1, 0): (2, 1), (1, 1): (1, 1)}
    np.testing.assert_array_equal(patterns.times[patterns.code].T, times)


def test_telling_kinds_apart_by_one_rule_more_is_starting_anew():
    random = np.random.default_rng(0)
    times = random.integers(0, 3, size=(4, 300)).astype(np.uint8)
    sample = sample_of(random.random(300) < 0.3, weight=random.random(300))

    anew = Patterns.of(times, sample)
    split = Patterns.of(times[:3], sample).split_by(times[3], sample)

    order = np.lexsort(anew.times.T), np.lexsort(split.times.T)
    np.testing.assert_array_equal(anew.times[order[0]], split.times[order[1]])
    np.testing.assert_allclose(anew.n_converted[order[0]], split.n_converted[order[1]])
    np.testing.assert_array_equal(split.times[split.code].T, times)


def test_no_rule_makes_one_kind():
    patterns = Patterns.of(np.zeros((0, 4), dtype=np.uint8), sample_of([1, 0, 0, 0]))

    assert patterns.times.shape == (1, 0)
    assert fit_weights(patterns, np.zeros(0, dtype=np.int64)).probability == pytest.approx(
        0.25, abs=1e-4
    )


def test_weights_are_those_of_a_penalised_logistic_regression():
    random = np.random.default_rng(1)
    times = random.integers(0, 3, size=(3, 2000)).astype(np.uint8)
    margin = np.array([1.0, -0.5, 0.0]) @ times - 1
    converted = random.random(2000) < 1 / (1 + np.exp(-margin))
    weight = random.integers(1, 4, 2000).astype(float)

    reference = LogisticRegression(C=1 / SHRINKAGE, tol=1e-8, max_iter=1000)
    reference.fit(times.T, converted, sample_weight=weight)
    fitted = fit_weights(
        Patterns.of(times, sample_of(converted, weight)), np.zeros(3, dtype=np.int64)
    )

    np.testing.assert_allclose(fitted.per_rule, reference.coef_[0], atol=2e-3)
    assert fitted.intercept == pytest.approx(reference.intercept_[0], abs=2e-3)


def test_no_weight_goes_against_its_sign():
    times = np.array([[0, 0, 1, 1]], dtype=np.uint8)
    patterns = Patterns.of(times, sample_of([1, 1, 0, 0]))

    assert fit_weights(patterns, np.array([1])).per_rule == pytest.approx(0)
    assert fit_weights(patterns, np.array([-1])).per_rule < -0.5
