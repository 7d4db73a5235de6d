import numpy as np
import pytest
from scipy import stats

from training.metrics.proportion_intervals import (
    clustered_share,
    difference_of_shares,
    share_of_sums,
    share_with_interval,
    wilson,
)


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


@pytest.mark.parametrize("n", [1, 2, 5, 30, 4_000])
@pytest.mark.parametrize("everybody", [False, True])
def test_none_and_all_have_an_interval_with_width_however_they_are_counted(n, everybody):
    converted, group = np.full(n, everybody), np.arange(n)
    part, whole = converted.astype(float), np.ones(n)
    # Wilson's upper end of 0 in n is z2 / (n + z2).
    reach = 1.959964**2 / (n + 1.959964**2)

    shares = (
        share_with_interval(int(converted.sum()), n),
        clustered_share(converted, group),
        share_of_sums(part, whole),
    )

    for share in shares:
        assert share.value == everybody
        ends = (1 - reach, 1.0) if everybody else (0.0, reach)
        assert (share.low, share.high) == pytest.approx(ends, abs=1e-6)


def test_sums_of_groups_have_the_interval_of_their_rows():
    random = np.random.default_rng(3)
    group = np.repeat(np.arange(60), random.integers(1, 6, 60))
    converted = random.random(len(group)) < np.repeat(random.random(60), np.bincount(group))

    whole = np.bincount(group).astype(float)
    part = np.bincount(group, weights=converted)

    rows, sums = clustered_share(converted, group), share_of_sums(part, whole)
    assert (sums.value, sums.low, sums.high) == pytest.approx((rows.value, rows.low, rows.high))


def test_nobody_has_no_share():
    assert share_of_sums(np.zeros(4), np.zeros(4)) is None
    assert share_with_interval(0, 0) is None


def test_a_difference_of_none_and_all_has_newcombes_interval():
    # 0 of 10 less 10 of 10, by the closed form of Newcombe's method 10.
    found = difference_of_shares(share_with_interval(0, 10), share_with_interval(10, 10))

    reach = 1.959964**2 / (10 + 1.959964**2)
    assert found.value == -1.0
    assert (found.low, found.high) == pytest.approx((-1.0, -1 + np.hypot(reach, reach)), abs=1e-6)
