"""Venn-Abers ends: as the definition has them, wider where less is known, once a lead."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from training.base_rate.adjust import shift_intercept
from training.calibration.calibrator import Calibrator
from training.calibration.venn_abers import fit_ends
from training.metrics.logistic import probability_of
from training.results.records import from_json, to_json


def drawn(n, *, seed=0):
    random = np.random.default_rng(seed)
    margin = random.normal(-1, 1.2, n)
    return margin, random.random(n) < probability_of(margin)


def by_definition(margin, converted, at):
    """Both values at a margin, the curve fitted anew with the lead supposed to be 0, then 1."""
    values = []
    for supposed in (0.0, 1.0):
        isotonic = IsotonicRegression(out_of_bounds="clip")
        isotonic.fit(np.append(margin, at), np.append(converted.astype(float), supposed))
        values.append(float(isotonic.predict([at])[0]))
    return values


def test_the_ends_at_every_knot_are_those_of_the_definition():
    margin, converted = drawn(300)

    ends = fit_ends(margin, converted, np.arange(300))

    surest = 1 / 302
    for knot, low, high in zip(ends.knots, ends.low, ends.high, strict=True):
        expected = np.clip(by_definition(margin, converted, knot), surest, 1 - surest)
        told = [probability_of(np.array(end)) for end in (low, high)]
        np.testing.assert_allclose(told, expected, atol=1e-9)


def test_a_margin_where_a_lead_already_stands_is_one_step():
    margin = np.array([-1.0, -1.0, 0.0, 0.0, 1.0, 1.0] * 20)
    converted = np.random.default_rng(1).random(120) < 0.4

    ends = fit_ends(margin, converted, np.arange(120))

    for knot, low, high in zip(ends.knots, ends.low, ends.high, strict=True):
        told = [float(probability_of(np.array(end))) for end in (low, high)]
        assert told == pytest.approx(by_definition(margin, converted, knot), abs=1e-9)


def test_more_leads_leave_the_probability_less_room():
    widths = []
    for n in (100, 1000, 20_000):
        ends = fit_ends(*drawn(n), np.arange(n))
        low, high = (probability_of(end) for end in ends.log_odds(np.array([-1.0])))
        widths.append(float(high[0] - low[0]))

    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_further_snapshots_of_a_lead_do_not_make_it_surer():
    margin, converted = drawn(200)

    alone = fit_ends(margin, converted, np.arange(200))
    repeated = fit_ends(np.repeat(margin, 5), np.repeat(converted, 5), np.repeat(range(200), 5))

    assert repeated == alone


def test_on_average_the_truth_lies_between_the_ends():
    fresh = np.random.default_rng(4).normal(-1, 1.2, 1000)
    sums = np.zeros(2)
    for seed in range(20):
        ends = fit_ends(*drawn(300, seed=seed), np.arange(300))
        low, high = (probability_of(end) for end in ends.log_odds(fresh))
        assert (low <= high + 1e-12).all()
        sums += (low.mean(), high.mean())

    assert sums[0] / 20 < probability_of(fresh).mean() < sums[1] / 20


def test_only_one_kind_of_outcome_has_no_ends():
    assert fit_ends(np.arange(60.0), np.zeros(60, dtype=bool), np.arange(60)) is None


def test_a_calibrators_ends_hold_its_probability_and_move_with_its_level():
    margin, converted = drawn(500)
    ends = fit_ends(margin, converted, np.arange(500))
    calibrator = Calibrator(slope=1.4, intercept=0.3, ends=ends)

    low, high = calibrator.between(margin)
    moved = shift_intercept(calibrator, 0.5)

    assert (low <= calibrator.predict(margin)).all()
    assert (high >= calibrator.predict(margin)).all()
    assert moved.ends.low == tuple(end + 0.5 for end in ends.low)
    assert from_json(Calibrator, to_json(calibrator)) == calibrator
    assert replace(calibrator, ends=None).between(margin) is None
