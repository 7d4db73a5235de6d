"""Points add up to the probability, whatever the calibrator."""

from dataclasses import dataclass

import numpy as np
import pytest

from features.core.arrays import FloatArray
from serving.reasons.points import in_points, probability_from
from training.calibration.calibrator import Calibrator
from training.contributions.contributions import Contributions


@dataclass(frozen=True)
class Bent:
    """A line with a bump of 0.3 log-odds above a margin of 1."""

    slope: float = 0.8
    intercept: float = -0.5

    def log_odds(self, margin: FloatArray) -> FloatArray:
        return self.slope * margin + self.intercept + 0.3 * (margin > 1.0)

    def predict(self, margin: FloatArray) -> FloatArray:
        return 1 / (1 + np.exp(-self.log_odds(margin)))


@pytest.fixture
def contributions() -> Contributions:
    values = np.array([[1.0, 0.5, 0.25], [-2.0, 0.0, 1.0]])
    return Contributions(base=-0.25, values=values, margin=-0.25 + values.sum(axis=1))


TWO_CONCEPTS = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def test_ten_points_double_the_odds() -> None:
    probability = probability_from(np.array([0.0, 10.0, -20.0]))

    np.testing.assert_allclose(probability / (1 - probability), [1.0, 2.0, 0.25])


def test_a_line_keeps_contributions_exact(contributions: Contributions) -> None:
    calibrator = Calibrator(slope=0.8, intercept=-0.5)

    points = in_points(contributions, calibrator, TWO_CONCEPTS)

    # By hand: log-odds of 0.8 * (1.0 + 0.5), in units of a tenth of ln 2.
    assert points.reasons[0, 0] == pytest.approx(1.2 / np.log(2) * 10)
    assert points.base == pytest.approx(-0.7 / np.log(2) * 10)
    assert not points.calibration.any()
    np.testing.assert_allclose(
        probability_from(points.total), calibrator.predict(contributions.margin), atol=1e-9
    )


def test_a_bend_is_left_over_under_its_own_name(contributions: Contributions) -> None:
    points = in_points(contributions, Bent(), TWO_CONCEPTS)

    np.testing.assert_allclose(points.calibration, [0.3 / np.log(2) * 10, 0.0])
    np.testing.assert_allclose(
        probability_from(points.total), Bent().predict(contributions.margin), atol=1e-9
    )


@pytest.mark.parametrize(
    "calibrator",
    [
        Calibrator(
            slope=0.8, intercept=-0.5, kind="isotonic", knots=(-2.0, 0.0, 2.0), levels=(-3, -1, 1)
        ),
        Calibrator(slope=0.8, intercept=-0.5, kind="beta", coefficients=(0.7, 1.1, -0.2)),
    ],
    ids=lambda calibrator: calibrator.kind,
)
def test_shipped_bent_calibrators_add_up_too(
    contributions: Contributions, calibrator: Calibrator
) -> None:
    points = in_points(contributions, calibrator, TWO_CONCEPTS)

    assert points.calibration.any()
    np.testing.assert_allclose(
        probability_from(points.total), calibrator.predict(contributions.margin), atol=1e-9
    )
