import numpy as np
import pytest
from scipy import stats

from training.metrics.proportion_intervals import clustered_share, wilson


def test_independent_rows_have_wilsons_interval():
    converted = np.arange(40) < 7

    share = clustered_share(converted, np.arange(40))

    # 40 rows are taken for 39: a variance from data loses one of them.
    exact = stats.binomtest(7, 40).proportion_ci(0.95, method="wilson")
    assert share.value == 7 / 40
    assert share.low == pytest.approx(exact.low, abs=0.004)
    assert share.high == pytest.approx(exact.high, abs=0.004)


def test_rows_that_all_share_their_luck_count_once_a_group():
    converted = np.repeat(np.arange(40) < 7, 5)

    clusters = clustered_share(converted, np.repeat(np.arange(40), 5))

    alone = clustered_share(np.arange(40) < 7, np.arange(40))
    assert clusters.low == pytest.approx(alone.low, abs=1e-9)
    assert clusters.high == pytest.approx(alone.high, abs=1e-9)


def test_nobody_converted_is_not_never():
    share = clustered_share(np.zeros(30, dtype=bool), np.arange(30) // 3)

    # Ten groups: Wilson's upper end of 0 in 10.
    assert (share.value, share.low) == (0.0, 0.0)
    assert share.high == pytest.approx(wilson(0.0, 10, 1.959964)[1], abs=1e-6)


@pytest.mark.parametrize("rate", [0.015, 0.06, 0.3])
def test_a_90_percent_interval_holds_in_85_to_95_of_100_bands(rate):
    random = np.random.default_rng(int(1000 * rate))
    held = []
    for _ in range(400):
        group = np.repeat(np.arange(150), random.integers(1, 5, 150))
        # Half of a group's rows share its luck, as snapshots of one lead do.
        lucky = random.random(150) < rate
        own = random.random(len(group)) < rate
        converted = np.where(random.random(len(group)) < 0.5, lucky[group], own)
        share = clustered_share(converted, group, interval_share=0.9)
        held.append(share.low <= rate <= share.high)

    assert 0.85 <= np.mean(held) <= 0.95
