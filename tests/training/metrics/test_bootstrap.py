"""Intervals drawn by pattern are those of the ordinary bootstrap by group."""

import numpy as np
import pytest
from scipy import stats

from training.metrics import bootstrap
from training.metrics.bootstrap import measured, resampled_sums, sums_by_group


def test_sums_are_taken_within_groups() -> None:
    group = np.array([7, 3, 7, 3, 9])
    columns = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0], [5.0, 50.0]])

    assert sums_by_group(group, columns).tolist() == [[6.0, 60.0], [4.0, 40.0], [5.0, 50.0]]


def test_two_groups_are_drawn_as_two_coins() -> None:
    drawn = resampled_sums(np.array([[0.0], [2.0]]), seed=1, repeats=40_000)[:, 0]

    shares = [np.mean(drawn == total) for total in (0.0, 2.0, 4.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.01)


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = np.random.default_rng(5).poisson(0.7, size=300).astype(np.float64)
    sums = np.column_stack([np.ones(300), values])
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval

    found = measured(lambda s: s[:, 1] / s[:, 0], sums.sum(axis=0), resampled_sums(sums, seed=3))

    assert found is not None
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.008)


def test_leads_of_one_account_are_drawn_together() -> None:
    converted = np.repeat([0.0, 1.0], 50)
    by_account = sums_by_group(np.repeat(np.arange(10), 10), converted[:, None])
    by_lead = sums_by_group(np.arange(100), converted[:, None])

    spread = [resampled_sums(sums, seed=1).std() for sums in (by_account, by_lead)]

    # Ten coins of ten against a hundred of one: sqrt(10 * 1/4) * 10 against sqrt(100 * 1/4).
    assert spread == pytest.approx([15.8, 5.0], rel=0.06)


@pytest.mark.parametrize("kind", ["each another", "often the same"])
def test_how_many_are_drawn_at_once_changes_no_bit(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(1).random((90, 3))
    sums = values if kind == "each another" else np.round(values)
    whole = resampled_sums(sums, seed=4, repeats=101)

    monkeypatch.setattr(bootstrap, "DRAWS_AT_ONCE", 200)
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", 200)

    assert resampled_sums(sums, seed=4, repeats=101).tobytes() == whole.tobytes()


def test_nothing_divided_by_nothing_is_undefined() -> None:
    sums = np.zeros((5, 2))

    assert measured(lambda s: s[:, 0] / s[:, 1], sums.sum(axis=0), resampled_sums(sums, 1)) is None


def test_a_figure_often_undefined_has_no_interval() -> None:
    sums = np.array([[1.0, 1.0], [0.0, 0.0]])

    found = measured(lambda s: s[:, 0] / s[:, 1], sums.sum(axis=0), resampled_sums(sums, 1))

    assert found is not None
    assert (found.value, found.low, found.high) == (1.0, None, None)
