"""Weighted rows: what they are worth, and that they count as often as they say."""

from dataclasses import replace

import numpy as np
import pytest

from training.calibration.calibrator import fit_platt
from training.calibration.choose_calibrator import fit_isotonic
from training.calibration.realised_range import Ends, fit_ends
from training.cutoffs.choose import choose_cut_offs
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.cross_fit import fit_ensemble
from training.learners.boosting.folds import deal_folds
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.learners.linear.fit_logistic import Design, all_terms, fit_coefficients
from training.metrics.calibration_error import calibration_error, decompose
from training.metrics.proportion_intervals import clustered_share, converted_share
from training.metrics.sample_weights import as_effective, effective_rows, mean
from training.metrics.with_intervals import measure
from training.model.cutoff_sample import from_bytes, thin_sample, to_bytes
from training.results.scored import ScoredSnapshots

SMALL = Hyperparameters(n_folds=3, n_repeats=2, most_trees=10, n_threads=1)


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """How often each row stands in the table that weights replace."""
    return np.random.default_rng(2).integers(1, 4, 600)


def test_equal_weights_are_worth_their_number() -> None:
    assert effective_rows(np.full(40, 7.0)) == pytest.approx(40)


def test_one_heavy_row_is_worth_little() -> None:
    # (9 + 9 * 1) ** 2 / (9 ** 2 + 9 * 1 ** 2)
    assert effective_rows(np.array([9.0] + [1.0] * 9)) == pytest.approx(18**2 / 90)


def test_effective_weights_add_up_to_what_they_are_worth() -> None:
    weight = np.array([9.0] + [1.0] * 9)

    scaled = as_effective(weight)

    assert scaled.sum() == pytest.approx(effective_rows(weight))
    np.testing.assert_allclose(scaled / scaled[1], weight)


def test_the_mean_weighs_rows() -> None:
    assert mean(np.array([True, False]), np.array([3.0, 1.0])) == pytest.approx(0.75)
    assert mean(np.array([True, False]), None) == 0.5


@pytest.fixture(scope="module")
def rows(matrix: np.ndarray, converted: np.ndarray) -> TrainingMatrix:
    return TrainingMatrix(
        matrix=matrix, converted=converted, groups=np.arange(len(matrix)), categorical=(2,)
    )


@pytest.mark.parametrize("fit", [fit_blend, fit_ensemble], ids=["mixture", "boosters"])
def test_weights_of_one_change_nothing_to_the_last_bit(fit, rows: TrainingMatrix) -> None:
    plain = fit(rows, recipe=SMALL)
    ones = fit(replace(rows, weight=np.ones(len(rows))), recipe=SMALL)

    np.testing.assert_array_equal(ones.oof_margins, plain.oof_margins)
    np.testing.assert_array_equal(ones.margin(rows.matrix), plain.margin(rows.matrix))


def test_heavier_conversions_raise_the_margins(rows: TrainingMatrix) -> None:
    plain = fit_ensemble(rows, recipe=SMALL)
    raised = fit_ensemble(replace(rows, weight=np.where(rows.converted, 3.0, 1.0)), recipe=SMALL)

    # Three times the odds everywhere, as far as the leaves' shrinkage lets them.
    assert 0.7 * np.log(3) < (raised.oof_margin - plain.oof_margin).mean() < 1.1 * np.log(3)


def test_a_line_counts_a_row_as_often_as_its_weight(
    matrix: np.ndarray, converted: np.ndarray, counts: np.ndarray
) -> None:
    terms = all_terms(matrix, (2,))
    repeated = np.repeat(np.arange(600), counts)

    weighted = fit_coefficients(Design.of(terms, matrix), converted, weight=counts.astype(float))
    several = fit_coefficients(Design.of(terms, matrix[repeated]), converted[repeated])

    np.testing.assert_allclose(weighted, several, atol=1e-6)


@pytest.mark.parametrize("kind", [fit_platt, fit_isotonic])
def test_a_calibrator_counts_a_row_as_often_as_its_weight(
    kind, matrix: np.ndarray, converted: np.ndarray, counts: np.ndarray
) -> None:
    margin, repeated = matrix[:, 0], np.repeat(np.arange(600), counts)

    weighted = kind(margin, converted, counts.astype(float))
    several = kind(margin[repeated], converted[repeated])

    np.testing.assert_allclose(weighted.predict(margin), several.predict(margin), atol=1e-6)


