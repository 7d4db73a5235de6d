"""Log-odds as small whole points."""

import numpy as np
import pytest

from training.learned_rulebook.patterns import Patterns, Sample
from training.learned_rulebook.whole_points import round_points


@pytest.fixture(scope="module")
def patterns():
    """Log-odds of 1, 0.5 and -0.75, so that 4, 2 and -3 points are exact."""
    random = np.random.default_rng(2)
    times = (random.random((3, 20_000)) < 0.4).astype(np.uint8)
    margin = np.array([1.0, 0.5, -0.75]) @ times - 1
    converted = random.random(20_000) < 1 / (1 + np.exp(-margin))
    return Patterns.of(times, Sample(converted=converted.astype(float), weight=np.ones(20_000)))


def test_points_keep_the_proportions_of_the_log_odds(patterns):
    best, *_ = round_points(patterns, np.array([1.0, 0.5, -0.75]), most_points=30)

    ratio = best.per_rule / best.per_rule[0]
    np.testing.assert_allclose(ratio, [1, 0.5, -0.75], atol=0.15)


@pytest.mark.parametrize("most_points", [1, 2, 5, 30])
def test_no_rule_gives_more_than_the_limit_or_nothing(patterns, most_points):
    for points in round_points(patterns, np.array([1.0, 0.02, -0.75]), most_points=most_points):
        assert np.abs(points.per_rule).max() <= most_points
        assert np.abs(points.per_rule).min() >= 1
        assert np.sign(points.per_rule).tolist() == [1, 1, -1]


def test_the_best_fit_comes_first(patterns):
    found = round_points(patterns, np.array([1.0, 0.5, -0.75]), most_points=30)

    fits = [points.log_likelihood for points in found]
    assert fits == sorted(fits, reverse=True)
