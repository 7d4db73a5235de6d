import numpy as np
import pytest

from training.metrics.reliability_bands import by_band


def test_leads_are_counted_in_the_band_their_probability_lies_in() -> None:
    probability = np.array([0.01, 0.02, 0.03, 0.3, 0.3, 0.3, 0.3, 1.0])
    converted = np.array([False, False, True, True, False, False, False, True])

    found = by_band(probability, converted)

    assert [(b.low, b.high, b.n_leads, b.n_converted) for b in found] == [
        (0.0, 0.02, 1, 0),
        (0.02, 0.05, 2, 1),
        (0.2, 0.4, 4, 1),
        (0.4, 1.0, 1, 1),
    ]
    assert found[1].promised == pytest.approx(0.025)
    assert found[2].came.value == 0.25


def test_a_band_agrees_while_its_promise_lies_within_the_interval_of_what_came() -> None:
    # 30 of 100: Wilson's interval is 21.9 to 39.6 %.
    converted = np.arange(100) < 30

    (fair,) = by_band(np.full(100, 0.38), converted)
    (off,) = by_band(np.full(100, 0.2), converted)

    assert fair.agrees
    assert not off.agrees
