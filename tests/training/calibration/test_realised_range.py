"""The range of the rate at a level: around the probability, and wider where less is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.base_rate.adjust import shift_intercept
from training.calibration.calibrator import Calibrator, fit_platt
from training.calibration.realised_range import LEVEL, LOCAL_SHARE, N_KNOTS, fit_ends
from training.metrics.logistic import probability_of
from training.results.records import from_json, to_json

Z = 1.6448536269514722
"""Of the standard normal distribution, exceeded once in twenty times."""


def company(n_leads, *, seed=0):
    """Several snapshots a lead, whose outcomes hang together, as do the errors of the margin."""
    random = np.random.default_rng(seed)
    lead = np.repeat(np.arange(n_leads), np.minimum(1 + random.geometric(0.25, n_leads), 15))
    truth = -3 + random.normal(0, 1.2, n_leads)[lead] + random.normal(0, 0.4, len(lead))
    converted = random.random(n_leads)[lead] < probability_of(truth)
    margin = truth + random.normal(0, 0.5, n_leads)[lead]
    return margin, converted, lead, truth


def fitted(margin, converted, lead, *, weight=None, local_share=LOCAL_SHARE):
    calibrator = fit_platt(margin, converted, weight)
    ends = fit_ends(
        margin,
        calibrator.log_odds(margin),
        converted=converted,
        group=lead,
        weight=weight,
        local_share=local_share,
    )
    return replace(calibrator, ends=ends)


def halves(calibrator):
    return (np.array(calibrator.ends.high) - np.array(calibrator.ends.low)) / 2


def test_the_probability_lies_in_the_middle_of_its_range_at_every_margin():
    margin, converted, lead, _ = company(2_000)
    calibrator = fitted(margin, converted, lead)

    low, high = calibrator.ends.log_odds(margin)

    assert len(calibrator.ends.knots) == N_KNOTS
    assert calibrator.ends.level == LEVEL
    np.testing.assert_allclose((low + high) / 2, calibrator.log_odds(margin), atol=1e-9)
    assert (low < high).all()


def test_the_range_is_as_wide_as_bent_lines_fitted_on_other_leads_are_apart():
    margin, converted, lead, _ = company(1_500)
    calibrator = fitted(margin, converted, lead, local_share=0.0)
    rows_of = np.split(np.arange(len(lead)), np.flatnonzero(np.diff(lead)) + 1)
    random = np.random.default_rng(1)
    design, at = (
        np.column_stack((values, values**2)) for values in (margin, np.array(calibrator.ends.knots))
    )

    lines = []
    for _ in range(200):
        drawn = np.concatenate([rows_of[n] for n in random.integers(0, 1_500, 1_500)])
        regression = LogisticRegression(C=np.inf, solver="newton-cholesky")
        regression.fit(design[drawn], converted[drawn])
        lines.append(regression.decision_function(at))

    # The outermost margins are few leads: there a bootstrap differs from any formula.
    inside = slice(2, -2)
    expected = Z * np.std(lines, axis=0)[inside]
    np.testing.assert_allclose(halves(calibrator)[inside], expected, rtol=0.25)


def test_what_the_nearest_snapshots_leave_open_is_added():
    n = 4_000
    margin = np.random.default_rng(2).normal(-1, 0.02, n)
    converted = np.random.default_rng(3).random(n) < 0.25
    alone, whole = (
        fitted(margin, converted, np.arange(n), local_share=part) for part in (0.0, 1.0)
    )

    added = halves(whole) ** 2 - halves(alone) ** 2

    # All margins are nearly one, so every neighbourhood holds 400 independent chances of about .25.
    inside = slice(20, 80)
    probability = probability_of((np.array(whole.ends.low) + np.array(whole.ends.high)) / 2)
    expected = Z**2 / (400 * probability * (1 - probability))
    np.testing.assert_allclose(added[inside], expected[inside], rtol=0.05)


def test_more_leads_leave_the_rate_less_room():
    widths = [halves(fitted(*company(n)[:3])).mean() for n in (300, 1_200, 4_800)]

    assert widths[0] > 1.6 * widths[1] > 2.5 * widths[2]


def test_further_snapshots_of_a_lead_do_not_make_it_surer():
    margin, converted, lead, _ = company(1_500)

    once = fitted(margin, converted, lead)
    repeated = fitted(np.repeat(margin, 5), np.repeat(converted, 5), np.repeat(lead, 5))

    at = np.quantile(margin, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(repeated.ends.log_odds(at), once.ends.log_odds(at), atol=0.02)


@pytest.mark.parametrize("n_converted", [0, 60])
def test_one_kind_of_outcome_leaves_a_wide_finite_range(n_converted):
    margin, converted = np.linspace(-3, 0, 60), np.arange(60) < n_converted

    ends = fit_ends(margin, margin, converted=converted, group=np.arange(60))

    assert np.isfinite(ends.low).all()
    assert np.isfinite(ends.high).all()
    assert (np.array(ends.high) > np.array(ends.low)).all()


def test_one_margin_for_everybody_has_one_range():
    converted = np.arange(400) < 100

    ends = fit_ends(
        np.zeros(400), np.full(400, np.log(1 / 3)), converted=converted, group=np.arange(400)
    )

    # One hundred of four hundred: the variance of the log-odds is 1 / (400 * .25 * .75), once for
    # the level that was fitted and once, in part, for the neighbours.
    [low], [high] = ends.low, ends.high
    assert (high - low) / 2 == pytest.approx(Z * np.sqrt((1 + LOCAL_SHARE * 2) / 75), rel=1e-6)


def test_the_range_holds_a_bands_rate_at_least_as_often_as_it_says():
    # Leads nobody had seen, of the same world: so many that their mean is the rate itself.
    later, _, _, truth = company(40_000, seed=1_000)
    bands = np.array_split(np.argsort(later), 10)
    held = np.zeros(10)
    for seed in range(50):
        low, high = fitted(*company(2_000, seed=seed)[:3]).between(later)
        for number, band in enumerate(bands):
            rate = probability_of(truth[band]).mean()
            held[number] += low[band].mean() <= rate <= high[band].mean()

    # Here a line is nearly the truth, and what a bend might add is too much, if anything.
    assert 0.88 <= held.mean() / 50 <= 0.99
    assert held.min() / 50 >= 0.84


def test_a_calibrators_range_moves_with_its_level_and_survives_json():
    margin, converted, lead, _ = company(800)
    calibrator = fitted(margin, converted, lead)

    moved = shift_intercept(calibrator, 0.5)

    assert moved.ends.low == tuple(end + 0.5 for end in calibrator.ends.low)
    low, high = moved.between(margin)
    told = moved.predict(margin)
    assert ((low < told) & (told < high)).all()
    assert from_json(Calibrator, to_json(calibrator)) == calibrator


def test_ends_that_state_no_level_are_no_range():
    margin, converted, lead, _ = company(800)
    calibrator = fitted(margin, converted, lead)

    assert replace(calibrator, ends=None).between(margin) is None
    older = replace(calibrator, ends=replace(calibrator.ends, level=None))
    assert older.between(margin) is None


def test_a_calibrator_written_before_ranges_had_a_level_still_loads():
    written = (
        '{"slope": 1.0, "intercept": 0.0, "ends": {"knots": [0.0], "low": [-1.0], "high": [1.0]}}'
    )

    calibrator = from_json(Calibrator, written)

    assert calibrator.ends is not None
    assert calibrator.between(np.zeros(1)) is None
