import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.evaluation.baselines import compare_baselines, fit_logistic
from training.learners.linear.fit_logistic import MIN_LEVEL_SNAPSHOTS, RIDGE
from training.metrics.metrics import log_loss
from training.results.scored import ScoredSnapshots


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(1)
    matrix = np.column_stack([random.poisson(3, 2000), random.integers(0, 3, 2000)]).astype(float)
    matrix[random.random(2000) < 0.3, 0] = np.nan
    log_odds = np.nan_to_num(matrix[:, 0]) / 3 + (matrix[:, 1] == 2) - 1.5
    return matrix, random.random(2000) < 1 / (1 + np.exp(-log_odds))


def test_it_is_a_logistic_regression_on_numbers_logarithms_and_levels(rows):
    matrix, converted = rows
    known = np.isfinite(matrix[:, 0])

    def standard(column):
        deviation = (column - column[known].mean()) / column[known].std()
        return np.where(known, deviation.clip(-4, 4), 0)

    numbers = [standard(matrix[:, 0]), standard(np.log1p(matrix[:, 0])), known]
    always_known = np.ones(len(matrix))
    one_hot = matrix[:, [1]] == np.array([0, 1, 2])
    design = np.column_stack([*numbers, always_known, one_hot])

    expected = LogisticRegression(C=1 / RIDGE, tol=1e-8).fit(design, converted)

    actual = fit_logistic(matrix, converted, categorical=(1,)).probability(matrix)
    np.testing.assert_allclose(actual, expected.predict_proba(design)[:, 1], atol=1e-4)


def test_an_unseen_level_and_an_unknown_number_get_a_finite_probability(rows):
    matrix, converted = rows
    logistic = fit_logistic(matrix, converted, categorical=(1,))

    probability = logistic.probability(np.array([[np.nan, 99.0], [np.nan, np.nan], [1e9, 0.0]]))

    assert np.isfinite(probability).all()
    assert probability[0] == pytest.approx(probability[1], abs=1e-12)


def test_a_rare_level_has_no_coefficient_of_its_own(rows):
    matrix, converted = rows
    rare = matrix.copy()
    rare[: MIN_LEVEL_SNAPSHOTS - 1, 1] = 7

    logistic = fit_logistic(rare, converted, categorical=(1,))

    assert len(logistic.features[1].levels) == 3


def test_a_column_that_never_varies_or_is_never_known_does_no_harm(rows):
    matrix, converted = rows
    padded = np.column_stack([matrix, np.full(2000, 4.0), np.full(2000, np.nan)])

    probability = fit_logistic(padded, converted, categorical=(1,)).probability(padded)

    expected = fit_logistic(matrix, converted, categorical=(1,)).probability(matrix)
    np.testing.assert_allclose(probability, expected, atol=1e-3)


def test_opponents_are_judged_on_the_rows_of_the_model(rows):
    matrix, converted = rows
    logistic = fit_logistic(matrix, converted, categorical=(1,)).probability(matrix)
    matured = np.arange(2000) % 5 > 0
    scored = ScoredSnapshots(
        probability=logistic,
        converted=converted,
        matured=matured,
        lead=np.arange(2000),
        group=np.arange(2000),
        as_of=np.arange(2000),
    )

    platt = np.clip(logistic + 0.1, 0.01, 0.99)
    other, first, second = compare_baselines(scored, logistic=logistic, base_rate=0.4, platt=platt)

    assert other.name == "platt"
    assert other.log_loss == pytest.approx(log_loss(platt[matured], converted[matured]))
    assert first.difference.value == 0
    assert first.log_loss == pytest.approx(log_loss(logistic[matured], converted[matured]))
    assert second.name == "base_rate"
    # The model beats the base rate, and the whole interval says so.
    assert second.difference.low < second.difference.value < second.difference.high < 0
