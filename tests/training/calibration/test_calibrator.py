import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from features.core.errors import LeadDataError
from training.calibration.calibrator import (
    MOST_AVERAGING_GAIN,
    Calibrator,
    averaging_gain,
    calibrate,
    fit_platt,
)
from training.learners.boosting.ensemble import Ensemble
from training.learners.hyperparameters import Hyperparameters
from training.metrics.logistic import fit_logistic_line, probability_of


@pytest.fixture(scope="module")
def held_out():
    random = np.random.default_rng(2)
    margin = random.normal(-2, 1.2, 4000)
    return margin, random.random(4000) < 1 / (1 + np.exp(-(0.7 * margin - 0.3)))


def _ensemble(margins, n_boosters):
    return Ensemble(boosters=(None,) * n_boosters, oof_margins=margins, recipe=Hyperparameters())


def test_the_line_is_the_one_scikit_learn_finds(held_out):
    margin, converted = held_out
    reference = LogisticRegression(C=np.inf).fit(margin[:, None], converted)

    slope, intercept = fit_logistic_line(margin, converted)

    assert slope == pytest.approx(reference.coef_[0, 0], abs=1e-3)
    assert intercept == pytest.approx(reference.intercept_[0], abs=1e-3)


def test_weights_count_rows_as_often_as_they_say(held_out):
    margin, converted = held_out
    weight = np.random.default_rng(0).integers(0, 4, len(margin))
    repeated = np.repeat(margin, weight), np.repeat(converted, weight)

    weighted = fit_logistic_line(margin, converted, weight.astype(float))

    np.testing.assert_allclose(weighted, fit_logistic_line(*repeated), atol=1e-6)


def test_the_mean_probability_is_the_share_that_converted(held_out):
    margin, converted = held_out

    probability = fit_platt(margin, converted).predict(margin)

    assert probability.mean() == pytest.approx(converted.mean(), abs=1e-5)


def test_margins_that_rank_the_wrong_way_give_everybody_the_base_rate(held_out):
    margin, converted = held_out

    calibrator = fit_platt(-margin, converted)

    assert calibrator.slope == 0
    np.testing.assert_allclose(calibrator.predict(margin), converted.mean())


def test_perfectly_separated_outcomes_give_a_finite_line():
    margin = np.linspace(-3, 3, 100)

    slope, intercept = fit_logistic_line(margin, margin > 0)

    assert np.isfinite([slope, intercept]).all()
    assert slope > 1


def test_extreme_margins_do_not_overflow():
    assert probability_of(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_a_calibrator_needs_enough_snapshots():
    with pytest.raises(LeadDataError, match="at least 50 matured snapshots; got 49"):
        fit_platt(np.zeros(49), np.zeros(49, dtype=bool))


def test_averaging_gain_undoes_the_attenuation_by_noise():
    random = np.random.default_rng(5)
    signal = random.normal(0, 1.0, 200_000)
    # Two draws of the folds, each with noise of variance 0.4; ten boosters are served.
    margins = signal + random.normal(0, np.sqrt(0.4), (2, 200_000))

    gain = averaging_gain(_ensemble(margins, 10))

    assert gain == pytest.approx((1 + 0.4 / 2) / (1 + 0.4 / 10), rel=0.01)


def test_the_served_average_is_calibrated_better_than_by_its_noisier_parts():
    random = np.random.default_rng(6)
    signal = random.normal(0, 1.0, 50_000)
    converted = random.random(50_000) < 1 / (1 + np.exp(2 - signal))
    margins = signal + random.normal(0, 0.6, (2, 50_000))
    served = signal + random.normal(0, 0.6 / np.sqrt(10), 50_000)
    ensemble = _ensemble(margins, 10)

    corrected = fit_logistic_line(calibrate(ensemble, converted).log_odds(served), converted)[0]
    plain = fit_platt(ensemble.oof_margin, converted)
    uncorrected = fit_logistic_line(plain.log_odds(served), converted)[0]

    assert abs(corrected - 1) < 0.03
    assert uncorrected > 1.08


def test_noise_alone_is_not_taken_for_a_reason_to_be_bold():
    margins = np.random.default_rng(7).normal(size=(2, 1000))

    assert 1 <= averaging_gain(_ensemble(margins, 10)) <= MOST_AVERAGING_GAIN


def test_one_draw_of_folds_corrects_nothing():
    assert averaging_gain(_ensemble(np.random.default_rng(8).normal(size=(1, 100)), 5)) == 1


def test_probability_rises_with_margin():
    margin = np.linspace(-8, 8, 50)

    assert (np.diff(Calibrator(slope=0.8, intercept=-1.0).predict(margin)) > 0).all()
