import numpy as np
import pytest
from sklearn.metrics import log_loss

from training.metrics.calibration_error import calibration_error, decompose, reliability_curve
from training.results.scored import ScoredSnapshots

N = 6000


def scored(truth_of, *, seed=0, per_lead=1):
    random = np.random.default_rng(seed)
    probability = random.beta(1.2, 6, N)
    lead = np.arange(N) // per_lead
    luck = random.random(N)[lead]
    return ScoredSnapshots(
        probability=probability,
        converted=luck < truth_of(probability),
        matured=np.ones(N, dtype=bool),
        lead=lead,
        group=lead,
        as_of=np.arange(N),
    )


def test_true_probabilities_err_as_much_as_chance_does():
    errors = [calibration_error(scored(lambda p: p, seed=seed), seed=seed) for seed in range(10)]

    above = sum(error.value > error.by_chance_high for error in errors)
    assert above <= 2
    assert np.mean([e.value for e in errors]) == pytest.approx(errors[0].by_chance, rel=0.15)


def test_false_probabilities_err_more_than_chance_does():
    error = calibration_error(scored(lambda p: p**0.7))

    assert error.value > 2 * error.by_chance_high


def test_the_error_is_the_mean_distance_over_ten_bands():
    rows = scored(lambda p: p)
    order = np.argsort(rows.probability)
    bands = np.array_split(order, 10)

    expected = sum(
        abs(rows.probability[b].mean() - rows.converted[b].mean()) * len(b) for b in bands
    )

    assert calibration_error(rows).value == pytest.approx(expected / N, abs=2e-4)


def test_snapshots_that_share_their_luck_have_more_noise():
    alone = calibration_error(scored(lambda p: p))
    shared = calibration_error(scored(lambda p: p, per_lead=10))

    assert shared.by_chance > 1.2 * alone.by_chance


def test_the_parts_add_up_to_the_log_loss():
    rows = scored(lambda p: p**0.8)

    parts = decompose(rows.probability, rows.converted)

    assert parts.log_loss == pytest.approx(log_loss(rows.converted, rows.probability))
    assert min(parts.miscalibration, parts.discrimination, parts.uncertainty) > 0


def test_recalibrating_changes_only_miscalibration():
    rows = scored(lambda p: p)

    before = decompose(rows.probability, rows.converted)
    after = decompose(rows.probability**2, rows.converted)

    assert after.discrimination == pytest.approx(before.discrimination)
    assert after.miscalibration > before.miscalibration + 0.02


def test_the_curve_of_true_probabilities_stays_within_its_band():
    curve = reliability_curve(scored(lambda p: p, seed=3))

    inside = [point.low <= point.converted_share <= point.high for point in curve]
    assert np.mean(inside) > 0.85
    assert (np.diff([point.converted_share for point in curve]) >= 0).all()


def test_the_curve_of_false_ones_leaves_it():
    curve = reliability_curve(scored(lambda p: p * 0.6))

    inside = [point.low <= point.converted_share <= point.high for point in curve]
    assert np.mean(inside) < 0.4