def test_the_range_of_a_line_counts_a_row_as_often_as_its_weight(
    matrix: np.ndarray, converted: np.ndarray, counts: np.ndarray
) -> None:
    margin, lead = matrix[:, 0], np.arange(600)
    repeated = np.repeat(lead, counts)

    def of(rows: np.ndarray, weight: np.ndarray | None) -> Ends:
        return fit_ends(
            margin[rows],
            margin[rows],
            converted=converted[rows],
            group=rows,
            weight=weight,
            local_share=0.0,
        )

    weighted, several = of(lead, counts.astype(float)), of(repeated, None)

    at = np.linspace(-1, 1, 20)
    np.testing.assert_allclose(weighted.log_odds(at), several.log_odds(at), atol=1e-3)


def test_folds_spread_heavy_conversions_evenly() -> None:
    converted = np.arange(200) < 40
    weight = np.where(np.arange(200) < 10, 100.0, 1.0)

    folds = deal_folds(converted, np.arange(200), n_folds=5, seed=1, weight=weight)

    assert np.bincount(folds[:10], minlength=5).tolist() == [2] * 5


def test_measures_count_a_snapshot_as_often_as_its_weight(
    scored: ScoredSnapshots, counts: np.ndarray
) -> None:
    heavy, several = _weighted(scored, counts), scored.take(np.repeat(np.arange(600), counts))

    found, expected = (measure(rows, base_rate=0.3, repeats=0) for rows in (heavy, several))

    for name in ("log_loss", "log_loss_gain", "brier", "auc", "calibration_slope"):
        assert getattr(found, name).value == pytest.approx(getattr(expected, name).value, rel=1e-3)
    assert found.base_rate == pytest.approx(expected.base_rate)
    assert found.base_rate_log_loss == pytest.approx(expected.base_rate_log_loss)


def test_bands_tell_weighted_shares(scored: ScoredSnapshots, counts: np.ndarray) -> None:
    heavy = _weighted(scored, counts)

    for band in measure(heavy, base_rate=0.3, repeats=0).reliability:
        inside = (heavy.probability >= band.low) & (heavy.probability < band.high)
        share = np.average(heavy.converted[inside], weights=counts[inside])
        assert band.converted_share.value == pytest.approx(share)


def test_the_proof_counts_a_snapshot_as_often_as_its_weight(
    scored: ScoredSnapshots, counts: np.ndarray
) -> None:
    repeated = np.repeat(np.arange(600), counts)

    found = decompose(scored.probability, scored.converted, counts.astype(float))
    expected = decompose(scored.probability[repeated], scored.converted[repeated])

    assert found.miscalibration == pytest.approx(expected.miscalibration)
    assert found.discrimination == pytest.approx(expected.discrimination)
    assert calibration_error(_weighted(scored, np.full(600, 3))).value == pytest.approx(
        calibration_error(scored).value
    )


def test_unequal_weights_widen_the_interval_of_a_share() -> None:
    converted, group = np.arange(200) % 5 == 0, np.arange(200)
    unequal = np.where(np.arange(200) < 20, 50.0, 1.0)

    even = clustered_share(converted, group, weight=np.ones(200))
    heavy = clustered_share(converted, group, weight=unequal)

    assert even == clustered_share(converted, group)
    assert heavy.high - heavy.low > 2 * (even.high - even.low)


def test_a_cut_off_by_precision_weighs_who_crosses_it(
    scored: ScoredSnapshots, small_definition
) -> None:
    heavy_losers = _weighted(scored, np.where(scored.converted, 1, 9))

    plain = choose_cut_offs(scored, small_definition).sql
    weighted = choose_cut_offs(heavy_losers, small_definition).sql

    assert plain.probability is not None
    assert weighted.probability is None or weighted.probability > plain.probability


def test_a_weighted_share_has_the_interval_of_what_its_rows_are_worth() -> None:
    converted = np.array([True] * 10 + [False] * 30)

    alike = converted_share(converted, np.full(40, 20.0))

    assert alike == converted_share(converted)


def test_what_cut_offs_were_chosen_from_keeps_its_weights(
    scored: ScoredSnapshots, counts: np.ndarray
) -> None:
    kept = thin_sample(_weighted(scored, counts))

    again = from_bytes(to_bytes(kept))

    assert again.weight is not None
    np.testing.assert_array_equal(again.weight, kept.weight)
    assert from_bytes(to_bytes(thin_sample(scored))).weight is None


def _weighted(scored: ScoredSnapshots, weight: np.ndarray) -> ScoredSnapshots:
    return ScoredSnapshots(**{**vars(scored), "weight": weight.astype(np.float64)})
