"""Choosing rules: by how much the likelihood gains, never against a sign, never for chance."""

import numpy as np
import pytest

from training.learned_rulebook.patterns import Patterns, Sample, fit_weights
from training.learned_rulebook.selection import (
    Pool,
    first_order_gains,
    nothing_chosen,
    select_rules,
)

N_SNAPSHOTS = 4000
# Rules 3 and 7 speak for a lead, rule 12 against it; the others are noise.
MARGIN = {3: 1.5, 7: 1.0, 12: -1.2}


@pytest.fixture(scope="module")
def pool():
    random = np.random.default_rng(5)
    times = (random.random((20, N_SNAPSHOTS)) < 0.3).astype(np.uint8)
    margin = sum(weight * times[rule] for rule, weight in MARGIN.items()) - 2
    converted = random.random(N_SNAPSHOTS) < 1 / (1 + np.exp(-margin))
    return Pool(
        times=times,
        signs=np.zeros(20, dtype=np.int64),
        favour=np.zeros(20),
        sample=Sample(converted=converted.astype(float), weight=np.ones(N_SNAPSHOTS)),
        chance=np.log(20),
    )


def changed(pool, **fields):
    return Pool(**{**vars(pool), **fields})


def test_the_rules_that_matter_are_found_and_no_others(pool):
    assert set(select_rules(pool, 12).positions) == set(MARGIN)


def test_no_more_rules_than_wanted(pool):
    assert len(select_rules(pool, 2).positions) == 2


def test_a_rule_is_never_used_against_its_sign(pool):
    signs = np.ones(20, dtype=np.int64)

    chosen = select_rules(changed(pool, signs=signs), 12)

    assert 12 not in chosen.positions
    assert (chosen.weights.per_rule >= 0).all()


def test_noise_gives_no_rules(pool):
    random = np.random.default_rng(6)
    converted = (random.random(N_SNAPSHOTS) < 0.2).astype(float)
    sample = Sample(converted=converted, weight=np.ones(N_SNAPSHOTS))

    assert select_rules(changed(pool, sample=sample), 12).positions == ()


def test_of_two_equal_rules_todays_is_taken(pool):
    times = pool.times.copy()
    times[19] = times[3]
    favour = np.zeros(20)
    favour[19] = 1.0

    chosen = select_rules(changed(pool, times=times, favour=favour), 12).positions

    assert 19 in chosen
    assert 3 not in chosen


def test_a_first_order_gain_is_half_the_score_statistic(pool):
    """Against a chi-square by hand: (observed - expected) squared over its variance."""
    rule = 3
    converted, times = pool.sample.converted, pool.times[rule]
    rate = (converted.sum() + 0.5) / (N_SNAPSHOTS + 1)
    hits = times.sum()
    observed = (times * converted).sum() - hits * rate
    variance = rate * (1 - rate) * hits * (1 - hits / N_SNAPSHOTS)

    gains = first_order_gains(pool, nothing_chosen(pool))

    assert gains[rule] == pytest.approx(observed**2 / variance / 2, rel=0.01)


def test_a_small_first_order_gain_is_nearly_the_true_gain(pool):
    nothing = nothing_chosen(pool)
    noise = 5
    patterns = Patterns.of(pool.times[[noise]], pool.sample)

    gain = fit_weights(patterns, np.zeros(1, dtype=np.int64)).log_likelihood

    expected = first_order_gains(pool, nothing)[noise]
    assert gain - nothing.weights.log_likelihood == pytest.approx(expected, abs=0.05)
