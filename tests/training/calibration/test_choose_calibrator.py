import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from training.calibration.calibrator import BETA, ISOTONIC, NONE, PLATT, Calibrator
from training.calibration.choose_calibrator import KINDS, choose_calibrator, fit_beta, fit_isotonic
from training.metrics.logistic import probability_of
from training.results.records import from_json, to_json

N = 12_000


@pytest.fixture(scope="module")
def margin():
    return np.random.default_rng(0).normal(-2, 1.3, N)


def drawn(margin, log_odds):
    return np.random.default_rng(1).random(len(margin)) < probability_of(log_odds)


def chosen(margin, converted):
    return choose_calibrator(
        margin, converted, as_of=np.arange(len(margin)), groups=np.arange(len(margin)) // 3
    )


def test_platt_stays_where_the_truth_is_a_line(margin):
    choice = chosen(margin, drawn(margin, 0.8 * margin - 0.3))

    assert choice.calibrator.kind == PLATT
    assert {trial.kind for trial in choice.trials} == set(KINDS)


def test_another_kind_replaces_it_where_it_is_surely_better(margin):
    # Nothing is ever surer than one in four, whatever the margin says.
    truth = np.minimum(probability_of(2 * margin + 2), 0.25)
    converted = np.random.default_rng(2).random(N) < truth

    choice = chosen(margin, converted)

    assert choice.calibrator.kind == ISOTONIC
    assert choice.calibrator.predict(np.array([0.0]))[0] == pytest.approx(0.25, abs=0.04)


def test_a_kind_that_wins_the_newest_months_alone_does_not_replace_platt(margin):
    # The world shifts towards what uncalibrated margins say, and only lately: a rule that looks at
    # the last third alone would take them, whatever comes next.
    late = np.arange(N) >= 0.8 * N
    converted = drawn(margin, np.where(late, margin, 0.6 * margin - 1.2))

    choice = chosen(margin, converted)

    uncalibrated = next(trial for trial in choice.trials if trial.kind == NONE)
    assert choice.calibrator.kind == PLATT
    assert uncalibrated.n_blocks_better == 1
    assert [trial.kind for trial in choice.trials if trial.is_used] == [PLATT]


def test_a_better_kind_is_shown_beside_platt(margin):
    truth = np.minimum(probability_of(2 * margin + 2), 0.25)
    converted = np.random.default_rng(2).random(N) < truth

    choice = chosen(margin, converted)

    used = next(trial for trial in choice.trials if trial.is_used)
    assert (used.kind, used.n_blocks, used.n_blocks_better) == (ISOTONIC, 4, 4)
    assert used.difference.high < 0
    assert choice.platt.kind == PLATT


def test_uncalibrated_margins_are_seen_for_what_they_are(margin):
    trials = chosen(margin, drawn(margin, 0.5 * margin)).trials

    uncalibrated = next(trial for trial in trials if trial.kind == NONE)
    assert uncalibrated.platt_better_by > 5 * uncalibrated.standard_error


def test_the_last_period_decides_nothing_of_what_is_fitted_before(margin):
    converted = drawn(margin, margin)
    flipped = converted.copy()
    flipped[-1000:] = ~flipped[-1000:]

    before = chosen(margin, converted).trials[0]

    assert chosen(margin, flipped).trials[0].log_loss > before.log_loss + 0.05


@pytest.mark.parametrize("n", [200, N])
def test_too_few_outcomes_or_no_dates_leave_platt(margin, n):
    converted = drawn(margin, margin)[:n]

    choice = choose_calibrator(
        margin[:n], converted, as_of=np.ones(n, dtype=int), groups=np.arange(n)
    )

    assert choice.calibrator.kind == PLATT
    assert choice.trials == ()


def test_beta_of_a_line_is_nearly_that_line(margin):
    calibrator = fit_beta(margin, drawn(margin, margin))

    assert calibrator.kind == BETA
    grid = np.linspace(-4, 0, 9)
    np.testing.assert_allclose(calibrator.log_odds(grid), grid, atol=0.25)


def test_isotonic_is_scikit_learns_within_its_bounds(margin):
    converted = drawn(margin, margin)
    reference = IsotonicRegression(out_of_bounds="clip").fit(margin, converted)

    calibrator = fit_isotonic(margin, converted)

    inside = np.clip(reference.predict(margin), 1 / (N + 2), 1 - 1 / (N + 2))
    np.testing.assert_allclose(calibrator.predict(margin), inside, atol=1e-9)
    assert np.isfinite(calibrator.log_odds(np.array([-99.0, 99.0]))).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_rises_survives_json_and_stays_finite(margin, kind):
    calibrator = KINDS[kind](margin, drawn(margin, margin))
    grid = np.linspace(-30, 30, 300)

    assert (np.diff(calibrator.predict(grid)) >= 0).all()
    assert np.isfinite(calibrator.log_odds(grid)).all()
    assert from_json(Calibrator, to_json(calibrator)) == calibrator
