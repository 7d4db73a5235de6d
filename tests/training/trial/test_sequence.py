"""The sequence holds at every look; the end has an interval of its own."""

import numpy as np
import pytest
from scipy import stats

from training.trial.sequence import END_ALPHA, LOOKS_ALPHA, end_z, sequence_z


def test_looks_and_end_share_five_percent():
    assert pytest.approx(0.05) == LOOKS_ALPHA + END_ALPHA
    assert end_z() / 1.96 < 1.05
    assert 2 * stats.norm.sf(end_z()) == pytest.approx(0.04)


def test_hardly_a_walk_without_drift_ever_leaves_the_sequence():
    steps = np.random.default_rng(1).normal(size=(2000, 1000))
    n = np.arange(1, 1001)
    bound = np.array([sequence_z(int(count), 1000) for count in n]) * np.sqrt(n)

    left = (np.abs(np.cumsum(steps, axis=1)) > bound).any(axis=1).mean()

    # Three standard errors above one percent.
    assert left < LOOKS_ALPHA + 3 * (0.01 * 0.99 / 2000) ** 0.5


def test_the_sequence_is_narrowest_half_way():
    widths = [sequence_z(n, 1000) for n in range(50, 2000, 50)]

    assert np.argmin(widths) == pytest.approx(9, abs=2)
    # By hand: the root of m = log((m + 1) / 0.0001) is 11.76, and the bound sqrt(12.76).
    assert min(widths) == pytest.approx(3.572, abs=0.002)
