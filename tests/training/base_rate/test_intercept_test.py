import numpy as np
import pytest

from training.base_rate.adjust import shift_intercept
from training.base_rate.evidence import BaseRateEvidence
from training.base_rate.intercept_test import check_intercept
from training.calibration.calibrator import BETA, ISOTONIC, NONE, Calibrator
from training.results.scored import ScoredSnapshots


def evidence(shift, *, seed=0, n=4000, per_lead=2):
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2, 1, n)
    lead = np.arange(n) // per_lead
    truth = 1 / (1 + np.exp(-(log_odds + shift)))
    scored = ScoredSnapshots(
        probability=1 / (1 + np.exp(-log_odds)),
        converted=random.random(n // per_lead)[lead] < truth,
        matured=np.ones(n, dtype=bool),
        lead=lead,
        group=lead,
        as_of=np.arange(n),
    )
    return BaseRateEvidence.of_matured(scored)


@pytest.mark.parametrize("shift", [0.8, -0.6])
def test_a_level_that_moved_is_found_with_its_size(shift):
    found = check_intercept(evidence(shift, n=6000))

    assert found.moved
    assert found.low < shift < found.high


def test_chance_alone_moves_nothing():
    assert not any(check_intercept(evidence(0.0, seed=seed)).moved for seed in range(6))


def test_a_shift_too_small_to_matter_moves_nothing():
    found = check_intercept(evidence(0.07, n=60_000, per_lead=1))

    assert not found.moved


def test_too_few_outcomes_say_nothing():
    found = check_intercept(evidence(0.8, n=200))

    assert found.shift is None
    assert not found.moved


@pytest.mark.parametrize(
    "calibrator",
    [
        Calibrator(slope=0.8, intercept=-1.0),
        Calibrator(slope=1.0, intercept=0.0, kind=NONE),
        Calibrator(slope=1.0, intercept=0.0, kind=BETA, coefficients=(0.7, 1.2, -0.1)),
        Calibrator(slope=1.0, intercept=0.0, kind=ISOTONIC, knots=(-3, 0), levels=(-4, -1)),
    ],
    ids=lambda calibrator: calibrator.kind,
)
def test_every_kind_moves_by_the_same_log_odds(calibrator):
    margin = np.linspace(-4, 2, 20)

    moved = shift_intercept(calibrator, 0.5)

    np.testing.assert_allclose(moved.log_odds(margin), calibrator.log_odds(margin) + 0.5)
